"""The numbers that wait at the end, as a table of ``siaga112 report nuisance``."""

from __future__ import annotations

from data.clock import Micros
from data.export.sets import mask
from data.projection import Database
from data.reports import Column, Table
from telephony.calls.outcomes import OUTCOMES
from telephony.nuisance.queries import lowered
from telephony.nuisance.settings import Nuisance

_REAL = tuple(outcome.code for outcome in OUTCOMES if outcome.emergency)


def lowered_table(db: Database, settings: Nuisance, at: Micros) -> Table:
    """Numbers whose place is lowered at ``at``: masked, until when, by whose flag or which score, and their calls."""
    columns = (
        Column("number", "text"), Column("until_at", "time"), Column("flagged_by", "text"), Column("score", "number"),
        Column("prank"), Column("false_emergency"), Column("silent"), Column("emergencies"),
    )  # fmt: skip
    standings = sorted(lowered(db, settings, at).values(), key=lambda each: (-(each.until or 0), each.key))
    rows = tuple(
        (
            mask(each.number, "number"), each.until, each.by or None, round(each.score, 2),
            *(each.outcomes.get(code, 0) for code in ("prank", "false_emergency", "silent")),
            sum(each.outcomes.get(code, 0) for code in _REAL),
        )
        for each in standings
    )  # fmt: skip
    return Table("lowered", columns, rows)
