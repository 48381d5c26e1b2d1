"""POST /re-evaluate/{audio_id}: the personas as they are now, on a recording that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from soniclayer.jobs.steer import re_evaluate
from soniclayer.web.asked import asked_id
from soniclayer.web.auth import services_of
from soniclayer.web.links import recording_link
from soniclayer.web.problems import Problem
from soniclayer.web.reply import as_json
from soniclayer.web.route import ApiRoute
from soniclayer.web.routes.recordings import detail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from soniclayer.domain.persona import Persona
    from soniclayer.web.persona_files import PersonasNow

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def re_evaluate_recording(request: Request) -> Response:
    """All personas, or one."""
    return await run_in_threadpool(_re_evaluate, request, await _asked_persona(request))


routes = [ApiRoute("/re-evaluate/{audio_id}", re_evaluate_recording, needs="write", methods=["POST"])]


def _re_evaluate(request: Request, persona: str | None) -> Response:
    services = services_of(request)
    audio_id = asked_id(request)
    personas = _found(services.persona_files.now(), persona)
    changed = re_evaluate(services.recordings, services.courier, audio_id, personas, only=persona)
    answer = detail(request, audio_id)
    return as_json(answer, 202 if changed else 200, {"Location": recording_link(request, audio_id)})


async def _asked_persona(request: Request) -> str | None:
    """From the query or from a form, which may also be left out."""
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    asked = request.query_params.get("persona")
    if media_type in FORMS:
        async with request.form(max_files=0, max_fields=10) as form:
            field = form.get("persona")
            asked = field if isinstance(field, str) else asked
    elif await request.body():
        raise Problem(
            "unsupported_media_type", f"The body is {media_type or 'of no type'!r}: need {' or '.join(FORMS)}"
        )
    return asked or None


def _found(now: PersonasNow, persona: str | None) -> Sequence[Persona]:
    """All there are: whoever asks for them anew wants what the files say, not what they said before."""
    faults = [fault for name, told in now.faults.items() if persona in {None, name} for fault in told]
    if faults:
        raise Problem("persona_faulty", f"{faults[0]}; correct it, then ask again", extra={"faults": faults})
    names = [known.name for known in now.personas]
    if persona is None or persona in names:
        return now.personas
    raise Problem(
        "bad_query", f"persona is {persona[:50]!r}: need one of {', '.join(names)}", extra={"parameter": "persona"}
    )
