"""POST /evaluate/: takes a recording in. It streams to the store; what is refused leaves nothing behind."""

from __future__ import annotations

import logging
import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from anyio import to_thread

from soniclayer import log, metrics
from soniclayer.domain.language import language_fault
from soniclayer.errors import SonicLayerError, UploadRefused
from soniclayer.jobs.upload import Uploaded, take_upload
from soniclayer.web.answers import UploadAnswer
from soniclayer.web.auth import count, key_of, services_of
from soniclayer.web.form import UploadForm, boundary_of
from soniclayer.web.intake import Intake
from soniclayer.web.links import recording_link
from soniclayer.web.reply import as_json
from soniclayer.web.route import ApiRoute
from soniclayer.web.sniff import HEAD_BYTES, refuse_what_is_no_audio
from soniclayer.web.threads import in_thread
from soniclayer.wiring import wanted_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from soniclayer.domain.persona import Persona
    from soniclayer.domain.recording import Wanted
    from soniclayer.storage.objects import Incoming
    from soniclayer.web.services import Services

FIELDS = ("language", "personas")

MOST_FORM_BYTES = 64 * 1024
"""What a form may have around the file."""

_LOG = logging.getLogger(__name__)


async def upload(request: Request) -> Response:
    """Take the file of a form in: 202 for a new recording, 200 for bytes that are known."""
    began_s = time.monotonic()
    try:
        uploaded = await _take(request, services_of(request))
    except SonicLayerError as error:
        metrics.get().uploads_refused_total.labels(error.code).inc()
        log.event(_LOG, "upload refused", code=error.code, duration_s=time.monotonic() - began_s)
        raise
    _note(uploaded, time.monotonic() - began_s)
    return _answer(request, uploaded)


async def _take(request: Request, services: Services) -> Uploaded:
    threads = request.app.state.threads
    await to_thread.run_sync(count, request, services.limits.uploads, limiter=threads.admissions)
    form = UploadForm(boundary_of(request.headers.get("Content-Type", "")), FIELDS)
    announced_bytes = _announced_bytes(request, services.settings.max_upload_bytes)
    async with (
        in_thread(services.fullness.room_for(announced_bytes), threads.admissions),
        in_thread(services.recordings.receive(), threads.acceptors) as incoming,
    ):
        await _receive(request, services, form, incoming)
        return await to_thread.run_sync(_accept, request, services, form, incoming, limiter=threads.acceptors)


def _announced_bytes(request: Request, most_bytes: int) -> int:
    """What the client says it will send; 0 when it does not say."""
    announced = request.headers.get("Content-Length", "0")
    size_bytes = int(announced) if announced.isascii() and announced.isdigit() else 0
    if size_bytes > most_bytes + MOST_FORM_BYTES:
        raise _too_large(most_bytes)
    return size_bytes


async def _receive(request: Request, services: Services, form: UploadForm, incoming: Incoming) -> None:
    """Bring the file to `incoming`, looking at its beginning, its length and the fields on the way."""
    threads, settings = request.app.state.threads, services.settings
    head, arrived_bytes, most_bytes = b"", 0, settings.max_upload_bytes
    async with (
        Intake(incoming, threads.turns, threads.writers, services.fullness.check_disk) as intake,
        aclosing(intake.chunks(request.receive, settings.upload_idle_s)) as chunks,
    ):
        async for chunk in chunks:
            arrived_bytes += len(chunk)
            pieces = form.feed(chunk)
            if pieces and not head:
                _wanted(services, form.values)  # fields that came before the file: no need to wait for its end
            if pieces and len(head) < HEAD_BYTES:
                head += b"".join(piece[:HEAD_BYTES] for piece in pieces)[: HEAD_BYTES - len(head)]
                if len(head) == HEAD_BYTES:
                    refuse_what_is_no_audio(head)
            await intake.add(pieces)
            if intake.size_bytes > most_bytes or arrived_bytes > most_bytes + MOST_FORM_BYTES:
                raise _too_large(most_bytes)
        form.finish()
        if not intake.size_bytes:
            raise UploadRefused(f"{form.file_name!r} is empty", code="empty")
        refuse_what_is_no_audio(head)
        await intake.finish()


def _accept(request: Request, services: Services, form: UploadForm, incoming: Incoming) -> Uploaded:
    return take_upload(
        services.recordings,
        services.courier,
        incoming,
        form.file_name or "recording",
        _wanted(services, form.values),
        key_name=key_of(request).name,
        request_id=log.request_id.get(),
    )


def _wanted(services: Services, values: dict[str, str]) -> Wanted:
    settings = services.settings
    wanted = wanted_of(settings, services.labels, _personas(services.personas, values.get("personas", "")))
    language = values.get("language", "").strip() or None
    fault = language_fault(language, settings.whisper_model)
    if fault:
        raise UploadRefused(f"language: {fault}", code="bad_field")
    return replace(wanted, options=replace(wanted.options, language=language)) if language else wanted


def _personas(known: tuple[Persona, ...], names: str) -> tuple[Persona, ...]:
    """The named ones, in their usual order; all when none is named."""
    chosen = {name.strip() for name in names.split(",") if name.strip()}
    there = {persona.name for persona in known}
    if chosen - there:
        unknown = ", ".join(sorted(chosen - there))
        raise UploadRefused(f"personas: no {unknown}; there are: {', '.join(sorted(there))}", code="bad_field")
    return tuple(persona for persona in known if not chosen or persona.name in chosen)


def _too_large(most_bytes: int) -> UploadRefused:
    return UploadRefused(f"at most {most_bytes:,} bytes are taken", code="too_large")


def _note(uploaded: Uploaded, duration_s: float) -> None:
    recording = uploaded.recording
    counted = metrics.get()
    (counted.uploads_total if uploaded.new else counted.uploads_known_total).inc()
    counted.upload_bytes_total.inc(recording.size_bytes)
    log.event(
        _LOG,
        "upload accepted" if uploaded.new else "upload known",
        recording=recording.audio_id,
        size_bytes=recording.size_bytes,
        duration_s=duration_s,
        retried=uploaded.retried or None,
    )


def _answer(request: Request, uploaded: Uploaded) -> Response:
    audio_id = uploaded.recording.audio_id
    hint = None
    if uploaded.retried:
        hint = "These bytes were here, cancelled or failed: they are tried again, as they were wanted at first"
    elif not uploaded.new:
        hint = f"These bytes are here already, options are ignored; POST /re-evaluate/{audio_id} to evaluate anew"
    answer = UploadAnswer(audio_id, uploaded.state, known=not uploaded.new, hint=hint)
    return as_json(answer, 202 if uploaded.new else 200, {"Location": recording_link(request, audio_id)})


routes = [
    ApiRoute(path, upload, needs="write", methods=["POST"], name=name, max_body_bytes=None)
    for path, name in (("/evaluate/", "upload"), ("/evaluate", "upload_without_slash"))
]
