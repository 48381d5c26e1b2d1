"""What every request passes through: request ids, proxies, other sites, problems, the log."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from soniclayer.errors import CourierAway, RecordingMissing, StoreFull
from soniclayer.web.app import _end
from soniclayer.web.problems import CLASSES, KINDS, Problem, problem_response
from soniclayer.web.proxy import TrustedProxy
from soniclayer.web.route import ApiRoute


@pytest.fixture
def app_with(open_client):
    """Makes a client of an application with one more route, `/try`."""

    def make(endpoint, **changes):
        return open_client(ApiRoute("/try", endpoint, needs=None, methods=["GET", "POST"]), **changes)

    return make


def raising(error):
    def endpoint(_):
        raise error

    return endpoint


def test_request_id_of_the_client_is_kept(client):
    answer = client.get("/nothing", headers={"X-Request-ID": "0b7f-trace.1"})
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == "0b7f-trace.1"


@pytest.mark.parametrize("odd", ["short", "x" * 65, "has spaces in it", "semi;colon;here", 'quote"quote"'])
def test_odd_request_id_is_replaced(client, odd):
    answer = client.get("/nothing", headers={"X-Request-ID": odd})
    assert answer.headers["X-Request-ID"] != odd
    assert len(answer.headers["X-Request-ID"]) == 16


def test_every_request_has_an_id_of_its_own(client):
    assert len({client.get("/health/live").headers["X-Request-ID"] for _ in range(5)}) == 5


def test_log_tells_route_status_and_time_of_every_request(client, caplog):
    caplog.set_level("INFO")
    client.get(f"/segments/{'0' * 64}", headers={"X-Request-ID": "find-me-again"})
    (record,) = [record for record in caplog.records if record.name == "soniclayer.access"]
    assert record.keys["route"] == "/segments/{audio_id}"
    assert record.keys["recording"] == "0" * 64
    assert record.keys["status"] == 403
    assert record.keys["key"] == "write-key"
    assert record.keys["duration_s"] > 0


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (RecordingMissing("none"), 404, "recording_missing", None),
        (CourierAway("away"), 503, "courier_away", "5"),
        (StoreFull("full"), 503, "store_full", "60"),
        (Problem("bad_query", "limit is 0", extra={"parameter": "limit"}), 422, "bad_query", None),
        (ValueError("a secret detail"), 500, "internal", None),
    ],
)
def test_errors_become_problems(app_with, error, status, code, retry_after):
    answer = app_with(raising(error)).get("/try")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == retry_after


@pytest.mark.parametrize(("environment", "told"), [("production", False), ("development", True)])
def test_traceback_is_for_developers_and_the_log_alone(app_with, environment, told, caplog):
    answer = app_with(raising(ValueError("a secret detail")), environment=environment).get("/try")
    assert ("a secret detail" in answer.text) is told
    assert ("traceback" in answer.json()) is told
    assert [record.levelname for record in caplog.records if record.message == "request failed"] == ["ERROR"]


def test_every_class_of_error_has_a_line_in_the_table():
    assert {code for _, code in CLASSES} <= set(KINDS)
    for code, kind in KINDS.items():
        assert 400 <= kind.status < 600, code
        assert problem_response(Problem(code, "x")).status_code == kind.status


def test_unknown_path_is_a_problem(client):
    answer = client.get("/no/such/path")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_wrong_method_tells_all_that_are_right(client):
    answer = client.put("/session")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, POST"


def test_long_body_where_none_is_wanted_is_refused(app_with):
    async def read(request):
        return JSONResponse(len(await request.body()))

    client = app_with(read)
    announced = bytes(100_000)
    unannounced = (bytes(1000) for _ in range(100))
    for content in (announced, unannounced):
        answer = client.post("/try", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def seen_through(proxy_args, scope):
    """The scope as the application behind the proxy's middleware sees it."""
    found = {}

    async def application(scope, receive, send):
        found.update(scope)

    await TrustedProxy(application, **proxy_args)(scope, None, None)
    return found


def scope_of(client=("203.0.113.9", 1), server=("127.0.0.1", 8000), **headers):
    lines = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "scheme": "http",
        "path": "/recordings",
        "root_path": "",
        "client": client,
        "server": server,
        "headers": lines,
    }


FORWARDED = {"X_Forwarded_For": "198.51.100.4", "X_Forwarded_Proto": "https", "X_Forwarded_Prefix": "/api"}


@pytest.mark.anyio
async def test_headers_of_a_proxy_on_the_unix_socket_are_believed():
    found = await seen_through({"trusted": ()}, scope_of(client=None, server=("/run/s.sock", None), **FORWARDED))
    assert found["client"] == ("198.51.100.4", 0)
    assert (found["scheme"], found["root_path"], found["path"]) == ("https", "/api", "/api/recordings")
    assert Request(found).client.host == "198.51.100.4"


@pytest.mark.anyio
async def test_headers_of_anybody_else_are_not_believed():
    found = await seen_through({"trusted": ()}, scope_of(**FORWARDED))
    assert found["client"] == ("203.0.113.9", 1)
    assert (found["scheme"], found["root_path"]) == ("http", "")


@pytest.mark.anyio
async def test_only_the_hop_our_proxy_saw_itself_counts(settings):
    trusted = settings(trusted_proxies="10.0.0.1, 10.0.0.2").trusted_proxies
    scope = scope_of(client=("10.0.0.1", 1), X_Forwarded_For="1.1.1.1, 198.51.100.4, 10.0.0.2")
    assert (await seen_through({"trusted": trusted}, scope))["client"] == ("198.51.100.4", 0)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_For": "not an address"},
        {"X_Forwarded_Prefix": "//evil.example"},
        {"X_Forwarded_Prefix": "/a/../b\r\nX: y"},
        {"X_Forwarded_Proto": "gopher"},
    ],
)
async def test_nonsense_of_a_proxy_is_ignored(headers):
    found = await seen_through({"trusted": ()}, scope_of(server=("/run/s.sock", None), **headers))
    assert found["client"] == ("203.0.113.9", 1)
    assert (found["scheme"], found["root_path"], found["path"]) == ("http", "", "/recordings")


@pytest.fixture
def anyio_backend():
    return "asyncio"


def test_no_other_site_is_let_in_unless_it_is_named(client):
    answer = client.get("/health/live", headers={"Origin": "https://radio.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_named_site_may_ask_first_and_then_call_and_reads_problems_too(open_client, key_of):
    client = open_client(cors_origins="https://radio.example")
    origin = {"Origin": "https://radio.example"}
    asked = {**origin, "Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "x-api-key"}
    first = client.options("/recordings", headers=asked)
    assert first.status_code == 200
    assert "DELETE" in first.headers["Access-Control-Allow-Methods"]
    for answer in (client.get("/health/live", headers=origin), client.get("/recordings", headers=origin)):
        assert answer.headers["Access-Control-Allow-Origin"] == "https://radio.example"
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    other = client.get("/health/live", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.anyio
async def test_task_that_loses_a_cancellation_is_cancelled_again():
    async def stubborn():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        await asyncio.sleep(3600)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await asyncio.wait_for(_end(task), 10)
    assert task.cancelled()
