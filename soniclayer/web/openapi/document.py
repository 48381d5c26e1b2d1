"""Puts the OpenAPI document together: what the routes say of themselves, and what `OPERATIONS` say of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from soniclayer import __version__
from soniclayer.web.openapi import following, listing, results, running, uploading
from soniclayer.web.openapi.headers import HEADERS
from soniclayer.web.openapi.schemas import reference, schemas_of
from soniclayer.web.problems import JSON as PROBLEM_JSON
from soniclayer.web.problems import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from soniclayer.web.openapi.operation import Answer, Body, Operation, Operations, Parameter, Schema
    from soniclayer.web.route import ApiRoute

OPERATIONS: Operations = {
    **uploading.OPERATIONS,
    **listing.OPERATIONS,
    **results.OPERATIONS,
    **following.OPERATIONS,
    **running.OPERATIONS,
}

TAGS = ("Recordings", "Results", "Events", "Personas", "Sessions", "Service")
"""In the order in which they are shown."""

SAME_AS = {"/evaluate": "/evaluate/"}
"""Paths that are other names of one that is described."""

_ADMISSION = ("no_key", "no_session", "wrong_key", "missing_scope")
_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_WAITS = frozenset({429, 503})

_ABOUT = """\
SonicLayer turns broadcast audio into insight: what was said and when, what each segment is about, how it is said,
and how given audiences would receive it. Times are seconds from the start of the recording.

Every error is `application/problem+json` with a stable `code`. HEAD goes wherever GET does. The headers `RateLimit` and
`RateLimit-Policy` tell how often you may call; obey `Retry-After`.
"""


def openapi_document(routes: Sequence[ApiRoute], prefix: str = "") -> dict[str, Any]:
    """The document as JSON takes it; `prefix` is that of the proxy, `/api` say."""
    by_place = {(method, route.path): route for route in routes for method in route.methods or ()}
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for (method, path), operation in OPERATIONS.items():
        paths[path][method.lower()] = _operation(operation, by_place[method, path], method)
    answers = [answer for operation in OPERATIONS.values() for answer in operation.answers]
    shapes = {form for answer in answers for form in answer.bodies.values() if isinstance(form, type)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SonicLayer",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": prefix or "/"}],
        "tags": [{"name": name} for name in TAGS],
        "paths": dict(paths),
        "components": {
            "schemas": schemas_of(sorted(shapes, key=lambda shape: shape.__name__)),
            "headers": HEADERS,
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "`soniclayer keys add`"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "soniclayer_session",
                    "description": "POST /session",
                },
            },
        },
    }


def _operation(operation: Operation, route: ApiRoute, method: str) -> dict[str, Any]:
    codes = dict.fromkeys([*operation.problems, *_common_problems(operation, route, method)])
    always = ["X-Request-ID", *(["RateLimit", "RateLimit-Policy"] if route.limited else [])]
    answers = {str(answer.status): _answer(answer, always) for answer in operation.answers}
    found: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": "\n\n".join(filter(None, [operation.description, _needs(operation, route)])),
        "security": _security(operation, route),
        "responses": {**answers, **_problems(codes, always)},
    }
    if operation.parameters:
        found["parameters"] = [_parameter(parameter) for parameter in operation.parameters]
    if operation.body:
        found["requestBody"] = _body(operation.body)
    return found


def _security(operation: Operation, route: ApiRoute) -> list[dict[str, list[str]]]:
    """Ways to be let in; an empty one is: by nothing."""
    scope = route.needs or operation.maybe_needs
    ways = [{"key": [scope]}, {"session": [scope]}] if scope else []
    return ways if route.needs else [{}, *ways]


def _common_problems(operation: Operation, route: ApiRoute, method: str) -> list[str]:
    codes: list[str] = []
    if route.needs or operation.maybe_needs:
        codes += _ADMISSION
    if route.needs and method in _CHANGES:
        codes.append("cross_site")
    if route.limited or operation.maybe_needs:
        codes.append("too_many_requests")
    if method in _CHANGES:
        codes.append("too_large")
    return codes


def _needs(operation: Operation, route: ApiRoute) -> str:
    if operation.maybe_needs:
        return ""
    return f"Needs the scope `{route.needs}`." if route.needs else "Needs no key."


def _answer(answer: Answer, always: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"description": answer.description, "headers": _headers([*answer.headers, *always])}
    if answer.bodies:
        found["content"] = {media_type: {"schema": _schema(form)} for media_type, form in answer.bodies.items()}
    return found


def _schema(form: type | Schema) -> Schema:
    return reference(form) if isinstance(form, type) else form


def _problems(codes: Iterable[str], always: Sequence[str]) -> dict[str, Any]:
    """One answer per status, with all codes that it may have."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in codes:
        by_status[KINDS[code].status].append(code)
    return {str(status): _problem(status, by_status[status], always) for status in sorted(by_status)}


def _problem(status: int, codes: Sequence[str], always: Sequence[str]) -> dict[str, Any]:
    headers = list(always)
    if status in _WAITS or "not_yet" in codes:
        headers.append("Retry-After")
    headers += ["WWW-Authenticate"] if status == 401 else []  # noqa: PLR2004 - that status is what it is for
    headers += ["Content-Range"] if "range_not_satisfiable" in codes else []
    meaning = "; ".join(f"`{code}`: {KINDS[code].title}" for code in codes)
    return {
        "description": meaning,
        "headers": _headers(headers),
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _headers(names: Iterable[str]) -> dict[str, Schema]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.description,
        "schema": parameter.schema,
    }
    if parameter.example is not None:
        found["example"] = parameter.example
    return found


def _body(body: Body) -> dict[str, Any]:
    schema: Schema = {"type": "object", "properties": body.fields, "required": list(body.needed)}
    return {
        "required": bool(body.needed),
        "content": {media_type: {"schema": schema} for media_type in body.media_types},
    }
