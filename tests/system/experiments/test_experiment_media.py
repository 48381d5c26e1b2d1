"""Files of every accepted container and codec, broken by chance, as a client might send them."""

from __future__ import annotations

import io
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from fuzz.hunt import CODES, cases
from samples import DATA

CLIENTS = 4
TAKEN, REFUSED = (200, 202), (400, 413, 415, 422)
"""Two may be broken in the same way: the second is known then."""

UNITS = ("soniclayer-backend", "soniclayer-worker@1", "soniclayer-worker@2")
WANTED = {"language": "en", "personas": "parent"}
"""What is tested is what reads the files: not who judges them, nor in which language."""


@pytest.mark.timeout(1800)
@pytest.mark.experiment(13, spoils=True)
def test_hostile_media_are_refused_or_end_visibly_and_stop_nothing(suite, accepted, figures, scale):
    """Files broken by chance are uploaded; each is refused with a reason, read as far as it goes, or fails with one."""
    count = scale(50, 1000)
    before = [suite.main_pid(unit) for unit in UNITS]
    began_s = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(lambda case: send(suite, accepted, case), cases(count, seed=13)))
    assert {answer.status_code for answer in answers} <= {*TAKEN, *REFUSED}, answers
    assert all(answer.json()["code"] for answer in answers if answer.status_code in REFUSED)
    accepted.upload(DATA / "jfk.flac")
    found = accepted.check(240 + count)
    took_s = round(time.monotonic() - began_s, 1)
    recordings = [suite.recording(audio_id) for audio_id in accepted.ids]
    states = Counter(recording["state"] for recording in recordings)
    failures = Counter(failure["code"] for recording in recordings for failure in recording["failures"])
    assert set(states) <= {"completed", "completed_with_errors", "failed"}
    assert set(failures) <= CODES, failures
    assert [suite.main_pid(unit) for unit in UNITS] == before
    refused = sum(answer.status_code in REFUSED for answer in answers)
    figures(**found, files=count, refused=refused, **states, engine_deaths=0, took_s=took_s)


def send(suite, accepted, case):
    """The answer to an upload of a case."""
    files = {"file": (f"{case.number}.{case.kind.partition('-')[0]}", io.BytesIO(case.content))}
    return accepted.note(suite.ask("POST", "/evaluate/", files=files, data=WANTED))
