"""What a program does with the API, from the upload to the subtitles."""

from __future__ import annotations

import pysubs2
from event_stream import EventStream


def test_upload_is_followed_to_its_end_and_read(backend, tmp_path):
    audio_id = backend.upload(tmp_path, "morning show.flac")
    with EventStream(backend.service.http, f"{backend.service.url}/events/{audio_id}") as stream:
        assert stream.next("state").data["state"] == "accepted"
        backend.worker.until(audio_id, "evaluate.0000.tradie")
        assert stream.next("window").data["window"] == 0
        early = backend.get(f"/segments/{audio_id}").json()
        backend.worker.finish(audio_id)
        assert stream.rest()[-1].data["state"] == "completed"
    assert not early["complete"]
    assert len(early["segments"][0]["evaluations"]) == 2
    late = backend.get(f"/segments/{audio_id}").json()
    assert late["complete"]
    assert late["segments"][:1] == early["segments"]
    assert backend.get(f"/summary/{audio_id}").json()["topic_shares"]
    assert len(pysubs2.SSAFile.from_string(backend.get(f"/transcripts/{audio_id}.srt").text)) == 9
    line = backend.get("/recordings?q=morning").json()["recordings"][0]
    assert (line["state"], line["duration_s"]) == ("completed", 60.0)
