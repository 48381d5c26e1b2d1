"""What of ours is there: the installation or the suite, its settings, and facts that several checks look at."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from soniclayer.cli.check.facts.processes import Process, find_processes
from soniclayer.cli.check.facts.redis import RedisFacts, ask_redis
from soniclayer.cli.check.facts.served import Front, Served, find_front, look_at_certificate
from soniclayer.cli.check.facts.site import Site, find_site
from soniclayer.cli.check.facts.units import UnitFacts, ask_units
from soniclayer.cli.check.machine import Machine
from soniclayer.cli.check.once import Once
from soniclayer.cli.check.outcome import NEEDS_ROOT, CannotKnow, NotHere
from soniclayer.cli.here import settings_here
from soniclayer.cli.suite.place import running_suite
from soniclayer.errors import ConfigError
from soniclayer.installation import Installation, installation, read_env_file
from soniclayer.settings import CREDENTIALS_DIRECTORY, LANGFLOW_HERE, Settings, load_settings, variable_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SERVICES = ("backend", "worker")
"""Each has an environment file of its name."""

_PLACES = ("config_dir", "models_dir", "uploads_dir", "backups_dir")
_OUTSIDE = ("run_dir", "cache_dir")
"""Those outside the root of the installation."""


@dataclass(frozen=True)
class Asked:
    """What is asked of others, each once."""

    backend: Once[Settings]
    worker: Once[Settings]
    redis: Once[RedisFacts]
    units: Once[UnitFacts]
    site: Once[Site]
    served: Once[Served]
    processes: Once[tuple[Process, ...]]


class Place:
    """Where the checks look. Safe to share between threads.

    Args:
        machine: its files and programs.
        home: the installation; None for a checkout, whose settings are those of `settings`.
        deep: look at what takes long, too.
        settings: of what runs here when nothing is installed.
    """

    def __init__(
        self,
        machine: Machine,
        home: Installation | None,
        *,
        deep: bool = False,
        settings: Callable[[], Settings] = settings_here,
    ) -> None:
        self.machine = machine
        self.installation = home
        self.deep = deep
        self._asked = Asked(
            backend=Once(partial(_settings, machine, home, "backend", settings)),
            worker=Once(partial(_settings, machine, home, "worker", settings)),
            redis=Once(lambda: ask_redis(self.backend, machine)),
            units=Once(lambda: ask_units(machine)),
            site=Once(lambda: find_site(machine)),
            served=Once(self._look_at_certificate),
            processes=Once(lambda: find_processes(machine)),
        )

    @property
    def home(self) -> Installation:
        """The installation; only for checks that need one."""
        if self.installation is None:
            raise CannotKnow("nothing is installed here")
        return self.installation

    @property
    def backend(self) -> Settings:
        """What the backend is told. Raises CannotKnow where it cannot be read, or is wrong."""
        return _known(self._asked.backend)

    @property
    def worker(self) -> Settings:
        """What the workers are told. Raises CannotKnow where it cannot be read, or is wrong."""
        return _known(self._asked.worker)

    def settings_fault(self, service: str) -> ConfigError | None:
        """What is wrong with the settings of a service."""
        try:
            (self._asked.backend if service == "backend" else self._asked.worker)()
        except ConfigError as error:
            return error
        return None

    @property
    def redis(self) -> RedisFacts:
        """What Redis says of itself. Raises CannotKnow where it does not answer."""
        return self._asked.redis()

    @property
    def units(self) -> UnitFacts:
        """What systemd says of our units. Raises CannotKnow where there is none."""
        return self._asked.units()

    @property
    def site(self) -> Site:
        """Our site in nginx. Raises NotHere where there is none."""
        return self._asked.site()

    @property
    def served(self) -> Served:
        """What the proxy in front of us shows. Raises CannotKnow or NotHere."""
        return self._asked.served()

    @property
    def processes(self) -> tuple[Process, ...]:
        """All processes of the machine that this user sees."""
        return self._asked.processes()

    @property
    def front(self) -> Front:
        """The proxy in front of us. Raises NotHere where none is known."""
        try:
            site: Site | None = self.site
        except NotHere:
            site = None
        return find_front(site, self.backend)

    @property
    def backend_address(self) -> str:
        """Where the backend listens: `HOST:PORT` or `unix:PATH`."""
        suite = None if self.installation else running_suite()
        return suite.url.partition("//")[2] if suite else self.backend.backend_bind

    def _look_at_certificate(self) -> Served:
        return look_at_certificate(self.front, self.machine, named=self.front.host != "localhost")


def place_here(*, deep: bool) -> Place:
    """This machine. In an installation the variables of the shell are forgotten: the services do not see them."""
    home = installation()
    if home:
        for field in Settings.model_fields:
            os.environ.pop(variable_name(field), None)
    return Place(Machine(), home, deep=deep)


def variables_of(home: Installation, service: str) -> Mapping[str, str]:
    """What the environment file of a service says.

    Raises:
        CannotKnow: it is not for this user.
    """
    try:
        return read_env_file(home.config_dir / f"{service}.env")
    except ConfigError:
        raise CannotKnow(NEEDS_ROOT) from None


def _settings(machine: Machine, home: Installation | None, service: str, elsewhere: Callable[[], Settings]) -> Settings:
    if home is None:
        return elsewhere()
    if not machine.is_root:
        raise CannotKnow(NEEDS_ROOT)
    variables = variables_of(home, service)
    places = {name: getattr(home, name) for name in _PLACES}
    places |= {name: machine.path(getattr(home, name)) for name in _OUTSIDE}
    given = {name: str(path) for name, path in places.items() if not variables.get(variable_name(name))}
    if home.langflow.exists() and not variables.get("LANGFLOW_BASE_URL"):
        given["langflow_base_url"] = LANGFLOW_HERE
    return load_settings({**variables, CREDENTIALS_DIRECTORY: str(home.credentials_dir)}, **given)


def _known(ask: Once[Settings]) -> Settings:
    try:
        return ask()
    except ConfigError:
        raise CannotKnow("the settings do not load: see config.settings") from None


def nearest_folder(path: Path) -> Path:
    """The path, or the nearest folder above that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
