"""The facade's part about a caller's number: the silent-call procedure, and numbers whose place is lowered."""

from __future__ import annotations

from dataclasses import replace

from console.ui.desk.base import DeskBase
from console.ui.views import MyCall, NumberStanding
from data.clock import now
from data.projection import Database
from telephony.nuisance import queries, rules

SILENT_WITHIN_S = 5.0
"""Seconds after which a caller is not sent away any more: the talk has gone on."""


class DeskNumbers(DeskBase):
    """What is done about a number; see ``console.ui.desk.api``."""

    def silent(self, call: str, decision: str) -> None:
        """Have the caller asked to press a key; this console's telephone is free then."""
        self._command("silent", call=call, operator=self._telephone(), id=decision, deadline_s=SILENT_WITHIN_S)

    def flag(self, number: str, reason: str, hours: float | None, decision: str) -> None:
        """Lower the place of a number in the queue for a while."""
        who = self._who
        drafts = rules.flag(
            number, reason, hours=hours, actor=who.login, terminal=who.terminal, at=now(), id=decision,
            settings=self._nuisance, supervisor=self._may_supervise(),
        )  # fmt: skip
        self._journal.append(drafts)

    def unflag(self, number: str, reason: str, decision: str) -> None:
        """Put a number right: no flag, and a score of nothing."""
        who = self._who
        self._journal.append(rules.clear(number, reason, actor=who.login, terminal=who.terminal, at=now(), id=decision))

    def standing_of(self, db: Database, number: str) -> NumberStanding | None:
        """How a number stands now; None for one that nobody can be known by, or of which nothing is known."""
        found = queries.standing(db, number, self._nuisance, now())
        if found is None or (found.until is None and not found.score):
            return None
        return NumberStanding(found.until or 0, round(found.score, 1), found.by, found.reason)

    def with_standing(self, db: Database, call: MyCall) -> MyCall:
        """The call with how its number stands, and whether its caller has pressed a key."""
        silent = queries.silent_steps(db).get(call.call, "")
        return replace(call, silent=silent, standing=self.standing_of(db, call.number) if call.number else None)
