"""kill -9 of a console within a second of the last key: the text stands there again after the next sign-in."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from console.ui.views import FIELDS
from tests.terminal.test_console_process import Terminal, centre, start
from tests.unit.console.centre import Centre

pytestmark = [pytest.mark.terminal, pytest.mark.fault]
__all__ = ["centre", "start"]

ROUNDS = (("narrative", "asap tebal, dua orang", 0.35), ("address", "gang mawar 5", 0.5))
ROUNDS += (("caller_name", "Bu Sri", 0.7), ("place", "nagri kal", 0.9))
"""The field, what is typed into it, and seconds from the last letter on the screen to the kill. From the last field to
the first, so that Tab passes none that holds text."""


def test_text_typed_within_the_last_second_comes_back(centre: Centre, start: Callable[..., Terminal]) -> None:
    typed: dict[str, str] = {}
    in_time = []
    for field, text, after_s in ROUNDS:
        terminal = start()
        terminal.sign_in()
        for before in typed.values():
            terminal.shows(before)
        pressed = time.monotonic()
        terminal.press(*["tab"] * FIELDS.index(field), text)
        terminal.shows(text)
        seen = time.monotonic()
        kept = lambda text=text: any(text in form.values() for form in centre.side.drafts("desk-1").values())  # noqa: E731
        while time.monotonic() < seen + after_s:
            time.sleep(0.005)
        # On a machine that is late with everything the kill comes as soon as the text is kept.
        terminal.until(kept, "the text in the drafts")
        # How late it is with everything shows in how long keys take to reach the screen.
        in_time.append(time.monotonic() - seen < 1 + 10 * (seen - pressed))
        terminal.process.send_signal(signal.SIGKILL)
        assert terminal.process.wait() == -signal.SIGKILL
        typed[field] = text
    terminal = start()
    terminal.sign_in()
    for before in typed.values():
        terminal.shows(before)
    terminal.shows("Teks yang diketik sebelumnya kembali")
    assert any(in_time), "kept within a second of the last key"
