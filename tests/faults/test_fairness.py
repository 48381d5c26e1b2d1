from __future__ import annotations

import pytest
from faults.fairness import race, write_long
from service import running_service

pytestmark = [pytest.mark.models, pytest.mark.slow]


def test_short_recordings_end_before_a_long_one_that_was_first(models, jfk, speech_file, tmp_path):
    long = write_long(tmp_path / "long.flac", jfk, 20 * 60)
    shorts = [speech_file(f"{number}.wav", 3, number) for number in range(4)]
    with running_service(tmp_path / "service", models) as service:
        ends = race(service, long, shorts, 240)
    assert max(ends.short_s) < ends.long_s
    assert ends.most_waiting <= 8 + 8 * len(shorts) + 20  # messages, not windows: what waits does not grow with length
