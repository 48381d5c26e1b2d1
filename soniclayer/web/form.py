"""The upload's form, multipart/form-data, parsed while it arrives: the file's bytes are handed on, not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from soniclayer.errors import UploadRefused

if TYPE_CHECKING:
    from collections.abc import Collection

FILE = "file"
MEDIA_TYPE = "multipart/form-data"

LONGEST_VALUE_BYTES = 4096
"""No field has more to say."""

LONGEST_NAME = 200
"""Characters of a file name that are kept."""

_AS_IS = frozenset({"", "7bit", "8bit", "binary"})
_ESCAPES = (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"))
"""What browsers write for these in a file name (WHATWG HTML, multipart/form-data encoding)."""


def boundary_of(content_type: str) -> bytes:
    """What stands between the parts, from the request's Content-Type.

    Raises:
        UploadRefused: `unsupported_media_type`: it is no form; `malformed`: it names no boundary, or an impossible one.
    """
    media_type, options = parse_options_header(content_type)
    if media_type != MEDIA_TYPE.encode():
        raise UploadRefused(
            f"Content-Type is {content_type!r}: need {MEDIA_TYPE}, as `curl -F file=@broadcast.flac` sends it",
            code="unsupported_media_type",
        )
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise UploadRefused(f"Content-Type is {content_type!r}: it names no boundary", code="malformed")
    return boundary


class UploadForm:
    """One file and a few short fields, in any order.

    `values` holds the fields that have been read, `file_name` the safe base name of the file, None before its part.
    """

    def __init__(self, boundary: bytes, fields: Collection[str]) -> None:
        """Get ready for a form with the part `file`, and these fields at most.

        Raises:
            UploadRefused: `malformed`: an impossible boundary.
        """
        self.values: dict[str, str] = {}
        self.file_name: str | None = None
        self._fields = fields
        self._pieces: list[memoryview] = []
        self._complete = False
        self._header = bytearray()
        self._headers: dict[str, str] = {}
        self._name = ""
        self._value = bytearray()
        try:
            self._parser = MultipartParser(boundary, {
                "on_part_begin": self._begin_part,
                "on_header_begin": self._begin_header,
                "on_header_field": self._add_header_name,
                "on_header_value": self._add_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._add_data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            })  # fmt: skip
        except FormParserError as error:
            raise UploadRefused(f"the boundary cannot be used: {error}", code="malformed") from None

    def feed(self, chunk: bytes) -> list[memoryview]:
        """Parse what has arrived; the bytes of the file that were in it.

        Raises:
            UploadRefused: `malformed`, `bad_field`, `no_file`, or whatever a second file is.
        """
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise UploadRefused(f"the form is malformed: {error}", code="malformed") from None
        pieces, self._pieces = self._pieces, []
        return pieces

    def finish(self) -> None:
        """Say that all has arrived.

        Raises:
            UploadRefused: `cut_off`: the form's end is missing; `no_file`.
        """
        if not self._complete:
            raise UploadRefused("the form ends in the middle: the last boundary is missing", code="cut_off")
        if self.file_name is None:
            raise UploadRefused(f"the form has no part named {FILE!r}", code="no_file")

    def _begin_part(self) -> None:
        self._headers.clear()
        self._value.clear()
        self._name = ""

    def _begin_header(self) -> None:
        self._header.clear()
        self._header_name = ""

    def _add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end].decode("latin-1").lower()

    def _add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header_name] = self._header.decode("latin-1")

    def _end_headers(self) -> None:
        kind, options = parse_options_header(self._headers.get("content-disposition"))
        if kind != b"form-data":
            raise UploadRefused("a part has no Content-Disposition: form-data", code="malformed")
        if self._headers.get("content-transfer-encoding", "").strip().lower() not in _AS_IS:
            raise UploadRefused("a part is encoded: send it as it is", code="malformed")
        self._name = _text(options.get(b"name", b""))
        if self._name == FILE:
            self._begin_file(options.get(b"filename"))
        elif self._name not in self._fields:
            known = ", ".join([FILE, *self._fields])
            raise UploadRefused(f"the form has a field {self._name!r}; there are: {known}", code="bad_field")
        elif self._name in self.values:
            raise UploadRefused(f"the form has two fields {self._name!r}", code="bad_field")

    def _begin_file(self, name: bytes | None) -> None:
        if name is None:
            raise UploadRefused(f"{FILE!r} is no file: with curl, write -F {FILE}=@PATH", code="no_file")
        if self.file_name is not None:
            raise UploadRefused("the form has two files; upload them one by one", code="bad_field")
        self.file_name = safe_name(_text(name))

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE:
            self._pieces.append(memoryview(data)[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > LONGEST_VALUE_BYTES:
            raise UploadRefused(
                f"the field {self._name!r} is longer than {LONGEST_VALUE_BYTES} bytes", code="bad_field"
            )

    def _end_part(self) -> None:
        if self._name != FILE:
            self.values[self._name] = _text(bytes(self._value))

    def _end(self) -> None:
        self._complete = True


def safe_name(name: str) -> str:
    """The base name of what a client calls its file: no folders, nothing that steers a terminal, not too long."""
    for escape, character in _ESCAPES:
        name = name.replace(escape, character)
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(character for character in base if character.isprintable()).strip()
    if len(shown) > LONGEST_NAME:
        stem, dot, ending = shown.rpartition(".")
        shown = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) < LONGEST_NAME else shown
    return "recording" if shown in {"", ".", ".."} else shown[:LONGEST_NAME]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
