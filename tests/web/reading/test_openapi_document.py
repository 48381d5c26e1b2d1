"""The OpenAPI document is right, and says what the application does."""

from __future__ import annotations

import pytest
from openapi_spec_validator import validate

from soniclayer.domain.summary import Summary
from soniclayer.web.openapi.document import SAME_AS, TAGS, openapi_document
from soniclayer.web.openapi.page import docs_page
from soniclayer.web.problems import KINDS
from soniclayer.web.routes import all_routes

ROUTES = all_routes()
DOCUMENT = openapi_document(ROUTES, "/api")
OPERATIONS = [(method, path, one) for path, methods in DOCUMENT["paths"].items() for method, one in methods.items()]
IDS = [one["operationId"] for _, _, one in OPERATIONS]


def test_document_is_valid():
    validate(DOCUMENT)


def test_document_describes_exactly_the_routes_there_are():
    routes = {(method, SAME_AS.get(route.path, route.path)) for route in ROUTES for method in route.methods or ()}
    described = {(method.upper(), path) for method, path, _ in OPERATIONS}
    heads_of_gets = {("HEAD", path) for method, path in described if method == "GET"}
    assert described - routes == set()
    assert routes - described <= heads_of_gets


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=IDS)
def test_operation_asks_for_the_scope_its_route_needs(method, path, operation):
    route = next(route for route in ROUTES if route.path == path and method.upper() in route.methods)
    asked = [scopes for way in operation["security"] for scopes in way.values()]
    assert ({}, route.needs) in ((way, None) for way in operation["security"]) or asked == [[route.needs]] * 2


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=IDS)
def test_every_answer_tells_of_its_headers(method, path, operation):
    limited = next(route.limited for route in ROUTES if route.path == path and method.upper() in route.methods)
    for status, answer in operation["responses"].items():
        assert "X-Request-ID" in answer["headers"]
        assert ("RateLimit" in answer["headers"]) == limited
        assert "Retry-After" in answer["headers"] or status not in {"429", "503"}
        assert "WWW-Authenticate" in answer["headers"] or status != "401"
        assert "application/problem+json" in answer.get("content", {}) or status < "400"


def test_every_operation_has_its_own_name_and_a_known_tag():
    assert len(set(IDS)) == len(IDS)
    assert {tag for _, _, one in OPERATIONS for tag in one["tags"]} == set(TAGS)


def test_every_code_of_a_problem_stands_where_it_may_occur():
    told = {
        word
        for _, _, one in OPERATIONS
        for answer in one["responses"].values()
        for word in answer["description"].split("`")
    }
    everywhere = {"not_found", "method_not_allowed", "internal", "stopping"}
    never_to_clients = {"recording_gone", "object_missing", "courier", "input", "upload_refused"}
    assert set(KINDS) - told - everywhere == never_to_clients


def test_schemas_are_those_of_the_dataclasses():
    schema = DOCUMENT["components"]["schemas"]["Summary"]
    assert list(schema["properties"]) == list(Summary.__dataclass_fields__)
    assert "Shares are fractions of the speech time" in schema["description"]


def test_address_carries_the_prefix_of_the_proxy():
    assert DOCUMENT["servers"] == [{"url": "/api"}]
    assert openapi_document(ROUTES)["servers"] == [{"url": "/"}]


def test_docs_page_shows_every_operation_and_schema():
    page, _ = docs_page(DOCUMENT, "https://radio.example/api")
    for anchor in [*IDS, *(f"schema-{name}" for name in DOCUMENT["components"]["schemas"])]:
        assert page.count(f'id="{anchor}"') == 1
        assert f'href="#{anchor}"' in page


def test_docs_page_needs_nothing_from_elsewhere():
    page, policy = docs_page(DOCUMENT, "https://radio.example/api")
    assert "<script" not in page
    assert "src=" not in page
    assert "url(" not in page
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_docs_page_shows_what_it_is_given_as_text():
    document = {**DOCUMENT, "info": {**DOCUMENT["info"], "title": "<b>", "description": "<script>alert(1)</script>"}}
    page, _ = docs_page(document, "https://radio.example/api")
    assert "<script" not in page
    assert "<b>" not in page
