"""Users, sessions, exports and alarms: the rules and the derived tables of the house itself."""

from __future__ import annotations

import re

import msgspec

from data.clock import Micros
from data.entry import Draft, Entry, draft
from data.errors import Refusal
from data.projection import Database
from data.text import safe_line
from data.vocabulary import administration as admin

ROLES = ("calltaker", "dispatcher", "supervisor", "admin")
"""What a user may be; one person may have several."""

_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}\Z")
LOGIN_RULE = "2 to 32 of a-z 0-9 . _ - and a letter first"
"""What a login consists of, as a sentence says it."""


class User(msgspec.Struct, frozen=True):
    """A person who may sign in."""

    login: str
    name: str | None
    roles: tuple[str, ...]
    disabled: bool
    created_at: Micros


class RowVerified(msgspec.Struct, frozen=True):
    """The latest sign-off of a row of the region's pack. ``by`` and ``note`` are None when they were erased."""

    file: str
    key: str
    at: Micros
    actor: str
    by: str | None
    note: str | None
    digest: str | None


class Exported(msgspec.Struct, frozen=True):
    """An export that was made."""

    at: Micros
    actor: str
    what: str
    format: str
    rows: int
    unmasked: bool


class Alarm(msgspec.Struct, frozen=True):
    """Something of the house itself that needed a person."""

    at: Micros
    actor: str
    what: str
    detail: str | None


class _Administration:
    """Projection: users, the lists of exports and alarms, and the pack's rows that somebody signed off."""

    name = "administration"
    version = 2
    tables = ("users", "exports", "alarms", "pack_rows")
    ddl = """
        CREATE TABLE users(login TEXT PRIMARY KEY, name TEXT, roles TEXT NOT NULL, disabled INTEGER NOT NULL,
            created_at INTEGER NOT NULL);
        CREATE TABLE exports(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, what TEXT NOT NULL,
            format TEXT NOT NULL, rows INTEGER NOT NULL, unmasked INTEGER NOT NULL);
        CREATE TABLE alarms(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, what TEXT NOT NULL,
            detail TEXT);
        CREATE TABLE pack_rows(region TEXT NOT NULL, file TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
            actor TEXT NOT NULL, verified_by TEXT, note TEXT, digest TEXT, PRIMARY KEY(region, file, key))
    """
    kinds = frozenset(
        cls.KIND
        for cls in (
            admin.UserCreated, admin.UserRolesSet, admin.UserPasswordSet, admin.UserDisabled, admin.UserEnabled,
            admin.SessionOpened, admin.SessionClosed, admin.SessionDenied, admin.ExportMade, admin.PersonalErased,
            admin.PersonalViewed, admin.PackRowVerified, admin.HouseAlarm, admin.LineTyped,
        )
    )  # fmt: skip

    def apply(self, db: Database, entry: Entry) -> None:
        """Fold one entry."""
        match entry.body:
            case admin.UserCreated(login=login, roles=roles, name=name):
                db.execute(
                    "INSERT INTO users VALUES (:login, :name, :roles, 0, :at)",
                    {"login": login, "name": name, "roles": ",".join(roles), "at": entry.at},
                )
            case admin.UserRolesSet(login=login, roles=roles):
                db.execute("UPDATE users SET roles = ? WHERE login = ?", (",".join(roles), login))
            case admin.UserDisabled(login=login):
                db.execute("UPDATE users SET disabled = 1 WHERE login = ?", (login,))
            case admin.UserEnabled(login=login):
                db.execute("UPDATE users SET disabled = 0 WHERE login = ?", (login,))
            case admin.ExportMade(what=what, format=format, rows=count, unmasked=unmasked):
                db.execute(
                    "INSERT INTO exports VALUES (?,?,?,?,?,?,?)",
                    (entry.seq, entry.at, entry.actor, what, format, count, int(unmasked)),
                )
            case admin.PackRowVerified(region=region, file=file, key=key, by=by, note=note, digest=digest):
                db.execute(
                    "INSERT INTO pack_rows VALUES (?,?,?,?,?,?,?,?) ON CONFLICT(region, file, key) DO UPDATE SET"
                    " at = excluded.at, actor = excluded.actor, verified_by = excluded.verified_by,"
                    " note = excluded.note, digest = excluded.digest",
                    (region, file, key, entry.at, entry.actor, by, note, digest),
                )
            case admin.HouseAlarm(what=what, detail=detail):
                db.execute("INSERT INTO alarms VALUES (?,?,?,?,?)", (entry.seq, entry.at, entry.actor, what, detail))


ADMINISTRATION = _Administration()


def user(db: Database, login: str) -> User | None:
    """The user of that login, or None."""
    row = db.execute("SELECT login, name, roles, disabled, created_at FROM users WHERE login = ?", (login,)).fetchone()
    return None if row is None else _user(row)


def users(db: Database) -> list[User]:
    """All users, by login."""
    cursor = db.execute("SELECT login, name, roles, disabled, created_at FROM users ORDER BY login")
    return [_user(row) for row in cursor.fetchall()]


def possible_login(login: str) -> bool:
    """Whether somebody can have this login at all (see :data:`LOGIN_RULE`)."""
    return _LOGIN.match(login) is not None


def create_user(db: Database, actor: str, login: str, name: str, roles: tuple[str, ...]) -> list[Draft]:
    """Rule: a new user. Refused for a login in use, an impossible login, or roles that do not exist."""
    if not possible_login(login):
        raise Refusal(
            "bad_login", "login {login!r}: 2 to 32 of a-z 0-9 . _ - and a letter first", login=safe_line(login, 40)
        )
    _check_roles(roles)
    if user(db, login) is not None:
        raise Refusal("login_taken", "there is a user {login} already", login=login)
    body = admin.UserCreated(login=login, roles=tuple(roles), name=safe_line(name, 100) or None)
    return [draft(f"user/{login}", body, actor=actor)]


def set_roles(db: Database, actor: str, login: str, roles: tuple[str, ...]) -> list[Draft]:
    """Rule: other roles from now on. The last active admin keeps that role."""
    _check_roles(roles)
    found = _known(db, login)
    if "admin" in found.roles and "admin" not in roles:
        _not_the_last_admin(db, login)
    return [draft(f"user/{login}", admin.UserRolesSet(login=login, roles=tuple(roles)), actor=actor)]


def disable_user(db: Database, actor: str, login: str, reason: str | None) -> list[Draft]:
    """Rule: no sign-in any more. The last active admin cannot be disabled."""
    found = _known(db, login)
    if found.disabled:
        raise Refusal("already_disabled", "{login} is disabled already", login=login)
    if "admin" in found.roles:
        _not_the_last_admin(db, login)
    body = admin.UserDisabled(login=login, reason=safe_line(reason, 200) if reason else None)
    return [draft(f"user/{login}", body, actor=actor)]


def enable_user(db: Database, actor: str, login: str) -> list[Draft]:
    """Rule: may sign in again."""
    if not _known(db, login).disabled:
        raise Refusal("not_disabled", "{login} is not disabled", login=login)
    return [draft(f"user/{login}", admin.UserEnabled(login=login), actor=actor)]


def password_set(db: Database, actor: str, login: str) -> list[Draft]:
    """Rule: the password was changed (the caller stores the hash in the same transaction)."""
    _known(db, login)
    return [draft(f"user/{login}", admin.UserPasswordSet(login=login), actor=actor)]


def verify_row(
    actor: str, region: str, file: str, key: str, *, by: str, note: str | None = None, digest: str | None = None
) -> list[Draft]:
    """Rule: a person vouches for a row of the region's pack; a later sign-off replaces it on screen, not on record.

    ``by``: who checked it. Refused without a name.
    """
    who = safe_line(by.strip(), 100)
    if not who:
        raise Refusal("no_name", "a sign-off names the person who checked")
    body = admin.PackRowVerified(
        region=region, file=file, key=key, by=who, note=safe_line(note, 500) if note else None, digest=digest
    )
    return [draft(f"pack/{region}", body, actor=actor)]


def verified_rows(db: Database, region: str) -> dict[tuple[str, str], RowVerified]:
    """The sign-offs of a region's pack by (file, key)."""
    cursor = db.execute(
        "SELECT file, key, at, actor, verified_by, note, digest FROM pack_rows WHERE region = :region",
        {"region": region},
    )
    return {(row[0], row[1]): RowVerified(*row) for row in cursor.fetchall()}


def last_exports(db: Database, limit: int) -> list[Exported]:
    """The latest exports, newest first."""
    cursor = db.execute(
        "SELECT at, actor, what, format, rows, unmasked FROM exports ORDER BY seq DESC LIMIT :limit", {"limit": limit}
    )
    return [
        Exported(at, actor, what, format, rows, bool(unmasked))
        for at, actor, what, format, rows, unmasked in cursor.fetchall()
    ]


def last_alarm(db: Database) -> Alarm | None:
    """The latest alarm of the house, None when there never was one."""
    row = db.execute("SELECT at, actor, what, detail FROM alarms ORDER BY seq DESC LIMIT 1").fetchone()
    return None if row is None else Alarm(*row)


def _known(db: Database, login: str) -> User:
    found = user(db, login)
    if found is None:
        raise Refusal("unknown_user", "there is no user {login!r}", login=safe_line(login, 40))
    return found


def _check_roles(roles: tuple[str, ...]) -> None:
    unknown = [r for r in roles if r not in ROLES]
    if unknown or not roles:
        raise Refusal(
            "bad_roles",
            "roles are some of {known}, not {given!r}",
            known=", ".join(ROLES),
            given=safe_line(",".join(roles), 60),
        )


def _not_the_last_admin(db: Database, login: str) -> None:
    if not [u for u in users(db) if "admin" in u.roles and not u.disabled and u.login != login]:
        raise Refusal("last_admin", "{login} is the last active admin", login=login)


def _user(row: tuple[object, ...]) -> User:
    login, name, roles, disabled, created_at = row
    return User(
        login=str(login),
        name=None if name is None else str(name),
        roles=tuple(str(roles).split(",")),
        disabled=bool(disabled),
        created_at=int(str(created_at)),
    )
