"""Writing an export: streamed, beside the target, put in its place whole or not at all."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from data.clock import Micros
from data.entry import draft
from data.errors import SiagaError, WrongUse
from data.export.sets import ExportSet
from data.journal import Journal
from data.vocabulary.administration import ExportMade

_WRITERS = {
    "csv": "data.export.texts",
    "ndjson": "data.export.texts",
    "geojson": "data.export.texts",
    "xlsx": "data.export.xlsx",
}
"""Format -> the module with its ``write_<format>``, imported when used."""

FORMATS = tuple(_WRITERS)
_OWN = re.compile(r"(journal|side)\.sqlite.*|head|lock|side\.lock|ballast|siaga112\.toml")
_OWN_FOLDERS = frozenset({"secrets", "bells", "log", "training"})
"""What a data directory holds: an export, a report or a backup goes anywhere but there."""
BATCH = 200
"""Rows in hand at a time; with more, they no longer fit into the processor's cache (measured: 1000 cost 20 % more)."""
END_OF_TIME = 2**62

Progress = Callable[[int], None]
"""Told the number of rows written so far, every few thousand."""


class ExportFailed(SiagaError):
    """The file could not be written; what stood there before still stands."""

    code = "export_failed"


def export(
    journal: Journal,
    set_: ExportSet,
    format: str,
    output: Path,
    *,
    actor: str,
    unmasked: bool = False,
    since: Micros | None = None,
    until: Micros | None = None,
    progress: Progress | None = None,
) -> int:
    """Write the rows of ``set_`` with ``since <= time < until`` to ``output`` and append ``export.made``.

    The file appears only when it is complete and the entry is durable. Returns the number of rows. Raises
    ExportFailed, WrongUse.
    """
    if format not in FORMATS:
        raise WrongUse(f"there is no format {format!r}", remedy=f"one of {', '.join(FORMATS)}")
    if since is not None and until is not None and since >= until:
        raise WrongUse("--from is not before --to, so nothing could be exported")
    bounds = {"since": 0 if since is None else since, "until": END_OF_TIME if until is None else until}
    if format == "geojson" and set_.point is None:
        raise WrongUse(f"{set_.name} are no places on a map, so there is no geojson of them", remedy="csv or ndjson")
    write = getattr(importlib.import_module(_WRITERS[format]), f"write_{format}")
    with beside(output) as (file, put_in_place):
        with journal.snapshot() as view:
            rows: int = write(file, set_, _batches(view.execute(set_.sql, bounds), progress), unmasked)
        put_in_place()
        body = ExportMade(what=set_.name, format=format, rows=rows, unmasked=unmasked, since=since, until=until)
        journal.append([draft("house", body, actor=actor)])
    return rows


def write_whole(output: Path, text: str) -> None:
    """Write ``text`` to ``output``, whole or not at all. Raises ExportFailed; then what stood there still stands."""
    with beside(output) as (file, put_in_place):
        file.write(text.encode("utf-8"))
        put_in_place()


def _batches(cursor: Any, progress: Progress | None) -> Iterator[Sequence[tuple[Any, ...]]]:
    done = 0
    while batch := cursor.fetchmany(BATCH):
        yield batch
        done += len(batch)
        if progress:
            progress(done)


def _is_the_centres(output: Path) -> bool:
    """Whether a file of that name in a data directory is the record, or what goes with it."""
    at_root, below = output.parent, output.parent.parent
    if (at_root / "journal.sqlite").exists() and _OWN.fullmatch(output.name):
        return True
    return (below / "journal.sqlite").exists() and at_root.name in _OWN_FOLDERS


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


@contextmanager
def beside(output: Path) -> Iterator[tuple[BinaryIO, Callable[[], None]]]:
    """A new file in the target's folder; it takes the target's name after the block, if it was declared complete."""
    if str(output) == "-":
        raise WrongUse("a file is needed, standard output is none", where="-o -", remedy="name a file with -o")
    if not output.parent.is_dir():
        raise ExportFailed(
            "there is no such folder", where=str(output.parent), remedy="make it, or name another with -o"
        )
    output = output.resolve()  # a link stays; the file that it names is replaced
    if _is_the_centres(output):
        raise WrongUse(
            "it belongs to the centre itself, and nothing is ever put in its place",
            where=str(output),
            remedy="name another file with -o",
        )
    if output.exists() and not output.is_file():
        raise ExportFailed(
            "it is a device, a pipe or a folder, and nothing whole can be put in its place",
            where=str(output),
            remedy="name a file with -o",
        )
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    complete = False
    try:
        with open(part, "w+b", opener=_private) as file:

            def put_in_place() -> None:
                nonlocal complete
                file.flush()
                os.fsync(file.fileno())
                complete = True

            yield file, put_in_place
        if complete:
            part.replace(output)
    except OSError as error:
        raise ExportFailed(
            f"it could not be written: {error.strerror or error}",
            where=str(output),
            remedy="what stood there before is untouched; free space or name another file with -o",
        ) from error
    finally:
        part.unlink(missing_ok=True)
