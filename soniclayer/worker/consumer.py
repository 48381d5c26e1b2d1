"""What dramatiq's threads take letters from, and settle them with."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import redis
from dramatiq import DecodeError, Message
from dramatiq.broker import Consumer, MessageProxy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soniclayer.worker.broker import WorkerBroker
    from soniclayer.worker.gate import Gate

TURN_S = 0.5
"""Longest wait of a consumer's thread, so that it sees soon that it is to end."""

TIDY_S = 10.0
"""So often what Redis says this worker holds is compared with what it does hold; and after every error. A fetch whose
answer was lost may be carried out a while after that."""

CONSUMER_BEAT_S = 60.0
"""A consumer's thread that has not come round for so long hangs: Redis' answers are waited for 5 s each."""

AWAY_S = 1.0


class GatedConsumer(Consumer):
    """Settles letters of its queue; the first of a gate fetches, for all queues of the gate."""

    def __init__(self, broker: WorkerBroker, queue: str, gate: Gate) -> None:
        self._broker = broker
        self._queue = queue
        self._gate = gate
        self._tidied_at = 0.0

    def __next__(self) -> MessageProxy | None:
        """A letter that there is a slot for; None, after TURN_S or so, when there is none."""
        self._broker.pulse.expect(f"consumer of {self._queue}", CONSUMER_BEAT_S)
        if self._gate.queues[0] != self._queue:
            return _none_after(TURN_S)
        try:
            self._tidy()
            return self._gate.next(self._broker.filled, self._fetch, TURN_S)
        except redis.RedisError:  # the keeper tells it to the log
            self._tidied_at = 0.0
            return _none_after(AWAY_S)

    def ack(self, letter: MessageProxy) -> None:
        """Be done with it; one that was sent back goes into its queue again instead."""
        command = "requeue" if self._broker.hand.goes_back(id_of(letter)) else "ack"
        self._broker.settle(command, self._queue, id_of(letter))

    def nack(self, letter: MessageProxy) -> None:
        """Throw it away: no actor knows it. If it is a step, the next reconcile puts it in again."""
        self._broker.settle("nack", self._queue, id_of(letter))

    def requeue(self, letters: Iterable[MessageProxy]) -> None:
        """Put them back into the queue."""
        for letter in letters:
            self._broker.settle("requeue", self._queue, id_of(letter))

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied_at > TIDY_S:
            for queue in self._gate.queues:
                self._broker.put_back_lost(queue)
            self._tidied_at = time.monotonic()

    def _fetch(self, queue: str) -> MessageProxy | None:
        for data in self._broker.do_fetch(queue, 1):
            if data is not None:
                return self._open(data, queue)
        return None

    def _open(self, data: bytes, queue: str) -> MessageProxy | None:
        try:
            letter = MessageProxy(Message.decode(data))
        except DecodeError as error:  # nobody's: `put_back_lost` puts it to the end of the queue
            self._broker.logger.warning("a letter in %s that this version cannot read: %s", queue, error)
            return None
        self._broker.hand.take(id_of(letter), queue)
        return letter


def id_of(letter: MessageProxy) -> str:
    """The id that Redis knows a letter by."""
    return str(letter.options["redis_message_id"])


def _none_after(seconds: float) -> MessageProxy | None:
    threading.Event().wait(seconds)
    return None
