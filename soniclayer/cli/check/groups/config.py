"""What the services are told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.facts.units import BACKEND, LANGFLOW, WORKERS, enabled_workers
from soniclayer.cli.check.outcome import NEEDS_ROOT, CannotKnow, Severity, fault, ok, several
from soniclayer.cli.check.place import SERVICES, variables_of
from soniclayer.definitions.labels import load_labels
from soniclayer.definitions.personas import load_personas
from soniclayer.errors import ConfigError
from soniclayer.installation import read_env_file
from soniclayer.settings import unknown_variables, variable_name, without_password

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

SHARED = [
    "redis_url",
    "uploads_dir",
    "config_dir",
    "run_dir",
    "whisper_model",
    "whisper_language",
    "label_backend",
    "label_model",
    "max_duration_s",
]
"""Settings that the backend writes into a recording, or finds, and a worker too."""

OTHERS_FILES = frozenset({"langflow.env"})
"""It speaks to another program."""

OTHERS_SETTINGS = frozenset({"SONICLAYER_LLM_BASE_URL", "SONICLAYER_LLM_MODEL", "SONICLAYER_LLM_TIMEOUT_S"})
"""Those of ours in it; the key of the model is a secret."""


def look_at_settings(place: Place) -> Outcome:
    """All faults of both services."""
    faults = []
    for service in SERVICES:
        error = place.settings_fault(service)
        faults += [f"{service}: {line}" for line in error.faults] if error else []
    if faults:
        where = place.home.config_dir if place.installation else "the environment"
        return fault(several(faults), f"correct it in {where}, then: systemctl restart soniclayer.target")
    return ok("they load")


def look_at_names(place: Place) -> Outcome:
    """Variables that look like ours and are none."""
    faults = [
        f"{path.name}: {line}" for path, variables in env_files(place).items() for line in unknown_variables(variables)
    ]
    faults += [
        f"{path.name}: {name}: no such setting"
        for path, variables in others_files(place).items()
        for name in sorted(variables)
        if name.startswith("SONICLAYER_") and name not in OTHERS_SETTINGS
    ]
    if faults:
        return fault(several(faults), "correct or remove the line: it does nothing as it is")
    return ok("all are known")


def look_at_contradictions(place: Place) -> Outcome:
    """What both services must be told alike."""
    differing = []
    for field in SHARED:
        backend, worker = (getattr(settings, field) for settings in (place.backend, place.worker))
        if backend != worker:
            differing.append(
                f"{variable_name(field)} is {_shown(backend)} for the backend, {_shown(worker)} for workers"
            )
    for path, variables in env_files(place).items():
        if path.name.startswith("worker@"):
            differing += _own_ways(path, variables, place)
    if differing:
        return fault(several(differing), f"say the same in backend.env and worker.env of {place.home.config_dir}")
    return ok("both are told the same")


def look_at_new_files(place: Place) -> Outcome:
    """What an upgrade left beside files that were edited."""
    folder = place.home.config_dir
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.new"))
    if found:
        return fault(
            f"{several(found)} in {folder}",
            "an upgrade brought newer defaults: compare (diff FILE FILE.new), take what you want, remove the .new",
        )
    return ok("none is waiting")


def look_at_personas(place: Place) -> Outcome:
    """All faults of labels and personas: with one of them the backend goes on, and does not start again."""
    folder = place.backend.config_dir
    if not os.access(folder, os.R_OK | os.X_OK):
        raise CannotKnow(NEEDS_ROOT)
    try:
        personas = load_personas(folder / "personas", load_labels(folder / "labels.yaml"))
    except ConfigError as error:
        cure = "correct it: until then a persona stays as it was, and a backend that is restarted does not start"
        return fault(several([line.removeprefix(f"{folder}/") for line in error.faults]), cure)
    return ok(several([persona.name for persona in personas]))


def look_at_use(place: Place) -> Outcome:
    """Whether the services read what lies on disk: they do so when they start."""
    late = []
    for unit in (BACKEND, LANGFLOW, *enabled_workers(place.machine)):
        started_at = place.units.started_at(unit)
        files = _read_by(unit, place.home.config_dir) if started_at else ()
        newer = [path.name for path in files if _is_newer(path, started_at or 0.0)]
        late += [f"{unit} ({several(newer)})"] if newer else []
    if late:
        return fault(f"changed since the start of {several(late)}", "systemctl restart soniclayer.target")
    return ok("the services have read them as they are")


def look_at_environment(place: Place) -> Outcome:
    """Development mode shows tracebacks to clients."""
    modes = {service: _said(place, service, "environment") for service in SERVICES}
    loud = sorted(service for service, mode in modes.items() if mode != "production")
    if loud:
        return fault(
            f"ENVIRONMENT is {modes[loud[0]]} for {' and '.join(loud)}: clients see tracebacks, /docs needs no key",
            f"remove ENVIRONMENT from {loud[0]}.env, then: systemctl restart soniclayer.target",
        )
    chatty = sorted(service for service in SERVICES if _said(place, service, "log_level") == "DEBUG")
    if chatty:
        cure = f"remove LOG_LEVEL from {chatty[0]}.env"
        return fault(f"LOG_LEVEL is DEBUG for {' and '.join(chatty)}", cure, Severity.ADVICE)
    return ok("production")


def look_at_cors(place: Place) -> Outcome:
    """Whose pages may call the API, as it is written: settings that are wrong do not load."""
    if place.installation:
        text = variables_of(place.home, "backend").get("SONICLAYER_CORS_ORIGINS", "")
        origins = [part.strip() for part in text.split(",") if part.strip()]
    else:
        origins = list(place.backend.cors_origins)
    if any("*" in origin for origin in origins):
        return fault(
            f"SONICLAYER_CORS_ORIGINS is {', '.join(origins)}: every page of the web may call the API",
            "name the origins: SONICLAYER_CORS_ORIGINS=https://dashboard.example",
        )
    plain = [origin for origin in origins if origin.startswith("http://")]
    if plain:
        cure = "name them with https://"
        return fault(
            f"{', '.join(plain)}: pages that come without TLS can be changed on their way", cure, Severity.WARNING
        )
    return ok(", ".join(origins) or "no page of another origin may call")


def env_files(place: Place) -> Mapping[Path, Mapping[str, str]]:
    """Our environment files, with what they say.

    Raises:
        CannotKnow: they are not for this user.
    """
    try:
        paths = [path for path in sorted(place.home.config_dir.glob("*.env")) if path.name not in OTHERS_FILES]
        return {path: read_env_file(path) for path in paths}
    except ConfigError as error:
        raise CannotKnow(str(error)) from None


def others_files(place: Place) -> Mapping[Path, Mapping[str, str]]:
    """Those that speak to other programs, with what they say.

    Raises:
        CannotKnow: they are not for this user.
    """
    try:
        return {path: read_env_file(path) for path in (place.home.config_dir / name for name in sorted(OTHERS_FILES))}
    except ConfigError as error:
        raise CannotKnow(str(error)) from None


def _own_ways(path: Path, variables: Mapping[str, str], place: Place) -> list[str]:
    """Where a single worker is told another place than the backend."""
    names = {variable_name(field): str(getattr(place.backend, field)) for field in SHARED}
    return [
        f"{name} is {_shown(value)} in {path.name}"
        for name, value in variables.items()
        if name in names and value and value != names[name]
    ]


def _read_by(unit: str, folder: Path) -> list[Path]:
    """The files that a unit reads when it starts."""
    if unit == BACKEND:
        return [folder / "backend.env", folder / "credentials/redis_password", folder / "credentials/session_key"]
    if unit == LANGFLOW:
        secrets = ("langflow_api_key", "langflow_secret_key", "langflow_password", "llm_api_key")
        return [folder / "langflow.env", *(folder / "credentials" / name for name in secrets)]
    number = unit.removeprefix(WORKERS).removesuffix(".service")
    own = [folder / "credentials" / name for name in ("redis_password", "langflow_api_key")]
    return [folder / "worker.env", folder / f"worker@{number}.env", folder / "labels.yaml", *own]


def _is_newer(path: Path, moment: float) -> bool:
    return path.exists() and path.stat().st_mtime > moment + 1


def _said(place: Place, service: str, field: str) -> str:
    """As it is written, whatever else is wrong there."""
    if place.installation:
        return variables_of(place.home, service).get(variable_name(field)) or _defaults(field)
    return str(getattr(place.backend, field))


def _defaults(field: str) -> str:
    return {"environment": "production", "log_level": "INFO"}[field]


def _shown(value: object) -> str:
    return without_password(str(value)) or "empty"


_FILES = frozenset({Need.INSTALLATION, Need.ROOT})
CHECKS = (
    Check("config.settings", "the settings of backend and workers load", Severity.ERROR, look_at_settings),
    Check("config.names", "every variable in the env files is a setting", Severity.WARNING, look_at_names, _FILES),
    Check(
        "config.contradictions", "backend and workers are told the same", Severity.ERROR, look_at_contradictions, _FILES
    ),
    Check(
        "config.new_files",
        "nothing of an upgrade waits beside edited files",
        Severity.ADVICE,
        look_at_new_files,
        _FILES,
    ),
    Check("config.personas", "labels and personas load", Severity.ERROR, look_at_personas),
    Check("config.applied", "the services have read their settings", Severity.WARNING, look_at_use, _FILES),
    Check("config.environment", "debugging is off", Severity.ERROR, look_at_environment),
    Check("config.cors", "CORS names domains, not *", Severity.ERROR, look_at_cors),
)
