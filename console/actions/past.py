"""The part of the action table about calls that are over: another outcome, and the history of a number."""

from __future__ import annotations

from console.actions.action import ANY_INCIDENT, OUTCOME, PAST_CALL, TEXT, Action, Argument
from console.i18n import N_

LOOKING_BACK = frozenset({"calltaker", "supervisor"})

PAST: tuple[Action, ...] = (
    Action(
        "recent",
        "",
        ("riwayat", "recent"),
        LOOKING_BACK,
        N_("past calls"),
        N_("Calls of the last 12 hours, yours or (supervisor) all: Enter on one gives another outcome, with a reason."),
        footer=False,
        arguments=(
            Argument(PAST_CALL, optional=True),
            Argument(OUTCOME),
            Argument(ANY_INCIDENT, optional=True),
            Argument(TEXT, label=N_("reason")),
        ),
    ),
    Action(
        "number",
        "",
        ("nomor", "number"),
        LOOKING_BACK,
        N_("number"),
        N_("All calls of a number, of the call in hand or the one whose end you name: when, outcome, incident."),
        argument=N_("number"),
        footer=False,
    ),
)
"""In the order of the help card."""
