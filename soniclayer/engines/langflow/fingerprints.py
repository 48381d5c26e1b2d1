"""Which flow it was: a fingerprint of what the server runs under a name."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from soniclayer.engines.langflow.faults import CallFailed
from soniclayer.engines.langflow.flows import find_flows
from soniclayer.engines.langflow.looks import Looks
from soniclayer.errors import EngineStopped

if TYPE_CHECKING:
    from soniclayer.engines.langflow.flows import FlowHead
    from soniclayer.engines.langflow.transport import Transport

LOOK_S = 3.0
"""Time for a look, its turn among them: which flows there are, and the flow itself if it was edited."""


class _Graph(BaseModel):
    model_config = ConfigDict(extra="ignore")

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]


class _Flow(BaseModel):
    model_config = ConfigDict(extra="ignore")

    data: _Graph


class Fingerprints:
    """Safe to share between threads. Nothing depends on it: what cannot be found out is None."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._known: dict[str, tuple[FlowHead, str]] = {}
        self._looking = threading.Lock()  # one connection is kept for looks
        self._looks = Looks(self._look, LOOK_S)

    def of(self, flow: str) -> str | None:
        """First 12 hex digits of the SHA-256 of a flow's components, their settings and how they are joined.

        Where they lie in the editor, and when they were saved, does not count.
        """
        return self._looks.of(flow)

    def _look(self, flow: str) -> str | None:
        ends_s = time.monotonic() + LOOK_S
        if not self._looking.acquire(timeout=LOOK_S):
            return None
        try:
            return self._find(flow, ends_s)
        except (CallFailed, EngineStopped, KeyError, ValueError, RecursionError):  # whatever the server made up
            return None
        finally:
            self._looking.release()

    def _find(self, flow: str, ends_s: float) -> str:
        head = find_flows(self._transport, ends_s - time.monotonic())[flow]
        known = self._known.get(head.id)
        if known is None or known[0] != head:
            known = self._known[head.id] = (head, self._fetch(head.id, ends_s - time.monotonic()))
        return known[1]

    def _fetch(self, flow_id: str, within_s: float) -> str:
        data = self._transport.get(f"/api/v1/flows/{quote(flow_id, safe='')}", within_s)
        return _fingerprint(_Flow.model_validate_json(data).data)


def _fingerprint(graph: _Graph) -> str:
    nodes = sorted((_node(node) for node in graph.nodes), key=lambda node: str(node["id"]))
    ends = ("source", "sourceHandle", "target", "targetHandle")
    edges = sorted([str(edge.get(end)) for end in ends] for edge in graph.edges)
    content = json.dumps({"nodes": nodes, "edges": edges}, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _node(node: dict[str, Any]) -> dict[str, Any]:
    """A component: what it is, and the value of each of its fields, its code among them."""
    data = _part(node, "data")
    template = _part(_part(data, "node"), "template")
    values = {name: field.get("value") for name, field in template.items() if isinstance(field, dict)}
    return {"id": node.get("id"), "type": data.get("type"), "values": values}


def _part(whole: dict[str, Any], name: str) -> dict[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}
