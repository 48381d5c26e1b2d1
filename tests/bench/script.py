"""The script a user would write: `python -m bench.script AUDIO MODEL TEXT`."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Transcribe; the text goes into a file."""
    audio, model, text = sys.argv[1:]
    from faster_whisper import WhisperModel  # noqa: PLC0415 - its time is measured too

    whisper = WhisperModel(model, device="cpu", compute_type="int8")
    segments, _ = whisper.transcribe(audio, beam_size=5, word_timestamps=True)
    Path(text).write_text("".join(segment.text for segment in segments))


if __name__ == "__main__":
    main()
