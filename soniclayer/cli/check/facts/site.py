"""Our site in nginx's configuration, as far as checks look at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.cli.check.outcome import NotHere

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from soniclayer.cli.check.machine import Machine

SITE = "/etc/nginx/sites-enabled/soniclayer.conf"
NGINX = "/etc/nginx"
DEFAULT_BODY_BYTES = 2**20
"""What nginx takes when nobody says anything."""

_DEEPEST = 5
_TOKEN = re.compile(r"""#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[;{}]|[^\s;{}"'#][^\s;{}]*""")
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}


@dataclass(frozen=True)
class Directive:
    """One directive, and the blocks around it from the outside in."""

    words: tuple[str, ...]
    around: tuple[str, ...]


@dataclass(frozen=True)
class Site:
    """All directives of the site's file and of what it includes."""

    path: str
    directives: tuple[Directive, ...]

    def values(self, name: str) -> list[tuple[str, ...]]:
        """What stands behind a directive's name, wherever it stands."""
        return [directive.words[1:] for directive in self.directives if directive.words[0] == name]

    @property
    def domain(self) -> str | None:
        """The first name that is one, of all servers."""
        names = [name for words in self.values("server_name") for name in words]
        return next((name for name in names if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", name)), None)

    @property
    def tls_port(self) -> int | None:
        """Where it listens with TLS."""
        return self._port(tls=True)

    @property
    def plain_port(self) -> int | None:
        """Where it listens without."""
        return self._port(tls=False)

    def most_body_bytes(self) -> dict[str, int]:
        """The largest body of a request, by the location that passes requests on; 0 = any size."""
        passing = {at.around for at in self.directives if at.words[0] == "proxy_pass"}
        return {around[-1] if around else "server": self._body_bytes(around) for around in sorted(passing)}

    def _port(self, *, tls: bool) -> int | None:
        """The first, of whatever address."""
        ports = (words[0].rpartition(":")[2] for words in self.values("listen") if ("ssl" in words) is tls)
        return next((int(port) for port in ports if port.isdigit()), None)

    def _body_bytes(self, around: tuple[str, ...]) -> int:
        """What counts at a place: the nearest that is said around it."""
        while True:
            for directive in self.directives:
                if directive.words[0] == "client_max_body_size" and directive.around == around:
                    return _bytes(directive.words[1])
            if not around:
                return DEFAULT_BODY_BYTES
            around = around[:-1]


def find_site(machine: Machine) -> Site:
    """Read it.

    Raises:
        NotHere: there is no such site.
        CannotKnow: it cannot be read.
    """
    text = machine.read(SITE)
    if text is None:
        raise NotHere(f"nginx has no site of ours ({SITE})")
    return Site(SITE, tuple(_directives(machine, text, (), 0)))


def _directives(machine: Machine, text: str, around: tuple[str, ...], depth: int) -> Iterator[Directive]:
    words: list[str] = []
    blocks = list(around)
    for number, piece in enumerate(_TOKEN.findall(text)):
        if piece.startswith("#"):
            continue
        if piece == "{":
            blocks.append(f"{' '.join(words)} [{depth}.{number}]")  # two servers are two blocks
        elif piece == "}":
            blocks = blocks[:-1] if len(blocks) > len(around) else blocks
        elif piece == ";" and words:
            directive = Directive(tuple(words), tuple(blocks))
            yield directive
            if words[0] == "include" and depth < _DEEPEST:
                yield from _included(machine, directive, depth)
        elif piece != ";":
            words.append(piece.strip("\"'"))
            continue
        words = []


def _included(machine: Machine, directive: Directive, depth: int) -> Iterator[Directive]:
    pattern = directive.words[-1]
    full = pattern if pattern.startswith("/") else f"{NGINX}/{pattern}"
    files: list[Path] = machine.found("/", full.lstrip("/"))
    for file in files:
        text = machine.read(machine.told(file))
        yield from _directives(machine, text or "", directive.around, depth + 1)


def _bytes(text: str) -> int:
    match = re.fullmatch(r"(\d+)([kmg]?)", text.lower())
    return int(match[1]) * _UNITS[match[2]] if match else DEFAULT_BODY_BYTES
