"""Breakers: a flow that does not answer is left alone for a while, by the workers of all hosts together.

Closed: everybody may call. Open, after OPENS_AFTER failures in a row: nobody may, for OPEN_S. Then half-open: one call
at a time is a probe; its success closes the breaker, its failure opens it again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from soniclayer.courier.breaker_scripts import ASK, FAILED, STATE, STATES, SUCCEEDED, WITHDRAW
from soniclayer.courier.connection import PREFIX, courier_errors
from soniclayer.errors import CourierAway

if TYPE_CHECKING:
    import redis

BreakerState = Literal["closed", "open", "half_open"]

OPENS_AFTER = 5
OPEN_S = 30.0

PROBE_S = 200.0
"""A probe of which nothing was heard for so long died with its worker: longer than a call may take."""

KEPT_S = 86_400.0
"""A flow that nobody has called for so long is forgotten."""

MOST_FLOWS = 100
"""So many are known, those that were called last."""

_SEEN, _BREAKER = f"{PREFIX}breakers", f"{PREFIX}breaker:"


@dataclass(frozen=True)
class Permit:
    """To call a flow once. Tell what became of it: `succeeded`, `failed` or `withdraw`."""

    flow: str
    token: str


class Breakers:
    """One per flow. Safe to share between threads.

    While Redis is away everybody may call, and nothing is noted: a method raises only where it says so.

    Args:
        client: Redis.
        open_s: time that a breaker stays open, in seconds.
        probe_s: time that a probe is waited for, in seconds.
    """

    def __init__(self, client: redis.Redis, open_s: float = OPEN_S, probe_s: float = PROBE_S) -> None:
        self._open_ms = round(open_s * 1000)
        self._probe_ms = round(probe_s * 1000)
        self._ask = client.register_script(ASK)
        self._succeeded = client.register_script(SUCCEEDED)
        self._failed = client.register_script(FAILED)
        self._withdraw = client.register_script(WITHDRAW)
        self._state = client.register_script(STATE)
        self._states = client.register_script(STATES)

    def ask(self, flow: str) -> Permit | None:
        """Whether a flow may be called now; None: leave it alone."""
        permit = Permit(flow, secrets.token_hex(8))
        times = [self._open_ms, self._probe_ms, round(KEPT_S * 1000)]
        args: list[int | str] = [flow, permit.token, *times, MOST_FLOWS]
        try:
            with courier_errors():
                return permit if self._ask(keys=[_BREAKER + flow, _SEEN], args=args) else None
        except CourierAway:
            return permit

    def succeeded(self, permit: Permit) -> bool:
        """It has answered: the breaker is closed, whoever's call it was. Whether that is news."""
        return self._note(self._succeeded, permit, [])

    def failed(self, permit: Permit, *, at_once: bool = False) -> bool:
        """It has not answered; `at_once` opens the breaker without counting. Whether it is open now and was not.

        While it is open or half-open only the probe's failure counts: calls that began before end one after the other.
        """
        args: list[int | str] = [int(at_once), OPENS_AFTER, self._open_ms, round(KEPT_S * 1000)]
        return self._note(self._failed, permit, args)

    def withdraw(self, permit: Permit) -> None:
        """The call was not made, or not waited for: another one may be the probe."""
        self._note(self._withdraw, permit, [])

    def state(self, flow: str) -> BreakerState:
        """How the breaker of a flow is.

        Raises:
            CourierAway: Redis does not answer.
        """
        with courier_errors():
            return cast("BreakerState", self._state(keys=[_BREAKER + flow], args=[self._open_ms]))

    def states(self) -> dict[str, BreakerState]:
        """How the breakers of all flows are that were called within KEPT_S.

        Raises:
            CourierAway: Redis does not answer.
        """
        with courier_errors():
            found = self._states(keys=[_SEEN], args=[_BREAKER, self._open_ms, round(KEPT_S * 1000)])
        return dict(zip(found[::2], found[1::2], strict=True))

    def _note(self, script: redis.commands.core.Script, permit: Permit, args: list[int | str]) -> bool:
        try:
            with courier_errors():
                return bool(script(keys=[_BREAKER + permit.flow], args=[permit.token, *args]))
        except CourierAway:
            return False
