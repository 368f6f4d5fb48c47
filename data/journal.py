"""The journal: append-only, hash-chained, the one truth, and the bus between all processes.

One directory holds it: ``journal.sqlite`` (with its WAL), ``lock`` (the writers' lock), ``head`` (seq and hash of the
last entry, written after each commit, which followers watch), ``ballast``.

- ``append`` takes facts: never refused, a known id is dropped silently inside the lock.
- ``decide`` runs a pure rule on the state inside the lock and appends what it returns, or raises its Refusal.
- Derived tables change in the same transaction; a kind that no projection handles is refused before anything is
  written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from data import codec
from data.clock import now
from data.entry import Draft, Entry
from data.errors import SiagaError
from data.projection import Database, Params, Projection, Reader
from data.schema import JOURNAL
from data.store import ballast, connection, sqlite
from data.store.bells import Bells
from data.store.connection import DatabaseError, StoreFull, rows
from data.store.head import Head
from data.store.lock import WriterLock

LOCK_TIMEOUT_S = 5.0
"""Seconds a writer waits for the lock before it names the holder."""

GENESIS = "0" * 64
"""``prev_hash`` of the first entry."""

_COLUMNS = "seq, id, stream, version, kind, at, recorded_at, actor, terminal, body, prev_hash, hash"

Rule = Callable[[Reader], Iterable[Draft]]


class UnprojectedKind(SiagaError):
    """An entry of a kind for which no projection was registered; a programming error, caught before writing."""

    code = "unprojected_kind"


class Journal:
    """The journal of one data directory. Each thread gets its own connection; never use one across a fork."""

    def __init__(
        self,
        directory: Path,
        projections: Sequence[Projection],
        *,
        create: bool = True,
        lock_timeout_s: float = LOCK_TIMEOUT_S,
    ) -> None:
        """Open it, create it when it is not there (unless ``create`` is False), bring the tables up to date.

        Raises StoreTooNew, StoreBroken, UnsafeSqlite, StoreLocked, StoreFull; SiagaError when there is none to open.
        """
        self.directory = directory
        self.projections = tuple(projections)
        self._timeout = lock_timeout_s
        self._by_kind: dict[str, list[Projection]] = {}
        for projection in self.projections:
            for kind in projection.kinds:
                self._by_kind.setdefault(kind, []).append(projection)
        if not create and not self.path.exists():
            raise SiagaError(
                "there is no journal here",
                where=str(directory),
                remedy="run siaga112 setup, or name the directory with --data",
            )
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._local = threading.local()
        self._open: list[_Session] = []
        self._guard = threading.Lock()
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @property
    def path(self) -> Path:
        """The database file."""
        return self.directory / "journal.sqlite"

    @property
    def head_path(self) -> Path:
        """The file that changes after each commit."""
        return self.directory / "head"

    def bell_path(self, operator: str) -> Path:
        """The file that changes after each commit of an entry that names this ``operator``."""
        return Bells(self.directory).hang(operator)

    # ------------------------------------------------------------------ writing

    def append(self, drafts: Sequence[Draft]) -> list[Entry]:
        """Append facts in one durable transaction; the entries that were really appended are returned.

        A draft whose id is known already is dropped. Raises StoreLocked, StoreFull, UnprojectedKind; then nothing
        of ``drafts`` is written and the call may be repeated.
        """
        if not drafts:
            return []
        self._check_kinds(drafts)
        with self.transaction() as session:
            return session.insert(drafts)

    def decide(self, rule: Rule, *, id: str | None = None) -> list[Entry]:
        """Run ``rule`` on the present state inside the lock and append the drafts that it returns.

        With ``id``, the drafts get the ids ``id/0``, ``id/1``, ...: a repeat of the same decision writes nothing and
        returns what was written the first time. Whatever ``rule`` raises (Refusal, Conflict) goes to the caller and
        nothing is written.
        """
        with self.transaction() as session:
            if id is not None:
                done = session.entries("WHERE id >= :low AND id < :high", {"low": f"{id}/", "high": f"{id}0"})
                if done:
                    return sorted(done, key=lambda entry: entry.seq)
            drafts = list(rule(session))
            if id is not None:
                drafts = [_with_id(d, f"{id}/{n}") for n, d in enumerate(drafts)]
            self._check_kinds(drafts)
            return session.insert(drafts)

    @contextmanager
    def transaction(self) -> Iterator[_Session]:
        """Hold the writers' lock in one transaction: for ``data`` itself (credentials, erasure), not for domains."""
        session = self._session()
        session.begin()
        try:
            yield session
            session.commit()
        except BaseException as error:
            session.rollback()
            if isinstance(error, DatabaseError):
                raise self._full_or(error) from error
            raise

    def _full_or(self, error: Exception) -> SiagaError:
        translated = connection.translate(error, self.path)
        if isinstance(translated, StoreFull) and ballast.give_back(self.directory / "ballast"):
            translated = StoreFull(
                "the disk is full; the reserve was given back, so a repeat will succeed for a while",
                where=str(self.directory),
                remedy="free some space now",
            )
        return translated

    def _check_kinds(self, drafts: Iterable[Draft]) -> None:
        for d in drafts:
            if d.kind not in self._by_kind:
                raise UnprojectedKind(f"no projection is registered for {d.kind!r}, so it cannot be appended")

    # ------------------------------------------------------------------ reading

    def execute(self, sql: str, params: Params = (), /) -> Any:
        """Run one reading statement on this thread's connection."""
        return self._session().db.execute(sql, params)

    def stream(self, stream: str) -> list[Entry]:
        """All entries of one stream, in order."""
        return self._session().stream(stream)

    def read(self, after: int, limit: int = 1000) -> list[Entry]:
        """Entries with ``seq > after``, at most ``limit``, in order."""
        return self._session().entries("WHERE seq > :after ORDER BY seq LIMIT :limit", {"after": after, "limit": limit})

    def head(self) -> tuple[int, str]:
        """``(seq, hash)`` of the last entry; ``(0, GENESIS)`` when there is none."""
        return self._session().head()

    @contextmanager
    def snapshot(self) -> Iterator[Reader]:
        """A consistent view for several queries. Keep it short: an open read transaction pins the WAL."""
        session = self._session()
        session.db.execute("BEGIN")
        try:
            yield session
        finally:
            session.db.execute("ROLLBACK")

    # ------------------------------------------------------------------ the house

    def close(self) -> None:
        """Close this thread's connection, and those of threads that have ended."""
        with self._guard:
            sessions, self._open = self._open, []
        for session in sessions:
            session.close()
        self._local = threading.local()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _session(self) -> _Session:
        session: _Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = _Session(self)
            with self._guard:
                self._open.append(session)
        return session

    def _prepare(self) -> None:
        """Migrate, create missing derived tables, rebuild those whose definition changed; all under the lock."""
        session = self._session()
        try:
            session.lock.acquire()
            try:
                connection.migrate(session.db, JOURNAL, self.path)
                stale = session.stale_projections()
                session.sync_head()
            finally:
                session.lock.release()
        except DatabaseError as error:
            raise connection.translate(error, self.path) from error
        ballast.lay(self.directory / "ballast")
        if stale:
            from data.rebuild import rebuild  # noqa: PLC0415 - rebuild needs Journal; only here the way back

            rebuild(self, stale)


class _Session:
    """One thread's connection and lock: the Reader that rules see inside the lock."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.db: sqlite.Database = connection.connect(journal.path)
        self.lock = WriterLock(journal.directory / "lock", journal._timeout)
        self._head = Head(journal.head_path)
        self._bells = Bells(journal.directory)
        self._named: set[str] = set()
        self._last: tuple[int, str] = (0, "")

    # --- Reader

    def execute(self, sql: str, params: Params = (), /) -> Any:
        """Run one statement."""
        return self.db.execute(sql, params)

    def stream(self, stream: str) -> list[Entry]:
        """All entries of one stream, in order."""
        return self.entries("WHERE stream = :stream ORDER BY version", {"stream": stream})

    def entries(self, where: str, params: Params) -> list[Entry]:
        """Entries chosen by ``where`` (text of ours, never from outside), personal values put back."""
        found = rows(self.db.execute(f"SELECT {_COLUMNS} FROM journal {where}", params))
        wanted = [row[1] for row in found if '"sha256:' in row[9]]
        personal: dict[str, dict[str, str]] = {}
        for start in range(0, len(wanted), 500):
            ids = wanted[start : start + 500]
            marks = ",".join("?" * len(ids))
            cursor = self.db.execute(f"SELECT entry_id, field, value FROM personal WHERE entry_id IN ({marks})", ids)
            for entry_id, field, value in cursor.fetchall():
                personal.setdefault(entry_id, {})[field] = value
        return [_entry(row, personal.get(row[1], {})) for row in found]

    def head(self) -> tuple[int, str]:
        """``(seq, hash)`` of the last entry."""
        row = self.db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        return (row[0], row[1]) if row else (0, GENESIS)

    # --- the transaction

    def begin(self) -> None:
        self.lock.acquire()
        try:
            self.db.execute("BEGIN IMMEDIATE")
            self._last = self.head()
            self._named.clear()
        except BaseException:
            self.lock.release()
            raise

    def commit(self) -> None:
        self.db.execute("COMMIT")
        self._head.write(*self._last)
        self.lock.release()
        self._bells.ring(self._named)

    def rollback(self) -> None:
        try:
            if self.db.conn.in_transaction:
                self.db.execute("ROLLBACK")
        finally:
            self.lock.release()

    def insert(self, drafts: Iterable[Draft]) -> list[Entry]:
        """Append drafts at the head, known ids dropped, and fold them into the derived tables."""
        done: list[Entry] = []
        versions: dict[str, int] = {}
        for d in drafts:
            if self.db.execute("SELECT 1 FROM journal WHERE id = ?", (d.id,)).fetchone():
                continue
            if d.stream not in versions:
                row = self.db.execute("SELECT max(version) FROM journal WHERE stream = ?", (d.stream,)).fetchone()
                versions[d.stream] = row[0] or 0
            versions[d.stream] += 1
            done.append(self._insert(d, versions[d.stream]))
        return done

    def _insert(self, d: Draft, version: int) -> Entry:
        text, personal = codec.encode_body(d.body)
        seq, prev_hash = self._last[0] + 1, self._last[1]
        recorded_at = now()
        stored = (seq, d.id, d.stream, version, d.kind, d.at, recorded_at, d.actor, d.terminal, text)
        digest = codec.entry_hash(prev_hash, *stored)
        self.db.execute("INSERT INTO journal VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", (*stored, prev_hash, digest))
        for field, salt, value in personal:
            self.db.execute("INSERT INTO personal VALUES (?,?,?,?)", (d.id, field, salt, value))
        self._last = (seq, digest)
        named = getattr(d.body, "operator", None)
        if named:
            self._named.add(named)
        entry = Entry(
            seq=seq, id=d.id, stream=d.stream, version=version, kind=d.kind, at=d.at, recorded_at=recorded_at,
            actor=d.actor, terminal=d.terminal, body=d.body, prev_hash=prev_hash, hash=digest,
        )  # fmt: skip
        for projection in self._journal._by_kind[d.kind]:
            projection.apply(self.db, entry)
        return entry

    # --- the house

    def stale_projections(self) -> list[Projection]:
        """Create derived tables that do not exist yet; return the projections whose rows must be made anew."""
        known = dict(rows(self.db.execute("SELECT name, version FROM projections")))
        stale: list[Projection] = []
        empty = self.head()[0] == 0
        for projection in self._journal.projections:
            if known.get(projection.name) == projection.version:
                continue
            self.db.execute("BEGIN IMMEDIATE")
            create_tables(self.db, projection)
            if empty:
                note_version(self.db, projection)
            else:
                stale.append(projection)
            self.db.execute("COMMIT")
        return stale

    def sync_head(self) -> None:
        """After a crash between commit and bell the head file lags: bring it up; never bring it back (see verify)."""
        seq, digest = self.head()
        if self._head.read()[0] < seq:
            self._head.write(seq, digest)

    def close(self) -> None:
        self.db.close()
        self.lock.close()
        self._head.close()


def create_tables(db: Database, projection: Projection) -> None:
    """Drop what stands under the projection's names and create its tables empty."""
    for table in projection.tables:
        db.execute(f'DROP TABLE IF EXISTS "{table}"')
    for statement in statements(projection.ddl):
        db.execute(statement)


def note_version(db: Database, projection: Projection) -> None:
    """Note that the projection's tables are complete at its version."""
    db.execute(
        "INSERT INTO projections(name, version) VALUES (:name, :version)"
        " ON CONFLICT(name) DO UPDATE SET version = excluded.version",
        {"name": projection.name, "version": projection.version},
    )


def statements(ddl: str) -> list[str]:
    """The single statements of a DDL text (which has no semicolons but those between statements)."""
    return [s.strip() for s in ddl.split(";") if s.strip()]


def _with_id(d: Draft, id: str) -> Draft:
    return Draft(id=id, stream=d.stream, body=d.body, at=d.at, actor=d.actor, terminal=d.terminal)


def _entry(row: tuple[Any, ...], personal: dict[str, str]) -> Entry:
    body, erased = codec.decode_body(row[4], row[9], personal)
    return Entry(
        seq=row[0], id=row[1], stream=row[2], version=row[3], kind=row[4], at=row[5], recorded_at=row[6],
        actor=row[7], terminal=row[8], body=body, prev_hash=row[10], hash=row[11], erased=erased,
    )  # fmt: skip
