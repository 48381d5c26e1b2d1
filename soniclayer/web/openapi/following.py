"""Operations that tell what happens while it happens."""

from __future__ import annotations

from soniclayer.web.openapi.operation import AUDIO_ID, ONE, Answer, Operation, Operations, Parameter, Schema

_SSE = "text/event-stream"
_LAST_EVENT_ID = Parameter(
    "Last-Event-ID", "header", "The id of the last event that was seen: what came after it is told first", example="0-1"
)
_EVENT: Schema = {
    "type": "object",
    "description": "One event, its lines as fields",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string", "enum": ["progress", "window", "state", "deleted", "reset"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string"},
        "retry": {"type": "integer"},
    },
}
_EVENTS = """\
Server-Sent Events; the data of each are JSON:

| event | data | meaning |
|---|---|---|
| `progress` | `audio_id`, `done_s`, `total_s`, `estimated` | seconds of audio that are done, of all |
| `window` | `audio_id`, `window`, `start_s`, `end_s` | a window has ended: its segments are there |
| `state` | `audio_id`, `state`, `ended` | the recording is in another state |
| `deleted` | `audio_id` | the recording was deleted |
| `reset` | `audio_id` in a recording's stream | events may have been missed: fetch again what you show |

A comment comes every 15 s when nothing else does. A client that reconnects with `Last-Event-ID` misses nothing, or gets
`reset`. While Redis is away streams stay open and silent. When the server stops, streams end: connect again.
"""

OPERATIONS: Operations = {
    ("GET", "/events"): Operation(
        "all_events",
        "Events",
        "What happens to all recordings",
        (Answer(200, "The stream", {_SSE: _EVENT}),),
        _EVENTS,
        parameters=(_LAST_EVENT_ID,),
    ),
    ("GET", "/events/{audio_id}"): Operation(
        "recording_events",
        "Events",
        "What happens to one recording",
        (
            Answer(200, "The stream", {_SSE: _EVENT}),
            Answer(204, "The recording has ended and Last-Event-ID knows of it: nothing more comes, do not reconnect"),
        ),
        "First `progress` and `state` as they are now, then what happens. The stream ends behind a `state` whose "
        "`ended` is true, or `deleted`: close the EventSource there.\n\n" + _EVENTS,
        ONE,
        (AUDIO_ID, _LAST_EVENT_ID),
    ),
}
