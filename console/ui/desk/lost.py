"""The facade's part about callers who were lost, and about many calls of one event."""

from __future__ import annotations

from console.ui import picturing
from console.ui.desk.base import DeskBase
from console.ui.views import CallbackRow, SurgeRow
from data.clock import SECOND, Micros
from data.entry import Draft as EntryDraft
from data.projection import Database, Reader
from dispatch.incidents import queries as incidents
from dispatch.incidents import surge
from telephony.callbacks import queries as callbacks
from telephony.callbacks import rules
from telephony.calls import queries as calls

CALL_BACK_WITHIN_S = 10.0
"""Seconds after which a wish to call back makes no sense any more."""

SURGE_EVERY_US = 5 * SECOND
"""Clusters are looked for no more often: it reads the calls of the last minutes."""

SHOWN = 50
"""Numbers to call back on a screen at most."""


class DeskLost(DeskBase):
    """Calling back, and clusters of calls; see ``console.ui.desk.api``."""

    def call_back(self, number: str, call: str, decision: str) -> None:
        """Ask the exchange to ring this console's telephone and then the number of the lost call ``call``."""
        self._news.called_back(f"command/{decision}")
        self._command(
            "call_back",
            call=call,
            operator=self._telephone(),
            number=number,
            id=decision,
            deadline_s=CALL_BACK_WITHIN_S,
        )

    def close_callback(self, callback: str, result: str, note: str, decision: str) -> None:
        """Take a number off the call-back list without its caller having been talked with."""
        who = self._who

        def rule(reader: Reader) -> list[EntryDraft]:
            item = callbacks.item(reader, callback)
            return rules.close(item, callback, result, actor=who.login, terminal=who.terminal, note=note or None)

        self._journal.decide(rule, id=decision)

    def callbacks_of(self, view: Database) -> tuple[CallbackRow, ...]:
        """Who is to be called back."""
        return tuple(picturing.callback_row(row, self._operator) for row in callbacks.open_items(view, SHOWN))

    def surges_of(self, view: Database, at: Micros) -> tuple[SurgeRow, ...]:
        """Clusters of the calls of the last minutes, looked for every ``SURGE_EVERY_US`` at most."""
        looked, known = self._surges
        if 0 <= at - looked < SURGE_EVERY_US:
            return known
        recent = calls.told_of(view, at - self._surge.within_s * SECOND)
        found: tuple[SurgeRow, ...] = ()
        if len(recent) >= self._surge.least:
            active = incidents.active_of_calls(view, [row.call for row in recent])
            clusters = surge.clusters(picturing.reports(recent, active), at, self._surge)
            found = tuple(picturing.surge_row(cluster, active, self._surge.km) for cluster in clusters)
        self._surges = (at, found)
        return found
