"""Operations that take something in: uploads, sessions."""

from __future__ import annotations

from soniclayer.web.answers import SessionAnswer, UploadAnswer
from soniclayer.web.openapi.operation import BYTES, TEXT, WHERE, Answer, Body, Operation, Operations, in_json

_FORM = Body(
    {
        "file": {**BYTES, "description": "The audio; what it is called does not matter, what it is does"},
        "language": {**TEXT, "description": "Its language, e.g. `en`; left out: detected", "examples": ["en"]},
        "personas": {**TEXT, "description": "Names from `/personas`, separated by commas; left out: all"},
    },
    needed=("file",),
)

_UPLOAD = Operation(
    "upload",
    "Recordings",
    "Upload a recording",
    (
        Answer(202, "Accepted: nothing can lose it any more", in_json(UploadAnswer), WHERE),
        Answer(
            200,
            "The same bytes are here already; the options are ignored",
            in_json(UploadAnswer),
            headers=("Location",),
        ),
    ),
    "One file per request, streamed: the form may be as large as the limit allows. `audio_id` names the recording from "
    "now on. The same bytes again are the same recording; one that was cancelled or has failed is tried again.",
    (
        "malformed",
        "cut_off",
        "too_slow",
        "too_large",
        "not_audio",
        "unsupported_media_type",
        "bad_field",
        "empty",
        "no_file",
        "courier_full",
        "store",
        "store_full",
    ),
    body=_FORM,
)

OPERATIONS: Operations = {
    ("POST", "/evaluate/"): _UPLOAD,
    ("GET", "/session"): Operation(
        "get_session",
        "Sessions",
        "Who is signed in",
        (Answer(200, "Whose session it is, or key", in_json(SessionAnswer), headers=("Cache-Control",)),),
        "`expires_in_s` is what is left of the session; it is null for a key.",
    ),
    ("POST", "/session"): Operation(
        "begin_session",
        "Sessions",
        "Sign a browser in",
        (Answer(200, "Signed in: the cookie stands for the key", in_json(SessionAnswer), headers=("Set-Cookie",)),),
        "Trades the key in `X-API-Key` for a cookie that no script can read. Revoking the key ends its sessions.",
        ("no_sessions",),
    ),
    ("DELETE", "/session"): Operation(
        "end_session",
        "Sessions",
        "Sign a browser out",
        (Answer(204, "Signed out", headers=("Set-Cookie",)),),
        problems=("cross_site",),
    ),
}
