"""From decoded frames of any format to blocks of floats that are all alike: what everything else is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av
import numpy as np

from soniclayer.engines.graph import Format, chain, pull

if TYPE_CHECKING:
    from collections.abc import Callable

_LOUDEST = 8.0
"""Floats beyond +18 dB of full scale are noise from a broken encoder, and would drown the loudness."""

_BLOCK_VALUES = 2**19
"""Blocks of a second, unless that were more values: one of 64 channels at 384 kHz would take 1.5 GB on its way."""


class Intake:
    """Takes frames, gives blocks (`flt`) of a second at most, without NaN. The first frame sets rate and layout.

    Args:
        begin: is called with the rate and the layout of the blocks before there is the first; it raises
            av.FFmpegError where they are of no use.
    """

    def __init__(self, begin: Callable[[int, str], None]) -> None:
        self._begin = begin
        self._graph: Any = None
        self._format: Format | None = None
        self._refused: Format | None = None
        self._unread = 0
        self._block_samples = 0
        self._rate_hz = 0
        self._layout = ""

    def feed(self, frame: Any) -> list[Any] | None:
        """Take one frame; give the blocks that are ready.

        None when the frame cannot be used: not every layout of channels can be brought to that of the first frame.
        """
        blocks: list[Any] = []
        frame_format = (frame.sample_rate, frame.format.name, frame.layout.name)
        if frame_format != self._format:
            graph = self._graph_for(frame_format)
            if graph is None:
                return None
            blocks = self.finish()
            self._graph, self._format = graph, frame_format
        frame.pts = None
        self._graph.push(frame)
        self._unread += frame.samples
        if self._unread >= self._block_samples:  # asking after every frame would cost more than decoding
            self._unread = 0
            blocks += self._ready()
        return blocks

    def finish(self) -> list[Any]:
        """What is left when the last frame has been fed."""
        if self._graph is None:
            return []
        self._graph.push(None)
        return self._ready()

    def _graph_for(self, frame_format: Format) -> Any:
        """What frames of this format go through, built."""
        if frame_format == self._refused:
            return None
        try:
            return self._built(frame_format)
        except av.FFmpegError:
            self._refused = frame_format
            return None

    def _built(self, frame_format: Format) -> Any:
        rate_hz, _, layout = frame_format
        begun = self._graph is not None
        if begun:
            rate_hz, layout = self._rate_hz, self._layout
        block_samples = min(rate_hz, _BLOCK_VALUES // av.AudioLayout(layout).nb_channels)
        graph = chain(
            frame_format,
            ("aresample", str(rate_hz)),
            ("aformat", f"sample_fmts=flt:channel_layouts={layout}"),
            ("asetnsamples", f"n={block_samples}:p=0"),
        )
        if not begun:
            self._begin(rate_hz, layout)
            self._rate_hz, self._layout, self._block_samples = rate_hz, layout, block_samples
        return graph

    def _ready(self) -> list[Any]:
        return [self._clean(block) for block in pull(self._graph)]

    def _clean(self, block: Any) -> Any:
        block.pts = None
        values = block.to_ndarray()
        if np.abs(values).max(initial=0) <= _LOUDEST:  # False for NaN
            return block
        values = np.clip(np.nan_to_num(values, nan=0, posinf=0, neginf=0), -_LOUDEST, _LOUDEST)
        return like(block, values)


def like(block: Any, values: Any) -> Any:
    """A block of the same rate and layout with other values, shape (1, channels * samples)."""
    changed = av.AudioFrame.from_ndarray(values, "flt", block.layout.name)
    changed.sample_rate = block.sample_rate
    return changed
