"""The card of calls that are over, where an outcome is changed: cursor keys, Enter, the outcome's letter, the reason.

It is shown because the operator asked for it. A ringing call stands at its top and F3 answers it from here: looking
back never hides who waits now.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from console.i18n import ngettext
from console.i18n import translate as _
from console.ui import errors, words
from console.ui.draw.calls import ring_line, standing_text
from console.ui.draw.past_calls import detail_line, past_head, past_lines
from console.ui.guard import Guarded
from console.ui.lines import Line, cut, line, span
from console.ui.past_views import Caller, Correction, NumberPast, PastCall
from console.ui.widgets.bars import Bar, MessageLine
from console.ui.widgets.board import Board
from console.ui.widgets.question import Answers, Ask, Question
from data.entry import new_id
from telephony.calls.outcomes import BY_CODE
from telephony.calls.rules import CHANGEABLE_US

if TYPE_CHECKING:
    from console.ui.app import SiagaApp

CSS = """
PastCallsScreen { layout: vertical; background: $background; padding: 0 1; }
PastCallsScreen #past-ring, PastCallsScreen #past-title, PastCallsScreen #past-head { height: 1; }
PastCallsScreen #past-calls { width: 100%; height: 1fr; }
PastCallsScreen #past-detail { height: 1; }
PastCallsScreen MessageLine { height: 2; }
PastCallsScreen #question { height: auto; max-height: 4; }
PastCallsScreen #question-prompt { height: 1; }
PastCallsScreen #question-text { width: 1fr; height: 1; }
PastCallsScreen #question-choice { width: 1fr; height: auto; }
PastCallsScreen #question-options { height: auto; max-height: 4; width: 1fr; }
"""

STRIP_EVERY_S = 0.25
"""How often the strip of waiting calls is looked at."""

RENEW_S = 1.0
"""Shortest time between two looks at the calls while the card is open."""

INCIDENT_DIGITS = 9


class PastBoard(Board):
    """The list. Its keys take effect at once: the outcome's letter may be typed right behind Enter, and what is typed
    behind Escape goes to the screen below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "screen.away", show=False),
        Binding("f3", "screen.answer", show=False),
        Binding("f7", "screen.reveal", show=False),
    ]

    def __init__(self, chosen: Callable[[str], None]) -> None:
        super().__init__(id="past-calls", cursor=True, always=True)
        self._take = chosen

    def action_choose(self) -> None:
        """The row under the cursor was chosen."""
        if self.chosen:
            self._take(self.chosen)


class PastCallsScreen(Guarded, ModalScreen[None], inherit_bindings=False):
    """Calls of the last hours, or those of one number."""

    CSS = CSS
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "away", show=False),
        Binding("f3", "answer", show=False),
        Binding("f7", "reveal", show=False),
    ]

    def __init__(self, role: str, *, number: str = "", chosen: str = "") -> None:
        """``number``: its calls, "": those of the last hours; ``chosen``: the call under the cursor."""
        super().__init__()
        self._role, self._number, self._first = role, number, chosen
        self._told: NumberPast | None = None
        self._asked_seq, self._asked_at, self._failing = 0, 0.0, False
        self._revealed: dict[str, Caller] = {}

    @property
    def siaga(self) -> SiagaApp:
        """The app, with its own type."""
        return cast("SiagaApp", self.app)

    @property
    def _cells(self) -> int:
        """Cells of a line: the terminal without the blank at each side (known before the card is arranged)."""
        return max(30, self.siaga.size.width - 2)

    @property
    def _takes_calls(self) -> bool:
        return self._role == "calltaker"

    def compose(self) -> ComposeResult:
        """The strip, the list, what is known of the call chosen, and where questions are asked."""
        yield Bar(id="past-ring")
        yield Bar(id="past-title")
        yield Bar(id="past-head")
        yield PastBoard(self._change_call)
        yield Bar(id="past-detail")
        yield Question()
        yield MessageLine()

    def on_mount(self) -> None:
        """Look the calls up."""
        self.set_focus(self.query_one("#past-calls", Board))
        self.query_one("#past-ring").display = False
        self.set_interval(STRIP_EVERY_S, self._renew)
        self._strip()
        self.retranslate()
        self._ask()

    def on_resize(self, event: events.Resize) -> None:
        """The size changed."""
        self.call_after_refresh(self.retranslate)

    # ------------------------------------------------------------------ what is shown

    def _renew(self) -> None:
        """What waits, and the calls when something happened since they were looked up: a call may have ended, or a
        colleague may have given another outcome."""
        self._strip()
        if self.siaga.snapshot.seq != self._asked_seq and time.monotonic() - self._asked_at >= RENEW_S:
            self._ask()

    def _ask(self) -> None:
        desk, number, masked = self.siaga.desk, self._number, not self._takes_calls
        self._asked_seq, self._asked_at = self.siaga.snapshot.seq, time.monotonic()
        if number and self._told is not None and self._told.calls:
            number = self._told.calls[0].number or number  # the end of one may be that of two meanwhile

        def look() -> NumberPast:
            return desk.number_past(number, masked) if number else NumberPast("", desk.recent(masked))

        self.siaga.lookup("past_calls", look, self._answered, self._not_read)

    def _answered(self, told: NumberPast) -> None:
        if not self._shown:
            return
        if self._failing:
            self._say("")
        self._failing = False
        told = self._unmasked(told)
        if told == self._told:
            return
        self._told = told
        self.retranslate()
        first, self._first = self._first, ""
        board = self.query_one("#past-calls", Board)
        board.choose(first)
        board.show_chosen()
        self._detail()

    def _not_read(self, error: Exception) -> None:
        if not self._failing and self._shown:  # said once, however often it is looked again
            self._say(errors.sentence(error), "alarm")
        self._failing = True

    def _refused(self, error: Exception) -> None:
        """The outcome stays: why, and what is so now, since somebody may have been quicker."""
        self._say(errors.sentence(error), "alarm")
        if self._shown:
            self._ask()

    @property
    def _shown(self) -> bool:
        """Whether the card is (still) on the screen."""
        return self.siaga.screen is self

    def _say(self, text: str, kind: str = "text") -> None:
        if self._shown:
            self.query_one(MessageLine).say(text, kind)
        else:
            self.siaga.say(text, kind)

    def retranslate(self) -> None:
        """Draw in the language spoken now."""
        now, cells = self.siaga.now(), self._cells
        calls = self._told.calls if self._told is not None else ()
        self.query_one("#past-title", Bar).set_lines([cut(self._title(), cells)])
        self.query_one("#past-head", Bar).set_lines([cut(past_head(calls, now, one_number=bool(self._number)), cells)])
        board = self.query_one("#past-calls", Board)
        if calls:
            wide, one = self._cells - 1, bool(self._number)
            board.set_lines(*past_lines(calls, now, wide, self.siaga.type_name, one_number=one))
        else:
            board.set_lines([line(span(self._nothing(), "dim"))])
        self._detail()

    def _title(self) -> Line:
        told = self._told
        names = [_("Enter: another outcome"), *([] if self._takes_calls else [_("F7: number")]), _("Escape: back")]
        keys = span("".join(f"  {name}" for name in names), "dim")
        if not self._number:
            hours = CHANGEABLE_US // 3_600_000_000
            whose = (
                _("Your calls of the last {hours} hours") if self._takes_calls else _("Calls of the last {hours} hours")
            )
            return line(span(whose.format(hours=hours), "title"), keys)
        shown = told.shown if told is not None else self._number
        parts = [span(_("Calls of {number}").format(number=shown), "title")]
        if told is not None and told.calls:
            count = len(told.calls)
            parts.append(span(f"  {ngettext('{count} call', '{count} calls', count).format(count=count)}"))
        if told is not None and told.standing is not None:
            parts.append(span(f"  {standing_text(told.standing, self.siaga.now())}", "warn"))
        return line(*parts, keys)

    def _nothing(self) -> str:
        told = self._told
        if told is None:
            return ""
        if told.others:
            return _("{count} numbers end so: write more of its digits.").format(count=told.others)
        return _("No call of that number is on record.") if self._number else _("No call yet.")

    def _strip(self) -> None:
        """Who waits now, for somebody who answers calls."""
        waiting = self.siaga.snapshot.waiting if self._takes_calls else ()
        strip = self.query_one("#past-ring", Bar)
        strip.display = bool(waiting)
        if waiting:
            strip.set_lines([ring_line(waiting, self.siaga.now(), self._cells, self.siaga.limits)])

    def _chosen(self, key: str = "") -> PastCall | None:
        wanted = key or self.query_one("#past-calls", Board).chosen
        return next((each for each in (self._told.calls if self._told else ()) if each.call == wanted), None)

    def _detail(self) -> None:
        bar = self.query_one("#past-detail", Bar)
        bar.set_lines([cut(detail_line(self._chosen(), self.siaga.now()), self._cells)])

    def on_board_moved(self, event: Board.Moved) -> None:
        """The cursor came to another call."""
        self._detail()

    # ------------------------------------------------------------------ who called

    def action_reveal(self) -> None:
        """F7: the number and name of the call chosen, for a supervisor; that he looked is on record."""
        call = self._chosen()
        if self._takes_calls or call is None or call.call in self._revealed or self.query_one(Question).asking:
            return
        desk = self.siaga.desk
        self.siaga.write(lambda: desk.reveal_caller(call.call), self._reveal, self._refused)

    def _reveal(self, caller: Caller) -> None:
        if not self._shown or self._told is None:
            return
        if not (caller.number or caller.name):
            self._say(_("number withheld"), "warn")
            return
        self._revealed[caller.call] = caller
        self._told = self._unmasked(self._told)
        self.retranslate()
        self._say(_("Shown; that you looked is on record."), "warn")

    def _unmasked(self, told: NumberPast) -> NumberPast:
        """With what was revealed, until the card is put away."""
        if not self._revealed:
            return told
        calls = tuple(
            replace(call, shown=known.number, name=known.name) if (known := self._revealed.get(call.call)) else call
            for call in told.calls
        )
        numbers = {known.number for known in self._revealed.values() if known.number}
        shown = told.shown if not self._number or len(numbers) != 1 else numbers.pop()
        return replace(told, calls=calls, shown=shown)

    # ------------------------------------------------------------------ another outcome

    def _change_call(self, key: str) -> None:
        """Enter: the letter of the new outcome is asked for."""
        call = self._chosen(key)
        if call is None:
            return
        if not call.fate:
            self._say(_("this call is not over; F9 gives its outcome"), "warn")
            return
        options = tuple(
            (letter, code, words.word(words.OUTCOMES, code)) for letter, code in self.siaga.outcomes.items()
        )
        who = f"{words.clock(call.began_at)[:5]} {call.shown}".rstrip()
        prompt = _("{who} was:").format(who=who)
        self._say("")
        self.query_one(Question).ask([Ask("outcome", prompt, options)], lambda answers: self._why(call, answers))

    def _why(self, call: PastCall, answers: Answers) -> None:
        """The incident's number where the outcome needs one, and the reason."""
        outcome = answers["outcome"]
        kind, steps = BY_CODE.get(outcome), []
        if kind is not None and kind.needs_incident:
            start = str(call.incident) if call.incident else ""
            steps.append(Ask("incident", _("Number of the incident:"), required=True, start=start))
        word = words.word(words.OUTCOMES, outcome)
        steps.append(Ask("reason", _("Why {outcome}?").format(outcome=word), required=True))
        self.query_one(Question).ask(steps, lambda more: self._change(call, answers | more))

    def _change(self, call: PastCall, answers: Answers) -> None:
        text = answers.get("incident", "0").strip().lstrip("#")
        if not (text.isascii() and text.isdecimal() and len(text) <= INCIDENT_DIGITS):
            self._say(_("{word} is no incident number.").format(word=text), "alarm")
            return
        correction = Correction(call, answers["outcome"], answers["reason"], int(text))
        desk, decision = self.siaga.desk, new_id()

        def done(_result: None) -> None:
            self._say(said(correction), "ok")
            if self._shown:
                self._ask()

        self.siaga.write(lambda: desk.change_outcome(correction, decision), done, self._refused)

    # ------------------------------------------------------------------ leaving

    def action_away(self) -> None:
        """Put the card away."""
        self.dismiss(None)

    def action_answer(self) -> None:
        """F3: the call that waits goes before those that are over."""
        if self._takes_calls:
            self.dismiss(None)
            self.siaga.perform("answer")


def said(correction: Correction) -> str:
    """What was done, in a sentence."""
    call = correction.call
    who = f"{words.clock(call.began_at)[:5]} {call.shown or _('number withheld')}"
    text = _("{who}: {outcome}").format(who=who, outcome=words.word(words.OUTCOMES, correction.outcome))
    kind = BY_CODE.get(correction.outcome)
    if call.incident and kind is not None and not kind.needs_incident:
        left = _("Incident {number} stays as it is; the dispatcher closes it.").format(number=call.incident)
        return f"{text}. {left}"
    return text
