"""The picture of a recording over HTTP: its peaks and its loudness, while it is read and after."""

from __future__ import annotations

from dataclasses import replace

from fake_engine import fake_window

from soniclayer.storage import names

STEPS = {"step_s": 0.1, "loudness_step_s": 1.0}


def publish(run, number, **facts):
    """Publish a window as `prepare` would."""
    run.publish(replace(fake_window(number), **facts), b"fLaC")


def test_picture_of_a_recording_that_was_read_holds_peaks_and_loudness(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    assert backend.get(f"/peaks/{audio_id}").json() == {
        **STEPS,
        "peaks": [50] * 600,
        "loudness_lufs": [-23.0] * 60,
        "complete": True,
    }


def test_picture_grows_window_by_window_while_a_recording_is_read(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    run = backend.service.run(audio_id)
    for count in range(3):
        picture = backend.get(f"/peaks/{audio_id}").json()
        lengths = (len(picture["peaks"]), len(picture["loudness_lufs"]), picture["complete"])
        assert lengths == (200 * count, 20 * count, False)
        publish(run, count)


def test_picture_has_another_etag_with_every_window_and_in_the_end(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    run = backend.service.run(audio_id)
    steps = [lambda: publish(run, 0), lambda: publish(run, 1), lambda: backend.worker.until(audio_id, "prepare")]
    etags = []
    for step in (*steps, lambda: backend.worker.finish(audio_id)):
        answer = backend.get(f"/peaks/{audio_id}")
        again = backend.get(f"/peaks/{audio_id}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        etags.append(answer.headers["ETag"])
        step()
    assert len(set(etags)) == len(etags)


def test_loudness_of_a_second_is_that_of_its_mean_power_and_null_where_it_is_silent(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    loud_and_soft, silence = (-20.0,) * 5 + (-120.691,) * 5, (-120.691,) * 10
    publish(backend.service.run(audio_id), 0, momentary_lufs=loud_and_soft + silence + (-30.0,) * 3)
    assert backend.get(f"/peaks/{audio_id}").json()["loudness_lufs"] == [-23.0, None, -30.0]


def test_picture_of_what_was_read_stays_when_no_more_comes(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    publish(backend.service.run(audio_id), 0)
    backend.post(f"/recordings/{audio_id}/cancel")
    picture = backend.get(f"/peaks/{audio_id}").json()
    assert (len(picture["peaks"]), picture["complete"]) == (200, False)


def test_picture_that_an_older_release_stored_gets_its_loudness_from_the_windows(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    run = backend.service.run(audio_id)
    for number in range(3):
        publish(run, number)
    run._objects.create(run.name_of(names.PEAKS), b'{"peaks":[' + b",".join([b"50"] * 600) + b"]}\n")
    picture = backend.get(f"/peaks/{audio_id}").json()
    assert picture == {**STEPS, "peaks": [50] * 600, "loudness_lufs": [-23.0] * 60, "complete": True}
