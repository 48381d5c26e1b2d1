"""GET /personas."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from soniclayer.web.answers import PersonaDetail, PersonaList
from soniclayer.web.auth import services_of
from soniclayer.web.reply import as_json
from soniclayer.web.route import ApiRoute

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from soniclayer.domain.persona import Persona


def list_personas(request: Request) -> Response:
    """All there are now."""
    now = services_of(request).persona_files.now()
    faults = tuple(chain.from_iterable(now.faults.values()))
    return as_json(PersonaList(tuple(_detail(persona) for persona in now.personas), faults))


routes = [ApiRoute("/personas", list_personas, needs="read")]


def _detail(persona: Persona) -> PersonaDetail:
    return PersonaDetail(
        name=persona.name,
        title=persona.title,
        description=persona.description,
        preferred_topics=persona.preferred_topics,
        preferred_tones=persona.preferred_tones,
        disliked_topics=persona.disliked_topics,
        disliked_tones=persona.disliked_tones,
        disliked_tags=persona.disliked_tags,
        flow=persona.flow_name,
        batch=persona.batch,
        fingerprint=persona.fingerprint,
    )
