"""Users, sessions, exports, and the state of the house. Streams ``user/<login>``, ``terminal/<name>``, ``house``."""

from __future__ import annotations

from data.vocabulary.record import Record, record


@record("user.created", personal=("name",))
class UserCreated(Record, frozen=True, kw_only=True):
    """A person may sign in. ``roles``: calltaker, dispatcher, supervisor, admin. The password's hash is never here."""

    login: str
    roles: tuple[str, ...]
    name: str | None = None


@record("user.roles_set")
class UserRolesSet(Record, frozen=True, kw_only=True):
    """What the person may do from now on."""

    login: str
    roles: tuple[str, ...]


@record("user.password_set")
class UserPasswordSet(Record, frozen=True, kw_only=True):
    """The password was changed (the hash stands in a side table)."""

    login: str


@record("user.disabled")
class UserDisabled(Record, frozen=True, kw_only=True):
    """The person may not sign in any more."""

    login: str
    reason: str | None = None


@record("user.enabled")
class UserEnabled(Record, frozen=True, kw_only=True):
    """The person may sign in again."""

    login: str


@record("session.opened")
class SessionOpened(Record, frozen=True, kw_only=True):
    """A user signed in on a terminal, with a telephone when there is one."""

    login: str
    terminal: str
    role: str
    endpoint: str | None = None


@record("session.closed")
class SessionClosed(Record, frozen=True, kw_only=True):
    """The session ended; ``how``: signed_out, vanished, replaced."""

    login: str
    terminal: str
    how: str


@record("session.denied")
class SessionDenied(Record, frozen=True, kw_only=True):
    """A sign-in failed; ``reason``: wrong_password, unknown_user, disabled, locked_out."""

    login: str
    terminal: str
    reason: str


@record("line.typed", personal=("line",))
class LineTyped(Record, frozen=True, kw_only=True):
    """Somebody entered a command line. ``line``: as it was typed; ``became``: the action that it was understood as,
    or None when it was refused; ``incident``, ``call``: what it was about; ``choice``: the result or outcome named."""

    line: str | None = None
    became: str | None = None
    incident: str | None = None
    call: str | None = None
    choice: str | None = None


@record("export.made")
class ExportMade(Record, frozen=True, kw_only=True):
    """Data left the house."""

    what: str
    format: str
    rows: int
    unmasked: bool = False
    since: int | None = None
    until: int | None = None


@record("personal.erased")
class PersonalErased(Record, frozen=True, kw_only=True):
    """The personal fields of the entries named were erased; the chain stays whole."""

    entries: tuple[int, ...]
    reason: str


@record("personal.viewed")
class PersonalViewed(Record, frozen=True, kw_only=True):
    """An admin, or a supervisor in a list of calls, looked at the personal fields of the entries named (their ``seq``),
    which are masked otherwise."""

    entries: tuple[int, ...]


@record("pack.row_verified", personal=("by", "note"))
class PackRowVerified(Record, frozen=True, kw_only=True):
    """Somebody vouches for a row of the region's pack; the pack's own files stay as they are.

    ``region``: the pack's code (32.14); ``file`` and ``key``: which row (places.csv and the place's name); ``by``: who
    checked it, ``note``: how; ``digest``: of the row as it was checked, so that a later change of it shows.
    """

    region: str
    file: str
    key: str
    by: str | None = None
    note: str | None = None
    digest: str | None = None


@record("house.alarm")
class HouseAlarm(Record, frozen=True, kw_only=True):
    """Something of the system itself needs a person: disk_full, backlog, link_lost, last_ready, ..."""

    what: str
    detail: str | None = None
