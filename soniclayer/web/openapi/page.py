"""Shows the OpenAPI document as one page that needs nothing from elsewhere: no script, no font, no picture."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from soniclayer.web.openapi.sample import sample_call
from soniclayer.web.openapi.type_words import type_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from soniclayer.web.openapi.operation import Schema

_GOOD = 400
"""Statuses from here on are problems."""


def docs_page(document: dict[str, Any], address: str) -> tuple[str, str]:
    """The page, and the Content-Security-Policy it works under; `address` is where clients reach the API."""
    style = resources.files(__package__).joinpath("page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">{_title(document)}'
    )
    body = f"{_navigation(document)}<main>{_about(document)}{_operations(document, address)}{_schemas(document)}</main>"
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{style}</style></head><body>{body}</body></html>\n',
        policy,
    )


def _title(document: dict[str, Any]) -> str:
    return f"<title>{escape(document['info']['title'])} API</title>"


def _navigation(document: dict[str, Any]) -> str:
    info = document["info"]
    parts = [f'<nav><a class="brand" href="#top">{escape(info["title"])} <small>{escape(info["version"])}</small></a>']
    for tag, operations in _by_tag(document).items():
        links = "".join(_link(one["operationId"], one["summary"]) for _, _, one in operations)
        parts.append(f"<h2>{escape(tag)}</h2><ul>{links}</ul>")
    schemas = "".join(_link(f"schema-{name}", name) for name in document["components"]["schemas"])
    return "".join([*parts, f"<h2>Schemas</h2><ul>{schemas}</ul></nav>"])


def _link(anchor: str, words: str) -> str:
    return f'<li><a href="#{escape(anchor)}">{escape(words)}</a></li>'


def _about(document: dict[str, Any]) -> str:
    info = document["info"]
    return f'<h1 id="top">{escape(info["title"])} API</h1>{_markdown(info["description"])}'


def _operations(document: dict[str, Any], address: str) -> str:
    parts = []
    for tag, operations in _by_tag(document).items():
        articles = "".join(_operation(method, path, one, address) for method, path, one in operations)
        parts.append(f"<section><h2>{escape(tag)}</h2>{articles}</section>")
    return "".join(parts)


def _by_tag(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    tags: dict[str, list[tuple[str, str, dict[str, Any]]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tags[operation["tags"][0]].append((method, path, operation))
    return tags


def _operation(method: str, path: str, operation: dict[str, Any], address: str) -> str:
    badge = f'<span class="method {method}">{method.upper()}</span><span class="path">{escape(path)}</span>'
    return (
        f'<article id="{escape(operation["operationId"])}"><h3>{badge}</h3>'
        f'<p class="title">{escape(operation["summary"])}</p>{_markdown(operation["description"])}'
        f"{_parameters(operation.get('parameters', []))}{_form(operation.get('requestBody'))}"
        f"{_answers(operation['responses'])}"
        f"<pre><code>{escape(sample_call(method, path, operation, address))}</code></pre></article>"
    )


def _parameters(parameters: Iterable[dict[str, Any]]) -> str:
    rows = [
        (
            f"<code>{escape(one['name'])}</code>{_needed(one['required'])}",
            escape(one["in"]),
            _type(one["schema"]),
            _line(one),
        )
        for one in parameters
    ]
    return _section("Parameters", ("name", "in", "type", ""), rows)


def _form(body: dict[str, Any] | None) -> str:
    if not body:
        return ""
    media_types = " or ".join(body["content"])
    schema = next(iter(body["content"].values()))["schema"]
    return _section(f"Form, {media_types}", ("field", "type", ""), _fields(schema))


def _answers(responses: dict[str, Any]) -> str:
    good = [_answer(status, answer) for status, answer in responses.items() if int(status) < _GOOD]
    bad = [_answer(status, answer) for status, answer in responses.items() if int(status) >= _GOOD]
    problems = _table(("status", "body", ""), bad)
    return (
        f"{_section('Answers', ('status', 'body', ''), good)}<details><summary>Problems</summary>{problems}</details>"
    )


def _answer(status: str, answer: dict[str, Any]) -> tuple[str, str, str]:
    content = answer.get("content", {})
    bodies = list(dict.fromkeys(_type(one["schema"]) for one in content.values()))
    types = f'<span class="faint">{escape(", ".join(content))}</span>' if content else ""
    headers = f'<span class="faint">{escape(", ".join(answer.get("headers", {})))}</span>'
    return (
        f'<span class="status">{status}</span>',
        f"{' or '.join(bodies)}{types}",
        _markdown(answer["description"]) + headers,
    )


def _schemas(document: dict[str, Any]) -> str:
    articles = []
    for name, schema in document["components"]["schemas"].items():
        table = _table(("field", "type", ""), _fields(schema))
        about = _markdown(schema.get("description", ""))
        articles.append(
            f'<article id="schema-{escape(name)}"><h3 class="path">{escape(name)}</h3>{about}{table}</article>'
        )
    return f"<section><h2>Schemas</h2>{''.join(articles)}</section>"


def _fields(schema: Schema) -> list[tuple[str, str, str]]:
    needed = schema.get("required", ()) if "file" in schema.get("required", ()) else ()
    return [
        (f"<code>{escape(name)}</code>{_needed(name in needed)}", _type(field), _line(field))
        for name, field in schema.get("properties", {}).items()
    ]


def _needed(needed: bool) -> str:  # noqa: FBT001 - it is the value
    return '<span class="needed">needed</span>' if needed else ""


def _section(title: str, head: tuple[str, ...], rows: list[Any]) -> str:
    return f"<h4>{escape(title)}</h4>{_table(head, rows)}" if rows else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join(_row(row) for row in rows)
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></div>'


def _row(row: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"


def _type(schema: Schema) -> str:
    """In words, names of schemas linked to where they stand."""
    return "".join(_words(type_words(schema)))


def _words(parts: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    for words, name in parts:
        yield f'<a href="#schema-{escape(name)}">{escape(words)}</a>' if name else escape(words)


def _line(described: dict[str, Any]) -> str:
    return _markdown(described.get("description", ""))


def _markdown(text: str) -> str:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 3 MB, for this page alone

    shown: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return shown
