"""The formats by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from soniclayer.export.document import json_document, json_lines
from soniclayer.export.html_report import html_page
from soniclayer.export.plain import one_line
from soniclayer.export.readable import readable_text
from soniclayer.export.rows import csv_rows
from soniclayer.export.subtitles import srt, vtt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.summary import Result

Format = Literal["json", "html", "srt", "vtt", "csv", "txt"]
FORMATS: tuple[Format, ...] = get_args(Format)


def export(result: Result, form: Format) -> str:
    r"""One recording in one format; ends with a newline and always encodes as UTF-8.

    Lines end with `\n`, in csv with `\r\n` (RFC 4180): write it without newline translation.
    """
    if form == "json":
        text = json_document(result)
    elif form == "csv":
        text = csv_rows([result])
    elif form == "txt":
        text = readable_text(result)
    elif form == "html":
        text = html_page([result])
    else:
        text = srt(result.segments) if form == "srt" else vtt(result.segments)
    return _encodable(text)


def export_all(results: Sequence[Result], form: Format) -> str:
    """Several recordings in one text.

    json: one document a line. csv: one header, the rows of all. html: one page. Others: one after the other, each
    under a line `==> NAME <==`, as head(1) and tail(1) do.
    """
    if len(results) == 1:
        return export(results[0], form)
    if form == "json":
        return _encodable(json_lines(results))
    if form == "csv":
        return _encodable(csv_rows(results))
    if form == "html":
        return html_page(results)
    return "\n".join(_encodable(f"==> {one_line(r.name)} <==\n") + export(r, form) for r in results)


def _encodable(text: str) -> str:
    """A file name that was not UTF-8 reaches us with lone surrogates, which no encoder takes: `?` instead."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text  # not a copy: of four hours it would be 7 MB
