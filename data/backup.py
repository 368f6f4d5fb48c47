"""One file with everything that a centre needs to go on elsewhere, and the way back.

The database is copied with SQLite's own backup while the centre works, and the copy is checked as ``verify`` does
before it counts: a backup that was never read is a hope. Recordings are not in it; they are Asterisk's files, compared
by ``verify --recordings``. Drafts and sessions (``side.sqlite``) are of the moment and are not in it either.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO

import msgspec
import pysqlite3

from data.entry import draft
from data.errors import SiagaError
from data.export.write import ExportFailed, beside
from data.journal import Journal
from data.store import connection
from data.store.ownership import give_to_owner
from data.verify import Report, verify
from data.vocabulary.administration import ExportMade

JOURNAL = "journal.sqlite"
SETTINGS = "siaga112.toml"
SECRETS = "secrets"
_CHUNK = 1 << 20

OpenJournal = Callable[[Path], Journal]
"""Opens the journal of a folder, with the projections of every domain."""


class BackupBroken(SiagaError):
    """The file is no backup, or what is in it is not whole. Nothing was put anywhere."""

    code = "backup_broken"


class Restored(msgspec.Struct, frozen=True):
    """What a restoration found and did; ``kept``: files that stood there already and were left as they are."""

    report: Report
    kept: tuple[str, ...]


def backup(journal: Journal, output: Path, opened: OpenJournal, *, actor: str) -> Report:
    """Write the database, the configuration and the secrets to ``output`` (a tar file, mode 0600), whole or not at all.

    Returns what the check of the copy found; with faults nothing is written. That data left the house is an entry.
    Raises ExportFailed, StoreBroken.
    """
    with beside(output) as (file, put_in_place):
        with _workshop(output.resolve().parent) as folder:
            copy = folder / JOURNAL
            _copy(journal, copy)
            report = _checked(folder, opened)
            if not report.ok:
                return report
            with tarfile.open(fileobj=file, mode="w") as archive:
                archive.add(copy, JOURNAL)
                for path in _beside_the_journal(journal.directory):
                    archive.add(path, path.relative_to(journal.directory).as_posix())
        put_in_place()
    body = ExportMade(what="backup", format="tar", rows=report.entries, unmasked=True)
    journal.append([draft("house", body, actor=actor)])
    return report


def restore(archive: Path, directory: Path, opened: OpenJournal) -> Restored:
    """Put the centre of ``archive`` into ``directory``, which must have no journal; whole or not at all.

    Returns what the check of the record found; with faults nothing is put there. Raises BackupBroken; SiagaError when
    a journal is there already.
    """
    if (directory / JOURNAL).exists():
        raise SiagaError(
            "there is a journal here already, and it is never overwritten",
            where=str(directory),
            remedy="move it away and keep it, or name another directory with --data",
        )
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _workshop(directory) as folder:
        _unpack(archive, folder)
        report = _checked(folder, opened)
        if not report.ok:
            return Restored(report, ())
        kept = []
        for path in _beside_the_journal(folder):
            name = path.relative_to(folder)
            if (directory / name).exists():
                kept.append(name.as_posix())
                continue
            (directory / name.parent).mkdir(mode=0o700, exist_ok=True)
            give_to_owner(directory / name.parent)
            _put(path, directory / name)
        (directory / "head").unlink(missing_ok=True)  # of a journal that is gone
        _put(folder / JOURNAL, directory / JOURNAL)
    with opened(directory):
        return Restored(report, tuple(kept))


@contextmanager
def _workshop(parent: Path) -> Iterator[Path]:
    """A private folder on the same file system, gone afterwards."""
    try:
        folder = TemporaryDirectory(prefix=".siaga112-", dir=parent)
    except OSError as error:
        raise ExportFailed(f"it could not be written: {error.strerror or error}", where=str(parent)) from error
    with folder as name:
        yield Path(name)


def _copy(journal: Journal, target: Path) -> None:
    source = connection.connect(journal.path)
    try:
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        copied = pysqlite3.connect(str(target))
        try:
            source.conn.backup(copied)
            copied.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        finally:
            copied.close()
    except connection.DatabaseError as error:
        raise connection.translate(error, target) from error
    finally:
        source.close()


def _checked(folder: Path, opened: OpenJournal) -> Report:
    """The report on the journal of ``folder``, which is one file again afterwards."""
    with opened(folder) as journal:
        report = verify(journal)
    database = pysqlite3.connect(str(folder / JOURNAL))
    try:
        database.execute("PRAGMA journal_mode=DELETE")
    finally:
        database.close()
    return report


def _beside_the_journal(directory: Path) -> list[Path]:
    """The configuration and the secrets of a data directory."""
    found = [directory / SETTINGS, *sorted((directory / SECRETS).glob("*"))]
    return [path for path in found if path.is_file() and not path.is_symlink()]


def _unpack(archive: Path, folder: Path) -> None:
    broken = BackupBroken(
        "it is no backup of siaga112", where=str(archive), remedy="name a file that siaga112 backup made"
    )
    try:
        with tarfile.open(archive, mode="r:") as content:
            for member in content:
                name = PurePosixPath(member.name)
                known = member.name in {JOURNAL, SETTINGS} or (
                    len(name.parts) == 2 and name.parts[0] == SECRETS and name.parts[1] not in {".", ".."}
                )
                packed = content.extractfile(member) if known and member.isreg() else None
                if packed is None:
                    raise broken
                (folder / name.parent).mkdir(mode=0o700, exist_ok=True)
                _write(packed, folder / name)
    except tarfile.TarError as error:
        raise broken from error
    if not (folder / JOURNAL).is_file():
        raise broken


def _write(packed: IO[bytes], path: Path) -> None:
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags | os.O_CLOEXEC, 0o600)) as file:
        while chunk := packed.read(_CHUNK):
            file.write(chunk)


def _put(path: Path, target: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.replace(target)
    give_to_owner(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
