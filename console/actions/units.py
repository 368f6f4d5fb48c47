"""The part of the action table about units of agencies."""

from __future__ import annotations

from console.actions.action import Action
from console.i18n import N_

UNITS: tuple[Action, ...] = (
    Action(
        "units",
        "",
        ("unit", "units"),
        frozenset({"dispatcher", "supervisor"}),
        N_("units"),
        N_("The units of agencies by kind: what each is doing, on which incident, for how long. A word shows fewer."),
        argument=N_("agency, kind or unit"),
        footer=False,
    ),
)
"""In the order of the help card."""
