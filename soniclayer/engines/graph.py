"""Chains of FFmpeg's audio filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import av

if TYPE_CHECKING:
    from collections.abc import Iterator

Format: TypeAlias = tuple[int, str, str]
"""Of a frame: sample rate, sample format, channel layout."""


def chain(source: Format, *filters: tuple[str, str]) -> Any:
    """Filters, each by name and arguments, one after the other; to be fed with frames of this format.

    Raises:
        av.FFmpegError: such frames cannot be brought to that.
    """
    rate_hz, sample_format, layout = source
    graph = av.filter.Graph()
    graph.threads = 1
    nodes = [graph.add_abuffer(sample_rate=rate_hz, format=sample_format, layout=layout)]
    nodes += [graph.add(name, arguments) for name, arguments in filters]
    graph.link_nodes(*nodes, graph.add("abuffersink"))
    graph.configure()
    return graph


def pull(graph: Any) -> Iterator[Any]:
    """The frames that are ready."""
    while True:
        try:
            yield graph.pull()
        except (av.BlockingIOError, av.EOFError):  # noqa: PERF203 - the only way to ask
            return


def mixed(layout: str, rate_hz: int, to: str) -> list[tuple[str, str]]:
    """Filters that bring sound to another rate, and to fewer channels: `to` is mono or stereo.

    FFmpeg's own matrix, scaled not to clip, where the channels have known places; else their mean, the same for all.
    """
    channels = av.AudioLayout(layout).nb_channels
    if layout != f"{channels} channels":
        return [("aresample", f"{rate_hz}:ochl={to}:rematrix_maxval=1")]
    mean = "+".join(f"{1 / channels:.6f}*c{n}" for n in range(channels))
    return [("pan", f"mono|c0={mean}"), ("aresample", f"{rate_hz}:ochl={to}")]
