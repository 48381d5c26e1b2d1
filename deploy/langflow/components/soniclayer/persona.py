"""SonicLayer Persona: a language model judges segments of a broadcast, in one call to an OpenAI-compatible endpoint.

The endpoint is set by SONICLAYER_LLM_BASE_URL, _MODEL, _TIMEOUT_S and _API_KEY (or the credential `llm_api_key`).
Langflow runs a copy of this text, anew for each run: nothing of SonicLayer's can be imported, and nothing is kept.
"""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import httpx
from lfx.custom.custom_component.component import Component
from lfx.io import FloatInput, MessageTextInput, MultilineInput, Output
from lfx.schema.message import Message

BASE_URL = "http://127.0.0.1:1234/v1"  # LM Studio's
TIMEOUT_S = 60.0
CONNECT_S = 5.0
MOST_REPLY_BYTES = 2**20
TOKENS_PER_SEGMENT = 500  # all texts of a judgement at their longest are some 300


class SonicLayerPersona(Component):
    """As the editor shows it."""

    display_name = "SonicLayer Persona"
    description = "A language model judges segments of a broadcast, as somebody of an audience."
    icon = "radio"
    name = "SonicLayerPersona"

    inputs = [  # noqa: RUF012 - as Langflow has it
        MessageTextInput(
            name="input_value",
            display_name="Segments",
            info="JSON: {text, topic, tone}, or {persona: {instructions}, segments: [{id, text, topic, tone}]}",
            required=True,
        ),
        MultilineInput(
            name="system_message",
            display_name="Instructions",
            info="Who judges, and in which form it answers; where the input brings no instructions of its own.",
        ),
        MultilineInput(name="classic_schema", display_name="Form of an answer about one segment", advanced=True),
        MultilineInput(name="list_schema", display_name="Form of an answer about several", advanced=True),
        MessageTextInput(
            name="model_name", display_name="Model", info="Empty: that of SONICLAYER_LLM_MODEL.", advanced=True
        ),
        FloatInput(name="temperature", display_name="Temperature", value=0.2, advanced=True),
    ]
    outputs = [Output(display_name="Answer", name="answer", method="judge")]  # noqa: RUF012

    async def judge(self) -> Message:
        """The answer as the model gave it. Langflow's reply tells `model_name` as the message's source."""
        body = self._body(str(self.input_value))
        reply = await _complete(body)
        self.model_name = str(reply.get("model") or body.get("model") or "")
        return Message(text=_text(reply))

    def _body(self, text: str) -> dict[str, Any]:
        """Instructions are the system's message, and what was said on air lies in that of the user, as JSON."""
        asked = _read(text)
        if "segments" in asked:
            persona = asked.get("persona")
            instructions = persona.get("instructions") if isinstance(persona, dict) else None
            question = {"segments": asked["segments"]}
            schema = _for_these(json.loads(self.list_schema), asked["segments"])
        else:
            instructions, question, schema = None, asked, json.loads(self.classic_schema)
        messages = [
            {"role": "system", "content": str(instructions or self.system_message)},
            {"role": "user", "content": json.dumps(question, ensure_ascii=False, separators=(",", ":"))},
        ]
        body = {
            "messages": messages,
            "temperature": float(self.temperature),
            "max_tokens": TOKENS_PER_SEGMENT * len(question.get("segments", (question,))),
            "response_format": {"type": "json_schema", "json_schema": {"name": "evaluation", "schema": schema}},
        }
        model = self.model_name or os.environ.get("SONICLAYER_LLM_MODEL")
        return {"model": str(model), **body} if model else body


def _read(text: str) -> dict[str, Any]:
    """The input; what is no JSON is the text of a segment: somebody tries the flow by hand."""
    try:
        asked = json.loads(text)
    except ValueError:
        asked = None
    if isinstance(asked, dict) and (isinstance(asked.get("text"), str) or _are_segments(asked.get("segments"))):
        return asked
    return {"text": text}


def _are_segments(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) and "id" in one for one in value)


def _for_these(schema: dict[str, Any], segments: list[dict[str, Any]]) -> dict[str, Any]:
    """An answer has as many entries as there are segments, and no other ids."""
    entries = schema["properties"]["evaluations"]
    entries["minItems"] = entries["maxItems"] = len(segments)
    entries["items"]["properties"]["id"]["enum"] = [str(segment["id"]) for segment in segments]
    return schema


async def _complete(body: dict[str, Any]) -> dict[str, Any]:
    timeout_s = float(os.environ.get("SONICLAYER_LLM_TIMEOUT_S") or TIMEOUT_S)
    try:
        return await asyncio.wait_for(_ask(body), timeout_s)  # httpx alone would wait for ever for one that trickles
    except (asyncio.TimeoutError, httpx.TimeoutException):
        message = f"the language model has not answered within {timeout_s:g} s"
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # its text may hold the key
        message = f"the language model at SONICLAYER_LLM_BASE_URL cannot be reached: {type(error).__name__}"
    raise ValueError(message)


async def _ask(body: dict[str, Any]) -> dict[str, Any]:
    base_url = (os.environ.get("SONICLAYER_LLM_BASE_URL") or BASE_URL).rstrip("/")
    key = _key()
    async with httpx.AsyncClient(
        base_url=base_url,
        headers={"Authorization": f"Bearer {key}"} if key else {},
        timeout=httpx.Timeout(None, connect=CONNECT_S),
        trust_env=False,
        verify=base_url.startswith("https:"),  # 20 ms of loading certificates less where there are none to look at
    ) as client:
        status, reply = await _post(client, body)
        if status == httpx.codes.BAD_REQUEST:  # it may be one that knows no forms of answers
            status, reply = await _post(client, {name: body[name] for name in body if name != "response_format"})
    if status != httpx.codes.OK:
        raise ValueError(f"the language model answers with HTTP status {status}{_told(reply)}")
    try:
        answer = json.loads(reply)
        _text(answer)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise ValueError(f"the language model answers with no chat completion{_told(reply)}") from None
    return answer


async def _post(client: httpx.AsyncClient, body: dict[str, Any]) -> tuple[int, bytes]:
    async with client.stream("POST", "/chat/completions", json=body) as response:
        reply = b""
        async for chunk in response.aiter_bytes():
            reply += chunk
            if len(reply) > MOST_REPLY_BYTES:
                raise ValueError(f"the language model answers with more than {MOST_REPLY_BYTES >> 20} MiB")
        return response.status_code, reply


def _text(reply: dict[str, Any]) -> str:
    text = reply["choices"][0]["message"]["content"]
    return text if isinstance(text, str) else ""


def _key() -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    file = Path(folder, "llm_api_key") if folder else None
    return (file.read_text() if file and file.is_file() else os.environ.get("SONICLAYER_LLM_API_KEY", "")).strip()


def _told(reply: bytes) -> str:
    """Of an error its code and its length, for Langflow's log: a message may repeat what was said on air, or the key.

    It has no spaces: where Langflow reads "not found" it tells the client that there is no such flow.
    """
    try:
        error = json.loads(reply)["error"]
        codes = [error.get("code"), error.get("type")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        codes = []
    short = [code for code in codes if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code)]
    return "".join(f", {code}" for code in short) + f", {len(reply)} bytes"
