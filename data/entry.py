"""An entry of the journal, and the draft that becomes one when it is appended."""

from __future__ import annotations

import secrets
import time

import msgspec

from data.clock import Micros, now
from data.vocabulary.record import Record


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to append. The journal gives ``seq``, ``version``, ``recorded_at`` and the hashes.

    ``id`` makes a repeat harmless: a known id is dropped inside the lock. For a fact of the exchange it is made of
    (PBX, Uniqueid, kind, AMI Timestamp); for a decision the console makes it when the key is pressed. ``at`` is when
    it happened (UTC micros). ``actor``: a login or a service's name; ``terminal``: where.
    """

    id: str
    stream: str
    body: Record
    at: Micros
    actor: str = ""
    terminal: str = ""

    @property
    def kind(self) -> str:
        """The kind of the body."""
        return self.body.KIND


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it stands in the journal, its personal fields put back (None when erased)."""

    seq: int
    id: str
    stream: str
    version: int
    kind: str
    at: Micros
    recorded_at: Micros
    actor: str
    terminal: str
    body: Record
    prev_hash: str = ""
    hash: str = ""
    erased: tuple[str, ...] = ()


def new_id() -> str:
    """A new unique id that sorts by time: 12 hex digits of milliseconds, 16 random."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


def draft(
    stream: str,
    body: Record,
    *,
    actor: str = "",
    terminal: str = "",
    at: Micros | None = None,
    id: str | None = None,
) -> Draft:
    """A draft of something that happens now (or at ``at``), with a new id unless one is given."""
    return Draft(
        id=id or new_id(),
        stream=stream,
        body=body,
        at=now() if at is None else at,
        actor=actor,
        terminal=terminal,
    )
