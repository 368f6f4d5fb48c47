"""What the terminal sends, read so that nothing of it ends the console, takes the keyboard away or types by itself.

Textual 8.2.8's reader ends the program at bytes that are no UTF-8 and at numbers out of range, types what stands behind
an ESC in pasted text as keys (somebody else's text then presses Enter), holds a paste of any length, waits for ever for
a paste's end, and gives Escape with a digit right behind it as a symbol of a Mac's keyboard.
"""

from __future__ import annotations

import logging
import os
import select
import time
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from typing import Protocol, cast

from textual import constants, events
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.messages import InBandWindowResize

log = logging.getLogger("siaga112.console")

PASTE_LIMIT = 20_000
"""Characters kept of one paste; no field takes as many."""

PASTE_SILENCE_S = 1.0
"""Seconds without a byte after which a paste is over although its end never came."""

LOOK_S = 0.02
"""Seconds between two looks whether a begun sequence is over, or the console."""

READ_BYTES = 65536

_UNREADABLE = (ValueError, ArithmeticError, LookupError, TypeError)
"""What Textual's parser raises at numbers that are none, or out of range."""


class Pastes:
    """Parts what is typed from what is pasted, by the terminal's marks around a paste (DEC mode 2004)."""

    def __init__(self) -> None:
        self._pasting = False
        self._held = ""
        self._parts: list[str] = []
        self._room = 0

    @property
    def pasting(self) -> bool:
        """Whether the end of a paste is still to come."""
        return self._pasting

    @property
    def holding(self) -> bool:
        """Whether something is held back that may become a mark."""
        return bool(self._held)

    def feed(self, text: str) -> Iterator[str | events.Paste]:
        """The pieces of ``text``: typed ones as they are, pasted ones whole, when their end has come."""
        text, self._held = self._held + text, ""
        while text:
            mark = BRACKETED_PASTE_END if self._pasting else BRACKETED_PASTE_START
            before, found, text = text.partition(mark)
            if not found:
                kept = _begun(before, mark)
                before, self._held = before[: len(before) - kept], before[len(before) - kept :]
            if self._pasting:
                self._keep(before)
                if found:
                    yield self._end()
            else:
                if before:
                    yield before
                if found:
                    self._pasting, self._parts, self._room = True, [], PASTE_LIMIT

    def release(self) -> Iterator[str | events.Paste]:
        """Nothing came for a while: what was held back is no mark."""
        held, self._held = self._held, ""
        if self._pasting:
            self._keep(held)
        elif held:
            yield held

    def give_up(self) -> Iterator[str | events.Paste]:
        """The end of the paste does not come any more."""
        yield from self.release()
        if self._pasting:
            yield self._end()

    def _keep(self, text: str) -> None:
        if self._room > 0:
            self._parts.append(text[: self._room])
            self._room -= len(text)

    def _end(self) -> events.Paste:
        self._pasting = False
        pasted, self._parts = "".join(self._parts), []
        return events.Paste(pasted.replace("\x00", ""))


def _begun(text: str, mark: str) -> int:
    """How many characters at the end of ``text`` may be the begin of ``mark``."""
    return next((length for length in range(len(mark) - 1, 0, -1) if text.endswith(mark[:length])), 0)


class KeyParser(XTermParser):
    """Textual's parser; a key typed right behind Escape is Escape and that key, as no key of the console has Alt."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        escaped = sequence[1:] if len(sequence) == 2 and sequence[0] == "\x1b" else ""
        # ESC [ and ESC O begin the sequences of keys; ESC Tab and ESC Backspace are keys of their own.
        if alt or (escaped and escaped not in "[O" and (escaped == "\r" or escaped.isprintable())):
            yield events.Key("escape", "\x1b")
            sequence = escaped or sequence
        yield from super()._sequence_to_key_events(sequence)


class Reader:
    """Bytes of the terminal become messages. Nothing that is sent raises."""

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._pastes = Pastes()
        self._parser = KeyParser()
        self._away = False

    @property
    def waiting(self) -> bool:
        """Whether something is begun whose rest may never come."""
        return self._pastes.pasting or self._pastes.holding or self._parser._timeout_time is not None

    def read(self, data: bytes) -> Iterator[Message]:
        """What ``data`` says."""
        return self._present(self._messages(self._pastes.feed(self._decode(data))))

    def silence(self, seconds: float) -> Iterator[Message]:
        """No byte came for so long: what was begun may be over."""
        if self._pastes.pasting:
            if seconds >= PASTE_SILENCE_S:
                yield from self._present(self._messages(self._pastes.give_up()))
        elif seconds >= constants.ESCAPE_DELAY:
            yield from self._present(self._messages(self._pastes.release()))
            yield from self._present(self._settled())

    def _messages(self, pieces: Iterable[str | events.Paste]) -> Iterator[Message]:
        for piece in pieces:
            if isinstance(piece, events.Paste):
                yield from self._settled()
                yield piece
                continue
            for character in piece:
                try:
                    yield from self._parser.feed(character)
                except _UNREADABLE as error:
                    self._begin_again(error)

    def _settled(self) -> Iterator[Message]:
        """What the parser waits with; the rest of it does not come."""
        if self._parser._timeout_time is not None:
            self._parser._timeout_time = 0.0
            try:
                yield from self._parser.tick()
            except _UNREADABLE as error:
                self._begin_again(error)

    def _begin_again(self, error: Exception) -> None:
        log.warning("the terminal sent a sequence that cannot be read: %s", type(error).__name__)
        self._parser = KeyParser()

    def _present(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Only the kernel says how big the terminal is; and whoever types is there, whatever the terminal said of its
        window last."""
        for message in messages:
            if isinstance(message, (events.Resize, InBandWindowResize)):
                continue
            if isinstance(message, (events.AppBlur, events.AppFocus)):
                self._away = isinstance(message, events.AppBlur)
            elif self._away and isinstance(message, (events.Key, events.Paste)):
                self._away = False
                yield events.AppFocus()
            yield message


class TakesInput(Protocol):
    """Says what of the input goes to the app."""

    def bounded(self, messages: Iterable[Message]) -> Iterator[Message]:
        """That for which there is room now."""


class Console(Protocol):
    """The app that this driver is for."""

    @property
    def keyboard(self) -> TakesInput:
        """Where keys go."""


class TerminalDriver(LinuxDriver):
    """Textual's driver with that reader; what the app cannot come to is not given to it."""

    def run_input_thread(self) -> None:
        """Read until the console ends; when the terminal is gone the console is told to leave."""
        reader, came = Reader(), time.monotonic()
        bounded = cast("Console", self._app).keyboard.bounded
        looked = select.poll()
        looked.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            if looked.poll((LOOK_S if reader.waiting else 5 * LOOK_S) * 1000):
                try:
                    data = os.read(self.fileno, READ_BYTES)
                except OSError:
                    data = b""
                if not data:
                    self._loop.call_soon_threadsafe(self._app.exit)
                    return
                came, messages = time.monotonic(), reader.read(data)
            else:
                messages = reader.silence(time.monotonic() - came)
            for message in bounded(messages):
                self.process_message(message)

    def _query_in_band_window_resize(self) -> None:
        """Not asked: SIGWINCH tells a new size everywhere."""
