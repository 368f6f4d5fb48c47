"""The one table of what a person can do: keys, footer, help card, command words and documentation come from here.

F-keys are priority bindings of the app, so that they work while a field has the keyboard. Terminals take F10, F11 and
most Ctrl combinations, so these are not used. Letters work only where no field has the keyboard. Every key has a
command word for the command line (F2), Indonesian and English.
"""

from __future__ import annotations

from console.actions.action import Action
from console.actions.alerts import ALERTS
from console.actions.calls import CALLS, TELEPHONE
from console.actions.everywhere import EVERYWHERE, FIRST
from console.actions.incidents import INCIDENTS
from console.actions.listening import LISTENING
from console.actions.office import OFFICE, SUPERVISE
from console.actions.past import PAST
from console.actions.units import UNITS

ACTIONS: tuple[Action, ...] = (
    *FIRST, *CALLS, *INCIDENTS, *TELEPHONE, *LISTENING, *PAST, *ALERTS, *UNITS, *SUPERVISE, *OFFICE, *EVERYWHERE,
)  # fmt: skip
"""In the order of the footer and the help card."""


def by_id(action_id: str) -> Action:
    """The action of that id. Raises KeyError."""
    for action in ACTIONS:
        if action.id == action_id:
            return action
    raise KeyError(action_id)


def for_role(role: str) -> tuple[Action, ...]:
    """What somebody signed in as ``role`` can do, in order."""
    return tuple(action for action in ACTIONS if role in action.roles)
