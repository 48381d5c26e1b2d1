"""The API keys. Only their hashes are known: what a key is cannot be seen, what it is not can be tried."""

from __future__ import annotations

import hashlib
import os
from itertools import chain, product
from string import ascii_lowercase, digits
from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check
from soniclayer.cli.check.outcome import CannotKnow, NotHere, Severity, fault, ok, several
from soniclayer.cli.check.place import nearest_folder
from soniclayer.definitions.keys import KEY_PREFIX, load_keys
from soniclayer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place
from soniclayer.definitions.keys import Key

_WORDS = """
changeme change-me change_me default secret secretkey secret-key password passw0rd admin administrator root
test testing test-key demo demo-key dev dev-key development example example-key key apikey api-key api_key
my-api-key your-api-key your_api_key_here your-api-key-here replace-me replace_me letmein qwerty 123456
12345678 123456789 1234567890 soniclayer sonic-layer sonic_layer soniclayer-key soniclayer-api-key
soniclayer123 sk-test foobar token
"""
DEFAULTS = tuple(_WORDS.split())
"""What guides, samples and people in a hurry write."""

SHORT = 3
"""All keys of so many letters and digits are tried."""


def look_at_keys(place: Place) -> Outcome:
    """Whether there is one."""
    try:
        keys = load_keys(place.backend.keys_file)
    except ConfigError as error:
        _must_be_readable(place)
        return fault(str(error).splitlines()[0], "correct it: the backend goes on with the keys it knew, if any")
    if not keys:
        return fault(f"{place.backend.keys_file} has none: nobody can call the API", "soniclayer keys add NAME")
    return ok(several([key.name for key in keys]))


def look_at_defaults(place: Place) -> Outcome:
    """Whether one of the keys is a word that anybody would try."""
    keys = _keys(place)
    if not keys:
        raise NotHere("there are no keys")
    names = {key.sha256: key.name for key in keys}
    found = sorted({names[digest] for guess in _guesses(keys) if (digest := _sha256(guess)) in names})
    if found:
        name = found[0]
        return fault(
            f"{several(found)}: that is a key of a guide, or of a few letters",
            f"soniclayer keys revoke {name} && soniclayer keys add {name}",
        )
    return ok(f"none of {len(keys)} is a well-known word, or of {SHORT} letters or fewer")


def look_at_scopes(place: Place) -> Outcome:
    """Who may do everything."""
    keys = _keys(place)
    if not keys:
        raise NotHere("there are no keys")
    admins = [key.name for key in keys if key.allows("admin")]
    if len(admins) == len(keys):
        return fault(
            f"every key may do everything ({several(admins)})",
            "give people and programs keys of their own: soniclayer keys add NAME --scope read --scope write",
        )
    return ok(f"{len(admins)} of {len(keys)} may do everything")


def _keys(place: Place) -> Sequence[Key]:
    _must_be_readable(place)
    try:
        return load_keys(place.backend.keys_file)
    except ConfigError:
        raise CannotKnow("the file of keys has faults: see keys.exist") from None


def _must_be_readable(place: Place) -> None:
    path = place.backend.keys_file
    if not os.access(path if path.exists() else nearest_folder(path), os.R_OK):
        raise CannotKnow(f"{path} is not for this user")


def _sha256(guess: str) -> str:
    return hashlib.sha256(guess.encode()).hexdigest()


def _guesses(keys: Sequence[Key]) -> Iterator[str]:
    words = (*DEFAULTS, *(key.name for key in keys))
    cases = chain.from_iterable({word, word.upper(), word.capitalize()} for word in words)
    yield from chain.from_iterable((word, KEY_PREFIX + word) for word in cases)
    for length in range(1, SHORT + 1):
        yield from map("".join, product(ascii_lowercase + digits, repeat=length))


CHECKS = (
    Check("keys.exist", "there is an API key", Severity.ERROR, look_at_keys),
    Check("keys.defaults", "no API key is a default, or short", Severity.ERROR, look_at_defaults),
    Check("keys.scopes", "not every API key may do everything", Severity.ADVICE, look_at_scopes),
)
