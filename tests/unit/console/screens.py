"""Helpers of the screen tests: an app on a fake desk, the text on the screen, and waiting for what threads do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from textual.events import Key

from console.ui.app import SiagaApp
from console.ui.views import Identity
from tests.unit.console.fake_desk import NOW, FakeDesk

OUTCOMES = {"i": "incident", "a": "attached", "n": "informed", "p": "prank", "f": "false_emergency", "s": "silent"}


def app(desk: FakeDesk, identity: Identity | None, language: str = "id", **more: Any) -> SiagaApp:
    more.setdefault("clock", lambda: NOW)
    return SiagaApp(desk, language=language, identity=identity, outcomes=OUTCOMES, centre="Purwakarta", **more)


def screen_text(app: SiagaApp) -> str:
    """What stands on the screen, as plain text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


def burst(pilot: Any, *keys: str) -> None:
    """Keys that arrive together, as from a slow line: none waits for what the one before did."""
    names = {"/": "slash", " ": "space", ".": "full_stop", ",": "comma"}
    for key in keys:
        pilot.app._driver.send_message(Key(names.get(key, key), key if len(key) == 1 else None))


async def typed(pilot: Any, *keys: str) -> None:
    """Keys as a quick typist gives them, and the screen at rest again. ``pilot.press`` rests twice after every key."""
    burst(pilot, *keys)
    await pilot.pause()


async def until(pilot: Any, condition: Callable[[], object], what: str = "") -> None:
    """Wait until ``condition`` holds; an assertion fails when it never does."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what or condition}\n{screen_text(pilot.app)}"
        await asyncio.sleep(0.01)
    await pilot.pause()


async def shows(pilot: Any, text: str) -> None:
    """Wait until ``text`` stands on the screen."""
    await until(pilot, lambda: text in screen_text(pilot.app), f"{text!r} on the screen")
