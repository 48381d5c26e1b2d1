"""A call to a flow: in its turn, with the breaker's leave, and tried again where that helps."""

from __future__ import annotations

import logging
import random
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from soniclayer import log
from soniclayer.engines.langflow.account import count
from soniclayer.engines.langflow.faults import CallFailed
from soniclayer.engines.langflow.reply import parse_reply
from soniclayer.errors import EngineStopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.courier.breakers import Breakers, Permit
    from soniclayer.engines.langflow.account import Account
    from soniclayer.engines.langflow.own_breakers import OwnBreakers
    from soniclayer.engines.langflow.reply import RunReply
    from soniclayer.engines.langflow.transport import Transport
    from soniclayer.engines.langflow.turns import Turns
    from soniclayer.engines.langflow.watch import Watch

_LOG = logging.getLogger(__name__)

MOST_RETRIES = 2
RETRY_AFTER_S = 1.0
"""Mean time before the first retry; twice that before the second."""

RETRY_WITHIN = 1 / 3
"""Of a call's time: one that failed later has waited for its model, and would do so again."""


class Calls:
    """Safe to share between threads.

    Args:
        transport: the way to Langflow.
        breakers: which flows are left alone.
        turns: who may call now.
        watch: cuts off what lasts too long.
        timeout_s: for one call with its retries, in seconds.
    """

    def __init__(
        self, transport: Transport, breakers: Breakers | OwnBreakers, turns: Turns, watch: Watch, timeout_s: float
    ) -> None:
        self._transport = transport
        self._breakers = breakers
        self._turns = turns
        self._watch = watch
        self._timeout_s = timeout_s

    def call(self, flow: str, input_value: str, account: Account, turn_s: float) -> RunReply:
        """Run a flow, and enter it in the account; its turn is waited for so long at most.

        Raises:
            CallFailed: nobody answered.
            JudgeBusy: its turn did not come.
            EngineStopped: the worker is to stop.
        """
        with self._turns.turn(flow, turn_s):
            return self._call(flow, input_value, account)

    def _call(self, flow: str, input_value: str, account: Account) -> RunReply:
        ends_s = time.monotonic() + self._timeout_s
        retries_end_s = time.monotonic() + self._timeout_s * RETRY_WITHIN
        for retry in range(MOST_RETRIES + 1):
            try:
                return self._attempt(flow, input_value, account, ends_s - time.monotonic())
            except CallFailed as error:
                wait_s = random.uniform(0.5, 1.5) * RETRY_AFTER_S * 2**retry  # noqa: S311 - chance is no secret here
                if not error.retry or retry == MOST_RETRIES or time.monotonic() + wait_s > retries_end_s:
                    raise
            if self._watch.wait(wait_s):
                raise EngineStopped("the worker is stopping")
        raise AssertionError("the last try returns or raises")

    def _attempt(self, flow: str, input_value: str, account: Account, within_s: float) -> RunReply:
        permit = self._breakers.ask(flow)
        if permit is None:
            count(flow, "breaker_open")
            raise CallFailed("breaker_open", "its breaker is open")
        with self._told(permit), account.call(flow):
            body = {"input_value": input_value, "input_type": "chat", "output_type": "chat"}
            body["session_id"] = f"soniclayer-{secrets.token_hex(8)}"  # one of its own: no flow remembers the last call
            return parse_reply(self._transport.post(f"/api/v1/run/{quote(flow, safe='')}", body, within_s))

    @contextmanager
    def _told(self, permit: Permit) -> Iterator[None]:
        """What became of a call is told to the breaker."""
        try:
            yield
        except CallFailed as error:
            count(permit.flow, error.outcome)
            if self._breakers.failed(permit, at_once=error.at_once):
                log.event(_LOG, "breaker opens", logging.WARNING, flow=permit.flow, code=error.outcome, error=error)
            raise
        except EngineStopped:
            count(permit.flow, "stopped")
            self._breakers.withdraw(permit)
            raise
        except BaseException:
            self._breakers.withdraw(permit)
            raise
        if self._breakers.succeeded(permit):
            log.event(_LOG, "breaker closes", flow=permit.flow)
