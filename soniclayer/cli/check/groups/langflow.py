"""The opinions of personas: Langflow, here or elsewhere, and the language model behind it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.facts.asking import NoAnswer, ask
from soniclayer.cli.check.facts.letting_out import addresses_of, let_out
from soniclayer.cli.check.facts.units import LANGFLOW
from soniclayer.cli.check.outcome import CannotKnow, NotHere, Severity, fault, ok, several
from soniclayer.definitions.labels import load_labels
from soniclayer.definitions.personas import load_personas
from soniclayer.errors import ConfigError
from soniclayer.installation import read_env_file

if TYPE_CHECKING:
    from soniclayer.cli.check.facts.asking import Page
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

FLOWS = "/api/v1/flows/?get_all=true&header_flows=true"
"""What a key is needed for, and tells which flows there are."""

LLM_URL = "SONICLAYER_LLM_BASE_URL"
"""In langflow.env: where the flows find their model, as OpenAI's API speaks (`http://HOST:PORT/v1`)."""

LLM_URL_DEFAULT = "http://127.0.0.1:1234/v1"
"""Of the flows' component."""

OK, SERVER_FAULT = 200, 500
REFUSED = frozenset({401, 403})


def look_at_unit(place: Place) -> Outcome:
    """Where it is installed it is part of the suite."""
    _need_it_here(place)
    if not place.units.is_active(LANGFLOW):
        state = place.units.units.get(LANGFLOW, {}).get("ActiveState", "not there")
        return fault(f"{LANGFLOW} is {state}", "systemctl start langflow; journalctl -u langflow -n 50 says why")
    return ok("it runs")


def look_at_langflow(place: Place) -> Outcome:
    """Whether it answers, and is well by its own word."""
    cure = "systemctl status langflow, where that is here; until then the rules speak for the personas"
    try:
        page = ask(f"{_url(place)}/health_check")
    except NoAnswer as error:
        return fault(str(error), cure)
    return fault(f"it answers {page.status}", cure) if page.status >= SERVER_FAULT else _answered(_url(place), page)


def look_at_key(place: Place) -> Outcome:
    """Whether it takes the key that the workers show."""
    page = _ask_for_flows(place)
    if page.status in REFUSED:
        return fault(
            f"{_url(place)} refuses the key of the workers ({page.status})",
            "credentials/langflow_api_key has to be a key of that Langflow; then: systemctl restart soniclayer.target",
        )
    return ok("it takes the key of the workers")


def look_at_flows(place: Place) -> Outcome:
    """Whether it has a flow for every persona."""
    page = _ask_for_flows(place)
    try:
        found = json.loads(page.body)
        there = {flow[name] for flow in found for name in ("id", "endpoint_name")}
        personas = load_personas(
            place.worker.config_dir / "personas", load_labels(place.worker.config_dir / "labels.yaml")
        )
    except (ValueError, KeyError, TypeError):
        raise CannotKnow(f"{_url(place)} answers {page.status}, and lists no flows") from None
    except ConfigError:
        raise CannotKnow("the personas do not load: see config.personas") from None
    missing = [f"{persona.flow_name} ({persona.name})" for persona in personas if persona.flow_name not in there]
    if missing:
        return fault(
            f"it has no flow {several(missing)}: the rules speak for them",
            "install again: it makes flows for all personas; for a Langflow elsewhere make one there",
        )
    return ok(f"it has those of all {len(personas)} personas")


def look_at_llm(place: Place) -> Outcome:
    """Whether the model's server answers, takes its key, and is one that Langflow may speak to."""
    _need_it_here(place)
    url = _llm_url(place)
    try:
        shut = [one for one in addresses_of(url) if not let_out(one, place.units.units.get(LANGFLOW, {}))]
        page = ask(f"{url}/models", headers=_llm_headers(place))
    except NoAnswer as error:
        return fault(str(error), f"is the model's server up? {LLM_URL} in langflow.env says where")
    if shut:
        return fault(f"{LANGFLOW} is not let out to {several(shut)}", "install again: it lets Langflow reach the model")
    if page.status in REFUSED:
        cure = "credentials/llm_api_key has to be its key; then: systemctl restart langflow"
        return fault(f"{url} refuses the key ({page.status})", cure)
    if page.status >= SERVER_FAULT:
        return fault(f"{url}/models answers {page.status}", "the log of the model's server says why")
    return _answered(url, page)


def _url(place: Place) -> str:
    url = place.worker.langflow_base_url
    if not url:
        raise NotHere("LANGFLOW_BASE_URL is not set: the rules speak for the personas")
    return url


def _need_it_here(place: Place) -> None:
    if not place.home.langflow.exists():
        raise NotHere("Langflow is not installed here: the rules, or one elsewhere, speak for the personas")


def _ask_for_flows(place: Place) -> Page:
    """Raises NoAnswer, which makes the check unknown: that it does not answer is told by another."""
    key = place.worker.langflow_api_key
    return ask(f"{_url(place)}{FLOWS}", headers={"x-api-key": key.get_secret_value()} if key else {})


def _llm_url(place: Place) -> str:
    try:
        variables = read_env_file(place.home.config_dir / "langflow.env")
    except ConfigError as error:
        raise CannotKnow(str(error)) from None
    return (variables.get(LLM_URL) or LLM_URL_DEFAULT).rstrip("/")


def _llm_headers(place: Place) -> dict[str, str]:
    file = place.home.credentials_dir / "llm_api_key"
    key = file.read_text().strip() if file.exists() else ""
    return {"Authorization": f"Bearer {key}"} if key else {}


def _answered(url: str, page: Page) -> Outcome:
    return ok(f"{url} answers within {page.took_s * 1000:.0f} ms")


_HERE = frozenset({Need.INSTALLATION})
_FILES = frozenset({Need.INSTALLATION, Need.ROOT})
CHECKS = (
    Check("langflow.unit", "Langflow runs, where it is installed", Severity.ERROR, look_at_unit, _HERE),
    Check("langflow.reach", "Langflow answers, where it is set", Severity.WARNING, look_at_langflow),
    Check("langflow.key", "Langflow takes the key of the workers", Severity.ERROR, look_at_key),
    Check("langflow.flows", "Langflow has a flow for every persona", Severity.WARNING, look_at_flows),
    Check("langflow.llm", "the language model answers Langflow", Severity.WARNING, look_at_llm, _FILES),
)
