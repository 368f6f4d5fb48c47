"""What a bridge knows when it begins: the journal's fold of the open calls, and nothing that is only in a process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from data.clock import SECOND, Micros
from data.entry import Draft, Entry
from data.journal import Journal
from data.projection import Reader
from telephony.calls.queries import links, members, open_streams
from telephony.calls.state import CallsState
from telephony.settings import Pbx

DAY = 86_400 * SECOND
"""Longer than any call."""

RECENT_S = 120
"""Calls that began so lately are remembered though they are over: the exchange may still say something about them."""


def remember(journal: Journal, pbx: Pbx, at: Micros, pending: Iterable[Draft] = ()) -> CallsState:
    """The state of ``pbx`` after all that the journal holds at ``at`` and the facts that are still on their way there.

    Raises what the journal raises.
    """
    with journal.snapshot() as db:
        streams = open_streams(db, pbx.name)
        recent = db.execute(
            "SELECT call FROM calls WHERE began_at > :since AND outcome IS NOT NULL AND pbx = :pbx ORDER BY began_at",
            {"since": at - RECENT_S * SECOND, "pbx": pbx.name},
        ).fetchall()
        entries: list[Entry] = []
        for stream in [*(row[0] for row in recent), *streams]:
            entries += db.stream(stream)
        state = CallsState.from_journal(pbx.name, entries, intake_contexts=pbx.intake_contexts)
        for member in members(db, pbx=pbx.name):
            state.members[(member.queue, member.operator)] = member.state
            if member.state == "paused":
                state.pauses[(member.queue, member.operator)] = member.reason or ""
        # The ids of what a snapshot shows of a member count the member's facts before it.
        facts = db.execute(
            "SELECT stream, MAX(version) FROM journal WHERE stream >= :low AND stream < :high GROUP BY stream",
            {"low": f"member/{pbx.name}/", "high": f"member/{pbx.name}0"},
        ).fetchall()
        state.member_facts.update({stream.split("/", 2)[2]: version for stream, version in facts})
        state.booted_at = _known_boot(db, pbx.name)
    for draft in pending:
        state.apply(draft)
    return state


def last_seen(journal: Journal, pbx: Pbx) -> Micros | None:
    """From when on the journal may lack something: a bridge saw the exchange last, or an open call began.

    A gap counts as looked into when the comparison with the exchange's records that followed it is in the journal; a
    bridge that was killed before that leaves its own gap to the next one. None when no bridge ever saw the exchange.
    Raises what the journal raises.
    """
    params: dict[str, Any] = {"pbx": pbx.name, "stream": f"pbx/{pbx.name}", "compared": f"reconcile/{pbx.name}"}
    links = "FROM journal WHERE stream = :stream AND kind = 'pbx.linked'"
    done = journal.execute(
        "SELECT seq, body FROM journal WHERE stream = :compared ORDER BY version DESC LIMIT 1", params
    ).fetchone()
    until = int(msgspec.json.decode(done[1])["until"]) if done is not None else 0
    params |= {"seq": 1 << 62, "at": 1 << 62, "until": until, "day": until - DAY}
    if done is not None:
        # Whoever was linked since then had a gap before that, of which nobody knows whether it was made good.
        first = journal.execute(f"SELECT seq, at {links} AND seq > {done[0]:d} ORDER BY seq LIMIT 1", params).fetchone()
        params |= {"seq": first[0], "at": first[1]} if first is not None else {}
    linked = _first(journal, f"SELECT MAX(at) {links} AND seq < :seq", params)
    if linked is None:
        return None
    seen = "pbx = :pbx AND began_at < :at AND observed = 0 AND recovered = 0 ORDER BY began_at DESC LIMIT 1"
    began = _first(journal, f"SELECT began_at FROM calls WHERE {seen}", params)
    # Calls that go on, and those of which nobody saw all: their beginning is needed to tell of them.
    going_on = _first(journal, "SELECT MIN(began_at) FROM calls WHERE pbx = :pbx AND outcome IS NULL", params)
    half_seen = "recovered = 0 AND (observed = 1 OR end_evidence = 'snapshot') AND ended_at > :until"
    lacking = done and _first(
        journal, f"SELECT MIN(began_at) FROM calls WHERE pbx = :pbx AND began_at > :day AND {half_seen}", params
    )
    last = max(linked, began or 0, until)
    return min([last, *(moment for moment in (going_on, lacking) if moment is not None)])


def _first(journal: Journal, sql: str, params: dict[str, Any]) -> int | None:
    row = journal.execute(sql, params).fetchone()
    return None if row is None else row[0]


def _known_boot(db: Reader, pbx: str) -> Micros | None:
    """When the exchange started, as far as the journal knows; after a Shutdown nobody knows until somebody is told."""
    last = db.execute(
        "SELECT body FROM journal WHERE stream = :stream AND (kind = 'pbx.restarted' OR"
        " (kind = 'pbx.linked' AND body LIKE '%\"booted_at\"%')) ORDER BY version DESC LIMIT 1",
        {"stream": f"pbx/{pbx}"},
    ).fetchone()
    if last is None:
        return None
    booted_at = msgspec.json.decode(last[0]).get("booted_at")
    return int(booted_at) if booted_at is not None else None


def linked_bridges(journal: Journal, pbx: Pbx) -> dict[str, Micros]:
    """The bridges that the journal believes to be linked to ``pbx``, and since when."""
    return {link.bridge: link.since for link in links(journal) if link.pbx == pbx.name and link.linked}
