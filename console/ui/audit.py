"""The journal as the admin looks at it: filtered, the newest first, personal fields masked. It is never edited."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from console.i18n import N_
from console.ui.office.views import EntryRow
from data import codec
from data.entry import Entry
from data.errors import Refusal, SiagaError
from data.export.sets import MASK
from data.journal import Journal
from data.text import safe_line, safe_text

SHOWN = 200
"""Entries on a list; a narrower filter finds the others."""

ERASED = N_("erased")

_COLUMNS = "seq, id, stream, version, kind, at, recorded_at, actor, terminal, body, hash"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: ``kind`` and ``stream`` are beginnings, ``actor`` is exact, ``seq`` from and to (inclusive)."""

    kind: str = ""
    actor: str = ""
    stream: str = ""
    first: int | None = None
    last: int | None = None


def parse(text: str) -> Wanted:
    """``kind:incident. actor:budi stream:call/ seq:10-20``; a bare number is a seq, a bare word a kind.

    Raises Refusal for anything else.
    """
    found: dict[str, Any] = {}
    for word in text.split():
        name, colon, value = word.partition(":")
        if not colon:
            name, value = ("seq" if re.fullmatch(r"[0-9]+(-[0-9]*)?", word) else "kind"), word
        if name == "seq" and (numbers := re.fullmatch(r"([0-9]{1,18})(-([0-9]{0,18}))?", value)):
            found["first"] = int(numbers[1])
            found["last"] = int(numbers[3]) if numbers[3] else (None if numbers[2] else int(numbers[1]))
        elif name in {"kind", "actor", "stream"} and value:
            found[name] = value.rstrip("*") if name != "actor" else value
        else:
            raise Refusal(
                "bad_filter", "{word} is not understood; write kind:call. actor:budi stream:incident/ seq:10-20",
                word=safe_line(word, 40),
            )  # fmt: skip
    return Wanted(**found)


def entries(journal: Journal, wanted: Wanted) -> tuple[EntryRow, ...]:
    """The latest entries that fit, newest first, masked."""
    terms = {
        "substr(kind, 1, length(:kind)) = :kind": wanted.kind,
        "actor = :actor": wanted.actor,
        "substr(stream, 1, length(:stream)) = :stream": wanted.stream,
        "seq >= :first": wanted.first,
        "seq <= :last": wanted.last,
    }
    where = " AND ".join(term for term, value in terms.items() if value not in ("", None))
    params = {
        "kind": wanted.kind, "actor": wanted.actor, "stream": wanted.stream, "first": wanted.first,
        "last": wanted.last, "limit": SHOWN,
    }  # fmt: skip
    rows = journal.execute(
        f"SELECT {_COLUMNS} FROM journal {f'WHERE {where} ' if where else ''}ORDER BY seq DESC LIMIT :limit", params
    ).fetchall()
    return tuple(_masked(row) for row in rows)


def _masked(row: tuple[Any, ...]) -> EntryRow:
    """A stored row whose personal values were not even read."""
    seq, _id, stream, version, kind, at, recorded_at, actor, terminal, body, digest = row
    fields: dict[str, Any] = msgspec.json.decode(body)
    hidden = codec.personal_marks(kind, body)
    fields |= dict.fromkeys(hidden, MASK)
    return EntryRow(
        seq=seq, at=at, recorded_at=recorded_at, kind=kind, stream=stream, version=version, actor=actor,
        terminal=terminal, fields=_texts(fields), personal=len(hidden), hash=digest,
    )  # fmt: skip


def entry(journal: Journal, seq: int, *, revealed: bool) -> EntryRow | None:
    """One entry; with ``revealed`` its personal values are put back, and those that were erased say so."""
    if not revealed:
        found = entries(journal, Wanted(first=seq, last=seq))
        return found[0] if found else None
    rows: list[Entry] = journal.read(seq - 1, 1)
    if not rows or rows[0].seq != seq:
        return None
    one = rows[0]
    try:
        fields: dict[str, Any] = msgspec.to_builtins(one.body)
    except (TypeError, ValueError) as error:
        raise SiagaError("the entry cannot be read", where=f"seq {seq}") from error
    personal = [name for name in one.body.PERSONAL if fields.get(name) is not None]
    fields |= dict.fromkeys(one.erased, ERASED)
    return EntryRow(
        seq=one.seq, at=one.at, recorded_at=one.recorded_at, kind=one.kind, stream=one.stream, version=one.version,
        actor=one.actor, terminal=one.terminal, fields=_texts(fields), personal=len(personal), revealed=True,
        hash=one.hash,
    )  # fmt: skip


def _texts(fields: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, safe_text(value if isinstance(value, str) else msgspec.json.encode(value).decode(), 2000))
        for name, value in fields.items()
        if value is not None
    )
