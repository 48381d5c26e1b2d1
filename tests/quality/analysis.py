"""Analyses the programme as a user would, with nothing kept from before."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from soniclayer.domain.segment import Label, Segment, Tag, Word
from soniclayer.domain.summary import SegmentReport


class AnalysisError(Exception):
    """The audio was not analysed to the end; why stands on standard error."""


def analyse(audio: Path, model: str | None = None, language: str | None = None) -> list[SegmentReport]:
    """Every segment of an audio, as `soniclayer analyze` reports it from an empty store; progress on standard error.

    Raises:
        AnalysisError: the command failed.
    """
    options = {"--model": model, "--language": language}
    with tempfile.TemporaryDirectory(prefix="soniclayer-quality-") as folder:
        document = Path(folder) / "result.json"
        command = [sys.executable, "-m", "soniclayer", "analyze", f"--store={folder}/store", f"--json={document}"]
        command += [f"{option}={value}" for option, value in options.items() if value is not None]
        done = subprocess.run([*command, "--", audio], stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise AnalysisError(f"soniclayer analyze failed with exit code {done.returncode}")
        return read_reports(json.loads(document.read_text(encoding="utf-8")))


def read_reports(document: dict[str, Any]) -> list[SegmentReport]:
    """The segments in a JSON export, without their evaluations."""
    return [_report(segment) for segment in document["segments"]]


def _report(told: dict[str, Any]) -> SegmentReport:
    words = tuple(Word(w["start_s"], w["end_s"], w["text"], w["probability"]) for w in told["words"])
    segment = Segment(told["start_s"], told["end_s"], told["segment_id"], told["kind"], told["text"], words)
    tags = tuple(Tag(tag["name"], tag["evidence"]) for tag in told["tags"])
    return SegmentReport(segment, told["loudness_lufs"], _label(told["topic"]), _label(told["tone"]), tags, ())


def _label(told: dict[str, Any] | None) -> Label | None:
    return Label(told["name"], told["confidence"], told["runner_up"], told["unsure"]) if told else None
