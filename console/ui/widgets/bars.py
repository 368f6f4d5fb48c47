"""The one-line bars: head line, ring strip, message line, key line. None of them ever has the keyboard."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from textual import events

from console.actions.action import Action
from console.i18n import language
from console.i18n import translate as _
from console.ui import words
from console.ui.alert_views import running
from console.ui.draw.alerts import alert_mark
from console.ui.draw.calls import Limits, ring_line
from console.ui.lines import Line, Span, ends, span, width, wrap, wrap_parts
from console.ui.views import Identity, MyCall, Snapshot, WaitingCall
from console.ui.widgets.board import Board
from data.clock import SECOND, Micros
from telephony.seat import CONNECTED

MESSAGE_LINES = 2
"""Lines of the message line; they are always there, so that nothing moves when it speaks."""

MESSAGE_STANDS_S = 30
"""Seconds for which what was said stands on the message line; alarms stand until the next sentence."""


NO_SIGNS: Mapping[str, str] = {}
TERSE: Mapping[str, str] = {"help": "?", "command": "/"}
"""Signs for the keys that every screen has, where the words of all keys do not fit."""


class Bar(Board):
    """Lines that are drawn again when the width changes."""

    def redraw(self) -> None:
        """Draw again from what was told last."""

    def on_resize(self, event: events.Resize) -> None:
        """The width changed."""
        self.redraw()


ALERT_LEAST = 20
"""Cells of the head line kept for an area under alert, its name included, while there is one."""


class HeadLine(Bar):
    """Who is here, the state of the telephone and of the exchange, and the time."""

    def __init__(self) -> None:
        super().__init__(id="head")
        self._told: tuple[Identity, Snapshot, Micros, bool] | None = None
        self._shows: tuple[object, ...] = ()
        self.level = ""
        """The service level of the last hour, as text; "" where it is not shown."""

    def tell(self, identity: Identity, snapshot: Snapshot, now: Micros, *, taken_over: bool = False) -> None:
        """Show this; ``taken_over``: another console has this session now."""
        phone = (snapshot.phone, snapshot.phone_reason, snapshot.wrap_until, snapshot.device, snapshot.seat)
        areas = (_talks(snapshot.mine), snapshot.linked, snapshot.area_alerts)
        shows = (identity, *phone, *areas, now // SECOND, taken_over, language(), self.level)
        self._told = (identity, snapshot, now, taken_over)
        if shows != self._shows:
            self._shows = shows
            self.redraw()

    def redraw(self) -> None:
        """Draw again."""
        if self._told is None:
            return
        identity, snapshot, now, taken_over = self._told
        role = words.word(words.ROLES, identity.role)
        title, level = span("Siaga 112 ", "title"), span(f" {self.level} " if self.level else "", "dim")
        left: list[Span] = [span(f"{identity.name or identity.login} ({role}) ")]
        if identity.endpoint:
            left += [span(f"{identity.endpoint} "), _phone(snapshot, now)]
            if snapshot.device in {"unavailable", "invalid"}:
                left.append(span(f" {_('TELEPHONE NOT REACHED')}", "alarm"))
            elif snapshot.seat:
                seated = snapshot.seat == CONNECTED
                left.append(span(f" {_('SEAT') if seated else _('NO SEAT')}", "ok" if seated else "warn"))
        right: list[Span] = [span(f" {_('SIGNED OUT')} ", "alarm")] if taken_over else []
        if not snapshot.linked:
            right.append(span(f" {_('EXCHANGE NOT SEEN')} ", "alarm"))
        clock = span(f" {words.clock(now)} {words.zone_word(now)}")
        room = self.size.width - width((*left, *right, clock)) - 1
        alerts = running(snapshot.area_alerts, now)
        # The state of the own telephone is never cut off for what the product is called or how the hour went.
        spare = room - (ALERT_LEAST if alerts else 0)
        if width((level,)) <= spare:
            right, room, spare = [level, *right], room - width((level,)), spare - width((level,))
        if width((title,)) <= spare:
            left, room = [title, *left], room - width((title,))
        alarm = any(part.role == "alarm" for part in (*left, *right))
        right += alert_mark(alerts, room, alarm=alarm)
        right.append(clock)
        self.set_lines([ends(tuple(left), tuple(right), self.size.width)])


READY = frozenset({"ready", "added"})
"""States of the own telephone in which calls ring there."""


def _talks(mine: MyCall | None) -> bool:
    """Whether somebody is heard on the own telephone: the caller, or who is asked while he is on hold."""
    return mine is not None and (mine.state == "talking" or mine.consulted)


def _phone(snapshot: Snapshot, now: Micros) -> Span:
    """The state of the own telephone: in a talk, ready, or not; of a wrap-up the seconds left, of another pause the
    reason."""
    if snapshot.phone in READY and _talks(snapshot.mine):
        return span(words.state("talking").upper(), "ok")
    if snapshot.phone == "paused" and snapshot.wrap_until is not None:
        left = max(0, math.ceil((snapshot.wrap_until - now) / SECOND))
        return span(_("WRAP-UP {seconds} s").format(seconds=left), "warn")
    word = words.state(snapshot.phone).upper()
    if snapshot.phone == "paused" and snapshot.phone_reason:
        word += f" {words.pause(snapshot.phone_reason)}"
    return span(word, "ok" if snapshot.phone in READY else "warn")


class RingStrip(Bar):
    """The ring strip: painted at once, never in the way of typing."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(id="ring")
        self._limits = limits
        self._waiting: Sequence[WaitingCall] = ()
        self._counts = ""
        self._now: Micros = 0
        self._language = ""

    def tell(self, waiting: Sequence[WaitingCall], now: Micros, counts: str = "") -> None:
        """Show these waiting calls; ``counts``: what is known of the number shown."""
        same = waiting is self._waiting and now // SECOND == self._now // SECOND and language() == self._language
        same = same and counts == self._counts
        self._waiting, self._now, self._language, self._counts = waiting, now, language(), counts
        if not same:
            self.redraw()

    def redraw(self) -> None:
        """Draw again."""
        self.set_lines([ring_line(self._waiting, self._now, self.size.width, self._limits, self._counts)])


class MessageLine(Bar):
    """What came of the last action, or what a started key expects. ``kind``: ok, warn, alarm, key or text."""

    def __init__(self) -> None:
        super().__init__(id="message")
        self._text, self._kind = "", "text"
        self._choices: tuple[tuple[str, str], ...] = ()
        self._since: Micros | None = None

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def say(self, text: str, kind: str = "text") -> None:
        """Show a sentence until the next one, or until it is old (``grow_old``)."""
        self._text, self._kind, self._choices = text, kind, ()
        self._since = None
        self.redraw()

    def grow_old(self, now: Micros) -> None:
        """A second passed: what was said a while ago may not be so any more and goes. Alarms stay, and what a started
        key expects."""
        if not self._text or self._choices or self._kind == "alarm":
            return
        if self._since is None:
            self._since = now
        elif now - self._since >= MESSAGE_STANDS_S * SECOND:
            self.say("")

    def offer(self, head: str, choices: Sequence[tuple[str, str]]) -> None:
        """Show what the next key may be: pairs of key and meaning, none torn apart at the line's end."""
        self._text, self._kind, self._choices = head, "strong", tuple(choices)
        self.redraw()

    def redraw(self) -> None:
        """Draw again."""
        if self._choices:
            parts = [span(f"{self._text} ", self._kind), span("")]
            for key, meaning in self._choices:
                parts += [span(key, "key"), span(f" {meaning}  ")]
            self.set_lines(wrap_parts(parts, max(10, self.size.width)))
            return
        self.set_lines(wrap(self._text, max(10, self.size.width), self._kind, MESSAGE_LINES))


class KeyLine(Bar):
    """The keys, from the action table, on as many lines as the widget is high."""

    def __init__(self, actions: Sequence[Action]) -> None:
        super().__init__(id="keys")
        self._actions: list[Action] = []
        self.offer(actions)

    def offer(self, actions: Sequence[Action]) -> None:
        """Show these keys."""
        self._actions = [action for action in actions if action.key and action.footer]
        if self.is_mounted:
            self.redraw()

    def on_mount(self) -> None:
        """Draw for the first time."""
        self.redraw()

    def retranslate(self) -> None:
        """The language changed."""
        self.redraw()

    def redraw(self) -> None:
        """Draw again."""
        ways = (self._lines_with("  "), self._lines_with(" "), self._lines_with(" ", TERSE))
        rows = max(1, self.size.height)
        # Keys for which there is no room are the last ones of the table; F1 has them all.
        self.set_lines(next((lines for lines in ways if len(lines) <= rows), ways[-1][:rows]))

    def _lines_with(self, gap: str, terse: Mapping[str, str] = NO_SIGNS) -> list[Line]:
        parts: list[Span] = []
        for action in self._actions:
            parts += [span(action.key_label, "key"), span(f" {terse.get(action.id) or _(action.label)}{gap}")]
        lines = wrap_parts(parts, self.size.width + len(gap))
        return [(*line[:-1], Span(line[-1].text.rstrip(), line[-1].role)) if line else line for line in lines]
