"""The bare limit, one of its two processes: `python -m bench.limit AUDIO MODEL BATCH TEXT`.

faster-whisper with nothing around it: batched, beam 1, word timestamps, its own VAD, one thread.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Transcribe; the text goes into a file."""
    audio, model, batch, text = sys.argv[1:]
    from faster_whisper import BatchedInferencePipeline, WhisperModel  # noqa: PLC0415 - its time is measured too

    pipeline = BatchedInferencePipeline(WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=1))
    segments, _ = pipeline.transcribe(audio, beam_size=1, word_timestamps=True, vad_filter=True, batch_size=int(batch))
    Path(text).write_text("".join(segment.text for segment in segments))


if __name__ == "__main__":
    main()
