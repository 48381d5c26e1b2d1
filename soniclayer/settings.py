"""One Settings for everything. Read from the environment when asked, never at import; all faults are told at once."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyAddress, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from soniclayer.errors import ConfigError
from soniclayer.installation import installation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""Where systemd hands secrets over (`LoadCredential=`): a file for each, named after its field, goes before the
environment. One that is empty counts as not there."""

LANGFLOW_HERE = "http://127.0.0.1:7860"
"""Where the Langflow listens that comes with an installation."""

_PREFIX = "SONICLAYER_"
_SHORTEST_SESSION_KEY = 32
_PASSWORD_IN_URL = re.compile(r"(?<=//).*@")
_NEEDS = {
    "greater_than": "need more than {gt:.15g}",
    "greater_than_equal": "need at least {ge:.15g}",
    "less_than_equal": "need at most {le:.15g}",
    "literal_error": "need {expected}",
    "int_parsing": "need a whole number",
    "float_parsing": "need a number",
}
"""What pydantic finds wrong, in our words; of the rest it tells itself."""


def load_settings(beside: Mapping[str, str] | None = None, /, **given: str) -> Settings:
    """Read the settings from the environment, secrets also from `$CREDENTIALS_DIRECTORY`.

    Args:
        beside: variables that count where the environment has none of that name.
        given: settings by name; they stand before all others.

    Raises:
        ConfigError: one line per wrong setting, all of them; no secret is in any.
    """
    own = {name: value for name, value in os.environ.items() if value}
    secrets, faults = _credentials({**(beside or {}), **own})
    try:
        settings = Settings(**{**_fields_of(beside or {}, own), **secrets, **given})
    except ValidationError as error:
        told = [detail for detail in error.errors() if detail["type"] != "default_factory_not_called"]
        faults += [_fault(str(detail["loc"][0]), detail["input"], _what_is_needed(detail)) for detail in told]
        raise ConfigError(*faults) from None
    if faults:
        raise ConfigError(*faults)
    return settings


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """A line for each variable that looks like one of ours and is none: a setting that would silently do nothing."""
    names = [variable_name(field) for field in Settings.model_fields]
    ours = [name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX)]
    lines = []
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in names:
            close = difflib.get_close_matches(name.removeprefix(_PREFIX), ours, n=1)
            lines.append(f"{name}: no such setting" + (f"; did you mean {_PREFIX}{close[0]}?" if close else ""))
    return lines


def default_config_dir() -> Path:
    """The configuration that came with the program: inside the wheel, or `config/` of a checkout."""
    package = Path(__file__).resolve().parent
    packed = package / "default_config"
    return packed if packed.is_dir() else package.parent / "config"


def user_dir(variable: str, fallback: str) -> Path:
    """Our folder below one of the XDG variables' folders, or below `fallback` in the home folder."""
    base = os.environ.get(variable)
    return (Path(base) if base else expanded(Path("~")) / fallback) / "soniclayer"


def _config_dir() -> Path:
    place = installation()
    return place.config_dir if place else default_config_dir()


def _models_dir() -> Path:
    place = installation()
    return place.models_dir if place else user_dir("XDG_CACHE_HOME", ".cache") / "models"


def _uploads_dir() -> Path:
    place = installation()
    return place.uploads_dir if place else user_dir("XDG_DATA_HOME", ".local/share") / "uploads"


def _backups_dir() -> Path:
    place = installation()
    return place.backups_dir if place else user_dir("XDG_DATA_HOME", ".local/share") / "backups"


def _cache_dir() -> Path | None:
    place = installation()
    if place:
        return place.cache_dir
    try:
        return user_dir("XDG_CACHE_HOME", ".cache") / "learned"
    except ConfigError:  # a user without a home folder
        return None


def _langflow_base_url() -> str:
    place = installation()
    return LANGFLOW_HERE if place and place.langflow.exists() else ""


def _run_dir() -> Path:
    place = installation()
    if place:
        return place.run_dir
    base = os.environ.get("XDG_RUNTIME_DIR")  # of /tmp anybody could have taken our part before us
    return Path(base) / "soniclayer" if base else user_dir("XDG_CACHE_HOME", ".cache") / "run"


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

    model_config = SettingsConfigDict(
        env_prefix="SONICLAYER_", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    config_dir: Path = Field(
        default_factory=_config_dir,
        description="Folder with `labels.yaml`, `models.yaml` and `personas/`",
    )
    models_dir: Path = Field(
        default_factory=_models_dir,
        description="Folder the models are fetched into and loaded from",
    )
    cache_dir: Path | None = Field(
        default_factory=_cache_dir,
        description="Folder of what was learned of the labels; any file in it may be deleted and is made again",
    )
    uploads_dir: Path = Field(
        default_factory=_uploads_dir,
        description="Folder of the store: recordings and everything computed from them",
    )
    backups_dir: Path = Field(
        default_factory=_backups_dir,
        description="Folder of what became of the latest backup and drill",
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

    engine_idle_s: Annotated[float, Field(ge=0)] = Field(
        default=0.0,
        description="Time without a step after which a worker ends its engine child, in seconds; 0 = never",
    )

    redis_url: str = Field(
        default="unix:///run/redis-soniclayer/redis.sock",
        validation_alias="REDIS_URL",
        description="Where Redis is: `redis://HOST:PORT/DB`, `rediss://...` or `unix://PATH`",
    )
    redis_password: SecretStr | None = Field(
        default=None, description="Password of Redis; better as the credential file `redis_password`"
    )
    langflow_base_url: str = Field(
        default_factory=_langflow_base_url,
        validation_alias="LANGFLOW_BASE_URL",
        description="Where Langflow is; empty = personas by rules only",
    )
    langflow_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="LANGFLOW_API_KEY",
        description="Key for Langflow; better as the credential file `langflow_api_key`",
    )
    langflow_concurrency: Annotated[int, Field(ge=1, le=64)] = Field(
        default=4, description="Calls to Langflow that one worker makes at once"
    )
    langflow_timeout_s: Annotated[float, Field(gt=0, le=180)] = Field(
        default=75.0,
        description="Time for one call to Langflow, in seconds; an evaluation takes three times that at most",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", validation_alias="LOG_LEVEL", description="Least severity that is logged"
    )
    environment: Literal["production", "development"] = Field(
        default="production",
        validation_alias="ENVIRONMENT",
        description="`development` shows tracebacks to clients and the docs page without a key",
    )
    backend_bind: str = Field(
        default="127.0.0.1:8000", description="Where the backend listens: `HOST:PORT` or `unix:PATH`"
    )
    backend_workers: Annotated[int, Field(ge=1, le=64)] = Field(default=2, description="Processes of the backend")
    max_upload_bytes: Annotated[int, Field(ge=2**10)] = Field(
        default=2**30, description="Largest upload, in bytes (an hour of CD-quality WAV is 635 MB)"
    )
    upload_idle_s: Annotated[float, Field(gt=0)] = Field(
        default=30.0, description="An upload of which nothing arrives for so long is given up, in seconds"
    )
    uploads_per_minute: Annotated[int, Field(ge=1)] = Field(default=10, description="Uploads per minute and key")
    requests_per_second: Annotated[int, Field(ge=1)] = Field(
        default=10, description="Requests per second and key, in the long run"
    )
    requests_burst: Annotated[int, Field(ge=1)] = Field(default=20, description="Requests at once and key")
    trusted_proxies: Annotated[tuple[IPvAnyAddress, ...], NoDecode] = Field(
        default=(),
        description="Addresses of proxies whose X-Forwarded-* headers are believed, separated by commas; "
        "those of a unix socket's peer always are",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins whose pages may call the API, separated by commas; `*` not in production"
    )
    keys_file: Path = Field(
        default_factory=lambda data: data["config_dir"] / "keys.yaml", description="File with the API keys' hashes"
    )
    session_key: SecretStr | None = Field(
        default=None,
        description="Secret that signs the dashboard's cookie, 32 characters or more, none = no sessions; "
        "better as the credential file `session_key`",
    )
    run_dir: Path = Field(
        default_factory=_run_dir,
        description="Folder for what lives as long as the machine runs: metrics, control sockets",
    )
    min_free_bytes: Annotated[int, Field(ge=0)] = Field(
        default=2 * 2**30, description="Free space on the store's disk, in bytes, below which uploads are refused"
    )
    max_redis_fill: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.85, description="Share of Redis' memory limit above which uploads are refused"
    )
    retention_days: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description="Age in days at which `soniclayer cleanup` deletes a recording that has ended; 0 = never",
    )
    retention_bytes: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description="Size of all recordings above which it deletes the oldest that have ended, in bytes; 0 = no limit",
    )
    worker_grace_s: Annotated[float, Field(ge=0)] = Field(
        default=20.0, description="Time a worker that is told to stop has for the step in hand, in seconds"
    )
    worker_name: str = Field(
        default="", description="Name of a worker in status, logs and metrics; empty = its host and process id"
    )
    worker_evaluators: Annotated[int, Field(ge=1, le=64)] = Field(
        default=16,
        description="Evaluations that one worker has in hand at once, beside its engine; most wait for Langflow",
    )

    backup_repository: str = Field(
        default_factory=lambda data: str(data["backups_dir"] / "repository"),
        description="Where backups go: a folder, or any remote repository of restic, e.g. `sftp:HOST:/PATH`",
    )
    backup_password: SecretStr | None = Field(
        default=None, description="Password of that repository; better as the credential file `backup_password`"
    )
    backup_environment: SecretStr | None = Field(
        default=None,
        description="What restic needs in its environment for it, `NAME=VALUE` a line; better as the credential file "
        "`backup_environment`",
    )
    backup_keep_daily: Annotated[int, Field(ge=0)] = Field(
        default=7, description="Days of which the last backup is kept; with all three 0, every backup is"
    )
    backup_keep_weekly: Annotated[int, Field(ge=0)] = Field(
        default=5, description="Weeks of which the last backup is kept"
    )
    backup_keep_monthly: Annotated[int, Field(ge=0)] = Field(
        default=12, description="Months of which the last backup is kept"
    )

    url: str = Field(default="http://127.0.0.1:8000", description="Where `soniclayer submit` finds the API")
    api_key: SecretStr | None = Field(default=None, description="Key that `soniclayer submit` shows")

    @field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if "*" in origins and info.data.get("environment") != "development":
            raise ValueError("* lets every page of the web in: name the origins, or set ENVIRONMENT=development")
        wrong = [origin for origin in origins if origin != "*" and not _is_origin(origin)]
        if wrong:
            raise ValueError(f"need origins like https://dashboard.example:8443, not {', '.join(wrong)}")
        return origins

    @field_validator("redis_url")
    @classmethod
    def _reachable(cls, url: str) -> str:
        if not _is_redis_url(url):
            raise ValueError("need redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix://PATH")
        return url

    @field_validator("langflow_base_url", "url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if url and not (_is_url(url, "http", "https") and not urlsplit(url).query):
            raise ValueError("need http://HOST:PORT or https://HOST")
        return url.rstrip("/")

    @field_validator("langflow_api_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not (key.get_secret_value().isascii() and key.get_secret_value().isprintable()):
            raise ValueError("need ASCII characters on one line, just as Langflow shows the key")
        return key

    @field_validator("backend_bind")
    @classmethod
    def _address(cls, bind: str) -> str:
        if not (bind.startswith("unix:/") or (_is_url(f"tcp://{bind}", "tcp") and urlsplit(f"tcp://{bind}").port)):
            raise ValueError("need HOST:PORT or unix:PATH")
        return bind

    @field_validator("backup_repository")
    @classmethod
    def _repository(cls, location: str) -> str:
        if not (location.startswith("/") or re.match(r"[a-z0-9]+:.", location)):
            raise ValueError("need /FOLDER, or BACKEND:... as restic has it, e.g. sftp:HOST:/PATH")
        return location

    @field_validator("backup_environment")
    @classmethod
    def _variables(cls, lines: SecretStr | None) -> SecretStr | None:
        if lines is not None:
            variables_of(lines.get_secret_value())
        return lines

    @field_validator("session_key")
    @classmethod
    def _long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < _SHORTEST_SESSION_KEY:
            raise ValueError(f"need at least {_SHORTEST_SESSION_KEY} characters, e.g. of `openssl rand -hex 32`")
        return key

    @field_validator("config_dir", "models_dir", "cache_dir", "uploads_dir", "backups_dir", "keys_file", "run_dir")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        try:
            return expanded(path) if path else None
        except ConfigError as error:
            raise ValueError(str(error)) from None


def variable_name(field: str) -> str:
    """The environment variable of a field of Settings."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"{_PREFIX}{field.upper()}"


def variables_of(lines: str) -> dict[str, str]:
    """The variables of `NAME=VALUE` lines; empty ones and those that begin with # do not count.

    Raises:
        ValueError: a line is something else; it is not shown.
    """
    variables = {}
    for number, line in enumerate(lines.splitlines(), 1):
        name, sign, value = line.strip().partition("=")
        if not line.strip() or name.startswith("#"):
            continue
        if not sign or not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise ValueError(f"line {number}: need NAME=VALUE")
        variables[name] = value
    return variables


def without_password(url: str) -> str:
    """A URL as it may be shown and logged."""
    return _PASSWORD_IN_URL.sub("…@", url)


def _secret_fields() -> list[str]:
    return [name for name, field in Settings.model_fields.items() if SecretStr in get_args(field.annotation)]


def _fields_of(variables: Mapping[str, str], own: Mapping[str, str]) -> dict[str, Any]:
    """The settings among these variables that the environment does not have, by name."""
    names = {field: variable_name(field) for field in Settings.model_fields}
    return {field: variables[name] for field, name in names.items() if variables.get(name) and name not in own}


def _credentials(environment: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The secrets that lie in files, and what is wrong with those files."""
    folder = environment.get(CREDENTIALS_DIRECTORY)
    secrets, faults = {}, []
    for field in _secret_fields() if folder else ():
        path = Path(str(folder)) / field
        try:
            text = path.read_text("utf-8").strip()
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}")
            continue
        if text:
            secrets[field] = text
    return secrets, faults


def _what_is_needed(detail: ErrorDetails) -> str:
    words = _NEEDS.get(detail["type"])
    return words.format(**detail.get("ctx", {})) if words else detail["msg"].removeprefix("Value error, ")


def _fault(place: str, value: object, message: str) -> str:
    field = next((name for name in Settings.model_fields if place in {name, variable_name(name)}), None)
    if field is None:
        return f"{place} is {value!r}: {message}"
    if field in _secret_fields():
        return f"{variable_name(field)}: {message}"
    shown = without_password(value) if isinstance(value, str) else value
    return f"{variable_name(field)} is {shown!r}: {message}"


def _is_origin(origin: str) -> bool:
    return _is_url(origin, "http", "https") and urlsplit(origin).geturl() == origin and not urlsplit(origin).path


def _is_redis_url(url: str) -> bool:
    if url.startswith("unix://"):
        return urlsplit(url).path.startswith("/") and len(urlsplit(url).path) > 1
    return _is_url(url, "redis", "rediss") and re.fullmatch(r"(/\d*)?", urlsplit(url).path) is not None


def _is_url(url: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, brackets that do not match
        return False
