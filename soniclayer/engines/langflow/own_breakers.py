"""The breakers of one process that has no Redis: `soniclayer analyze`."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass

from soniclayer.courier.breakers import OPEN_S, OPENS_AFTER, PROBE_S, BreakerState, Permit


@dataclass
class _Trouble:
    """Of a flow with which something is wrong; see courier.breaker_scripts."""

    failures: int = 0
    until_s: float | None = None
    probe: str = ""
    probe_until_s: float = 0.0


class OwnBreakers:
    """As courier.breakers.Breakers, which it passes the same tests with. Safe to share between threads."""

    def __init__(self, open_s: float = OPEN_S, probe_s: float = PROBE_S) -> None:
        self._open_s = open_s
        self._probe_s = probe_s
        self._flows: set[str] = set()
        self._troubles: dict[str, _Trouble] = {}
        self._changing = threading.Lock()

    def ask(self, flow: str) -> Permit | None:
        """Whether a flow may be called now."""
        permit, now = Permit(flow, secrets.token_hex(8)), time.monotonic()
        with self._changing:
            self._flows.add(flow)
            trouble = self._troubles.get(flow)
            if trouble is None or trouble.until_s is None:
                return permit
            if now < trouble.until_s or (trouble.probe and now < trouble.probe_until_s):
                return None
            trouble.probe, trouble.probe_until_s = permit.token, now + self._probe_s
            return permit

    def succeeded(self, permit: Permit) -> bool:
        """It has answered. Whether it was open."""
        with self._changing:
            trouble = self._troubles.pop(permit.flow, None)
            return trouble is not None and trouble.until_s is not None

    def failed(self, permit: Permit, *, at_once: bool = False) -> bool:
        """It has not answered. Whether it is open now and was not."""
        with self._changing:
            trouble = self._troubles.setdefault(permit.flow, _Trouble())
            was_open = trouble.until_s is not None
            if was_open and trouble.probe != permit.token:
                return False
            trouble.failures += 1
            if not was_open and not at_once and trouble.failures < OPENS_AFTER:
                return False
            trouble.until_s, trouble.probe = time.monotonic() + self._open_s, ""
            return not was_open

    def withdraw(self, permit: Permit) -> None:
        """The call was not made, or not waited for."""
        with self._changing:
            trouble = self._troubles.get(permit.flow)
            if trouble is not None and trouble.probe == permit.token:
                trouble.probe = ""

    def state(self, flow: str) -> BreakerState:
        """How the breaker of a flow is."""
        with self._changing:
            trouble = self._troubles.get(flow)
        if trouble is None or trouble.until_s is None:
            return "closed"
        return "open" if time.monotonic() < trouble.until_s else "half_open"

    def states(self) -> dict[str, BreakerState]:
        """How the breakers of all flows are that were called."""
        with self._changing:
            flows = sorted(self._flows)
        return {flow: self.state(flow) for flow in flows}
