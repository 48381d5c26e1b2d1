"""The settings of commands that look at what runs on this machine: an installation, or a `soniclayer suite`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from soniclayer.cli.service_user import is_service_user
from soniclayer.cli.suite.place import running_suite
from soniclayer.errors import ConfigError
from soniclayer.installation import SERVICE_USER, installation
from soniclayer.settings import CREDENTIALS_DIRECTORY, load_settings

if TYPE_CHECKING:
    from soniclayer.errors import CourierAway
    from soniclayer.installation import Installation
    from soniclayer.settings import Settings

CURE = "Is the suite running (`soniclayer suite`)? Another Redis: REDIS_URL"
CURE_INSTALLED = "Does it run: systemctl status redis-server@soniclayer? Another Redis: REDIS_URL in backend.env"

_PLACES = frozenset({"redis_url", "uploads_dir", "keys_file", "run_dir", "config_dir"})


def command_settings() -> Settings:
    """The settings of a command that somebody types.

    In an installation they are those of its services, read from their files; their user has them from systemd.

    Raises:
        ConfigError: a setting is wrong, or they are not for this user.
    """
    place = installation()
    return _settings_of(place) if place else load_settings()


def settings_here() -> Settings:
    """The same; outside an installation, where they name no place, those of the `soniclayer suite` that runs here.

    Raises:
        ConfigError: a setting is wrong, or they are not for this user.
    """
    settings = command_settings()
    known = installation() is not None or settings.model_fields_set & _PLACES
    suite = None if known else running_suite()
    if suite is None:
        return settings
    place = suite.place
    places = {
        "redis_url": place.redis_url,
        "redis_password": None,  # none is needed: its socket is for this user alone
        "uploads_dir": place.uploads_dir,
        "keys_file": place.keys_file,
        "run_dir": place.run_dir,
    }
    return settings.model_copy(update=places)


def with_cure(error: CourierAway, settings: Settings) -> str:
    """What it says, and what helps where nobody said which Redis."""
    if "redis_url" in settings.model_fields_set:
        return str(error)
    return f"{error} {CURE_INSTALLED if installation() else CURE}"


def _settings_of(place: Installation) -> Settings:
    if is_service_user():
        return load_settings()
    if not _may_read(place):
        raise ConfigError(f"{place.config_dir} is for root and for {SERVICE_USER}: sudo soniclayer ...")
    return load_settings({**place.variables(), CREDENTIALS_DIRECTORY: str(place.credentials_dir)})


def _may_read(place: Installation) -> bool:
    """Root, and whoever lays out an image for another machine."""
    folders = (place.config_dir, place.credentials_dir)
    return os.geteuid() == 0 or all(os.access(folder, os.R_OK | os.X_OK) for folder in folders)
