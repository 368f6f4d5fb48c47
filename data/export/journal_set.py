"""The journal itself as an export set: one row an entry, the body as JSON, personal fields masked by the vocabulary."""

from __future__ import annotations

from typing import Any

import msgspec

from data import codec
from data.export.sets import MASK, Column, ExportSet

_COLUMNS = (
    Column("seq", "number"), Column("id"), Column("stream"), Column("version", "number"), Column("kind"),
    Column("at", "time"), Column("recorded_at", "time"), Column("actor"), Column("terminal"), Column("body"),
    Column("hash"),
)  # fmt: skip

_SQL = """
    SELECT seq, id, stream, version, kind, at, recorded_at, actor, terminal, body, hash,
        (SELECT json_group_object(field, value) FROM personal WHERE entry_id = journal.id)
    FROM journal WHERE at >= :since AND at < :until ORDER BY seq
"""


def _convert(row: tuple[Any, ...], unmasked: bool) -> tuple[Any, ...]:
    *head, text, digest, personal = row
    body, erased = codec.decode_body(row[4], text, msgspec.json.decode(personal))
    values = msgspec.to_builtins(body)
    for field in body.PERSONAL:
        if field in erased:
            values[field] = "erased"
        elif values.get(field) is not None and not unmasked:
            values[field] = MASK
    return (*head, msgspec.json.encode(values).decode(), digest)


JOURNAL_SET = ExportSet("journal", _COLUMNS, _SQL, _convert)
