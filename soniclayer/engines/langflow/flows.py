"""Which flows a Langflow has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from soniclayer.engines.langflow.faults import CallFailed

if TYPE_CHECKING:
    from soniclayer.engines.langflow.transport import Transport

ANSWER_S = 5.0


class FlowHead(BaseModel):
    """Of a flow, as the server lists it."""

    model_config = ConfigDict(extra="ignore")

    id: str
    endpoint_name: str | None = None
    updated_at: str | None = None


_Heads = TypeAdapter(list[FlowHead])


def find_flows(transport: Transport, within_s: float = ANSWER_S) -> dict[str, FlowHead]:
    """All flows that the key sees, by their id and by the name of their endpoint: both can be run.

    Raises:
        CallFailed: nobody answers, or no Langflow.
        EngineStopped: the worker is to stop.
    """
    data = transport.get("/api/v1/flows/?get_all=true&header_flows=true", within_s)
    try:
        heads = _Heads.validate_json(data)
    except ValidationError:
        raise CallFailed("not_langflow", "the reply is no list of flows") from None
    return {name: head for head in heads for name in (head.id, head.endpoint_name) if name}
