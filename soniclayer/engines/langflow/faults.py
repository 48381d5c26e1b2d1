"""What can become of a call."""

from __future__ import annotations

from typing import Literal

Outcome = Literal[
    "answered",
    "garbled",
    "unreachable",
    "timeout",
    "server_error",
    "refused",
    "not_langflow",
    "breaker_open",
    "stopped",
]
"""`garbled`: a flow answered, and not what it was asked. `refused`: 4xx. `not_langflow`: a redirect, HTML, a reply
without end, whatever looks like no run of a flow."""


class CallFailed(Exception):
    """Nobody answered.

    Args:
        outcome: why.
        message: one line for the log; nothing of a transcript is in it.
        retry: whether the same call may go well a moment later.
        at_once: whether the next call will surely end the same way: the breaker opens at once.
        this_alone: whether it is what was asked that was refused, and other questions may be answered.
    """

    def __init__(
        self,
        outcome: Outcome,
        message: str,
        *,
        retry: bool = False,
        at_once: bool = False,
        this_alone: bool = False,
    ) -> None:
        super().__init__(message)
        self.outcome: Outcome = outcome
        self.retry = retry
        self.at_once = at_once
        self.this_alone = this_alone
