"""Runs in Kokoro's own virtual environment: lines as JSON on standard input, the path of their sounds on the output."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

VOICE_SHAPE = (-1, 1, 256)
"""One style for each length of text, in tokens."""


def main() -> None:
    """Speak every line into one .npz file, named by their numbers."""
    from kokoro_onnx import Kokoro  # noqa: PLC0415 - it is in that environment alone

    folder = Path(sys.argv[1])
    styles = {path.stem: np.fromfile(path, np.float32).reshape(VOICE_SHAPE) for path in folder.glob("voices/*.bin")}
    np.savez(folder / "styles.npz", **styles)
    kokoro = Kokoro(str(folder / "kokoro.onnx"), str(folder / "styles.npz"))
    sounds = {}
    lines = json.load(sys.stdin)
    for number, (voice, text) in enumerate(lines):
        print(f"\rspeaking {number + 1} of {len(lines)}", end="", file=sys.stderr)  # noqa: T201 - progress
        sounds[str(number)], _ = kokoro.create(text, voice=voice, lang="en-gb" if voice[0] == "b" else "en-us")
    print(file=sys.stderr)  # noqa: T201 - ends the line
    target = folder / "spoken.npz"
    np.savez(target, **sounds)
    print(target)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
