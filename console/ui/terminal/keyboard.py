"""The keyboard of one console: which key is whose, started keys, and what is typed ahead.

A key ends a started one, or is an F-key, or belongs to the widget that has the keyboard, or is a letter of a list; in
that order. Keys take effect one after the other (``console.ui.terminal.keys``), and those that act on the record wait
until the screen shows what the last ones did (``console.ui.terminal.typeahead``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

from console.actions import ACTIONS, for_role
from console.actions.roles import CALLTAKER
from console.i18n import translate as _
from console.ui.screens.base import OperatorScreen
from console.ui.screens.card import AnyCard
from console.ui.terminal.keys import TakesKeys, run_binding
from console.ui.terminal.typeahead import LAST_MOUSE, LONGEST_S, MOST_MOUSE, Backlog, Keys, TypeAhead
from console.ui.widgets.bars import MessageLine
from console.ui.widgets.command_line import LineField
from console.ui.widgets.fields import Field

if TYPE_CHECKING:
    from console.ui.app import SiagaApp

BESIDE_THE_LINE = frozenset({"command", "help", "language", "theme"})
"""Actions that leave an open command line as it is."""


class Keyboard:
    """Takes the app's keys and pasted text. ``ahead``: what is typed before the screen shows the last step."""

    def __init__(self, app: SiagaApp, settled: Callable[[int], bool]) -> None:
        """``settled(seq)``: whether the screen shows the journal up to that entry."""
        self._app = app
        self._chord = ""
        self._held = ("", "text")
        self._timed: Keys | None = None
        self.ahead = TypeAhead(self._take, settled)
        self.backlog, self.mouse = Backlog(), Backlog(MOST_MOUSE, LAST_MOUSE)

    def bounded(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Of what the terminal sent, that which is to go to the app now: not more than it can come to. Called by the
        thread that reads, now and then without a message too."""
        for message in messages:
            if isinstance(message, events.Key | events.Paste):
                self.backlog.put(message)
            elif isinstance(message, events.MouseEvent):
                self.mouse.put(message)
            else:
                yield message
            yield from self._ready()
        yield from self._ready()

    def _ready(self) -> Iterator[Message]:
        yield from self.backlog.ready(self.ahead.held)
        yield from self.mouse.ready()

    async def came(self, event: Keys) -> None:
        """A key or pasted text."""
        try:
            await self._came(event)
        finally:
            lost = self.backlog.came(event)
            if lost:
                said = _("Too much came at once from the terminal: {count} characters were thrown away.")
                self._app.say(said.format(count=lost), "alarm")

    async def _came(self, event: Keys) -> None:
        await self._standing()
        if self.ahead.holds(event, lambda: self._acts(event)):
            self._time_first()
            return
        await self._take(event)

    async def release(self, *, late: Keys | None = None) -> None:
        """The screen shows more now: let what was typed ahead take effect. ``late``: a key whose time is over."""
        await self._standing()
        await self.ahead.release(self._acts, late=late)
        self._time_first()

    def _time_first(self) -> None:
        """What waits longest waits no longer than ``LONGEST_S`` from when it became the first."""
        first = self.ahead.first
        if first is not None and first is not self._timed:
            self._timed = first
            self._app.set_timer(LONGEST_S, lambda: self.release(late=first))

    def begin_chord(self, action: str, head: str, choices: Sequence[tuple[str, str]]) -> None:
        """The next key is the argument of ``action``; ``choices``: keys with their meaning."""
        self._chord = action
        operator = self._app.operator
        if operator is not None:
            operator.query_one(MessageLine).offer(head, choices)

    def keeps(self, text: str, kind: str) -> bool:
        """Whether a message has to wait for the end of a started key; it is then said afterwards."""
        if self._chord:
            self._held = (text, kind)
        return bool(self._chord)

    async def _standing(self) -> None:
        """A screen that was just opened is built before the next key is judged by it."""
        if not self._app.ending and not self._app.screen.is_mounted:
            await self._app.screen._mounted_event.wait()

    async def _take(self, event: Keys) -> None:
        """Let a key or pasted text take effect; not any more when the screens are being taken down."""
        if self._app.ending:
            return
        if isinstance(event, events.Key):
            if await self._key(event):
                await self._standing()
                return
        else:
            self._chord = ""
            focused = self._app.focused
            if isinstance(focused, TakesKeys) and focused.take_paste(event.text):
                return
        await self._app.textual_key(event)

    def _acts(self, event: Keys) -> bool:
        """Whether ``event`` starts an action that is judged by the incidents and calls on the screen."""
        if isinstance(event, events.Paste) or self._chord or self._app.ending:
            return False
        if not isinstance(self._app.screen, OperatorScreen | AnyCard):
            return False
        action = next((each.id for each in ACTIONS if each.key == event.key and not each.letter), "")
        if not action and not isinstance(self._app.focused, Field):
            action = self._letter(event.character or "")
        return bool(action) and action not in BESIDE_THE_LINE

    async def _key(self, event: events.Key) -> bool:
        """A key: the end of a started one, an F-key, one for the widget with the keyboard, or a letter of a list."""
        if self._chord:
            chord, self._chord = self._chord, ""
            held, self._held = self._held, ("", "text")
            self._app.say(*held)
            if event.key == "escape":
                return True
            if event.is_printable and event.character:
                self._app.perform(chord, event.character)
                return True
        focused = self._app.focused
        if isinstance(focused, LineField) and event.key in focused.first_keys:
            return await focused.take_key(event)
        if await self._key_of_card(event.key) or await run_binding(self._app, event.key):
            return True
        focused = self._app.focused
        if isinstance(focused, TakesKeys) and await focused.take_key(event):
            return True
        action = self._letter(event.character or "")
        if action:
            self._app.perform(action)
        elif self._for_nobody(event):
            self._app.nothing_here(event.character or event.key)
        return bool(action)

    def _for_nobody(self, event: events.Key) -> bool:
        """Whether it is a character typed where a list has the keyboard and none is meant."""
        screen = self._app.screen
        if not isinstance(screen, OperatorScreen) or screen.question.asking or isinstance(self._app.focused, Field):
            return False
        return event.is_printable and bool((event.character or "").strip())

    async def _key_of_card(self, key: str) -> bool:
        """Let a card that lies over the screen take its key; an F-key of the role puts it away and is still to be
        done."""
        card, operator = self._app.screen, self._app.operator
        if not isinstance(card, AnyCard):
            return False
        if await run_binding(card, key):
            return True
        if operator is not None and any(each.key == key and not each.letter for each in for_role(operator.role)):
            card.action_away()
        return False

    def _letter(self, character: str) -> str:
        """The action of a letter where a list, not a field or a question, has the keyboard."""
        screen = self._app.screen
        if not isinstance(screen, OperatorScreen) or screen.question.asking:
            return ""
        if character == "/":
            return "command"
        if screen.role == CALLTAKER:
            return ""
        own_first = (*for_role(screen.role), *ACTIONS)
        return next((action.id for action in own_first if action.letter and action.key == character), "")
