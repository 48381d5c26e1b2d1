"""One Settings for everything. Read from the environment when asked, never at import; all faults are told at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from soniclayer.errors import ConfigError


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        ConfigError: one line per wrong setting, all of them.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError(*(_fault(e["loc"][0], e["input"], e["msg"]) for e in error.errors())) from None


def default_config_dir() -> Path:
    """The configuration that came with the installation: inside the wheel, or `config/` of a checkout."""
    package = Path(__file__).resolve().parent
    packed = package / "default_config"
    return packed if packed.is_dir() else package.parent / "config"


def _user_dir(variable: str, fallback: str) -> Path:
    base = os.environ.get(variable)
    return (Path(base) if base else expanded(Path("~")) / fallback) / "soniclayer"


def _cache_dir() -> Path | None:
    try:
        return _user_dir("XDG_CACHE_HOME", ".cache") / "learned"
    except ConfigError:  # a user without a home folder
        return None


def expanded(path: Path) -> Path:
    """A path as the user means it: `~` is a home folder, and it starts where the user stands.

    Raises:
        ConfigError: there is no such home folder.
    """
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise ConfigError(f"{path}: no such home folder; set HOME, or name the folder in full") from None


class Settings(BaseSettings):
    """Every setting with its type, default and unit; `docs/configuration.md` is tested against this class."""

    model_config = SettingsConfigDict(env_prefix="SONICLAYER_", env_ignore_empty=True, extra="ignore")

    config_dir: Path = Field(
        default_factory=default_config_dir,
        description="Folder with `labels.yaml`, `models.yaml` and `personas/`",
    )
    models_dir: Path = Field(
        default_factory=lambda: _user_dir("XDG_CACHE_HOME", ".cache") / "models",
        description="Folder the models are fetched into and loaded from",
    )
    cache_dir: Path | None = Field(
        default_factory=_cache_dir,
        description="Folder of what was learned of the labels; any file in it may be deleted and is made again",
    )
    uploads_dir: Path = Field(
        default_factory=lambda: _user_dir("XDG_DATA_HOME", ".local/share") / "uploads",
        description="Folder of the store: recordings and everything computed from them",
    )
    max_duration_s: Annotated[float, Field(gt=0)] = Field(
        default=12 * 3600.0, description="Longest recording that is accepted, in seconds"
    )
    whisper_model: str = Field(default="whisper-base", description="Speech model, a name from `models.yaml`")
    whisper_device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="Where the speech model runs")
    whisper_compute_type: str = Field(
        default="auto", description="CTranslate2 compute type; `auto` is int8 on a CPU, float16 on a GPU"
    )
    whisper_language: str | None = Field(
        default=None, description="Language of all recordings, e.g. `en`; empty = detect on the first speech"
    )
    label_backend: Literal["embedding", "nli"] = Field(default="embedding", description="How topic and tone are found")
    label_model: str = Field(default="minilm", description="Model of the label backend, a name from `models.yaml`")
    engine_children: Annotated[int, Field(ge=0, le=256)] = Field(
        default=0, description="Engine children of `soniclayer analyze`; 0 = one per core, at least two"
    )
    engine_threads: Annotated[int, Field(ge=1, le=256)] = Field(default=1, description="Threads of each engine child")
    engine_max_memory_bytes: Annotated[int, Field(ge=2**28)] = Field(
        default=4 * 2**30,
        description="Resident memory at which an engine child is killed and replaced, in bytes",
    )

    @field_validator("config_dir", "models_dir", "cache_dir", "uploads_dir")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return expanded(path) if path else None


def variable_name(field: str) -> str:
    """The environment variable of a field of Settings."""
    return f"SONICLAYER_{field.upper()}"


def _fault(field: object, value: object, message: str) -> str:
    name = variable_name(str(field)) if str(field) in Settings.model_fields else str(field)
    return f"{name} is {value!r}: {message}"
