"""Calls as a plan, and from the plan both what the exchange writes down and what the journal keeps."""

from __future__ import annotations

from dataclasses import dataclass, field

from data.clock import SECOND
from telephony.asterisk.cel import Row
from telephony.asterisk.names import CEL_COLUMNS
from telephony.reconciliation.compare import Kept

T = 1_795_000_000 * SECOND


@dataclass(frozen=True)
class Plan:
    """A call that begins at ``at``. ``talks``: (microseconds after the beginning, operator) of each who joins.

    ``ends``: microseconds after the beginning, None while it goes on; ``by``: caller, operator, or None.
    """

    number: int
    at: int
    talks: tuple[tuple[int, str], ...] = ()
    ends: int | None = 5 * SECOND
    by: str | None = "caller"

    @property
    def key(self) -> str:
        return f"{self.at // SECOND}.{self.number}"

    @property
    def uniqueid(self) -> str:
        return f"lab-{self.key}"


@dataclass
class Log:
    """The lines of an archive, in order of time."""

    rows: list[Row] = field(default_factory=list)

    def add(self, event: str, at: int, channel: str, uniqueid: str, linkedid: str, **more: str) -> None:
        fields = dict.fromkeys(CEL_COLUMNS, "") | more
        self.rows.append(Row(event, at, channel, uniqueid, linkedid, fields))

    def call(self, plan: Plan) -> None:
        trunk, key = f"PJSIP/trunk-{plan.number:08x}", plan.uniqueid
        self.add("CHAN_START", plan.at, trunk, key, key, context="from-trunk")
        self.add("X112Intake", plan.at + 800, trunk, key, key)
        bridge = f'{{"bridge_id":"b-{plan.key}"}}'
        for order, (after, operator) in enumerate(plan.talks):
            leg, phone = f"lab-{plan.at // SECOND}.{plan.number + 1 + order}", f"{operator}-{plan.number + order:08x}"
            self.add("CHAN_START", plan.at + after - 3000, phone, leg, key, context="from-operator")
            self.add("ANSWER", plan.at + after - 2000, phone, leg, key)
            self.add("BRIDGE_ENTER", plan.at + after - 200, phone, leg, key, extra=bridge)
            if order == 0:
                self.add("BRIDGE_ENTER", plan.at + after, trunk, key, key, extra=bridge)
        if plan.ends is not None:
            last = plan.talks[-1][1] if plan.talks else ""
            source = {"caller": trunk, "operator": f"{last}-{plan.number + len(plan.talks) - 1:08x}", None: ""}[plan.by]
            end = plan.at + plan.ends
            self.add("HANGUP", end, trunk, key, key, extra=f'{{"hangupcause":16,"hangupsource":"{source}"}}')
            self.add("CHAN_END", end, trunk, key, key)

    def lines(self) -> list[Row]:
        return sorted(self.rows, key=lambda row: row.at)


def log_of(*plans: Plan) -> list[Row]:
    log = Log()
    for plan in plans:
        log.call(plan)
    return log.lines()


def kept_of(plan: Plan) -> Kept:
    """The call as a journal keeps it that saw everything."""
    answered = plan.at + plan.talks[0][0] if plan.talks else None
    over = plan.ends is not None
    return Kept(
        key=plan.key,
        began_at=plan.at,
        arrived_at=plan.at,
        answered_at=answered,
        answered=answered is not None,
        operators=tuple(dict.fromkeys(operator for _, operator in plan.talks)),
        ended_at=plan.at + plan.ends if plan.ends is not None else None,
        outcome=("answered" if plan.talks else "abandoned") if over else None,
        ended_by=plan.by if over else None,
        answers=int(answered is not None),
        ends=int(over),
    )
