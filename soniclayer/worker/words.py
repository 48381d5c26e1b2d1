"""What a worker does, in one line for `systemctl status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from soniclayer.courier.workers import Doing
    from soniclayer.worker.ledger import Ledger


def words_for(doing: Sequence[Doing], shares: Mapping[str, float], ledger: Ledger, now: float) -> str:
    """`transcribe.0003 of 1a2b3c4d (42 %) for 3 s; 120 steps done, 0 given up`.

    The name of a recording stays out of it: everybody on the machine may read this.

    Args:
        doing: the steps in hand.
        shares: how much of each recording is done, 0-1, by its id; one that is not in it is told without.
        ledger: what was done before.
        now: Unix time in seconds.
    """
    steps = ", ".join(_step(one, shares.get(one.audio_id), now) for one in doing)
    return f"{steps or 'idle'}; {ledger.done} steps done, {ledger.given_up} given up"


def _step(one: Doing, share: float | None, now: float) -> str:
    done = "" if share is None else f" ({int(share * 100)} %)"
    return f"{one.step} of {one.audio_id[:8]}{done} for {now - one.since:.0f} s"
