"""Operations on recordings as wholes: the list, one of it, and what can be done to it."""

from __future__ import annotations

from typing import get_args

from soniclayer.courier.index import SORTS
from soniclayer.domain.state import State
from soniclayer.web.answers import PersonaList, RecordingDetail, RecordingList
from soniclayer.web.openapi.operation import (
    AUDIO_ID,
    CHANGED,
    NUMBER,
    ONE,
    TEXT,
    WHERE,
    Answer,
    Body,
    Operation,
    Operations,
    Parameter,
    in_json,
)

_PERSONA = "Only this one takes the place of its older self, or is added; left out: all that there are now"

OPERATIONS: Operations = {
    ("GET", "/recordings"): Operation(
        "list_recordings",
        "Recordings",
        "List recordings",
        (Answer(200, "A page of the list, newest first unless sorted otherwise", in_json(RecordingList)),),
        "While `rebuilding` is true the list is being made anew, and some may be missing.",
        ("bad_query", "courier_away"),
        (
            Parameter("q", "query", "Part of the name, whatever the case", {**TEXT, "maxLength": 200}),
            Parameter("state", "query", "Only those in this state", {**TEXT, "enum": list(get_args(State))}),
            Parameter("sort", "query", "Order; `-` turns it round", {**TEXT, "enum": list(SORTS), "default": SORTS[0]}),
            Parameter("limit", "query", "At most so many", {**NUMBER, "minimum": 1, "maximum": 200, "default": 50}),
            Parameter("offset", "query", "Skip so many", {**NUMBER, "minimum": 0, "maximum": 10_000_000, "default": 0}),
        ),
    ),
    ("GET", "/recordings/{audio_id}"): Operation(
        "get_recording",
        "Recordings",
        "How far a recording is",
        (Answer(200, "State, progress, stages, failures, and links to all there is of it", in_json(RecordingDetail)),),
        "Progress counts seconds of audio whose wanted steps have ended; the total is `estimated` until all was read.",
        ONE,
        (AUDIO_ID,),
    ),
    ("POST", "/recordings/{audio_id}/cancel"): Operation(
        "cancel_recording",
        "Recordings",
        "Cancel a recording",
        (Answer(200, "Nothing more is computed; what is there stays", in_json(RecordingDetail)),),
        problems=(*CHANGED, "conflict"),
        parameters=(AUDIO_ID,),
    ),
    ("POST", "/recordings/{audio_id}/retry"): Operation(
        "retry_recording",
        "Recordings",
        "Try again what failed or was cancelled",
        (Answer(202, "It is worked on again", in_json(RecordingDetail), WHERE),),
        problems=(*CHANGED, "conflict"),
        parameters=(AUDIO_ID,),
    ),
    ("DELETE", "/recordings/{audio_id}"): Operation(
        "delete_recording",
        "Recordings",
        "Delete a recording",
        (Answer(204, "It is gone, with everything that was computed from it"),),
        problems=CHANGED,
        parameters=(AUDIO_ID,),
    ),
    ("POST", "/re-evaluate/{audio_id}"): Operation(
        "re_evaluate_recording",
        "Recordings",
        "Evaluate a recording again",
        (
            Answer(202, "It is on its way", in_json(RecordingDetail), WHERE),
            Answer(
                200,
                "Unchanged: exactly that is on its way already",
                in_json(RecordingDetail),
                headers=("Location",),
            ),
        ),
        "Personas are asked anew, as their files are now, also where these are unchanged: a flow, or the model behind "
        "it, may be another. Transcript and labels stay; readers get the old scores until then.",
        (*CHANGED, "conflict", "persona_faulty", "malformed", "bad_query", "unsupported_media_type"),
        (AUDIO_ID, Parameter("persona", "query", _PERSONA)),
        Body(
            {"persona": {**TEXT, "description": _PERSONA}},
            media_types=("application/x-www-form-urlencoded", "multipart/form-data"),
        ),
    ),
    ("GET", "/personas"): Operation(
        "list_personas",
        "Personas",
        "List personas",
        (Answer(200, "All there are now", in_json(PersonaList)),),
        "Their files are read again as soon as they change. Where one has faults, its persona stays as it was, and "
        "`faults` tells why.",
    ),
}
