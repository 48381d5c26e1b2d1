"""Starts Langflow as langflow.service runs it; its settings are in the environment (headless.env, langflow.env).

systemd names three folders:
    $CREDENTIALS_DIRECTORY  langflow_api_key, langflow_secret_key, langflow_password; llm_api_key is read by the flows
    $STATE_DIRECTORY        for Langflow's database; emptied here: all that counts comes by files; a database that is
                            broken, or of another version, keeps nothing down
    $RUNTIME_DIRECTORY      for the flows of $SONICLAYER_FLOWS_PATH that are whole; a broken one would keep all down

Secrets go into the environment in here, so that /proc shows none.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import sys
import uuid
from pathlib import Path
from typing import TextIO

SECRETS = {
    "LANGFLOW_API_KEY": "langflow_api_key",
    "LANGFLOW_SECRET_KEY": "langflow_secret_key",
    "LANGFLOW_SUPERUSER_PASSWORD": "langflow_password",
}
SEVERITIES = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}
"""Of the journal, by what Langflow calls them."""

MOST_EVENT_CHARS = 300


def main() -> None:
    """Become Langflow."""
    refuse_taken_port(os.environ["LANGFLOW_HOST"], int(os.environ["LANGFLOW_PORT"]))
    os.environ.update(secrets(Path(os.environ["CREDENTIALS_DIRECTORY"])))
    os.environ.update(places(emptied(Path(os.environ["STATE_DIRECTORY"]))))
    flows = whole_flows(Path(os.environ["SONICLAYER_FLOWS_PATH"]), Path(os.environ["RUNTIME_DIRECTORY"]) / "flows")
    os.environ["LANGFLOW_LOAD_FLOWS_PATH"] = str(flows)
    sys.stdout = Events(sys.stdout)
    sys.argv = ["langflow", "run", "--backend-only"]
    from langflow.langflow_launcher import main as langflow  # noqa: PLC0415 - it reads the environment at once

    langflow()


def refuse_taken_port(host: str, port: int) -> None:
    """Langflow itself would move on to the next port, and not say so."""
    with socket.socket() as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            ours.bind((host, port))
        except OSError as error:
            say(
                "critical",
                f"port {port} cannot be had: {error.strerror}. `ss -ltnp` shows who listens there: end it, or",
            )
            say("critical", "set LANGFLOW_PORT in langflow.env and LANGFLOW_BASE_URL in worker.env")
            sys.exit(1)


def secrets(folder: Path) -> dict[str, str]:
    """By the names that Langflow knows them by."""
    found = {name: (folder / file).read_text().strip() for name, file in SECRETS.items()}
    empty = [SECRETS[name] for name, value in found.items() if not value]
    if empty:
        say("critical", f"config/credentials: {', '.join(empty)} is empty or missing; install again: that makes it")
        sys.exit(1)
    return found


def emptied(folder: Path) -> Path:
    """The folder, without what a run before has left."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return folder


def places(state: Path) -> dict[str, str]:
    """Where Langflow keeps what it keeps."""
    return {
        "LANGFLOW_CONFIG_DIR": str(state),
        "LANGFLOW_DATABASE_URL": f"sqlite:///{state}/langflow.db",
        "LANGFLOW_KNOWLEDGE_BASES_DIR": str(state / "knowledge"),
        "LANGFLOW_TELEMETRY_WRITER_OUTBOX_DIR": str(state / "outbox"),
    }


def whole_flows(given: Path, taken: Path) -> Path:
    """The folder of the flows that Langflow can load; it says which are left out."""
    shutil.rmtree(taken, ignore_errors=True)
    taken.mkdir()
    for file in sorted(given.glob("*.json")):
        wrong = fault_of(file)
        if wrong:
            say("critical", f"{file} is left out (its persona goes by rules): {wrong}. Install again: that makes it")
        else:
            shutil.copyfile(file, taken / file.name)
    if not any(taken.iterdir()):
        say("critical", f"{given} has no flow that is whole: personas go by rules")
    return taken


def fault_of(file: Path) -> str:
    """Why Langflow could not load it; empty when it can."""
    try:
        flow = json.loads(file.read_text("utf-8"))
        uuid.UUID(flow["id"])
        parts = flow["name"], flow["data"]["nodes"], flow["data"]["edges"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"
    return "" if [type(part) for part in parts] == [str, list, list] else "no flow with a name, nodes and edges"


class Events(io.TextIOBase):
    """Langflow's output with events alone, in short; its banner, ticks and pages of stack are not for a journal."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._rest = ""

    def write(self, text: str) -> int:
        """Whole lines are passed on."""
        *lines, self._rest = f"{self._rest}{text}".split("\n")
        for line in lines:
            if line.startswith("{"):
                self._out.write(f"{in_short(line)}\n")
        self._out.flush()
        return len(text)


def in_short(line: str) -> str:
    """An event with its severity; what else it brings may be what was said on air."""
    try:
        event = json.loads(line)
        said, level = str(event["event"]), str(event["level"])
    except (ValueError, KeyError):
        said, level = line, "warning"
    return f"<{SEVERITIES.get(level, 6)}>{level}: {' '.join(said.split())[:MOST_EVENT_CHARS]}"


def say(level: str, line: str) -> None:
    """A line of the journal."""
    print(f"<{SEVERITIES[level]}>{line}", file=sys.stderr, flush=True)  # noqa: T201 - it is the journal's


if __name__ == "__main__":
    main()
