"""The supervisor's screen: waiting calls, operators, hand-overs without an answer, service level, health of the parts.

It changes no incident; a supervisor may listen to a talk (``listening``) and correct an outcome (``looking_back``). The
figures are asked for at most three times a second, off the event loop; ages run on between.
"""

from __future__ import annotations

import time
from dataclasses import replace

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from console.actions.action import Action
from console.actions.roles import SUPERVISOR
from console.i18n import N_
from console.ui.alert_views import AreaAlertRow, running
from console.ui.alerting import AreaAlerting
from console.ui.draw.office import chase_lines, floor_lines, level_lines, summary_line
from console.ui.numbering import Numbering
from console.ui.office.views import Supervision
from console.ui.screens.listening import ListeningActions
from console.ui.screens.looking_back import LookingBack
from console.ui.views import Snapshot
from console.ui.widgets.bars import Bar, HeadLine
from console.ui.widgets.board import Board
from data.clock import Micros

CSS = """
SupervisorScreen HeadLine, SupervisorScreen #summary { height: 1; }
SupervisorScreen #level { height: 3; }
SupervisorScreen KeyLine { height: 1; }
SupervisorScreen MessageLine { height: 2; }
SupervisorScreen #main { layout: vertical; height: 1fr; }
SupervisorScreen.-wide #main { layout: horizontal; }
SupervisorScreen #floor { height: 1fr; width: 1fr; border-top: solid $role-dim; }
SupervisorScreen #chase { height: 1fr; width: 1fr; border-top: solid $role-dim; }
SupervisorScreen.-wide #chase { border-left: solid $role-dim; padding-left: 1; }
#question { height: auto; max-height: 4; }
#question-prompt { height: 1; }
#question-text { width: 1fr; height: 1; }
#question-choice { width: 1fr; height: auto; }
#question-options { height: auto; max-height: 4; width: 1fr; }
"""

ASK_EVERY_S = 0.33
"""Shortest time between two looks at the record."""


class SupervisorScreen(ListeningActions, LookingBack):
    """Where somebody sees in one look whether callers wait, agencies answer, and everything runs."""

    CSS = CSS

    def __init__(self) -> None:
        super().__init__(SUPERVISOR)
        self._told: Supervision | None = None
        self.numbering = Numbering(self)
        self.alerting = AreaAlerting(self)
        self._alerts: tuple[AreaAlertRow, ...] = ()
        self._asked = 0.0

    @property
    def actions(self) -> tuple[Action, ...]:
        """What can be done here; F12, for which a dispatcher's key line has no room, stands on this one."""
        return tuple(
            replace(action, footer=True, label=N_("incidents")) if action.key == "f12" else action
            for action in super().actions
        )

    def compose(self) -> ComposeResult:
        """The widgets, once."""
        yield HeadLine()
        yield Bar(id="summary")
        yield Bar(id="level")
        with Container(id="main"):
            yield Board(id="floor", cursor=True)
            yield Board(id="chase", cursor=True)
        yield from self.bars()

    def on_mount(self) -> None:
        """The floor has the keyboard; everything is asked for at once."""
        self.set_focus(self.query_one("#floor", Board))
        super().tell_snapshot(self.siaga.snapshot, self.siaga.now())
        self._draw()
        self._ask()

    # ------------------------------------------------------------------ what came

    def tell_snapshot(self, snapshot: Snapshot, now: Micros) -> None:
        """The journal moved on."""
        super().tell_snapshot(snapshot, now)
        self._ask(at_least=ASK_EVERY_S)
        if snapshot.area_alerts is not self._alerts:
            self._alerts = snapshot.area_alerts
            self._draw()

    def tick(self, snapshot: Snapshot, now: Micros) -> None:
        """A second passed: signs of life may have stopped, the hour may be another."""
        super().tick(snapshot, now)
        self._ask(at_least=ASK_EVERY_S)
        self._draw()

    def _ask(self, at_least: float = 0.0) -> None:
        office = self.siaga.office
        if office is None or (self._asked and time.monotonic() - self._asked < at_least):
            return
        self._asked = time.monotonic()
        self.siaga.lookup("supervision", office.supervision, self._answered)

    def _answered(self, told: Supervision) -> None:
        self._told = told
        if self.stands:
            self._draw()

    def retranslate(self) -> None:
        """The language changed."""
        super().retranslate()
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """The terminal's size changed."""
        self.arranged(self._draw)

    def _draw(self) -> None:
        now, limits, told = self.siaga.now(), self.siaga.limits, self._told
        summary, level = self.query_one("#summary", Bar), self.query_one("#level", Bar)
        summary.set_lines([summary_line(told, now, max(20, self.size.width), limits, self.siaga.problem)])
        level.set_lines(level_lines(told, now, max(20, self.size.width)))
        board = self.query_one("#floor", Board)
        alerts = running(self.siaga.snapshot.area_alerts, now)
        board.set_lines(*floor_lines(told, now, max(20, board.size.width - 1), limits, alerts))
        board = self.query_one("#chase", Board)
        board.set_lines(*chase_lines(told, now, max(20, board.size.width - 2), self.siaga.type_name))

    # ------------------------------------------------------------------ what can be done

    def chosen_telephone(self) -> str:
        """The telephone of the operator under the cursor of the floor, '' when there is none."""
        chosen = self.query_one("#floor", Board).chosen
        rows = self._told.operators if self._told is not None else ()
        return next((row.endpoint for row in rows if row.key == chosen), "")

    def hears(self, operator: str) -> bool:
        """Whether the supervisor listens to that telephone already, by the last look at the record."""
        me = self.siaga.identity
        rows = self._told.operators if self._told is not None else ()
        return any(
            name in (me.name, me.login) for row in rows if row.endpoint == operator for name, _mode in row.heard_by
        )

    def number_meant(self) -> str:
        """The flagged number under the cursor of the floor."""
        chosen = self.query_one("#floor", Board).chosen
        rows = self._told.lowered if self._told is not None else ()
        return next((row.number for row in rows if chosen == f"number:{row.number}"), "")

    def on_board_chosen(self, event: Board.Chosen) -> None:
        """Enter on a hand-over: the incident, on the dispatcher's board."""
        incident = event.key.partition("|")[0]
        known = {row.incident for row in self._told.chase} if self._told is not None else set()
        if event.board.id == "chase" and incident in known:
            self.siaga.show_incidents(incident)

    def on_board_dropped(self, event: Board.Dropped) -> None:
        """Delete on an area under alert: it is over; on a flagged number: it waits in turn again."""
        area = next((row for row in self.siaga.snapshot.area_alerts if row.stream == event.key), None)
        if area is not None:
            self.alerting.end_one(area)
            return
        kind, _sep, number = event.key.partition(":")
        rows = self._told.lowered if self._told is not None else ()
        row = next((row for row in rows if kind == "number" and row.number == number), None)
        if row is not None:
            self.numbering.unflag(row.number, row.shown)

    def do_alert(self, argument: str) -> None:
        """Put an area under alert."""
        self.alerting.begin(argument)

    def do_alert_end(self, argument: str) -> None:
        """End the alert of an area."""
        self.alerting.end(argument)

    def do_flag(self, argument: str) -> None:
        """Lower a number's place in the queue."""
        self.numbering.flag(argument)

    def do_unflag(self, argument: str) -> None:
        """Put a number right."""
        self.numbering.unflag(argument)
