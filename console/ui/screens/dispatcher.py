"""The dispatcher's screen: board of active incidents, detail with chronology, the chase of the agencies.

Everything that needs an answer is asked inline, because the operator pressed a key for it. An administrator and a
supervisor see the same screen and can change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from console.actions.action import Action
from console.actions.roles import DISPATCHER, SUPERVISOR
from console.i18n import N_, ngettext
from console.i18n import translate as _
from console.ui.alerting import AreaAlerting
from console.ui.carrying import place_of
from console.ui.changes import Changes
from console.ui.draw.calls import surge_text
from console.ui.draw.incidents import board_lines, detail_lines, filter_line, log_text
from console.ui.filtering import BoardFilter
from console.ui.lines import Lines, fit
from console.ui.screens.joining import JoiningScreen
from console.ui.views import AgencyChoice, IncidentDetail, IncidentRow, Snapshot
from console.ui.widgets.bars import Bar, HeadLine
from console.ui.widgets.board import Board
from console.ui.widgets.question import Ask
from data.clock import Micros

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


class DispatcherScreen(JoiningScreen):
    """Where incidents are chased until an agency has really taken them."""

    CSS = CSS

    def __init__(self, role: str = DISPATCHER, incident: str = "") -> None:
        """``incident``: the one to choose first."""
        super().__init__(role)
        self._first = incident
        self._detail: IncidentDetail | None = None
        self._filter = BoardFilter()
        self._changes = Changes()
        self._fetching = ""
        self.alerting = AreaAlerting(self)

    @property
    def actions(self) -> tuple[Action, ...]:
        """What can be done here; who only looks has no telephone under the cursor, and F12 to go back."""
        if self.role != SUPERVISOR:
            return super().actions
        back = {"f12": N_("supervision")}
        return tuple(
            replace(action, footer=action.key in back or (action.footer and not action.letter),
                    label=back.get(action.key, action.label))
            for action in super().actions
        )  # fmt: skip

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
        """Put the cursor on that incident, if the board has it; a filter that hides it is taken off."""
        if any(row.id == incident for row in self._filter.outside(self.rows)):
            self.do_filter_off("")
        self.query_one("#board", Board).choose(incident)
        self._fetch()

    def chosen_incident(self) -> str:
        """The incident under the cursor."""
        return self.query_one("#board", Board).chosen

    def detail_chosen(self) -> IncidentDetail | None:
        """The incident under the cursor, once its detail is there."""
        detail = self._detail
        return detail if detail is not None and detail.row.id == self.query_one("#board", Board).chosen else None

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
        self._look_up_words()
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
        now, cells = self.siaga.now(), max(20, board.size.width - 1)
        snapshot, filter = self.siaga.snapshot, self._filter
        active, keys = board_lines(filter.shown(snapshot.incidents), now, cells, self.siaga.type_name)
        if filter.on:
            active, keys = Lines([filter_line(filter, snapshot.incidents, cells)], active), ["", *keys]
        over = tuple(row for row in snapshot.closed if filter.shows(row))
        if over:
            closed, closed_keys = board_lines(over, now, cells, self.siaga.type_name)
            active += [(fit(_("Closed a moment ago"), cells, "title"),), *closed[1:]]
            keys += ["", *closed_keys[1:]]
        before = board.chosen
        board.set_lines(active, keys)
        if board.chosen != before:
            self._fetch()

    def _draw_detail(self) -> None:
        board = self.query_one("#detail", Board)
        cells = max(20, board.size.width - 2)
        now = self.siaga.now()
        board.set_lines(detail_lines(self._detail, now, cells, self.siaga.type_name, self._changes.at(now)))

    @property
    def settled(self) -> bool:
        """Whether the detail is that of the incident under the cursor as the board has it, its agencies included."""
        return not self._fetching

    def _fetch(self) -> None:
        chosen, desk = self.query_one("#board", Board).chosen, self.siaga.desk
        self._fetching = chosen
        if not chosen:
            self._detail = None
            self._draw_detail()
            return
        self.siaga.lookup("detail", lambda: desk.detail(chosen), lambda detail: self._fetched(chosen, detail))

    def _fetched(self, incident: str, detail: IncidentDetail | None) -> None:
        if not self.stands or self.query_one("#board", Board).chosen != incident or detail is None:
            if self._fetching == incident:
                self._fetching = ""
            return
        before = self._detail
        self._detail = detail
        news = self._changes.note(before, detail, self.siaga.identity.login, self.siaga.now())
        if news and self.question.asking:
            said = log_text(news[-1], self.siaga.type_name)
            self.say(_("{who} meanwhile: {what}").format(who=news[-1].who, what=said), "warn")
        self._draw_detail()
        if before is None or before.row.id != incident:
            self.query_one("#detail", Board).scroll_to(y=0, animate=False)
        kind, desk = detail.row.type, self.siaga.desk
        place = place_of(detail)
        self.siaga.lookup(
            "recommend",
            lambda: desk.recommend(place, kind) if kind else (),
            lambda found: self._recommended(incident, found),
        )

    def _recommended(self, incident: str, found: tuple[AgencyChoice, ...]) -> None:
        self._agencies = found
        if self._fetching == incident:
            self._fetching = ""

    def on_board_moved(self, event: Board.Moved) -> None:
        """Another incident is under the cursor."""
        if event.board.id == "board":
            self._fetch()

    def on_board_chosen(self, event: Board.Chosen) -> None:
        """Enter: the keyboard goes to the chronology, to scroll it."""
        if event.board.id == "board":
            self.set_focus(self.query_one("#detail", Board))

    # ------------------------------------------------------------------ areas under alert

    def do_alert(self, argument: str) -> None:
        """Put an area under alert."""
        self.alerting.begin(argument)

    def do_alert_end(self, argument: str) -> None:
        """End the alert of an area."""
        self.alerting.end(argument)

    # ------------------------------------------------------------------ the filter

    def do_filter(self, argument: str) -> None:
        """Only incidents that have these words: area, type, agency, P1, or any of the texts."""
        if argument:
            self._filter_by(argument)
            return
        prompt = _("Only (area, type, agency, words; empty: all):")
        self.question.ask(
            [Ask("text", prompt, start=self._filter.text)], lambda answers: self._filter_by(answers["text"])
        )

    def do_filter_off(self, _argument: str) -> None:
        """All incidents again."""
        if not self._filter.text:
            self.say(_("Nothing is filtered: the board shows all incidents."), "dim")
        self._filter_by("")

    def _filter_by(self, text: str) -> None:
        self._filter.set(text, self.siaga.snapshot.incidents)
        self._look_up_words()
        self._draw_board()

    def _look_up_words(self) -> None:
        """What the filter needs to know of incidents that are new or changed; then urgent ones outside are named."""
        rows, desk = self.rows, self.siaga.desk
        wanted = self._filter.unknown(rows)
        if wanted:
            self.siaga.lookup("words", lambda: desk.search_words(wanted), lambda found: self._learn(rows, found))

    def _learn(self, rows: tuple[IncidentRow, ...], words: dict[str, str]) -> None:
        self._filter.learn(rows, words)
        if not self.stands:
            return
        self._draw_board()
        for row in self._filter.urgent_news(self.siaga.snapshot.incidents):
            kind = self.siaga.type_name(row.type) or _("no type yet")
            self.say(
                _("OUTSIDE THE FILTER: P1 {number} {type}, {place}; b shows all").format(
                    number=row.number, type=kind, place=row.place or _("no place yet")
                ),
                "alarm",
            )

    def on_resize(self, event: events.Resize) -> None:
        """The terminal's size changed."""
        self.arranged(self._draw_board, self._draw_detail)


READ_ONLY = N_("You can look at everything here and change nothing; F12 goes back.")
