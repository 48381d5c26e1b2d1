"""Writes a flow for each persona; run with the Python of the Langflow that is to load them.

usage: generate.py PERSONAS.json FLOWS_DIR      (PERSONAS.json: what `soniclayer personas flows` prints)

The same personas always give the same files, with the same ids. A flow of ours whose persona is gone is removed;
files that are not ours stay as they are. All or nothing: when a flow cannot be made, no file has changed.
"""

import argparse
import json
import os
import re
import sys
import uuid
from importlib.metadata import version
from pathlib import Path
from typing import Any

NAMESPACE = uuid.UUID("4b8f1c0e-9a53-4d0c-8f5e-6f2f7a1d3b90")
"""Of the ids of our flows. For ever: a flow with another id is another flow to Langflow."""

FLOW_NAME = re.compile(r"soniclayer_[a-z][a-z0-9_]{0,39}")
COMPONENTS = Path(__file__).parent / "components/soniclayer"
STEP_X = 400
"""Distance of components in the editor, in pixels."""


def main() -> int:
    """Write what has changed, and say it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("personas", type=Path, metavar="PERSONAS.json")
    parser.add_argument("flows_dir", type=Path, metavar="FLOWS_DIR")
    args = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("LANGFLOW_")]:  # a server's settings mean others
        del os.environ[name]
    sys.dont_write_bytecode = True  # nothing beside the component, which a server reads too
    texts = {name: _as_text(flow) for name, flow in make_flows(_read(args.personas)).items()}
    args.flows_dir.mkdir(parents=True, exist_ok=True)
    changed = [name for name, text in texts.items() if _write(args.flows_dir / f"{name}.json", text)]
    gone = [path for path in sorted(args.flows_dir.glob("*.json")) if path.stem not in texts and _is_ours(path)]
    for path in gone:
        path.unlink()
    print(f"{len(texts)} flows: {len(changed)} written, {len(gone)} removed")  # noqa: T201 - the command line
    return 0


def make_flows(personas: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Flows as Langflow loads them, by name.

    Raises:
        ValueError: this Langflow does not understand them.
    """
    flows = {}
    for about in personas["flows"]:
        flow = _make_flow(about, personas)
        _check(flow)
        flows[about["name"]] = flow
    return flows


def flow_id(name: str) -> str:
    """Always the same for a name."""
    return str(uuid.uuid5(NAMESPACE, name))


def _read(path: Path) -> dict[str, Any]:
    personas = json.loads(path.read_text(encoding="utf-8"))
    for about in personas["flows"]:
        if not FLOW_NAME.fullmatch(about["name"]):
            raise ValueError(f"{about['name']!r} is no name of a flow of ours")
    return personas


def _make_flow(about: dict[str, str], personas: dict[str, Any]) -> dict[str, Any]:
    """ChatInput -> SonicLayerPersona -> ChatOutput; no message is stored."""
    from lfx.components.input_output import ChatInput, ChatOutput  # noqa: PLC0415 - takes seconds
    from lfx.graph import Graph  # noqa: PLC0415

    name = about["name"]
    sys.path.insert(0, str(COMPONENTS))
    from persona import SonicLayerPersona  # noqa: PLC0415

    heard = ChatInput(_id=f"ChatInput-{name}").set(should_store_message=False)
    persona = SonicLayerPersona(_id=f"SonicLayerPersona-{name}").set(
        input_value=heard.message_response,
        system_message=about["system_message"],
        classic_schema=json.dumps(personas["classic_schema"]),
        list_schema=json.dumps(personas["list_schema"]),
    )
    said = ChatOutput(_id=f"ChatOutput-{name}").set(input_value=persona.judge, should_store_message=False)
    flow = Graph(start=heard, end=said).dump(name=name, description=about["description"], endpoint_name=name)
    _arrange(flow["data"], [heard.get_id(), persona.get_id(), said.get_id()])
    return {
        **flow,
        "id": flow_id(name),
        "is_component": False,
        "access_type": "PRIVATE",
        "mcp_enabled": False,
        "webhook": False,
        "tags": ["soniclayer"],
        "last_tested_version": version("langflow-base"),
    }


def _arrange(graph: dict[str, Any], order: list[str]) -> None:
    """Components in their order, and where the editor shows them; a dump has them in any order."""
    graph["nodes"].sort(key=lambda node: order.index(node["id"]))
    for place, node in enumerate(graph["nodes"]):
        node["type"] = "genericNode"
        node["position"] = {"x": STEP_X * place, "y": 0}
    for edge in graph["edges"]:
        edge["id"] = f"{edge['source']}-{edge['target']}"
    graph["edges"].sort(key=lambda edge: edge["id"])


def _check(flow: dict[str, Any]) -> None:
    """Read it again as the server will."""
    from lfx.graph import Graph  # noqa: PLC0415

    graph = Graph.from_payload(json.loads(_as_text(flow))["data"], flow_id=flow["id"])
    if len(graph.vertices) != len(flow["data"]["nodes"]) or len(graph.edges) != len(flow["data"]["edges"]):
        raise ValueError(f"{flow['name']}: Langflow reads another flow than was written")


def _as_text(flow: dict[str, Any]) -> str:
    return json.dumps(flow, indent=1, sort_keys=True, default=str) + "\n"


def _is_ours(path: Path) -> bool:
    try:
        return json.loads(path.read_text(encoding="utf-8"))["id"] == flow_id(path.stem)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _write(path: Path, text: str) -> bool:
    """Whether it had to: it is there at once and whole, or as it was."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    new = path.with_name(f".{path.name}.new")  # Langflow reads *.json, and does not start with half a file
    with new.open("w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return True


if __name__ == "__main__":
    sys.exit(main())
