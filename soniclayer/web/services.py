"""Everything the routes work with, built once per process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.courier.courier import Courier
from soniclayer.courier.event_reader import EventReader
from soniclayer.definitions.labels import load_labels
from soniclayer.definitions.personas import load_personas
from soniclayer.domain.labels import Labels
from soniclayer.domain.persona import Persona
from soniclayer.settings import Settings
from soniclayer.storage.recordings import Recordings
from soniclayer.web.certificate import Certificate
from soniclayer.web.feed import Feed
from soniclayer.web.fullness import Fullness
from soniclayer.web.keys import KeyRing
from soniclayer.web.limits import Limits
from soniclayer.web.pages import Pages
from soniclayer.web.persona_files import PersonaFiles
from soniclayer.web.session import Sessions
from soniclayer.wiring import open_courier, open_recordings

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Definitions:
    """What the files of the configuration folder say when the backend starts."""

    labels: Labels
    personas: tuple[Persona, ...]


@dataclass(frozen=True)
class Services:
    """The tools of one web process. Nothing in it is bound to an event loop before the application starts."""

    settings: Settings
    recordings: Recordings
    courier: Courier
    labels: Labels
    persona_files: PersonaFiles
    keys: KeyRing
    sessions: Sessions
    limits: Limits
    fullness: Fullness
    reader: EventReader
    feed: Feed
    pages: Pages
    certificate: Certificate

    @property
    def personas(self) -> tuple[Persona, ...]:
        """All there are at this moment."""
        return self.persona_files.now().personas

    def close(self) -> None:
        """Close the connections to Redis."""
        self.courier.client.close()
        self.courier.broker.client.close()
        self.limits.close()


def load_definitions(settings: Settings) -> Definitions:
    """Read labels and personas.

    Raises:
        ConfigError: every fault in them.
    """
    labels = load_labels(settings.config_dir / "labels.yaml")
    return Definitions(labels, load_personas(personas_dir(settings), labels))


def personas_dir(settings: Settings) -> Path:
    """The folder of the persona files."""
    return settings.config_dir / "personas"


def build_services(settings: Settings, definitions: Definitions | None = None) -> Services:
    """Open the store and all that is needed; Redis is connected to when first needed.

    Args:
        settings: of this process.
        definitions: read before; None = read them now.

    Raises:
        ConfigError: a setting or a file is wrong.
        StoreError: the store cannot be opened.
    """
    definitions = definitions or load_definitions(settings)
    password = settings.redis_password.get_secret_value() if settings.redis_password else None
    courier = open_courier(settings)
    limits = Limits(settings)
    keys = KeyRing(settings.keys_file)
    reader = EventReader(settings.redis_url, password)
    return Services(
        settings=settings,
        recordings=open_recordings(settings),
        courier=courier,
        labels=definitions.labels,
        persona_files=PersonaFiles(personas_dir(settings), definitions.labels, definitions.personas),
        keys=keys,
        sessions=Sessions(settings.session_key, keys),
        limits=limits,
        fullness=Fullness(settings, courier, limits),
        reader=reader,
        feed=Feed(reader),
        pages=Pages(),
        certificate=Certificate(),
    )
