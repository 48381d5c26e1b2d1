"""`prepare` with the real decoder and the real Silero; only the language model is a stand-in."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise

import av
import numpy as np
import pytest
from sound_files import BROADCAST, DATA, RATE_HZ, noise, read_samples, tone, write_audio, write_video

from soniclayer.domain.window import Expected, Plan, PreparedWindow, Span
from soniclayer.engines.audio import open_audio, read_span
from soniclayer.engines.flac import decode_flac, encode_flac
from soniclayer.engines.speech import SileroDetector
from soniclayer.errors import InputError
from soniclayer.pipeline.audio_engine import HearingEngines
from soniclayer.pipeline.prepare import PrepareOptions, Progress, prepare
from soniclayer.pipeline.resume import Resume, resume_after
from soniclayer.pipeline.voice import padded
from soniclayer.storage.codec import decode, encode

OPTIONS = PrepareOptions(max_duration_s=3600)
TRUTH = json.loads((DATA / "broadcast" / "truth.json").read_text())


class Ear:
    """Counts what the language model is asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, samples):
        self.asked.append(samples)
        return "en", round(float(np.abs(samples).mean()), 6)


def engines(ear=None):
    return HearingEngines(open_audio, encode_flac, SileroDetector(), ear or Ear())


def run(path, options=OPTIONS, resume=None, ear=None):
    """Windows and plan."""
    found = list(prepare(path, options, engines(ear), resume))
    assert isinstance(found[0], Expected)
    assert isinstance(found[-1], Plan)
    assert all(isinstance(item, (PreparedWindow, Progress)) for item in found[1:-1])
    return [item for item in found if isinstance(item, PreparedWindow)], found[-1]


@pytest.fixture(scope="module")
def broadcast():
    return run(BROADCAST)


def assert_tiles(windows, plan):
    assert [w.window.number for w in windows] == list(range(plan.windows))
    assert windows[0].window.start_s == 0
    assert windows[-1].window.end_s == plan.duration_s
    for before, after in pairwise(windows):
        assert before.window.end_s == after.window.start_s
    for window in (w.window for w in windows):
        steps = -(-round(window.duration_s * RATE_HZ) // 1600)
        assert len(window.momentary_lufs) == len(window.peaks) == steps
        assert window.regions[0].start_s == window.start_s
        assert window.regions[-1].end_s == window.end_s
        assert all(window.start_s <= s.start_s < s.end_s <= window.end_s for s in window.speech)
        assert all(a.end_s < b.start_s for a, b in pairwise(window.speech))


def test_windows_tile_the_broadcast_to_the_sample(broadcast):
    windows, plan = broadcast
    assert_tiles(windows, plan)
    assert plan.duration_s == TRUTH["duration_s"]
    assert sum(len(decode_flac(w.flac, w.window.duration_s)) for w in windows) == len(read_samples(BROADCAST))


def test_no_window_is_cut_inside_a_sentence_of_the_broadcast(broadcast):
    cuts = [w.window.start_s for w in broadcast[0][1:]]
    for sentence in _sentences():
        assert not any(sentence["start_s"] < cut < sentence["end_s"] for cut in cuts)


def test_windows_have_the_lengths_asked_for(broadcast):
    windows, _ = broadcast
    assert 17.7 <= windows[0].window.duration_s <= 29.5
    assert all(45 <= w.window.duration_s <= 75 for w in windows[1:-1])
    assert windows[-1].window.duration_s >= 5


def test_regions_of_the_broadcast_are_true_within_a_second(broadcast):
    found = _merged([region for w in broadcast[0] for region in w.window.regions])
    expected = _merged_truth()
    assert [kind for kind, _, _ in found] == [kind for kind, _, _ in expected]
    for (_, start_s, end_s), (_, true_start_s, true_end_s) in zip(found, expected, strict=True):
        assert abs(start_s - true_start_s) <= 1
        assert abs(end_s - true_end_s) <= 1


def test_what_the_speech_model_hears_holds_every_sentence_and_little_else(broadcast):
    spans = [span for w in broadcast[0] for span in padded(w.window.speech, w.window)]
    for sentence in _sentences():
        missing = np.arange(sentence["start_s"], sentence["end_s"], 0.05)
        missing = [t for t in missing if not any(s.start_s <= t <= s.end_s for s in spans)]
        assert all(_is_faint(t) for t in missing), (sentence["text"], missing)
    spoken_s = sum(s["end_s"] - s["start_s"] for s in _sentences())
    assert sum(s.duration_s for s in spans) < spoken_s * 1.1


def test_the_plan_knows_the_facts_of_the_broadcast(broadcast):
    _, plan = broadcast
    assert (plan.container, plan.codec, plan.sample_rate_hz, plan.channels) == ("flac", "flac", 16_000, 1)
    assert (plan.language, plan.damage) == ("en", None)
    assert abs(plan.loudness_lufs + 21.1) < 0.2
    (dead,) = plan.dead_air
    assert abs(dead.start_s - 163.81) < 0.5
    assert abs(dead.end_s - 173.81) < 0.5


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_resumed_at_any_window_it_gives_the_same_bytes_as_undisturbed(broadcast, number):
    windows, plan = broadcast
    published = [w.window for w in windows[:number]]
    stored = [decode(type(window), encode(window)) for window in published]
    again, again_plan = run(BROADCAST, resume=resume_after(stored))
    assert [encode(w.window) for w in again] == [encode(w.window) for w in windows[number:]]
    assert [w.flac for w in again] == [w.flac for w in windows[number:]]
    assert encode(again_plan) == encode(plan)


def test_resumed_in_a_lossy_file_of_another_rate_it_gives_the_same_too(tmp_path):
    speech = read_samples(DATA / "librivox_austen_5.flac")
    path = write_audio(tmp_path / "a.mp3", np.tile(speech, 4), 16_000, "mp3", "fltp")
    options = PrepareOptions(3600, first_window_s=12, window_s=20)
    windows, plan = run(path, options)
    assert len(windows) >= 4
    for number in range(1, len(windows)):
        again, again_plan = run(path, options, resume_after([w.window for w in windows[:number]]))
        assert again == windows[number:]
        assert again_plan == plan


def test_resumed_where_later_windows_are_shorter_it_gives_the_same_too():
    options = PrepareOptions(3600, first_window_s=60, window_s=10)
    windows, _ = run(BROADCAST, options)
    again, _ = run(BROADCAST, options, resume_after([w.window for w in windows[:1]]))
    assert again == windows[1:]


def test_the_detector_hears_3_s_before_every_block_but_the_first():
    heard = []

    class Listening(SileroDetector):
        def probabilities(self, samples, before):
            heard.append(len(before))
            return super().probabilities(samples, before)

    hearing = HearingEngines(open_audio, encode_flac, Listening(), Ear())
    assert list(prepare(BROADCAST, OPTIONS, hearing))
    assert heard == [0] + [96 * 512] * 11
    heard.clear()
    assert list(prepare(BROADCAST, OPTIONS, hearing, Resume(3, 163.7)))
    assert heard == [96 * 512] * 5


def test_a_window_cut_again_from_the_source_is_the_audio_published(broadcast):
    window = broadcast[0][2]
    again = np.concatenate(list(read_span(BROADCAST, window.window.start_s, window.window.end_s)))
    assert encode_flac(again) == window.flac


def test_the_first_window_comes_before_45_s_are_read():
    read_s = 0.0
    for item in prepare(BROADCAST, OPTIONS, engines()):
        if isinstance(item, PreparedWindow):
            break
        read_s = item.decoded_s if isinstance(item, Progress) else read_s
    assert read_s < 45


def test_while_it_skips_it_gives_a_sign_of_life_every_22_s_of_audio():
    signs = [i.decoded_s for i in prepare(BROADCAST, OPTIONS, engines(), Resume(4, 200.0)) if isinstance(i, Progress)]
    assert max(np.diff([0, *signs])) <= 22


def test_the_language_is_asked_of_speech_once_and_kept():
    ear = Ear()
    windows, plan = run(BROADCAST, ear=ear)
    assert len(ear.asked) == 1
    assert len(ear.asked[0]) <= 30 * RATE_HZ
    assert {w.window.language for w in windows} == {"en"}
    assert plan.language_probability == ear(ear.asked[0])[1]


def test_the_language_is_never_asked_of_music():
    ear = Ear()
    windows, plan = run(DATA / "music_sonicpi_45s.flac", ear=ear)
    assert ear.asked == []
    assert {w.window.language for w in windows} == {None}
    assert (plan.language, plan.language_probability) == (None, None)
    assert {region.kind for w in windows for region in w.window.regions} == {"music"}


def test_windows_before_the_first_speech_have_no_language(tmp_path):
    speech = read_samples(DATA / "jfk.flac")
    sound = np.concatenate([read_samples(DATA / "music_sonicpi_45s.flac"), speech, speech])
    windows, plan = run(write_audio(tmp_path / "a.wav", sound))
    assert windows[0].window.language is None
    assert windows[-1].window.language == plan.language == "en"


def test_a_forced_language_is_not_questioned():
    ear = Ear()
    windows, plan = run(DATA / "jfk.flac", PrepareOptions(3600, language="de"), ear=ear)
    assert ear.asked == []
    assert windows[0].window.language == plan.language == "de"
    assert plan.language_probability is None


def test_a_little_speech_does_not_settle_the_language(tmp_path):
    speech = read_samples(DATA / "jfk.flac")
    sound = np.concatenate([speech[: 2 * RATE_HZ], np.zeros(40 * RATE_HZ), speech, np.zeros(40 * RATE_HZ), speech])
    ear = Ear()
    path = write_audio(tmp_path / "a.wav", sound)
    windows, plan = run(path, ear=ear)
    assert len(ear.asked) == 2
    assert len(ear.asked[1]) > 5 * RATE_HZ > len(ear.asked[0])
    for number in range(len(windows) + 1):
        assert run(path, resume=resume_after([w.window for w in windows[:number]])) == (
            windows[number:],
            plan,
        )


@pytest.mark.parametrize("seconds", [0.05, 1.0, 4.9, 37.4, 37.6, 42.6, 79.99])
def test_any_length_is_tiled_without_a_tiny_last_window(tmp_path, seconds):
    windows, plan = run(write_audio(tmp_path / "a.wav", noise(seconds)))
    assert_tiles(windows, plan)
    assert abs(plan.duration_s - seconds) < 0.001
    assert len(windows) == 1 or windows[-1].window.duration_s >= 5


def test_speech_without_a_pause_is_cut_all_the_same(tmp_path):
    speech = read_samples(DATA / "jfk.flac")
    level = np.abs(speech).reshape(-1, 1600).max(axis=1)
    dense = speech.reshape(-1, 1600)[level > 0.15].ravel()
    windows, plan = run(write_audio(tmp_path / "a.wav", np.tile(dense, 14)[: 80 * RATE_HZ]))
    assert_tiles(windows, plan)
    assert 17.7 <= windows[0].window.duration_s <= 29.5


def test_long_silence_is_cut_at_the_wanted_lengths_and_is_dead_air(tmp_path):
    windows, plan = run(write_audio(tmp_path / "a.wav", np.zeros(160 * RATE_HZ)))
    assert [w.window.end_s for w in windows] == [23.6, 83.6, 143.6, 160.0]
    assert plan.dead_air == (Span(0.0, 160.0),)
    assert plan.loudness_lufs is None


def test_longer_than_allowed_is_refused_by_what_is_decoded(tmp_path):
    path = write_audio(tmp_path / "a.wav", tone(20))
    with pytest.raises(InputError, match="longer than 10 s") as caught:
        run(path, PrepareOptions(max_duration_s=10))
    assert caught.value.code == "too_long"
    run(path, PrepareOptions(max_duration_s=20))


def test_a_file_without_samples_is_refused(tmp_path):
    path = write_audio(tmp_path / "a.wav", tone(1))
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"data") + 4] + bytes(4))
    with pytest.raises(InputError) as caught:
        run(path)
    assert caught.value.code in {"no_audio", "undecodable"}


def test_video_without_sound_is_refused(tmp_path):
    with pytest.raises(InputError, match="no audio track"):
        run(write_video(tmp_path / "a.mp4"))


def test_a_truncated_file_gives_its_windows_and_says_what_is_missing(tmp_path):
    data = BROADCAST.read_bytes()
    path = tmp_path / "a.flac"
    path.write_bytes(data[: len(data) // 2])
    windows, plan = run(path)
    assert_tiles(windows, plan)
    assert len(windows) >= 2
    assert "of the 246.3 s that its header announces" in plan.damage


def test_memory_does_not_grow_with_length(tmp_path):
    pcm = (np.concatenate([tone(20), np.zeros(20 * RATE_HZ)]) * 32767).astype(np.int16)[None]
    peaks = []
    for minutes in (4, 20):
        path = tmp_path / f"{minutes}.flac"
        with av.open(path, "w") as container:
            stream = container.add_stream("flac", rate=RATE_HZ, layout="mono", format="s16")
            for number in range(minutes * 60 // 40):
                frame = av.AudioFrame.from_ndarray(pcm, "s16", "mono")
                frame.sample_rate, frame.pts = RATE_HZ, number * pcm.size
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        done = subprocess.run([sys.executable, "-c", _MEASURE, path], capture_output=True, check=True, text=True)
        duration_s, peak_kb = done.stdout.split()
        assert float(duration_s) == minutes * 60
        peaks.append(int(peak_kb))
    assert peaks[1] - peaks[0] < 25_000  # the samples of 16 more minutes would be 61,000 KB


_MEASURE = """
import pathlib, resource, sys
from soniclayer.engines.audio import open_audio
from soniclayer.engines.flac import encode_flac
from soniclayer.engines.speech import SileroDetector
from soniclayer.pipeline.audio_engine import HearingEngines
from soniclayer.pipeline.prepare import PrepareOptions, prepare
engines = HearingEngines(open_audio, encode_flac, SileroDetector(), None)
for item in prepare(pathlib.Path(sys.argv[1]), PrepareOptions(1e6), engines):
    pass
print(item.duration_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _sentences():
    return [sentence for part in TRUTH["parts"] for sentence in part.get("sentences", [])]


def _is_faint(time_s):
    """The truth's sentence times include the silence that the synthetic voices leave around a sentence."""
    at = round(time_s * RATE_HZ)
    return np.abs(read_samples(BROADCAST)[max(at - 400, 0) : at + 400]).max() < 0.01


def _merged(found):
    merged = []
    for region in found:
        if merged and merged[-1][0] == region.kind:
            merged[-1] = (region.kind, merged[-1][1], region.end_s)
        else:
            merged.append((region.kind, region.start_s, region.end_s))
    return merged


def _merged_truth():
    merged = []
    for part in TRUTH["parts"]:
        if merged and merged[-1][0] == part["kind"]:
            merged[-1] = (part["kind"], merged[-1][1], part["end_s"])
        else:
            merged.append((part["kind"], part["start_s"], part["end_s"]))
    return merged
