"""Mutable side tables: state of the moment that must survive a killed process but is no part of the record.

All of them are listed here. They live in a file of their own (``side.sqlite``, ``synchronous=NORMAL``), so that
heartbeats and drafts never wait for the journal, and a journal never grows by them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from data.clock import SECOND, Micros, now
from data.store import connection, sqlite
from data.store.connection import DatabaseError, rows
from data.store.lock import WriterLock

SIDE = sqlite.Migrations("siaga112-side")

T = TypeVar("T")


@SIDE()
def m001_side(db: Any) -> None:
    """Drafts of forms, sessions with their presence, failed sign-ins, telephones, running services."""
    for statement in (
        """CREATE TABLE drafts(terminal TEXT, form TEXT, field TEXT, value TEXT NOT NULL, saved_at INTEGER NOT NULL,
           PRIMARY KEY(terminal, form, field)) WITHOUT ROWID""",
        """CREATE TABLE sessions(token TEXT PRIMARY KEY, login TEXT NOT NULL, role TEXT NOT NULL, terminal TEXT,
           endpoint TEXT, opened_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE lockouts(login TEXT PRIMARY KEY, failures INTEGER NOT NULL, until INTEGER NOT NULL)
           WITHOUT ROWID""",
        """CREATE TABLE device_states(pbx TEXT, interface TEXT, state TEXT NOT NULL, at INTEGER NOT NULL,
           PRIMARY KEY(pbx, interface)) WITHOUT ROWID""",
        """CREATE TABLE services(name TEXT PRIMARY KEY, pid INTEGER NOT NULL, state TEXT NOT NULL, detail TEXT,
           seen_at INTEGER NOT NULL) WITHOUT ROWID""",
    ):
        db.execute(statement)


@SIDE()
def m002_typed_lines(db: Any) -> None:
    """The last command lines of each user, to be called back by the key up."""
    db.execute("CREATE TABLE typed_lines(login TEXT, serial INTEGER, line TEXT NOT NULL, PRIMARY KEY(login, serial))")


@SIDE()
def m003_whose_drafts(db: Any) -> None:
    """What is typed belongs to who typed it, wherever he sits down next."""
    db.execute("ALTER TABLE drafts ADD COLUMN login TEXT NOT NULL DEFAULT ''")


LINES_KEPT = 50
"""Command lines kept for each user; the journal has all of them."""


class Presence(msgspec.Struct, frozen=True):
    """A console that is (or was) there: its session and the last sign of life (UTC micros)."""

    token: str
    login: str
    role: str
    terminal: str
    endpoint: str | None
    opened_at: Micros
    seen_at: Micros


class KeptDraft(msgspec.Struct, frozen=True):
    """The typed text of one form (field -> text), and the terminal at which it was typed last."""

    form: str
    terminal: str
    values: dict[str, str]


class ServiceState(msgspec.Struct, frozen=True):
    """A running service: what it says of itself, and when it last said it (UTC micros)."""

    name: str
    pid: int
    state: str
    detail: str | None
    seen_at: Micros


class SideTables:
    """The side tables of one data directory; usable from any thread. Raises StoreLocked, StoreFull, StoreBroken."""

    def __init__(self, directory: Path, lock_timeout_s: float = 2.0) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = directory / "side.sqlite"
        self._lock_path = directory / "side.lock"
        self._timeout = lock_timeout_s
        self._local = threading.local()
        self._write(lambda db: connection.migrate(db, SIDE, self._path), transaction=False)

    # --- drafts: what is typed and not yet an entry

    def save_draft(self, terminal: str, form: str, values: dict[str, str], login: str = "") -> None:
        """Keep the typed text of ``form`` (field -> text), typed by ``login`` at this terminal; an empty text forgets
        the field. A form that was typed at another terminal is this one's from now on."""

        def work(db: sqlite.Database) -> None:
            if login:
                db.execute(
                    "UPDATE OR REPLACE drafts SET terminal = ? WHERE login = ? AND form = ? AND terminal <> ?",
                    (terminal, login, form, terminal),
                )
            for field, value in values.items():
                if value:
                    db.execute(
                        "INSERT INTO drafts VALUES (?,?,?,?,?,?) ON CONFLICT(terminal, form, field)"
                        " DO UPDATE SET value = excluded.value, saved_at = excluded.saved_at, login = excluded.login",
                        (terminal, form, field, value, now(), login),
                    )
                else:
                    db.execute(
                        "DELETE FROM drafts WHERE terminal = ? AND form = ? AND field = ?", (terminal, form, field)
                    )

        self._write(work)

    def drafts(self, terminal: str) -> dict[str, dict[str, str]]:
        """The drafts of a terminal: form -> field -> text."""
        found: dict[str, dict[str, str]] = {}
        for form, field, value in self._read("SELECT form, field, value FROM drafts WHERE terminal = ?", (terminal,)):
            found.setdefault(form, {})[field] = value
        return found

    def drafts_of(self, login: str) -> list[KeptDraft]:
        """What a user has typed, at whatever terminal."""
        found: dict[tuple[str, str], dict[str, str]] = {}
        sql = "SELECT form, terminal, field, value FROM drafts WHERE login = ? ORDER BY form, terminal"
        for form, terminal, field, value in self._read(sql, (login,)):
            found.setdefault((form, terminal), {})[field] = value
        return [KeptDraft(form, terminal, values) for (form, terminal), values in found.items()]

    def drop_drafts_of(self, login: str, form: str) -> None:
        """Forget what a user has typed in a form, at whatever terminal: the journal has it, or he threw it away."""
        self._write(lambda db: db.execute("DELETE FROM drafts WHERE login = ? AND form = ?", (login, form)))

    # --- command lines, for the key up

    def forget_lines(self, lines: Iterable[str]) -> None:
        """Forget these command lines, whoever typed them: they were erased from the record."""
        chosen = [(line,) for line in lines]
        self._write(lambda db: db.conn.executemany("DELETE FROM typed_lines WHERE line = ?", chosen))

    def line_typed(self, login: str, line: str) -> None:
        """Keep a command line of a user as the newest; the same line twice in a row is kept once."""

        def work(db: sqlite.Database) -> None:
            last = db.execute(
                "SELECT serial, line FROM typed_lines WHERE login = ? ORDER BY serial DESC LIMIT 1", (login,)
            ).fetchone()
            if last is not None and last[1] == line:
                return
            serial = (last[0] if last is not None else 0) + 1
            db.execute("INSERT INTO typed_lines VALUES (?,?,?)", (login, serial, line))
            db.execute("DELETE FROM typed_lines WHERE login = ? AND serial <= ?", (login, serial - LINES_KEPT))

        self._write(work)

    def typed_lines(self, login: str) -> list[str]:
        """The command lines kept for a user, the oldest first."""
        return [row[0] for row in self._read("SELECT line FROM typed_lines WHERE login = ? ORDER BY serial", (login,))]

    # --- sessions and presence

    def open_session(self, session: Presence) -> list[Presence]:
        """Note a new session; it replaces (and returns) others of the same terminal or telephone."""

        def work(db: sqlite.Database) -> list[Presence]:
            where = "WHERE terminal = ? OR (endpoint IS NOT NULL AND endpoint = ?)"
            params = (session.terminal, session.endpoint)
            replaced = [Presence(*row) for row in rows(db.execute(f"SELECT * FROM sessions {where}", params))]
            db.execute(f"DELETE FROM sessions {where}", params)
            db.execute("INSERT INTO sessions VALUES (?,?,?,?,?,?,?)", msgspec.structs.astuple(session))
            return replaced

        return self._write(work)

    def beat(self, token: str) -> bool:
        """A sign of life of a session; False when it was closed or replaced meanwhile."""
        return bool(
            self._write(
                lambda db: db.execute("UPDATE sessions SET seen_at = ? WHERE token = ?", (now(), token)).rowcount
            )
        )

    def close_session(self, token: str) -> bool:
        """Forget a session; True for the one caller that did it."""
        return bool(self._write(lambda db: db.execute("DELETE FROM sessions WHERE token = ?", (token,)).rowcount))

    def sessions(self) -> list[Presence]:
        """All sessions that were neither closed nor replaced, the living and the vanished."""
        return [Presence(*row) for row in self._read("SELECT * FROM sessions ORDER BY opened_at")]

    # --- failed sign-ins

    def failed_sign_in(self, login: str, allowed: int, lock_s: int) -> int:
        """Count a failure; after ``allowed`` in a row the login is locked for ``lock_s``. Returns the failures."""

        def work(db: sqlite.Database) -> int:
            db.execute(
                "INSERT INTO lockouts VALUES (?, 1, 0) ON CONFLICT(login) DO UPDATE SET failures = failures + 1",
                (login,),
            )
            failures = int(db.execute("SELECT failures FROM lockouts WHERE login = ?", (login,)).fetchone()[0])
            if failures >= allowed:
                until = now() + lock_s * SECOND
                db.execute("UPDATE lockouts SET until = ?, failures = 0 WHERE login = ?", (until, login))
            return failures

        return self._write(work)

    def locked_until(self, login: str) -> Micros:
        """Until when the login is locked out (UTC micros); 0 when it is not."""
        found = self._read("SELECT until FROM lockouts WHERE login = ? AND until > ?", (login, now()))
        return int(found[0][0]) if found else 0

    def forget_failures(self, login: str) -> None:
        """A sign-in succeeded: the count starts again."""
        self._write(lambda db: db.execute("DELETE FROM lockouts WHERE login = ?", (login,)))

    # --- telephones and services

    def set_device_state(self, pbx: str, interface: str, state: str, at: Micros) -> None:
        """The state of a telephone as the exchange tells it (not_in_use, in_use, ringing, unavailable, ...)."""
        self._write(
            lambda db: db.execute(
                "INSERT INTO device_states VALUES (?,?,?,?) ON CONFLICT(pbx, interface)"
                " DO UPDATE SET state = excluded.state, at = excluded.at WHERE excluded.at >= at",
                (pbx, interface, state, at),
            )
        )

    def device_states(self, pbx: str) -> dict[str, str]:
        """interface -> state of all telephones that the exchange has told of."""
        return dict(self._read("SELECT interface, state FROM device_states WHERE pbx = ?", (pbx,)))

    def set_service(self, name: str, pid: int, state: str, detail: str | None = None) -> None:
        """A service says how it is (linked, waiting for the exchange, store locked, ...)."""
        self._write(
            lambda db: db.execute(
                "INSERT INTO services VALUES (?,?,?,?,?) ON CONFLICT(name) DO UPDATE SET pid = excluded.pid,"
                " state = excluded.state, detail = excluded.detail, seen_at = excluded.seen_at",
                (name, pid, state, detail, now()),
            )
        )

    def forget_service(self, name: str) -> None:
        """A service is gone for good (its process ended, another has taken its place)."""
        self._write(lambda db: db.execute("DELETE FROM services WHERE name = ?", (name,)))

    def services(self) -> list[ServiceState]:
        """What every service last said."""
        return [ServiceState(*row) for row in self._read("SELECT * FROM services ORDER BY name")]

    # --- the house

    def close(self) -> None:
        """Close this thread's connection."""
        db = getattr(self._local, "db", None)
        if db is not None:
            db.close()
            self._local.lock.close()
            del self._local.db, self._local.lock

    def _db(self) -> sqlite.Database:
        db: sqlite.Database | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = connection.connect(self._path, synchronous="NORMAL")
            self._local.lock = WriterLock(self._lock_path, self._timeout)
        return db

    def _read(self, sql: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return rows(self._db().execute(sql, params))
        except DatabaseError as error:
            raise connection.translate(error, self._path) from error

    def _write(self, work: Callable[[sqlite.Database], T], *, transaction: bool = True) -> T:
        db = self._db()
        lock: WriterLock = self._local.lock
        lock.acquire()
        try:
            if transaction:
                db.execute("BEGIN IMMEDIATE")
            result = work(db)
            if transaction:
                db.execute("COMMIT")
            return result
        except DatabaseError as error:
            raise connection.translate(error, self._path) from error
        finally:
            if db.conn.in_transaction:
                db.execute("ROLLBACK")
            lock.release()
