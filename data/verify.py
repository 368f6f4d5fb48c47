"""Is the record whole? The file with its indexes, hash chain, versions, personal values, head file, derived tables."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from data import codec
from data.errors import SiagaError
from data.journal import GENESIS, Journal
from data.rebuild import catch_up, shadow
from data.store.connection import rows
from data.store.head import Head

_BATCH = 5000


class Report(msgspec.Struct, kw_only=True):
    """What ``verify`` found. ``first_bad_seq`` is the first entry that is off, None when all is well."""

    entries: int = 0
    erased: int = 0
    head_seq: int = 0
    head_hash: str = GENESIS
    first_bad_seq: int | None = None
    faults: list[str] = []

    @property
    def ok(self) -> bool:
        """Nothing is off."""
        return not self.faults

    def fault(self, text: str, seq: int | None = None) -> None:
        """Note a fault, at ``seq`` when it belongs to an entry."""
        if len(self.faults) < 100:
            self.faults.append(f"seq {seq}: {text}" if seq is not None else text)
        if seq is not None and (self.first_bad_seq is None or seq < self.first_bad_seq):
            self.first_bad_seq = seq


def verify(journal: Journal) -> Report:
    """Check everything; never writes to the journal."""
    report = Report()
    with journal.snapshot():
        _file(journal, report)
        _chain(journal, report)
        _head(journal, report)
    if report.first_bad_seq is None:
        _derived(journal, report)
    return report


def _file(journal: Journal, report: Report) -> None:
    """The store's own look at its pages: an index that has lost a row hides entries from whoever asks by it."""
    for (text,) in rows(journal.execute("PRAGMA integrity_check(20)")):
        if text != "ok":
            report.fault(f"the database file is damaged: {text} (keep it as evidence, go on from the last backup)")


def _chain(journal: Journal, report: Report) -> None:
    prev, expected, versions = GENESIS, 1, dict[str, int]()
    while True:
        batch = rows(
            journal.execute(
                "SELECT seq, id, stream, version, kind, at, recorded_at, actor, terminal, body, prev_hash, hash"
                " FROM journal WHERE seq >= :seq ORDER BY seq LIMIT :limit",
                {"seq": expected, "limit": _BATCH},
            )
        )
        if not batch:
            break
        for row in batch:
            seq, id, stream, version, kind = row[:5]
            body, prev_hash, digest = row[9:]
            if seq != expected:
                report.fault(f"entries {expected} to {seq - 1} are missing", expected)
            if prev_hash != prev:
                report.fault("does not follow the entry before it (prev_hash)", seq)
            if codec.entry_hash(prev_hash, *row[:10]) != digest:
                report.fault("its stored content does not give its hash", seq)
            if version != versions.get(stream, 0) + 1:
                report.fault(f"version {version} of {stream} follows version {versions.get(stream, 0)}", seq)
            versions[stream] = version
            _personal(journal, report, seq, id, kind, body)
            prev, expected = digest, seq + 1
            report.entries += 1
    report.head_seq, report.head_hash = expected - 1, prev


def _personal(journal: Journal, report: Report, seq: int, id: str, kind: str, body: str) -> None:
    if '"sha256:' not in body:
        return
    stored = {
        f: (salt, value)
        for f, salt, value in rows(journal.execute("SELECT field, salt, value FROM personal WHERE entry_id = ?", (id,)))
    }
    for field, mark in codec.personal_marks(kind, body).items():
        if field not in stored:
            report.erased += 1
        elif codec.personal_hash(*stored[field]) != mark:
            report.fault(f"personal field {field!r} was changed", seq)


def _head(journal: Journal, report: Report) -> None:
    head = Head(journal.head_path)
    seq, digest = head.read()
    head.close()
    if seq > report.head_seq:
        report.fault(
            f"the tail is cut off: the head file knows entry {seq}, the journal ends at {report.head_seq}",
            report.head_seq + 1,
        )
    elif seq < report.head_seq:
        row = journal.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
        if seq and (row is None or row[0] != digest):
            report.fault("the head file has another hash for this entry: the chain was computed anew", seq)
    elif seq and digest != report.head_hash:
        report.fault("the head file has another hash for the last entry: the chain was computed anew", seq)


def _derived(journal: Journal, report: Report) -> None:
    """Compare the derived tables with a rebuild up to the same entry."""
    with TemporaryDirectory(dir=journal.directory, prefix="verify-") as folder:
        try:
            db, seq = shadow(journal, journal.projections, Path(folder) / "shadow.sqlite")
        except SiagaError as error:
            report.fault(f"the derived tables cannot be made anew: {error}")
            return
        with journal.snapshot() as view:
            now_seq = view.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0]
            catch_up(journal, journal.projections, db, seq)
            for projection in journal.projections:
                for table in projection.tables:
                    live = rows(view.execute(f'SELECT * FROM "{table}"'))
                    fresh = rows(db.execute(f'SELECT * FROM "{table}"'))
                    if sorted(map(repr, live)) != sorted(map(repr, fresh)):
                        report.fault(
                            f"derived table {table!r} differs from the journal up to entry {now_seq}"
                            " (siaga112 rebuild makes it anew)"
                        )
        db.close()
