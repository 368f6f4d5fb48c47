"""The journal held against the exchange's own records: CEL for times, queue_log for outcomes, CDR for the number."""

from __future__ import annotations

from data.clock import Micros
from tests.e2e.centre import Centre
from tests.fault.held import moment
from tests.lab import Exchange
from tests.lab.waiting import until

TOLERANCE: Micros = 50_000
"""50 ms between the journal and CEL, or the exchange's own event when that told it later than CEL did."""


def _linkedid(uniqueid: str, system: str) -> str:
    return uniqueid.removeprefix(f"{system}-")


def against_the_exchange(centre: Centre, exchange: Exchange) -> dict[str, int]:
    """Fail on any lost, doubled or different call; returns what was counted."""
    system = exchange.settings.system
    rows = centre.rows("SELECT linkedid, arrived_at, answered_at, ended_at, outcome, classified FROM calls")
    # (The exchange writes its files a moment after its events.)
    until(lambda: {row[0] for row in rows} <= _cdr(exchange) & _over(exchange))
    told: dict[tuple[str, str], Micros] = {}
    for packet in list(exchange.harness.packets):
        if (event := moment(packet)) is not None:
            told.setdefault(*event)
    cel: dict[str, dict[str, Micros]] = {}
    for row in exchange.cel_rows():
        call = cel.setdefault(_linkedid(row.linkedid, system), {})
        if row.channel.startswith("PJSIP/trunk"):
            if row.event == "CHAN_START":
                call.setdefault("arrived", row.at)
            elif row.event == "BRIDGE_ENTER":
                call.setdefault("answered", row.at)
            elif row.event == "HANGUP":
                call["ended"] = row.at
        elif row.event == "ANSWER" and row.channel.startswith("PJSIP/op"):
            call.setdefault("picked_up", row.at)
    cel = {linkedid: times for linkedid, times in cel.items() if "arrived" in times}
    journal = {row[0]: row[1:] for row in rows}
    assert len(journal) == len(rows), "a call stands twice in the journal"
    assert set(journal) == set(cel), f"lost: {set(cel) - set(journal)}; not in CEL: {set(journal) - set(cel)}"
    for linkedid, times in cel.items():
        arrived, answered, ended, outcome, _ = journal[linkedid]
        for name, ours in (("arrived", arrived), ("answered", answered), ("ended", ended)):
            theirs = times.get(name)
            assert (ours is None) == (theirs is None), f"{linkedid} {name}: journal {ours}, CEL {theirs}"
            if ours is None:
                continue
            # Answered: from the telephone's picking up until the caller is in the bridge, a while on a busy machine.
            first = min(theirs, times.get("picked_up", theirs)) if name == "answered" else theirs
            last = max(theirs, told.get((linkedid, name), theirs))
            assert first - TOLERANCE <= ours <= last + TOLERANCE, (
                f"{linkedid} {name}: {(ours - theirs) / 1000} ms apart"
            )
        assert (outcome == "answered") == ("answered" in times), f"{linkedid}: {outcome}, CEL {times}"
    _against_queue_log(exchange, system, {linkedid: row[3] for linkedid, row in journal.items()})
    cdr = _cdr(exchange)
    assert cdr == set(journal), f"CDR has {len(cdr)} calls, the journal {len(journal)}"
    kinds = [(e.stream, e.kind) for e in centre.entries("call.") if e.kind in ("call.arrived", "call.ended")]
    assert len(kinds) == len(set(kinds)), "a call arrived or ended twice"
    return {"calls": len(journal), "lost": len(set(cel) - set(journal)), "doubled": len(kinds) - len(set(kinds))}


def _cdr(exchange: Exchange) -> set[str]:
    rows = [row for row in exchange.cdr_rows() if row["channel"].startswith("PJSIP/trunk")]
    return {_linkedid(row["linkedid"], exchange.settings.system) for row in rows}


def _over(exchange: Exchange) -> set[str]:
    """The calls whose end CEL has."""
    rows = [row for row in exchange.cel_rows() if row.event == "LINKEDID_END"]
    return {_linkedid(row.linkedid, exchange.settings.system) for row in rows}


def _against_queue_log(exchange: Exchange, system: str, outcomes: dict[str, str]) -> None:
    """A call with CONNECT was answered. ABANDON alone tells little: every pick writes one too."""
    seen: dict[str, set[str]] = {}
    for row in exchange.queue_log():
        seen.setdefault(_linkedid(row.call, system), set()).add(row.event)
    for linkedid, outcome in outcomes.items():
        events = seen.get(linkedid, set())
        assert ("CONNECT" in events) == (outcome == "answered"), f"{linkedid}: {outcome}, queue_log {events}"
        if outcome == "abandoned":
            assert "ABANDON" in events, f"{linkedid}: abandoned, queue_log {events}"
