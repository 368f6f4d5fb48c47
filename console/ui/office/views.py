"""What the supervisor's and the admin's screens are shown: frozen pictures made by ``console.ui.office.office``.

All times are UTC microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from console.ui.views import WaitingCall
from data.clock import Micros


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """A person at a desk, or a telephone without one.

    ``phone``: ready, paused, removed (not signed on) or "" (no telephone), with ``reason`` and ``since``. ``doing``:
    ringing, talking, held or "", ``call_since`` of that state, ``call_began`` of the call. ``device``: a word of the
    exchange when the telephone cannot ring. ``vanished``: the last sign of life of a console that gives none any more.
    """

    login: str
    name: str
    role: str
    terminal: str
    endpoint: str
    phone: str = ""
    reason: str = ""
    since: Micros | None = None
    doing: str = ""
    call_since: Micros | None = None
    call_began: Micros | None = None
    calls: int = 0
    device: str = ""
    vanished: Micros | None = None
    heard_by: tuple[tuple[str, str], ...] = ()
    """Who listens to this telephone's talk, with the mode: listen, whisper, barge."""

    @property
    def key(self) -> str:
        """Stable as long as the desk is the same."""
        return f"{self.terminal}|{self.endpoint}"


@dataclass(frozen=True, slots=True)
class ChaseRow:
    """A hand-over that waits for a word. ``waits_for``: acknowledgement, stand_down or refused_open, or en_route or
    on_scene once that is late."""

    incident: str
    number: int
    type: str
    priority: int
    place: str
    agency_name: str
    waits_for: str
    since: Micros
    overdue: bool


@dataclass(frozen=True, slots=True)
class LevelRow:
    """The service level since a moment; ``within``: percent answered within 10, 15 and 20 s, None of nothing."""

    since: Micros
    calls: int
    answered: int
    within: tuple[float | None, ...]
    abandoned_before: int
    abandoned_after: int
    abandoned_unknown: int
    ghost: int
    prank: int
    open: int
    lost: int


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """The health of a part: ``level`` ok, warn or fail; a message id with parameters says it in words.

    ``since``: of that state or the last sign of life, None when it says nothing.
    """

    name: str
    level: str
    message: str
    params: tuple[tuple[str, object], ...] = ()
    since: Micros | None = None


@dataclass(frozen=True, slots=True)
class LoweredRow:
    """A number whose place in the queue is lowered: ``number`` is for asking only, ``shown`` is what may be seen of it.

    ``by``: who flagged it ("": its score does it); ``outcomes``: (outcome, how many of its calls), the most first.
    """

    number: str
    shown: str
    until: Micros
    score: float
    by: str = ""
    reason: str = ""
    outcomes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Supervision:
    """Everything on the supervisor's screen, at one moment."""

    at: Micros
    waiting: tuple[WaitingCall, ...] = ()
    operators: tuple[OperatorRow, ...] = ()
    chase: tuple[ChaseRow, ...] = ()
    hour: LevelRow | None = None
    shift: LevelRow | None = None
    services: tuple[ServiceRow, ...] = ()
    lowered: tuple[LoweredRow, ...] = ()


@dataclass(frozen=True, slots=True)
class UserRow:
    """Somebody who may sign in. ``desks``: terminals where the person is signed in now."""

    login: str
    name: str
    roles: tuple[str, ...]
    disabled: bool
    created_at: Micros
    has_password: bool
    desks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackRow:
    """A row of the region's pack. ``facts``: message id of a label, and the value.

    ``marked``: the mark in the pack's own file. ``by``, ``note``, ``at``, ``actor``: the latest sign-off here;
    ``changed``: the row is not the one that was signed off any more.
    """

    file: str
    key: str
    title: str
    kind: str
    facts: tuple[tuple[str, str], ...]
    marked: str = ""
    at: Micros | None = None
    actor: str = ""
    by: str = ""
    note: str = ""
    changed: bool = False

    @property
    def id(self) -> str:
        """Stable, and unique within the pack."""
        return f"{self.file}|{self.key}"

    @property
    def signed(self) -> bool:
        """Whether somebody vouches for the row as it is now."""
        return self.at is not None and not self.changed


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What to export. Times are texts as typed, in the centre's zone; empty: no bound."""

    what: str
    format: str
    since: str = ""
    until: str = ""
    unmasked: bool = False
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ExportDone:
    """A finished export: where it stands, and how many rows it has."""

    path: str
    rows: int


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export that was made, as the record tells it."""

    at: Micros
    actor: str
    what: str
    format: str
    rows: int
    unmasked: bool


@dataclass(frozen=True, slots=True)
class Exports:
    """What can be exported in which formats, what was exported lately, and where the files are put."""

    folder: str
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    made: tuple[ExportRow, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of the journal. ``fields``: name and value of its body, personal ones masked unless ``revealed``.

    ``personal``: how many personal values it holds that can be revealed.
    """

    seq: int
    at: Micros
    recorded_at: Micros
    kind: str
    stream: str
    version: int
    actor: str
    terminal: str
    fields: tuple[tuple[str, str], ...]
    personal: int = 0
    revealed: bool = False
    hash: str = ""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding of the doctor: ``level`` ok, warn or fail; ``what`` and ``message`` are message ids."""

    level: str
    what: str
    message: str
    params: tuple[tuple[str, object], ...] = ()
