"""The call-taker's screen: ring strip, call in hand, form, lists. Only the operator's own keys move the keyboard."""

from __future__ import annotations

import time
from heapq import nlargest

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from console.actions.roles import CALLTAKER
from console.command_line import Intent
from console.i18n import translate as _
from console.ui import words
from console.ui.attaching import Attaching
from console.ui.calling_back import CallingBack
from console.ui.draw.calls import Limits, caller, list_lines, my_call_lines
from console.ui.draw.incidents import nearby_rows
from console.ui.draw.past import counts_text, last_text
from console.ui.filling import Filling
from console.ui.form_state import FormState
from console.ui.knowing import Knowing
from console.ui.numbering import Numbering
from console.ui.screens.base import TALL, WIDE
from console.ui.screens.call_control import CallControl
from console.ui.screens.looking_back import LookingBack
from console.ui.screens.recording import RecordingActions
from console.ui.terminal.typeahead import LONGEST_S
from console.ui.views import FIELDS, Draft, IncidentRow, MyCall, Past, Snapshot, Source, WaitingCall, first_call
from console.ui.when import NoMoment, moment
from console.ui.widgets.bars import HeadLine, RingStrip
from console.ui.widgets.board import Board
from console.ui.widgets.fields import Field, Story
from console.ui.widgets.form import Agencies, IncidentForm
from console.ui.widgets.question import Answers, Ask
from data.clock import Micros
from data.entry import new_id

CSS = """
CallTakerScreen HeadLine, CallTakerScreen RingStrip, CallTakerScreen KeyLine { height: 1; }
MessageLine { height: 2; }
CallTakerScreen #main { layout: grid; grid-size: 2; grid-columns: 52 1fr; grid-rows: 2 1fr; height: 1fr; }
CallTakerScreen #call { column-span: 2; height: 2; }
CallTakerScreen.-wide #main { grid-size: 3; grid-columns: 30 1fr 36; grid-rows: 1fr; grid-gutter: 0 2; }
CallTakerScreen.-wide #call { column-span: 1; height: 1fr; }
CallTakerScreen #lists { height: 1fr; padding-left: 1; }
CallTakerScreen #form { height: 1fr; }
.row { height: 1; }
.label { width: 9; height: 1; }
.state { width: 12; height: 1; padding-left: 1; }
.row Field { width: 1fr; height: 1; }
#row-narrative { height: 2; }
#row-narrative Story { width: 1fr; height: 2; }
#form-head, #agencies-head { height: 1; }
#suggestions { height: 4; margin-left: 9; }
#agencies { width: 100%; height: 1fr; min-height: 3; }
.-tall #suggestions { height: 7; }
.-tall #row-narrative, .-tall #row-narrative Story { height: 5; }
"""


class CallTakerScreen(RecordingActions, LookingBack, CallControl):
    """Where calls are answered and incidents are written down."""

    CSS = CSS

    def __init__(self, limits: Limits | None = None) -> None:
        super().__init__(CALLTAKER)
        self.limits = limits or Limits()
        self._answering = ""
        self._in_hand_by = 0.0
        self._done_with = ""
        self.filling: Filling
        self.knowing: Knowing
        self.attaching = Attaching(self)
        self.calling_back = CallingBack(self)
        self.numbering = Numbering(self)

    def compose(self) -> ComposeResult:
        """The widgets, once."""
        yield HeadLine()
        yield RingStrip(self.limits)
        with Container(id="main"):
            yield Board(id="call")
            yield IncidentForm()
            yield Board(id="lists", cursor=True)
        yield from self.bars()

    def on_mount(self) -> None:
        """Bind the form, take up what a killed console left, and give the keyboard to the place."""
        form = self.query_one(IncidentForm)
        self.knowing = Knowing(self.siaga, self._known)
        self.filling = form.listener = Filling(self.siaga, form, self._draw_lists)
        self.set_focus(self.query_one("#field-place", Field))
        self.siaga.lookup("drafts", self.siaga.desk.drafts, self._restore)

    def _restore(self, drafts: tuple[Draft, ...]) -> None:
        if drafts and self.filling.form.blank:
            self.filling.restore(drafts[-1])

    # ------------------------------------------------------------------ what came

    @property
    def form(self) -> FormState:
        """The form that is shown."""
        return self.filling.form

    def tell_ring(self, waiting: tuple[WaitingCall, ...], now: Micros) -> None:
        """Paint the ring strip at once; the list of waiting calls follows with the next picture."""
        with self.painting(self.query_one(RingStrip)):
            self._tell_strip(waiting, now)

    def _tell_strip(self, waiting: tuple[WaitingCall, ...], now: Micros, *, stands: bool = False) -> None:
        """``stands``: the strip has shown this for a while. At the ring the number's past is looked up at once; that of
        a call that rings elsewhere and may be gone in a moment only then: twenty desks would all ask for each."""
        first = first_call(waiting)
        past = self.knowing.known(first.call) if first is not None else None
        self.query_one(RingStrip).tell(waiting, now, counts_text(past) if past is not None else "")
        if past is None and first is not None and first.number and not first.first_time and (first.here or stands):
            self.call_after_refresh(self.knowing.past, first.call)  # the ring is painted before anything is looked up

    def _known(self) -> None:
        """What is known of a number has come."""
        self._tell_strip(self.siaga.snapshot.waiting, self.siaga.now())
        self._draw_call()

    def tell_snapshot(self, snapshot: Snapshot, now: Micros) -> None:
        """The journal moved on."""
        with self.painting(*self._live):
            super().tell_snapshot(snapshot, now)
            self.back_again(snapshot)
            self._bind(snapshot)
            self._tell_strip(snapshot.waiting, now)
            self._draw_lists()
            self._draw_call()
        shown = self.form.incident
        self.filling.news(next((row.version for row in snapshot.incidents if row.id == shown), 0) if shown else 0)

    def tick(self, snapshot: Snapshot, now: Micros) -> None:
        """A second passed."""
        self.query_one(HeadLine).level = self.knowing.level(now)
        with self.painting(*self._live):
            super().tick(snapshot, now)
            self._let_go(snapshot)
            self._tell_strip(snapshot.waiting, now, stands=True)
            self._draw_call()
            self._draw_lists()

    @property
    def _live(self) -> tuple[Board, ...]:
        """What a picture or a second changes."""
        boards = (self.query_one(name, Board) for name in ("#call", "#lists"))
        return self.query_one(HeadLine), self.query_one(RingStrip), *boards

    def _bind(self, snapshot: Snapshot) -> None:
        """A form in which nothing was typed goes to the call in hand; one with text never changes by itself."""
        mine = snapshot.mine
        if mine is None or mine.call == self._done_with:
            return
        if mine.call == self.form.call:
            if self.form.locate(mine):
                self.filling.entered(self.query_one(IncidentForm).busy)
            return
        open_calls = {mine.call, *(call.call for call in snapshot.unfinished)}
        done_with = self.form.opened and not self.form.unsaved and self.form.call not in open_calls
        if self.form.blank or done_with or (mine.call == self._answering and not self.form.unsaved):
            self._answering = ""
            self.filling.bind(mine)

    def _let_go(self, snapshot: Snapshot) -> None:
        """A form in which nothing was typed does not stay with a call that F3 did not get: a place typed later would
        open an incident for that caller, whom somebody else has."""
        form = self.form
        if not form.call or form.call != self._answering or not form.blank:
            return
        if snapshot.mine is not None or time.monotonic() < self._in_hand_by:
            return
        unfinished = any(call.call == form.call for call in snapshot.unfinished)
        if not unfinished and not any(call.here and call.call == form.call for call in snapshot.waiting):
            self._answering = ""
            self.filling.show(FormState())

    def in_hand(self) -> MyCall | None:
        """The call that actions mean: the one whose caller is heard, else the lost one that is called back, else the
        form's, else the one held longest, else the newest without outcome."""
        snapshot = self.siaga.snapshot
        if self.talking is not None:
            return self.talking
        if snapshot.called_back is not None:
            return snapshot.called_back
        mine = [snapshot.mine, *snapshot.others] if snapshot.mine is not None else []
        every = [call for call in (*mine, *snapshot.unfinished) if call is not None]
        return next((call for call in every if call.call == self.form.call), every[0] if every else None)

    # ------------------------------------------------------------------ drawing

    def on_resize(self, event: events.Resize) -> None:
        """The terminal's size changed."""
        self.arranged(self._draw_call, self._draw_lists)

    def _draw_call(self) -> None:
        board = self.query_one("#call", Board)
        wide = self.size.width >= WIDE
        now = self.siaga.now()
        mine = self.in_hand()
        past = (self.knowing.past(mine.call) if mine is not None and mine.number else None) or Past()
        board.set_lines(
            my_call_lines(
                mine, now, max(10, board.size.width), self.limits, tall=wide,
                counts=counts_text(past), last=last_text(past, now, self.siaga.type_name),
            )
        )  # fmt: skip

    def _draw_lists(self) -> None:
        board = self.query_one("#lists", Board)
        cells = max(10, board.size.width - 2)
        now = self.siaga.now()
        rows, banner = self._near_or_active()
        near = nearby_rows(rows, now, cells, self.siaga.type_name)
        lines, keys = list_lines(self.siaga.snapshot, near, now, cells, self.limits, banner, self.siaga.type_name)
        board.set_lines(lines, keys)

    def _near_or_active(self) -> tuple[tuple[IncidentRow, ...], str]:
        limit = 9 if self.size.height >= TALL else 4
        if self.form.place is not None and self.form.place.lat is not None:
            return self.filling.nearby[:limit], _("ACTIVE NEAR THE PLACE")
        rows = [row for row in self.siaga.snapshot.incidents if row.id != self.form.incident]
        newest = nlargest(limit, rows, key=lambda row: row.opened_at)
        return tuple(newest), _("Active incidents")

    # ------------------------------------------------------------------ the form

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The keyboard came to a field: its suggestions are looked up."""
        if isinstance(event.widget, Field | Story) and event.widget.name in FIELDS:
            self.filling.entered(event.widget.name)

    def on_agencies_ticked(self, event: Agencies.Ticked) -> None:
        """A tick was changed."""
        self.form.toggle(event.agency)
        self.query_one(IncidentForm).redraw()

    def on_board_chosen(self, event: Board.Chosen) -> None:
        """Enter: sends in the agencies; answers, attaches or opens in the lists."""
        if event.board.id == "agencies":
            self._send()
            return
        kind, _sep, key = event.key.partition(":")
        if kind == "call":
            self._answer(key)
        elif kind == "incident":
            rows = self._near_or_active()[0]
            if int(key) < len(rows):
                self.attaching.attach(rows[int(key)])
        elif kind == "callback":
            self.calling_back.call_row(key)
        elif kind == "surge":
            row = next((row for row in self.siaga.snapshot.incidents if row.id == key), None)
            if row is not None:
                self.attaching.attach(row)
        else:
            snapshot = self.siaga.snapshot
            for call in (snapshot.mine, *snapshot.others, *snapshot.unfinished):
                if call is not None and call.call == key:
                    self._choose_own(kind, call)

    def _choose_own(self, kind: str, call: MyCall) -> None:
        if kind == "held":
            self.take_back(call)
        elif kind == "mine":
            self.filling.bind(call)
            self.set_focus(self.query_one("#field-place", Field))

    def on_board_dropped(self, event: Board.Dropped) -> None:
        """Delete: a number is not to be called back any more."""
        kind, _sep, key = event.key.partition(":")
        if kind == "callback":
            self.calling_back.drop_row(key)

    def leaving(self) -> None:
        """The console ends: what is typed goes to the drafts."""
        self.filling.keep_draft_now()

    def typed_unsaved(self) -> bool:
        """Whether text is on the screen that is not in the journal."""
        return bool(self.form.unsaved)

    # ------------------------------------------------------------------ actions

    def chosen_incident(self) -> str:
        """The form's incident."""
        return self.form.incident if self.form.opened else ""

    def carry(self, intent: Intent) -> None:
        """Carry out a command about calls."""
        if intent.action.id == "answer" and intent.call is not None:
            self._answer(intent.call.call)
        elif intent.action.id == "attach" and intent.call is not None and intent.incident is not None:
            self.attaching.attach(intent.incident, intent.call.call)
        elif intent.action.id == "classify":
            letters = {code: letter for letter, code in self.siaga.outcomes.items()}
            self.do_classify(letters.get(intent.choice, intent.choice))
        else:
            super().carry(intent)

    def do_answer(self, _argument: str) -> None:
        """F3: the call that rings here, else the one chosen in the list, else the one that waits longest."""
        waiting = self.siaga.snapshot.waiting
        here = [call for call in waiting if call.here]
        lists = self.query_one("#lists", Board)
        chosen = lists.chosen.removeprefix("call:") if lists.has_focus else ""
        if chosen and any(call.call == chosen for call in waiting):
            self._answer(chosen)
        elif waiting:
            self._answer(min(here or waiting, key=lambda call: call.turn).call)
        else:
            self.say(_("No call waits."), "warn")

    def _answer(self, call: str) -> None:
        if self.talking is not None:
            self.say(_("You are in a call: F4 holds it, F9 and a letter ends it; then answer."), "alarm")
            return
        self._answering, self._in_hand_by = call, time.monotonic() + LONGEST_S
        desk, decision = self.siaga.desk, new_id()
        waiting = next((w for w in self.siaga.snapshot.waiting if w.call == call), None)
        who = caller(waiting.number, waiting.name) if waiting else ""
        # The operator's own key: the form before goes to the drafts, what is typed next belongs to this call.
        self.take_up(
            MyCall(call, waiting.number, waiting.name, "ringing", waiting.since)
            if waiting
            else MyCall(call, "", "", "ringing", self.siaga.now())
        )
        self.siaga.write(lambda: desk.answer(call, decision), lambda _r: self.say(_("Answering {who}").format(who=who)))

    def do_silent(self, _argument: str) -> None:
        """The caller says nothing: he is asked to press a key."""
        if self.talking is None or self.alone_with_caller(self.talking):
            self.numbering.silent()

    def do_flag(self, argument: str) -> None:
        """Lower a number's place in the queue."""
        self.numbering.flag(argument)

    def do_unflag(self, argument: str) -> None:
        """Put a number right."""
        self.numbering.unflag(argument)

    def do_drop(self, argument: str) -> None:
        """Take a number off the call-back list."""
        self.calling_back.drop(argument)

    def take_up(self, call: MyCall) -> None:
        """The form for a call that this operator takes: what stands in another one goes to the drafts."""
        if not self.form.blank:
            self.filling.save_all()
        if self.form.call != call.call:
            form = FormState(call=call.call)
            form.adopt(call)
            self.filling.show(form)
            self.set_focus(self.query_one("#field-place", Field))

    def do_new_incident(self, _argument: str) -> None:
        """F6: the form for the call in hand; without a call, where the incident comes from and when it began."""
        call = self.in_hand()
        if call is not None:
            if call.call != self.form.call:
                self.filling.save_all()
                self.filling.bind(call)
            self.set_focus(self.query_one("#field-place", Field))
            return
        origins = (("r", "radio"), ("w", "walk_in"), ("t", "telephone"), ("o", "other"))
        options = tuple((key, origin, words.word(words.ORIGINS, origin)) for key, origin in origins)
        began = Ask("began", _("When (empty: now; 14:05 or 24/11 14:05):"))
        self.question.ask([Ask("origin", _("Without a call, from:"), options), began], self._without_call)

    def _without_call(self, answers: Answers) -> None:
        try:
            began = moment(answers["began"], self.siaga.now())
        except NoMoment as wrong:
            self.say(_(str(wrong)), "alarm")
            again = Ask("began", _("When (empty: now; 14:05 or 24/11 14:05):"), start=answers["began"])
            self.question.ask([again], lambda more: self._without_call(answers | more))
            return
        source = Source(answers["origin"], began)
        if self.form.call or self.form.opened:
            self.filling.save_all()
            self.filling.show(FormState(source=source))
        else:  # what was typed already belongs to it
            self.form.source = source
            self.query_one(IncidentForm).redraw()
        self.set_focus(self.query_one("#field-place", Field))

    def do_attach(self, argument: str) -> None:
        """F7: attach the call in hand to an incident of the list, by its digit; at once to that of the cluster of
        calls to which this one belongs."""
        self.attaching.ask(argument, self._near_or_active()[0])

    def do_hand_over(self, _argument: str) -> None:
        """F8: to the agencies; Enter there sends."""
        if not self.form.opened:
            self.filling.save_all()
        if not self.form.opened:
            self.say(_("Place and type first; then F8."), "warn")
            return
        self.set_focus(self.query_one("#agencies", Agencies))

    def _send(self) -> None:
        self.filling.save_all()
        form, desk, decision = self.form, self.siaga.desk, new_id()
        chosen = form.to_send()
        if not chosen:
            self.say(_("No agency is ticked."), "warn")
            return
        names = ", ".join(choice.name for choice in chosen)

        def sent(_result: object) -> None:
            self.say(_("Handed over to {names}. They have to acknowledge.").format(names=names), "ok")
            form.ticks_touched = False
            self.filling.fetch()

        self.siaga.write(lambda: desk.hand_over(form.incident, chosen, decision), sent)
        self.set_focus(self.query_one("#field-narrative", Story))

    def do_classify(self, argument: str) -> None:
        """F9 and a letter: outcome of the call in hand, which also ends it."""
        call = self.in_hand()
        if call is None:
            self.say(_("No call needs an outcome."), "warn")
            return
        letters = self.siaga.outcomes
        if not argument:
            choices = [(letter, words.word(words.OUTCOMES, code)) for letter, code in letters.items()]
            self.siaga.keyboard.begin_chord("classify", f"F9 {caller(call.number, call.name)}:", choices)
            return
        outcome = letters.get(argument[:1].casefold())
        if outcome is None:
            self.say(_("There is no outcome {letter}.").format(letter=argument), "alarm")
            return
        self._classify(call, outcome)

    def _classify(self, call: MyCall, outcome: str) -> None:
        own = self.form.call == call.call
        incident = self.form.incident if own and self.form.opened else call.incident
        if outcome in {"incident", "attached"} and not incident:
            self.say(_("This call has no incident yet: enter the place (F6) or attach it (F7)."), "alarm")
            return
        if own and self.form.opened:
            self.filling.save_all()
        desk, decision, word = self.siaga.desk, new_id(), words.word(words.OUTCOMES, outcome)

        def done(_result: None) -> None:
            self.say(_("{who}: {outcome}").format(who=caller(call.number, call.name), outcome=word), "ok")
            if own and self.form.call == call.call and not (self.form.opened and self.form.unsaved):
                # Its caller is heard until the exchange has hung up: the blank form is not for that call again.
                self._done_with = call.call
                self.filling.forget()
                self.set_focus(self.query_one("#field-place", Field))

        linked = incident if outcome in {"incident", "attached"} else ""
        self.siaga.write(lambda: desk.classify(call.call, outcome, linked, decision), done)
