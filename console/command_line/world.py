"""What a command line can speak of: incidents, agencies, hand-overs and calls, as they stand at this moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from console.actions.action import Action
from console.ui.past_views import PastCall
from console.ui.views import IncidentRow, MyCall, Snapshot, WaitingCall
from dispatch.units.queries import Unit

OPEN_STATES = frozenset({"sent", "acknowledged", "en_route", "on_scene"})

ALLOWED: dict[str, frozenset[str]] = {
    "acknowledge": frozenset({"sent"}),
    "refuse": frozenset({"sent"}),
    "en_route": frozenset({"acknowledged"}),
    "on_scene": frozenset({"acknowledged", "en_route"}),
    "add_unit": frozenset({"en_route", "on_scene"}),
    "finish": frozenset({"acknowledged", "en_route", "on_scene"}),
    "reassign": OPEN_STATES | {"refused"},
    "stand_down": OPEN_STATES,
    "stand_down_acknowledged": frozenset({"stood_down"}),
}
"""Which hand-overs an action offers, by their state; ``dispatch`` decides, this only shortens the question."""


def may(action: str, state: str, under_way: str) -> bool:
    """Whether a hand-over is in a state for ``action``; of one that is on scene, units may still be under way."""
    return state in ALLOWED.get(action, frozenset()) or (
        action == "on_scene" and state == "on_scene" and bool(under_way)
    )


@dataclass(frozen=True, slots=True)
class OpenHandover:
    """An agency's part in an active incident. ``version``: of the incident, as it was looked at."""

    incident: str
    number: int
    version: int
    handover: str
    agency: str
    agency_name: str
    state: str
    unit: str = ""
    """The unit that was sent, or is asked for; several are parted by a comma."""
    under_way: str = ""
    """Those of them that are not there yet while others are."""
    by_unit: str = ""
    """The unit by whose call sign a line named it."""


@dataclass(frozen=True, slots=True)
class KnownAgency:
    """An agency of the region's pack; ``unit``: by whose call sign a line named it."""

    id: str
    name: str
    unit: str = ""

    @property
    def with_unit(self) -> str:
        """Its name, and the unit that it is asked for."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the screens do not show but a command may name."""

    agencies: tuple[KnownAgency, ...] = ()
    handovers: tuple[OpenHandover, ...] = ()
    recent: tuple[PastCall, ...] = ()
    """Calls that are over and whose outcome may be changed, the newest first."""
    units: tuple[Unit, ...] = ()
    """Units of agencies, also those that were only typed."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a command may name. ``waiting``: nobody talks with the caller; ``past``: it is over, and so it was
    looked at."""

    call: str
    number: str
    name: str
    waiting: bool = False
    past: PastCall | None = None


@dataclass(frozen=True)
class World:
    """Everything that a line is read against. ``chosen``: the incident that is meant when none is named; ``outcomes``:
    letter -> code of a call's outcome; ``type_name``: code -> name in the language spoken now."""

    role: str
    type_name: Callable[[str], str]
    incidents: tuple[IncidentRow, ...] = ()
    closed: tuple[IncidentRow, ...] = ()
    chosen: IncidentRow | None = None
    waiting: tuple[Call, ...] = ()
    own: tuple[Call, ...] = ()
    lost: tuple[Call, ...] = ()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    surroundings: Surroundings = Surroundings()

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units of agencies."""
        return self.surroundings.units

    @property
    def recent(self) -> tuple[Call, ...]:
        """The calls that are over."""
        return tuple(Call(each.call, each.number, each.name, past=each) for each in self.surroundings.recent)

    @property
    def in_hand(self) -> Call | None:
        """The call that is meant when none is named."""
        return self.own[0] if self.own else None


def world_of(
    snapshot: Snapshot,
    surroundings: Surroundings,
    *,
    role: str,
    type_name: Callable[[str], str],
    outcomes: Mapping[str, str],
    chosen: str = "",
    in_hand: MyCall | None = None,
) -> World:
    """The world that a screen shows; ``chosen`` is the id of the incident under the cursor or in the form."""
    mine = [each for each in (in_hand, snapshot.mine) if each is not None]
    own = {call.call: _own(call) for call in (*mine, *snapshot.unfinished)}
    rows = (*snapshot.incidents, *snapshot.closed)
    return World(
        role=role,
        type_name=type_name,
        incidents=snapshot.incidents,
        closed=snapshot.closed,
        chosen=next((row for row in rows if row.id == chosen), None) if chosen else None,
        waiting=tuple(_waiting(call) for call in sorted(snapshot.waiting, key=lambda call: call.since)),
        own=tuple(own.values()),
        lost=tuple(Call(row.last_call, row.number, row.name) for row in snapshot.callbacks),
        outcomes=outcomes,
        surroundings=surroundings,
    )


def _own(call: MyCall) -> Call:
    return Call(call.call, call.number, call.name)


def _waiting(call: WaitingCall) -> Call:
    return Call(call.call, call.number, call.name, waiting=True)


@dataclass(frozen=True)
class Intent:
    """What a line means. ``direct``: the word alone, which does what the action's key does; ``argument``: for actions
    that understand the rest by themselves; ``choice``: the code of a result, an outcome, a means or a language;
    ``number``: of an incident that is looked for when it is done, 0: none."""

    action: Action
    direct: bool = False
    argument: str = ""
    incident: IncidentRow | None = None
    handover: OpenHandover | None = None
    agencies: tuple[KnownAgency, ...] = ()
    call: Call | None = None
    choice: str = ""
    text: str = ""
    number: int = 0

    @property
    def target(self) -> tuple[object, ...]:
        """What it would touch, without the versions: two intents with the same target do the same."""
        return (
            self.action.id,
            self.incident.id if self.incident else "",
            (self.handover.incident, self.handover.handover) if self.handover else (),
            tuple((agency.id, agency.unit) for agency in self.agencies),
            self.call.call if self.call else "",
            self.choice,
            self.number,
        )

    @property
    def concerns(self) -> str:
        """The id of the incident that it touches, or ""."""
        if self.handover is not None:
            return self.handover.incident
        return self.incident.id if self.incident is not None else ""


class CommandFault(ValueError):
    """A line that cannot be carried out: what is wrong, in the language spoken now, and what would be possible.

    ``incomplete``: nothing is wrong yet, something is missing.
    """

    def __init__(self, message: str, possible: tuple[str, ...] = (), *, incomplete: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.possible = possible
        self.incomplete = incomplete
