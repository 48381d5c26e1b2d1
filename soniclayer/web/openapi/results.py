"""Operations that read what was computed of a recording, and the recording itself."""

from __future__ import annotations

from soniclayer.domain.summary import Summary
from soniclayer.export import FORMATS
from soniclayer.web.answers import RecordingPeaks, Segments
from soniclayer.web.media_type import MEDIA_TYPES
from soniclayer.web.openapi.operation import (
    AUDIO_ID,
    BYTES,
    DOWNLOAD,
    IF_NONE_MATCH,
    NUMBER,
    ONE,
    TEXT,
    UNCHANGED,
    VERSIONED,
    Answer,
    Operation,
    Operations,
    Parameter,
    in_any,
    in_json,
)
from soniclayer.web.routes.transcripts import MEDIA_TYPES as TRANSCRIPT_TYPES

_TAG = "Results"
_FILE = (*VERSIONED, "Content-Disposition")
_LATER = (*ONE, "not_yet", "never")
_IN_PARTS = (*MEDIA_TYPES, "multipart/byteranges")
_TEXTS = {**in_any(TRANSCRIPT_TYPES.values(), TEXT), **in_json({"type": "object"})}
_RANGE = Parameter("Range", "header", "Some of the bytes, e.g. `bytes=0-1023`", example="bytes=0-1023")
_WINDOW = Parameter("window", "query", "Only those of this window", {**NUMBER, "minimum": 0, "maximum": 999_999})
_IF_RANGE = Parameter("If-Range", "header", "An ETag: the range counts only while it is right, else all is sent")


def _audio(name: str, summary: str) -> Operation:
    return Operation(
        name,
        _TAG,
        summary,
        (
            Answer(200, "All of it", in_any(MEDIA_TYPES, BYTES), (*_FILE, "Accept-Ranges")),
            Answer(206, "The range that was asked for", in_any(_IN_PARTS, BYTES), (*_FILE, "Content-Range")),
            Answer(304, "What the client has is still right", headers=_FILE),
        ),
        "What browsers play and seek exactly: what was uploaded or, where they would not, a copy of its sound as AAC "
        "in MP4, on the same clock, as soon as the recording was read. `download=1` gives what was uploaded, byte for "
        "byte. Its ETag is the `audio_id`, the copy's is another. The media type is told by the content.",
        (*ONE, "source_missing", "malformed", "range_not_satisfiable", "bad_query"),
        (AUDIO_ID, DOWNLOAD, _RANGE, _IF_RANGE, IF_NONE_MATCH),
    )


OPERATIONS: Operations = {
    ("GET", "/segments/{audio_id}"): Operation(
        "get_segments",
        _TAG,
        "The segments so far",
        (
            Answer(200, "In time order, with topic, tone, tags, evaluations", in_json(Segments), VERSIONED),
            UNCHANGED,
        ),
        "Those of every window that has been transcribed; labels and evaluations come to a segment as they are made. "
        "`complete` says that no more come. With `window` those of this window alone, none where it is not there "
        "(yet), and `complete` says that it has ended: so an event `window` is followed in milliseconds, however long "
        "the recording. Either has an ETag of its own.",
        (*ONE, "bad_query"),
        (AUDIO_ID, _WINDOW, IF_NONE_MATCH),
    ),
    ("GET", "/summary/{audio_id}"): Operation(
        "get_summary",
        _TAG,
        "The summary",
        (Answer(200, "As it was last made", in_json(Summary), (*VERSIONED, "X-Complete")), UNCHANGED),
        "Made when everything else has ended. Until then the answer is 409: `not_yet` with Retry-After, or `never` "
        "when the recording has failed or was cancelled. `X-Complete: false` says that a new one is on its way.",
        _LATER,
        (AUDIO_ID, IF_NONE_MATCH),
    ),
    ("GET", "/peaks/{audio_id}"): Operation(
        "get_peaks",
        _TAG,
        "The picture of a recording",
        (Answer(200, "What there is so far", in_json(RecordingPeaks), VERSIONED), UNCHANGED),
        "Grows window by window while the recording is read; `complete` says that all of it was.",
        ONE,
        (AUDIO_ID, IF_NONE_MATCH),
    ),
    ("GET", "/audio/{audio_id}"): _audio("get_audio", "The recording to listen to"),
    ("HEAD", "/audio/{audio_id}"): _audio("head_audio", "Size and type of the recording"),
    ("GET", "/transcripts/{audio_id}.{form}"): Operation(
        "get_transcript",
        _TAG,
        "What was said, as a file",
        (
            Answer(200, "What there is so far", _TEXTS, (*_FILE, "X-Complete")),
            Answer(304, "What the client has is still right", headers=(*_FILE, "X-Complete")),
        ),
        "Of a recording that is not done, what there is so far, with `X-Complete: false`: good for a look, to be "
        "fetched again later. Subtitles have at most two lines of 42 columns.",
        (*ONE, "not_found", "bad_query"),
        (
            AUDIO_ID,
            Parameter("form", "path", "The format", {**TEXT, "enum": list(FORMATS)}, required=True),
            DOWNLOAD,
            IF_NONE_MATCH,
        ),
    ),
}
