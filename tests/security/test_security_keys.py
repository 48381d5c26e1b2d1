"""Guessing a key: limited by address before the backend looks, and the time it takes tells nothing.

Counting behind nginx: tests/web/core/test_limits.py. Cookies, sign-in, other sites: tests/web/core/test_sessions.py,
tests/web/nginx/test_nginx_session.py.
"""

from __future__ import annotations

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from soniclayer.definitions import keys as keys_module
from soniclayer.definitions.keys import add_key, load_keys
from soniclayer.web.keys import KeyRing

GUESSES = 120


def test_guesses_beyond_the_limit_are_not_even_looked_at(place):
    """Among many calls of one address some with the right key are refused, too: who guesses it does not learn it."""
    crowd, other = place.site.visitor(), place.site.visitor()

    def guess(number):
        headers = {"X-API-Key": place.key if number % 2 else f"sl_guess_{number}"}
        return number % 2, crowd.get(f"{place.api}/recordings", headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(guess, range(GUESSES)))
    assert {status for right, status in answers if right} == {200, 429}
    assert {status for right, status in answers if not right} == {403, 429}
    answer = other.get(f"{place.api}/recordings", headers={"X-API-Key": place.key}, timeout=30)
    assert answer.status_code == 200


def test_wrong_keys_and_wrong_sessions_say_nothing_of_the_right_ones(place):
    stranger = place.site.visitor()
    guesses = ["x", place.key[:-1], place.key + "x", place.key.swapcase(), place.key[1:]]
    answers = [stranger.get(f"{place.api}/recordings", headers={"X-API-Key": guess}, timeout=30) for guess in guesses]
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert all(body == bodies[0] for body in bodies)


@pytest.mark.parametrize("presented", ["", "x", "right", "right but for its end"])
def test_every_key_is_compared_in_constant_time_by_its_hash(tmp_path, monkeypatch, presented):
    """Whatever is presented: all keys are looked at, and no two strings are compared that a client has in his hands."""
    path = tmp_path / "keys.yaml"
    first, *_ = [add_key(path, name, ("read",)) for name in ("one", "two", "three")]
    presented = {"right": first, "right but for its end": f"{first[:-1]}~"}.get(presented, presented)
    compared = []

    def compare(a, b):
        compared.append((a, b))
        return hmac.compare_digest(a, b)

    monkeypatch.setattr(keys_module, "hmac", SimpleNamespace(compare_digest=compare))
    KeyRing(path).find(presented)
    digest = hashlib.sha256(presented.encode()).hexdigest()
    assert compared == [(key.sha256, digest) for key in load_keys(path)]


def test_key_in_an_address_is_no_key(place):
    """It would stand in logs and histories."""
    stranger = place.site.visitor()
    for name in ("api_key", "key", "X-API-Key", "token", "access_token"):
        answer = stranger.get(f"{place.api}/recordings", params={name: place.key}, timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (401, "no_key")
    for header in (f"Bearer {place.key}", f"Basic {place.key}", place.key):
        answer = stranger.get(f"{place.api}/recordings", headers={"Authorization": header}, timeout=30)
        assert answer.json()["code"] == "no_key"
