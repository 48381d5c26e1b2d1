"""How often the engine has died at a step. Forgotten with Redis: then a poison step gets three more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.courier.connection import PREFIX, courier_errors

if TYPE_CHECKING:
    import redis

    from soniclayer.courier.message import StepMessage
    from soniclayer.domain.recording import Recording

KEPT_S = 7 * 86_400
"""A recording that is not done by then will not miss its count."""


class Attempts:
    """One hash per run: step name to deaths."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def count(self, message: StepMessage) -> int:
        """Count one more; how many there are now, this one included."""
        key = _key(message.step.audio_id, message.run)
        with courier_errors(), self._client.pipeline() as pipeline:
            pipeline.hincrby(key, message.step.name, 1)
            pipeline.expire(key, KEPT_S)
            return int(pipeline.execute()[0])

    def forget(self, message: StepMessage) -> None:
        """Start counting anew for one step: it has ended, and if it is tried again that has another reason."""
        with courier_errors():
            self._client.hdel(_key(message.step.audio_id, message.run), message.step.name)

    def clear(self, recording: Recording) -> None:
        """Start counting anew, for every step of the run."""
        with courier_errors():
            self._client.delete(_key(recording.audio_id, recording.run))


def _key(audio_id: str, run: str) -> str:
    return f"{PREFIX}attempts:{audio_id}:{run}"
