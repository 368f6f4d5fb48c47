"""Writing an export: streamed, beside the target, put in its place whole or not at all."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import msgspec

from data.clock import Micros
from data.entry import draft
from data.errors import SiagaError, WrongUse
from data.export.sets import ExportSet, present
from data.journal import Journal
from data.text import spreadsheet_cell
from data.vocabulary.administration import ExportMade

FORMATS = ("csv", "ndjson")
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
    with _beside(output) as (file, put_in_place):
        write = _write_csv if format == "csv" else _write_ndjson
        with journal.snapshot() as view:
            rows = write(file, set_, _rows(view.execute(set_.sql, bounds), progress), unmasked)
        put_in_place()
        body = ExportMade(what=set_.name, format=format, rows=rows, unmasked=unmasked, since=since, until=until)
        journal.append([draft("house", body, actor=actor)])
    return rows


def _rows(cursor: Any, progress: Progress | None) -> Iterator[tuple[Any, ...]]:
    done = 0
    while batch := cursor.fetchmany(2000):
        yield from batch
        done += len(batch)
        if progress:
            progress(done)


def _write_csv(file: TextIO, set_: ExportSet, rows: Iterator[tuple[Any, ...]], unmasked: bool) -> int:
    writer = csv.writer(file)
    writer.writerow([c.name for c in set_.columns])
    text = [n for n, c in enumerate(set_.columns) if c.kind == "text"]
    count = 0
    for row in rows:
        values = present(set_, row, unmasked)
        for n in text:
            if isinstance(values[n], str):
                values[n] = spreadsheet_cell(values[n])
        writer.writerow(values)
        count += 1
    return count


def _write_ndjson(file: TextIO, set_: ExportSet, rows: Iterator[tuple[Any, ...]], unmasked: bool) -> int:
    names = [c.name for c in set_.columns]
    encoder = msgspec.json.Encoder()
    count = 0
    for row in rows:
        file.write(encoder.encode(dict(zip(names, present(set_, row, unmasked), strict=True))).decode())
        file.write("\n")
        count += 1
    return count


@contextmanager
def _beside(output: Path) -> Iterator[tuple[TextIO, Callable[[], None]]]:
    """A new file in the target's folder; it takes the target's name after the block, if it was declared complete."""
    if not output.parent.is_dir():
        raise ExportFailed(
            "there is no such folder", where=str(output.parent), remedy="make it, or name another with -o"
        )
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    complete = False
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", newline="", encoding="utf-8") as file:

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
