"""Whatever goes wrong, as RFC 9457 problem+json: the one table from an error's code to its HTTP status."""

from __future__ import annotations

import http
import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.responses import Response

from soniclayer import errors, log

JSON = "application/problem+json"
INTERNAL = "internal"


@dataclass(frozen=True)
class Kind:
    """What a code means to an HTTP client. `retry_after_s`: when trying again may help."""

    status: int
    title: str
    retry_after_s: int | None = None


KINDS: dict[str, Kind] = {
    "malformed": Kind(400, "The request is malformed"),
    "cut_off": Kind(400, "The upload was cut off"),
    "no_key": Kind(401, "An API key is needed"),
    "wrong_key": Kind(403, "The API key is not valid"),
    "missing_scope": Kind(403, "The API key may not do that"),
    "cross_site": Kind(403, "The request came from another site"),
    "no_session": Kind(401, "The session has ended"),
    "no_sessions": Kind(404, "There are no sessions here"),
    "not_found": Kind(404, "There is nothing here"),
    "recording_missing": Kind(404, "There is no such recording"),
    "recording_gone": Kind(404, "The recording was deleted"),
    "object_missing": Kind(404, "That is not there (yet)"),
    "source_missing": Kind(404, "The uploaded file is not there any more"),
    "method_not_allowed": Kind(405, "The method is not allowed here"),
    "too_slow": Kind(408, "The upload was too slow"),
    "conflict": Kind(409, "The recording is in another state"),
    "not_yet": Kind(409, "That is not there yet"),
    "never": Kind(409, "That will not come"),
    "persona_faulty": Kind(409, "The file of a persona has faults"),
    "too_large": Kind(413, "That is too large"),
    "not_audio": Kind(415, "The file is not audio"),
    "unsupported_media_type": Kind(415, "The request has a media type that is not taken here"),
    "range_not_satisfiable": Kind(416, "The range is not in the file"),
    "input": Kind(422, "The audio cannot be read"),
    "upload_refused": Kind(422, "The upload is not accepted"),
    "bad_field": Kind(422, "A field of the form is wrong"),
    "bad_query": Kind(422, "A parameter is wrong"),
    "empty": Kind(422, "The file is empty"),
    "no_file": Kind(422, "There is no file in the upload"),
    "too_many_requests": Kind(429, "Too many requests"),
    INTERNAL: Kind(500, "Something went wrong here"),
    "object_damaged": Kind(500, "A stored part of the recording is damaged"),
    "courier": Kind(503, "The queue does not answer", 5),
    "courier_away": Kind(503, "The queue does not answer", 5),
    "courier_full": Kind(503, "The queue is full", 60),
    "store": Kind(503, "The store does not answer", 10),
    "store_full": Kind(503, "The store is full", 60),
    "not_ready": Kind(503, "Not everything is there that it takes"),
    "stopping": Kind(503, "The server is stopping", 5),
}
"""A code that does not stand here is told with the status and title of its class, below."""

CLASSES: tuple[tuple[type[errors.SonicLayerError], str], ...] = (
    (errors.RecordingMissing, "recording_missing"),
    (errors.RecordingGone, "recording_gone"),
    (errors.Conflict, "conflict"),
    (errors.UploadRefused, "upload_refused"),
    (errors.InputError, "input"),
    (errors.CourierFull, "courier_full"),
    (errors.CourierAway, "courier_away"),
    (errors.ObjectMissing, "object_missing"),
    (errors.StoreFull, "store_full"),
    (errors.StoreError, "store"),
)

STATUSES = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    416: "range_not_satisfiable",
}
"""Codes of what Starlette itself refuses."""


class Problem(Exception):
    """An answer that is not what was asked for.

    Args:
        code: one of KINDS.
        detail: one sentence for people: the value, and the cure.
        headers: of the answer.
        extra: further members of its body.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.told = Told(code, KINDS[code], detail, headers or {}, extra or {})


@dataclass(frozen=True)
class Told:
    """An error as clients are told it."""

    code: str
    kind: Kind
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)


def problem_response(error: Exception, *, debug: bool = False) -> Response:
    """The answer that tells of an error; `debug` adds the traceback of one that nobody expected."""
    told = _tell(error)
    body: dict[str, object] = {
        "type": f"/problems/{told.code}",
        "title": told.kind.title,
        "status": told.kind.status,
        "detail": told.detail,
        "code": told.code,
        "request_id": log.request_id.get(),
        **told.extra,
    }
    if debug and told.code == INTERNAL:
        body["traceback"] = traceback.format_exception(error)
    headers = dict(told.headers)
    if told.kind.retry_after_s is not None:
        headers.setdefault("Retry-After", str(told.kind.retry_after_s))
    return Response(json.dumps(body), told.kind.status, headers, JSON)


def is_expected(error: Exception) -> bool:
    """Whether the table knows it; what it does not know is a fault of ours, for the log."""
    return _tell(error).code != INTERNAL


def _tell(error: Exception) -> Told:
    if isinstance(error, Problem):
        return error.told
    if isinstance(error, HTTPException):
        return _tell_http(error)
    for known, class_code in CLASSES:
        if isinstance(error, known):
            return Told(error.code, KINDS.get(error.code, KINDS[class_code]), str(error))
    return Told(INTERNAL, KINDS[INTERNAL], "It is not your fault; the log has it under this request_id.")


def _tell_http(error: HTTPException) -> Told:
    code = STATUSES.get(error.status_code)
    headers = error.headers or {}
    if code:
        return Told(code, KINDS[code], _detail(error, code), headers)
    phrase = http.HTTPStatus(error.status_code).phrase
    return Told(phrase.lower().replace(" ", "_"), Kind(error.status_code, phrase), str(error.detail), headers)


def _detail(error: HTTPException, code: str) -> str:
    if code == "method_not_allowed":
        return f"It takes {', '.join(sorted((error.headers or {}).get('Allow', '').split(', ')))}"
    if code == "not_found":
        return "No such path; /openapi.json lists all there are"
    return str(error.detail)
