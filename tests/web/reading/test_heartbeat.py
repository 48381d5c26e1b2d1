"""Streams that are silent, and clients that are."""

from __future__ import annotations

import asyncio

from soniclayer.web.feed import Listener
from soniclayer.web.routes import events
from soniclayer.web.routes.events import EventStream

SCOPE = {"type": "http", "method": "GET", "headers": []}


async def silence():
    await asyncio.Event().wait()
    yield


async def no_disconnect():
    await asyncio.Event().wait()


def test_comment_comes_when_nothing_else_does(monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.02)

    async def scenario():
        comment = asyncio.get_running_loop().create_future()

        async def send(message):
            if message.get("body") and not comment.done():
                comment.set_result(message["body"])

        stream = asyncio.create_task(EventStream(silence(), Listener(), asyncio.Event())(SCOPE, no_disconnect, send))
        try:
            return await asyncio.wait_for(comment, 10)
        finally:
            stream.cancel()

    assert asyncio.run(scenario()).startswith(b": ping")


def test_client_that_takes_nothing_is_let_go(monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.02)
    monkeypatch.setattr(events, "STUCK_S", 0.05)

    async def scenario():
        async def send(message):
            if message.get("body"):
                await asyncio.Event().wait()

        await asyncio.wait_for(EventStream(silence(), Listener(), asyncio.Event())(SCOPE, no_disconnect, send), 10)

    asyncio.run(scenario())


def test_comment_comes_every_15_seconds():
    assert events.HEARTBEAT_S == 15
