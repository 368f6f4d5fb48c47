"""The part of the action table about areas under alert."""

from __future__ import annotations

from console.actions.action import Action
from console.i18n import N_

RAISING = frozenset({"dispatcher", "supervisor"})

ALERTS: tuple[Action, ...] = (
    Action(
        "alert",
        "",
        ("siaga", "alert"),
        RAISING,
        N_("alert"),
        N_(
            "Put an area under alert: its name, hours, a reason; what is missing is asked. Flagged callers from there "
            "wait in turn."
        ),
        argument=N_("area, hours, reason"),
        footer=False,
    ),
    Action(
        "alert_end",
        "",
        ("aman", "allclear"),
        RAISING,
        N_("all clear"),
        N_("End the alert of an area, with a reason; Delete in the supervisor's list."),
        argument=N_("area"),
        footer=False,
    ),
)
"""In the order of the help card."""
