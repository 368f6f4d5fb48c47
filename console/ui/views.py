"""What the screens are shown: frozen pictures made by the facade off the event loop. No SQL, no journal, no widgets.

All times are UTC microseconds (``data.clock.Micros``); texts from outside were made safe when the view was built and
are made safe again at render.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from console.ui.alert_views import AreaAlertRow
from data.clock import Micros
from dispatch.units.queries import Unit
from telephony.asterisk.names import PRIORITY_NORMAL

FIELDS = ("place", "type", "caller_name", "caller_number", "address", "narrative")
"""The fields of the form, in Tab order. Place and type first: the only two that are mandatory."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who sits at this console, and where."""

    login: str
    name: str
    role: str
    terminal: str
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A caller that no operator talks with: ``ringing_for`` are the telephones that ring (PJSIP/op1)."""

    call: str
    number: str
    name: str
    since: Micros
    ringing_for: tuple[str, ...] = ()
    here: bool = False
    place: str = ""
    priority: int = PRIORITY_NORMAL
    """That of the queue: who pressed a key or was put back goes first, whose number is flagged last."""
    silent: str = ""
    """The last step of the silent-call procedure: digit (he cannot speak), nodigit."""
    first_time: bool = False
    """It rings here, and the number never called before: there is no past to look up."""

    @property
    def turn(self) -> tuple[int, Micros]:
        """What waiting calls are sorted by: who is to be answered first."""
        return -self.priority, self.since


@dataclass(frozen=True, slots=True)
class NumberStanding:
    """How a number stands: ``until``: its place in the queue is lowered until then (0: it is not), by its score or by
    the flag of ``by``."""

    until: Micros = 0
    score: float = 0.0
    by: str = ""
    reason: str = ""


def first_call(waiting: Sequence[WaitingCall]) -> WaitingCall | None:
    """The call that the ring strip shows and F3 answers: one that rings here, else whose turn it is: who was put to the
    head, then the one that waits longest, last a flagged number."""
    here = [call for call in waiting if call.here]
    return min(here or waiting, key=lambda call: call.turn, default=None)


@dataclass(frozen=True, slots=True)
class MyCall:
    """The call that this operator is in, or was in and gave no outcome. ``state``: talking, held, ended, or passed: on
    to somebody who is no operator; of a lost call that is called back: calling, or reached."""

    call: str
    number: str
    name: str
    state: str
    arrived_at: Micros
    answered_at: Micros | None = None
    held_since: Micros | None = None
    ended_at: Micros | None = None
    place: str = ""
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    incident: str = ""
    outcome: str = ""
    history: int = 0
    third: str = ""
    """The third party that is in the talk, ..."""
    called: str = ""
    """... and who was called into it and has not come yet."""
    consulting: str = ""
    """Whom this operator asks while the caller is on hold, ..."""
    consulted: bool = False
    """... and whether that one has answered."""
    silent: str = ""
    """The last step of the silent-call procedure: digit (he cannot speak), nodigit."""
    standing: NumberStanding | None = None
    said: str = ""
    """What the caller says, in the demo only: elsewhere people listen."""
    muted_since: Micros | None = None
    """Since when what is said is not recorded."""


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """A number to call back. ``last_call``: the call that was lost last, whose outcome ends it.

    ``reason``: abandoned, pbx_lost, cut_off, silent. ``attempt``: asked, ringing, reached, ended, operator_failed,
    failed, or "" (never tried); ``detail`` says more. ``here``: tried last with this telephone. ``calls_again``: the
    caller is in the queue or in a talk right now.
    """

    callback: str
    number: str
    name: str
    reason: str
    since: Micros
    last_call: str
    calls: int = 1
    attempts: int = 0
    attempt: str = ""
    attempt_at: Micros = 0
    detail: str = ""
    here: bool = False
    calls_again: bool = False


@dataclass(frozen=True, slots=True)
class SurgeRow:
    """Many calls about what seems to be one event. ``incident``: the one to attach to ("": none yet).

    ``box``: south, north, west, east (degrees) of where a further call may be about it; None: no place is known.
    """

    calls: tuple[str, ...]
    since: Micros
    incident: str = ""
    number: int = 0
    type: str = ""
    place: str = ""
    box: tuple[float, float, float, float] | None = None

    def holds(self, lat: float | None, lon: float | None) -> bool:
        """Whether a point lies where a further call may be about the same."""
        if self.box is None or lat is None or lon is None:
            return False
        south, north, west, east = self.box
        return south <= lat <= north and west <= lon <= east


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """A line of the board. ``overdue``: what is late (acknowledgement, stand_down), or ""."""

    id: str
    number: int
    type: str
    priority: int
    place: str
    opened_at: Micros
    changed_at: Micros
    state: str
    open_handovers: int = 0
    handovers: int = 0
    unacknowledged: int = 0
    overdue: str = ""
    calls: int = 0
    version: int = 0
    distance_km: float | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """One agency's part in an incident. ``state`` as ``dispatch.incidents`` names it."""

    id: str
    agency: str
    agency_name: str
    role: str
    state: str
    sent_at: Micros
    changed_at: Micros
    by: str = ""
    overdue: bool = False
    unit: str = ""
    """The unit that was sent, or is asked for; several are parted by a comma."""
    under_way: str = ""
    """Those of them that are not there yet while others are."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the chronology: when, who, and what as a message id with its parameters.

    ``number``: of the merged incident in whose log it stands, 0 for the incident's own.
    """

    at: Micros
    who: str
    message: str
    params: tuple[tuple[str, object], ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class Merged:
    """An incident that was merged into another: what it takes to part it again."""

    id: str
    number: int
    version: int


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """An incident with everything that the dispatcher and the form need. ``values``: field -> saved text.

    ``merged_number``: of the incident that it goes on in, 0 when it is not merged; ``merged``: those merged into it.
    """

    row: IncidentRow
    version: int
    values: dict[str, str]
    handovers: tuple[HandoverRow, ...] = ()
    log: tuple[LogLine, ...] = ()
    lat: float | None = None
    lon: float | None = None
    village_code: str = ""
    district_code: str = ""
    merged_number: int = 0
    merged: tuple[Merged, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """A place that the typed text may mean. ``precision_m`` None: exact; ``near``: borders close by, as text."""

    name: str
    kind: str
    lat: float | None
    lon: float | None
    precision_m: float | None = None
    village: str = ""
    village_code: str = ""
    district: str = ""
    district_code: str = ""
    regency: str = ""
    score: float = 0.0
    near: str = ""
    source: str = "search"

    @property
    def label(self) -> str:
        """The name with where it is, to tell namesakes apart."""
        where = [part for part in (self.village, self.district) if part and part not in self.name]
        return ", ".join([self.name, *where])


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """A type of incident; ``names``: language -> name; ``priority`` 1 (highest) to 4."""

    code: str
    names: dict[str, str]
    priority: int

    def name(self, language: str) -> str:
        """The name in ``language``, or in any language it has, or the code."""
        return self.names.get(language) or next(iter(self.names.values()), self.code)


@dataclass(frozen=True, slots=True)
class AgencyChoice:
    """An agency that answers for the place and type. The distance is a straight line, never driving time."""

    id: str
    name: str
    kind: str
    role: str
    distance_km: float | None = None
    eta_min: float | None = None
    estimate: str = ""
    reason: str = ""
    reason_params: tuple[tuple[str, object], ...] = ()
    unit: str = ""
    """The unit that it is to be asked for."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a number before a call. ``outcomes``: code -> how often, the most frequent first (see
    ``telephony.calls.queries.outcomes_of``); ``last``: its last incident."""

    calls: int = 0
    outcomes: tuple[tuple[str, int], ...] = ()
    last: IncidentRow | None = None


@dataclass(frozen=True, slots=True)
class LevelNow:
    """The service level of the last hour: percent of the timed genuine calls answered within ``limit_s`` (or None)."""

    percent: float | None
    limit_s: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where an incident without a call of 112 comes from (radio, walk_in, telephone, other), and when it began."""

    origin: str
    began_at: Micros | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody to whom a caller can be passed on, or who can be brought into the talk. ``code``: how the exchange
    names the place; ``agencies``: those that are reached there."""

    code: str
    name: str
    number: str
    agencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that came of an earlier request: a message id with parameters. ``serial`` grows."""

    serial: int
    message: str
    params: tuple[tuple[str, object], ...] = ()
    kind: str = "alarm"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything on the screen that the journal decides, at one moment."""

    seq: int = 0
    waiting: tuple[WaitingCall, ...] = ()
    asked: tuple[WaitingCall, ...] = ()
    """Callers who are being asked to press a key, whom nobody can answer meanwhile."""
    mine: MyCall | None = None
    others: tuple[MyCall, ...] = ()
    """Calls that this operator holds beside ``mine``, the one held longest first."""
    unfinished: tuple[MyCall, ...] = ()
    incidents: tuple[IncidentRow, ...] = ()
    closed: tuple[IncidentRow, ...] = ()
    phone: str = ""
    phone_reason: str = ""
    """Why the telephone is paused."""
    wrap_until: Micros | None = None
    """Until when it is paused for a wrap-up, when it is."""
    device: str = ""
    """What the telephone itself does (see ``telephony.bridge.devices``), "" when the exchange has not told."""
    seat: str = ""
    """The state of its seat, connected or gone; "" when it is to have none, or is not signed in."""
    linked: bool = True
    alarms: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    callbacks: tuple[CallbackRow, ...] = ()
    called_back: MyCall | None = None
    surges: tuple[SurgeRow, ...] = ()
    area_alerts: tuple[AreaAlertRow, ...] = ()
    """Areas that a person put under alert, the one that ends last first; some may have ended by themselves."""
    units: tuple[Unit, ...] = ()
    """Units of agencies, with those that were only typed; none at a call-taker's desk."""

    def shows_the_same(self, other: Snapshot) -> bool:
        """Whether nothing of it differs but ``seq``: entries came that change nothing here."""
        return replace(self, seq=other.seq) == other


@dataclass(frozen=True, slots=True)
class Draft:
    """The typed text of one form that is not in the journal yet."""

    form: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field to save. ``base`` is the value it replaces; ``decision`` makes a repeat harmless. For place and type:
    the choice, or how to find it: ``best`` match (Enter), else only an exact one."""

    name: str
    text: str
    base: str
    decision: str
    place: PlaceChoice | None = None
    type: TypeChoice | None = None
    best: bool = False


@dataclass(frozen=True, slots=True)
class FieldSaved:
    """What came of one field. ``text`` is what the journal has now; ``error`` when it was refused; ``unknown``: the
    text names no type."""

    name: str
    text: str
    place: PlaceChoice | None = None
    type: TypeChoice | None = None
    error: Exception | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A row of the region's pack as people read it: what kind of thing, its name, and lines of (label, text)."""

    kind: str
    title: str
    lines: tuple[tuple[str, str], ...] = ()
