"""The dispatcher's screen: board of active incidents, detail with chronology, the chase of the agencies.

Everything that needs an answer is asked inline, because the operator pressed a key for it. An administrator and a
supervisor see the same screen and can change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from console.actions import DISPATCHER
from console.command_line.world import ALLOWED, OPEN_STATES
from console.i18n import N_, ngettext
from console.i18n import translate as _
from console.ui import words
from console.ui.carrying import place_of
from console.ui.draw.calls import surge_text
from console.ui.draw.incidents import board_lines, detail_lines
from console.ui.lines import fit
from console.ui.screens.base import OperatorScreen
from console.ui.views import AgencyChoice, HandoverRow, IncidentDetail, IncidentRow, Snapshot
from console.ui.widgets.bars import Bar, HeadLine
from console.ui.widgets.board import Board
from console.ui.widgets.question import Answers, Ask, numbered
from data.clock import Micros
from data.entry import new_id

CSS = """
DispatcherScreen HeadLine, DispatcherScreen #alarms { height: 1; }
MessageLine { height: 2; }
DispatcherScreen KeyLine { height: 2; }
DispatcherScreen.-wide KeyLine { height: 2; }
DispatcherScreen #main { layout: vertical; height: 1fr; }
DispatcherScreen.-wide #main { layout: horizontal; }
DispatcherScreen #board { height: 1fr; }
DispatcherScreen #detail { height: 1fr; border-top: solid $role-dim; }
DispatcherScreen.-wide #board { width: 3fr; height: 1fr; }
DispatcherScreen.-wide #detail { width: 2fr; height: 1fr; border-top: none; border-left: solid $role-dim; }
DispatcherScreen.-wide #detail { padding-left: 1; }
#question { height: auto; max-height: 4; }
#question-prompt { height: 1; }
#question-text { width: 1fr; height: 1; }
#question-choice { width: 1fr; height: auto; }
#question-options { height: auto; max-height: 4; width: 1fr; }
"""


class Alarms(Bar):
    """What is late or broken, in one line."""

    def __init__(self) -> None:
        super().__init__(id="alarms")
        self._told: tuple[Snapshot, str] | None = None
        self._now: Micros = 0
        self._type_name: Callable[[str], str] = str

    def tell(self, snapshot: Snapshot, problem: str, now: Micros, type_name: Callable[[str], str]) -> None:
        """Show this."""
        self._told, self._now, self._type_name = (snapshot, problem), now, type_name
        self.redraw()

    def redraw(self) -> None:
        """Draw again."""
        if self._told is None:
            return
        snapshot, problem = self._told
        late = sum(1 for row in snapshot.incidents if row.overdue)
        parts = [ngettext("{count} incident LATE", "{count} incidents LATE", late).format(count=late)] if late else []
        parts += [surge_text(surge, self._now, self._type_name) for surge in snapshot.surges]
        parts += [problem] if problem else []
        parts += [_(alarm) for alarm in snapshot.alarms]
        text = f" {' | '.join(parts)}" if parts else f" {_('nothing is late')}"
        self.set_lines([(fit(text, self.size.width, "alarm" if parts else "dim"),)])


class DispatcherScreen(OperatorScreen):
    """Where incidents are chased until an agency has really taken them."""

    CSS = CSS

    def __init__(self, role: str = DISPATCHER, incident: str = "") -> None:
        """``incident``: the one to choose first."""
        super().__init__(role)
        self._first = incident
        self._detail: IncidentDetail | None = None
        self._agencies: tuple[AgencyChoice, ...] = ()

    def compose(self) -> ComposeResult:
        """The widgets, once."""
        yield HeadLine()
        yield Alarms()
        with Container(id="main"):
            yield Board(id="board", cursor=True, always=True)
            yield Board(id="detail", cursor=True)
        yield from self.bars()

    def on_mount(self) -> None:
        """The board has the keyboard."""
        self.set_focus(self.query_one("#board", Board))
        if self._first:
            self.tell_snapshot(self.siaga.snapshot, self.siaga.now())
            self.choose(self._first)

    def choose(self, incident: str) -> None:
        """Put the cursor on that incident, if the board has it."""
        self.query_one("#board", Board).choose(incident)
        self._fetch()

    # ------------------------------------------------------------------ what came

    @property
    def rows(self) -> tuple[IncidentRow, ...]:
        """Active incidents, then those closed a moment ago."""
        snapshot = self.siaga.snapshot
        return (*snapshot.incidents, *snapshot.closed)

    def tell_snapshot(self, snapshot: Snapshot, now: Micros) -> None:
        """The journal moved on."""
        super().tell_snapshot(snapshot, now)
        self.query_one(Alarms).tell(snapshot, self.siaga.problem, now, self.siaga.type_name)
        self._draw_board()
        chosen, known = self.query_one("#board", Board).chosen, self._detail
        if known is None or all(row.id != chosen or row.version != known.version for row in self.rows):
            self._fetch()

    def tick(self, snapshot: Snapshot, now: Micros) -> None:
        """A second passed."""
        super().tick(snapshot, now)
        self._draw_board()
        self._draw_detail()

    def _draw_board(self) -> None:
        board = self.query_one("#board", Board)
        now, cells = self.siaga.now(), max(40, board.size.width - 1)
        active, keys = board_lines(self.siaga.snapshot.incidents, now, cells, self.siaga.type_name)
        if self.siaga.snapshot.closed:
            closed, closed_keys = board_lines(self.siaga.snapshot.closed, now, cells, self.siaga.type_name)
            active += [(fit(_("Closed a moment ago"), cells, "title"),), *closed[1:]]
            keys += ["", *closed_keys[1:]]
        before = board.chosen
        board.set_lines(active, keys)
        if board.chosen != before:
            self._fetch()

    def _draw_detail(self) -> None:
        board = self.query_one("#detail", Board)
        cells = max(20, board.size.width - 2)
        board.set_lines(detail_lines(self._detail, self.siaga.now(), cells, self.siaga.type_name))

    def _fetch(self) -> None:
        chosen, desk = self.query_one("#board", Board).chosen, self.siaga.desk
        if not chosen:
            self._detail = None
            self._draw_detail()
            return
        self.siaga.lookup("detail", lambda: desk.detail(chosen), lambda detail: self._fetched(chosen, detail))

    def _fetched(self, incident: str, detail: IncidentDetail | None) -> None:
        if self.query_one("#board", Board).chosen != incident or detail is None:
            return
        before = self._detail
        self._detail = detail
        self._draw_detail()
        if before is None or before.row.id != incident:
            self.query_one("#detail", Board).scroll_to(y=0, animate=False)
        kind, desk = detail.row.type, self.siaga.desk
        place = place_of(detail)
        self.siaga.lookup("recommend", lambda: desk.recommend(place, kind) if kind else (), self._recommended)

    def _recommended(self, found: tuple[AgencyChoice, ...]) -> None:
        self._agencies = found

    def on_board_moved(self, event: Board.Moved) -> None:
        """Another incident is under the cursor."""
        if event.board.id == "board":
            self._fetch()

    def on_board_chosen(self, event: Board.Chosen) -> None:
        """Enter: the keyboard goes to the chronology, to scroll it."""
        if event.board.id == "board":
            self.set_focus(self.query_one("#detail", Board))

    def on_resize(self, event: events.Resize) -> None:
        """The terminal's size changed."""
        self.call_after_refresh(self._draw_board)
        self.call_after_refresh(self._draw_detail)

    # ------------------------------------------------------------------ asking

    def chosen_incident(self) -> str:
        """The incident under the cursor."""
        return self.query_one("#board", Board).chosen

    def _incident(self) -> IncidentDetail | None:
        chosen = self.query_one("#board", Board).chosen
        if self._detail is None or self._detail.row.id != chosen:
            self.say(_("Choose an incident first."), "warn")
            return None
        return self._detail

    def _chase(
        self,
        action: str,
        steps: Callable[[HandoverRow], Iterable[Ask]],
        then: Callable[[IncidentDetail, HandoverRow, Answers], None],
    ) -> None:
        """Ask which hand-over (only when several fit) and then the steps, and do it."""
        detail = self._incident()
        if detail is None:
            return
        fitting = [row for row in detail.handovers if row.state in ALLOWED[action]]
        if not fitting:
            self.say(_("No agency of this incident is in a state for that."), "warn")
            return

        def ask_rest(row: HandoverRow) -> None:
            wanted = list(steps(row))
            if wanted:
                self.question.ask(wanted, lambda answers: then(detail, row, answers))
            else:
                then(detail, row, {})

        if len(fitting) == 1:
            ask_rest(fitting[0])
            return
        options = numbered([(row.id, f"{row.agency_name} ({words.state(row.state)})") for row in fitting])
        rows = {row.id: row for row in fitting}
        self.question.ask([Ask("handover", _("Which agency?"), options)], lambda a: ask_rest(rows[a["handover"]]))

    def _do(self, work: Callable[[str], None], done: str) -> None:
        decision = new_id()
        self.siaga.write(lambda: work(decision), lambda _r: self.say(done, "ok"))

    # ------------------------------------------------------------------ actions

    def do_acknowledge(self, argument: str) -> None:
        """The agency took it: name, then means."""
        desk = self.siaga.desk

        def steps(row: HandoverRow) -> list[Ask]:
            means = tuple((key, code, _(words.MEANS[code])) for key, code in (("t", "telephone"), ("r", "radio")))
            name = Ask(
                "by", _("{agency} acknowledged. Name:").format(agency=row.agency_name), required=True, start=argument
            )
            return [name, Ask("means", _("By which means?"), means)]

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                lambda d: desk.acknowledge(detail.row.id, row.id, answers["by"], answers["means"], detail.version, d),
                _("{agency} has it: {by}").format(agency=row.agency_name, by=answers["by"]),
            )

        self._chase("acknowledge", steps, then)

    def do_refuse(self, argument: str) -> None:
        """The agency does not take it."""
        desk = self.siaga.desk

        def steps(row: HandoverRow) -> list[Ask]:
            who = _("{agency} refused. Name:").format(agency=row.agency_name)
            return [Ask("by", who, start=argument), Ask("reason", _("Reason:"), required=True)]

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                lambda d: desk.refuse(detail.row.id, row.id, answers["by"], answers["reason"], detail.version, d),
                _("{agency} refused; reassign with g.").format(agency=row.agency_name),
            )

        self._chase("refuse", steps, then)

    def do_en_route(self, argument: str) -> None:
        """Somebody is on the way."""
        desk = self.siaga.desk

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                lambda d: desk.en_route(detail.row.id, row.id, answers["unit"], detail.version, d),
                _("{agency} is en route.").format(agency=row.agency_name),
            )

        self._chase("en_route", lambda row: [self._unit(row, argument)], then)

    def do_on_scene(self, argument: str) -> None:
        """Somebody is there."""
        desk = self.siaga.desk

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                lambda d: desk.on_scene(detail.row.id, row.id, answers["unit"], detail.version, d),
                _("{agency} is on scene.").format(agency=row.agency_name),
            )

        self._chase("on_scene", lambda row: [self._unit(row, argument)], then)

    @staticmethod
    def _unit(row: HandoverRow, start: str) -> Ask:
        return Ask("unit", _("{agency}: unit or crew (may be empty):").format(agency=row.agency_name), start=start)

    def do_finish(self, _argument: str) -> None:
        """The agency's part is over."""
        desk = self.siaga.desk

        def steps(row: HandoverRow) -> list[Ask]:
            results = numbered([(code, _(label)) for code, label in words.FINISH_RESULTS.items()])
            return [
                Ask("result", _("{agency}: result?").format(agency=row.agency_name), results),
                Ask("note", _("Note (may be empty):")),
            ]

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                lambda d: desk.finish(detail.row.id, row.id, answers["result"], answers["note"], detail.version, d),
                _("{agency} is finished.").format(agency=row.agency_name),
            )

        self._chase("finish", steps, then)

    def do_reassign(self, _argument: str) -> None:
        """Another agency instead, with a reason."""
        desk, agencies = self.siaga.desk, {choice.id: choice for choice in self._agencies}

        def steps(row: HandoverRow) -> list[Ask]:
            others = [(c.id, c.name) for c in agencies.values() if c.id != row.agency]
            to = Ask("agency", _("Instead of {agency}?").format(agency=row.agency_name), numbered(others))
            return [to, Ask("reason", _("Reason:"), required=True)] if others else []

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            choice = agencies.get(answers.get("agency", ""))
            if choice is None:
                self.say(_("No other agency is recommended here: it takes a place and a type."), "warn")
                return
            self._do(
                lambda d: desk.reassign(detail.row.id, row.id, choice, answers["reason"], detail.version, d),
                _("Given to {new}; {old} has to acknowledge the stand-down.").format(
                    new=choice.name, old=row.agency_name
                ),
            )

        self._chase("reassign", steps, then)

    def do_stand_down(self, argument: str) -> None:
        """Tell the agency to stop."""
        desk = self.siaga.desk

        def steps(row: HandoverRow) -> list[Ask]:
            prompt = _("Stand {agency} down. Reason:").format(agency=row.agency_name)
            return [Ask("reason", prompt, required=True, start=argument)]

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                lambda d: desk.stand_down(detail.row.id, row.id, answers["reason"], detail.version, d),
                _("{agency} has to acknowledge the stand-down.").format(agency=row.agency_name),
            )

        self._chase("stand_down", steps, then)

    def do_stand_down_acknowledged(self, argument: str) -> None:
        """The agency knows that it is to stop."""
        desk = self.siaga.desk

        def steps(row: HandoverRow) -> list[Ask]:
            prompt = _("{agency} knows of the stand-down. Name:").format(agency=row.agency_name)
            return [Ask("by", prompt, required=True, start=argument)]

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                lambda d: desk.stand_down_acknowledged(detail.row.id, row.id, answers["by"], detail.version, d),
                _("{agency} is stood down.").format(agency=row.agency_name),
            )

        self._chase("stand_down_acknowledged", steps, then)

    def do_hand_over(self, _argument: str) -> None:
        """F8: one more agency for the incident."""
        detail, desk = self._incident(), self.siaga.desk
        if detail is None:
            return
        busy = {row.agency for row in detail.handovers if row.state in OPEN_STATES}
        free = {choice.id: choice for choice in self._agencies if choice.id not in busy}
        if not free:
            self.say(_("No other agency is recommended here: it takes a place and a type."), "warn")
            return
        options = numbered([(c.id, f"{c.name} ({words.state(c.role)})") for c in free.values()])

        def then(answers: Answers) -> None:
            choice = free[answers["agency"]]
            self._do(
                lambda d: desk.hand_over(detail.row.id, [choice], d),
                _("Handed over to {names}. They have to acknowledge.").format(names=choice.name),
            )

        self.question.ask([Ask("agency", _("Hand over to?"), options)], then)

    def do_note(self, argument: str) -> None:
        """A line in the log."""
        detail, desk = self._incident(), self.siaga.desk
        if detail is None:
            return

        def then(answers: Answers) -> None:
            self._do(lambda d: desk.note(detail.row.id, answers["text"], d), _("Noted."))

        if argument:
            then({"text": argument})
        else:
            self.question.ask(
                [Ask("text", _("Note on {number}:").format(number=detail.row.number), required=True)], then
            )

    def do_close(self, _argument: str) -> None:
        """Close with a result."""
        detail, desk = self._incident(), self.siaga.desk
        if detail is None:
            return
        results = numbered([(code, _(label)) for code, label in words.CLOSE_RESULTS.items()])
        steps = [
            Ask("result", _("Close {number}: result?").format(number=detail.row.number), results),
            Ask("note", _("Note (may be empty):")),
        ]

        def then(answers: Answers) -> None:
            self._do(
                lambda d: desk.close_incident(detail.row.id, answers["result"], answers["note"], detail.version, d),
                _("Incident {number} is closed.").format(number=detail.row.number),
            )

        self.question.ask(steps, then)

    def do_reopen(self, argument: str) -> None:
        """Closed too early."""
        detail, desk = self._incident(), self.siaga.desk
        if detail is None:
            return
        prompt = _("Reopen {number}. Reason:").format(number=detail.row.number)

        def then(answers: Answers) -> None:
            self._do(
                lambda d: desk.reopen(detail.row.id, answers["reason"], detail.version, d),
                _("Incident {number} is active again.").format(number=detail.row.number),
            )

        self.question.ask([Ask("reason", prompt, required=True, start=argument)], then)


READ_ONLY = N_("You can look at everything here and change nothing.")
