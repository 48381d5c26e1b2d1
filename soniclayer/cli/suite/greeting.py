"""What the suite says when it is ready: where it is, the key, and lines to try that work as they stand."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.cli.suite.place import default_folder

if TYPE_CHECKING:
    from soniclayer.cli.suite.place import Place

SAMPLE = Path("tests/data/broadcast/broadcast.flac")
"""Is there where `make run` runs."""


def greeting(place: Place, url: str, new_key: str | None) -> str:
    """Lines to print; `new_key` was made just now and is shown this once."""
    file, ourselves = shlex.quote(str(place.first_key_file)), _ourselves()
    key, sample = f"$(cat {file})" if place.first_key_file.exists() else "$KEY", _sample()
    submit, status = f"{ourselves} submit {sample} --wait", f"{ourselves} status"
    if place.folder != default_folder():
        submit = f'SONICLAYER_URL={url} SONICLAYER_API_KEY="{key}" {submit}'
        status = f"{_places(place)} {status}"
    lines = [
        f"ready   {url}",
        f"open    {url}/   the dashboard; sign in with the key",
        f"key     {_key_line(place, file, new_key, ourselves)}",
        f'upload  curl -H "X-API-Key: {key}" -F file=@{sample} {url}/evaluate/',
        f"or      {submit}",
        f"look    {status}",
    ]
    return "\n".join(["", *(f"  {line}" for line in lines), ""])


def _key_line(place: Place, file: str, new_key: str | None, ourselves: str) -> str:
    if new_key:
        return f"{new_key}   (kept in {file}, for you alone)"
    if place.first_key_file.exists():
        return f"in {file}"
    return f"one of yours; another: {ourselves} keys add NAME --file {shlex.quote(str(place.keys_file))}"


def _places(place: Place) -> str:
    """Where a command finds what is not in the usual folder."""
    wanted = ("REDIS_URL", "SONICLAYER_UPLOADS_DIR")
    return " ".join(f"{name}={shlex.quote(place.environment()[name])}" for name in wanted)


def _sample() -> str:
    return str(SAMPLE) if SAMPLE.exists() else "broadcast.flac"


def _ourselves() -> str:
    """How this program is called here: by its name alone where that finds it, else as it was called."""
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m soniclayer"
    found = shutil.which(started.name)
    if found and started.exists() and Path(found).samefile(started):
        return started.name
    return shlex.quote(str(started))
