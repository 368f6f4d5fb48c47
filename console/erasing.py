"""Which entries of the record concern a number, an incident or a list, and what speaks against erasing them now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from console.compose import incidents_of
from data.errors import Refusal, WrongUse
from data.projection import Database
from data.store.connection import rows
from telephony import numbers
from telephony.callbacks.queries import open_items
from telephony.calls.queries import call as call_row
from telephony.recordings.queries import holds

_GAP = r"[\s().\-/]*"


class Concerned(msgspec.Struct, frozen=True):
    """Personal values of the record: in which entries (``seqs``), how many, and of which calls and incidents (ids)."""

    seqs: tuple[int, ...]
    values: int
    calls: frozenset[str]
    incidents: frozenset[str]


def written(number: str) -> re.Pattern[str]:
    """Finds ``number`` in a text, however it is written."""
    key = numbers.key(number)
    if key.startswith("0") and len(key) > 1:
        head, digits = rf"(?:(?:\+|00)?{_GAP}{numbers.COUNTRY}{_GAP}0?|0)", key[1:]
    else:
        head, digits = (r"(?:\+|00)" if key.startswith("+") else ""), key.removeprefix("+")
    return re.compile(rf"(?<![0-9]){head}{_GAP}{_GAP.join(map(re.escape, digits))}(?![0-9])")


def of_number(db: Database, number: str) -> Concerned:
    """All entries of the number's calls, and every other one that has the number in it."""
    if not numbers.diallable(re.sub(_GAP, "", number)):
        raise WrongUse("that is no telephone number", where="--number", remedy="digits, perhaps after a +")
    pattern, seqs, calls = written(number), set[int](), set[str]()
    for seq, stream, field, value in _values(db):
        if pattern.search(value):
            seqs.add(seq)
            if stream.startswith("call/") and field == "number":
                calls.add(stream)
    return _concerned(db, seqs | _of_streams(db, calls, ()))


def of_incident(db: Database, number: int) -> Concerned:
    """All entries of an incident, of those merged into it, and of its calls that belong to no other incident."""
    from dispatch.incidents.queries import absorbed, by_number  # noqa: PLC0415

    found = by_number(db, number)
    if found is None:
        raise WrongUse(f"there is no incident {number}", where="--incident")
    ids = {found.id, *(other.id for other in absorbed(db, found))}
    calls = {
        call
        for (call,) in rows(db.execute("SELECT DISTINCT call FROM incident_calls", ()))
        if (own := incidents_of(db, call)) & ids and own <= ids
    }
    return _concerned(db, _of_streams(db, calls, ids))


def of_entries(db: Database, text: str) -> Concerned:
    """The entries named as on paper: 12,40-52."""
    seqs = set[int]()
    last = rows(db.execute("SELECT coalesce(max(seq), 0) FROM journal", ()))[0][0]
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,15})(?:-([0-9]{1,15}))?\s*", part)
        first, until = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= until <= last:
            raise WrongUse(
                f"{part.strip()!r} names no entries", where="--entries", remedy=f"such as 12,40-52; the last is {last}"
            )
        seqs.update(range(first, until + 1))
    return _concerned(db, seqs)


def check(db: Database, found: Concerned) -> None:
    """Raises Refusal while a hold keeps an incident concerned, or somebody still works on a call or an incident."""
    from dispatch.incidents.queries import get  # noqa: PLC0415

    held = {row.incident for row in holds(db)}
    for id in sorted(found.incidents.union(*(incidents_of(db, call) for call in found.calls))):
        incident = get(db, id)
        number = incident.number if incident is not None else "?"
        if id in held:
            raise Refusal(
                "on_hold", "incident {number} is on hold (siaga112 recordings holds): nothing is erased", number=number
            )
        if incident is not None and incident.status == "active":
            raise Refusal("still_active", "incident {number} is active: close it first", number=number)
    for stream in sorted(found.calls):
        row = call_row(db, stream)
        if row is not None and row.outcome is None:
            raise Refusal("still_running", "the call {call} is not over", call=stream)
    if any(item.last_call in found.calls for item in open_items(db, 1_000_000)):
        raise Refusal("to_call_back", "this caller is still to be called back: close that first")


def named_in(reason: str, values: Iterable[tuple[str, str]]) -> bool:
    """Whether a reason has a number or a name in it that is to be erased (it would stand in the record for ever)."""
    for field, value in values:
        pattern = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
        if value and ((field == "number" and written(value).search(reason)) or pattern.search(reason)):
            return True
    return False


def texts(db: Database, found: Concerned) -> list[tuple[str, str]]:
    """(field, value) of what is concerned."""
    chosen = frozenset(found.seqs)
    return [(field, value) for seq, _stream, field, value in _values(db) if seq in chosen]


def _values(db: Database) -> Iterable[tuple[int, str, str, str]]:
    sql = "SELECT j.seq, j.stream, p.field, p.value FROM personal p JOIN journal j ON j.id = p.entry_id"
    return rows(db.execute(sql, ()))


def _of_streams(db: Database, calls: Iterable[str], incidents: Iterable[str]) -> set[int]:
    """Entries with personal values in the streams of these calls and incidents, and those that name one of them."""
    streams = {
        f"{kind}/{call.removeprefix('call/')}" for call in calls for kind in ("call", "recording", "callback")
    } | {f"{kind}/{id}" for id in incidents for kind in ("incident", "recording_hold", "vicinity")}
    of_call, of_incident = frozenset(calls), {*incidents, *(f"incident/{id}" for id in incidents)}
    return {
        seq
        for seq, stream, call, incident in _named(db)
        if stream in streams or call in of_call or (incident in of_incident and not stream.startswith("call/"))
    }


def _named(db: Database) -> Iterable[tuple[int, str, str | None, str | None]]:
    sql = (
        "SELECT seq, stream, json_extract(body, '$.call'), json_extract(body, '$.incident') FROM journal"
        " WHERE id IN (SELECT entry_id FROM personal)"
    )
    return rows(db.execute(sql, ()))


def _concerned(db: Database, seqs: set[int]) -> Concerned:
    calls, incidents, holding = set[str](), set[str](), set[int]()
    prefix: Callable[[str], str] = lambda text: text.partition("/")[2]  # noqa: E731
    for seq, stream, call, incident in _named(db):
        if seq not in seqs:
            continue
        holding.add(seq)
        kind = stream.partition("/")[0]
        if kind in ("call", "recording", "callback"):
            calls.add(f"call/{prefix(stream)}")
        elif kind in ("incident", "recording_hold"):
            incidents.add(prefix(stream))
        calls |= {call} if call else set()
        incidents |= {incident.removeprefix("incident/")} if incident else set()
    for each in calls:
        incidents |= incidents_of(db, each)
    incidents |= _into(db, incidents)
    values = sum(1 for seq, *_rest in _values(db) if seq in holding)
    return Concerned(tuple(sorted(holding)), values, frozenset(calls), frozenset(incidents))


def _into(db: Database, ids: set[str]) -> set[str]:
    """The incidents that these were merged into: a hold on one keeps them, too."""
    from dispatch.incidents.queries import get  # noqa: PLC0415

    found, coming = set[str](), list(ids)
    while coming:
        incident = get(db, coming.pop())
        if incident is not None and incident.merged_into and incident.merged_into not in found:
            found.add(incident.merged_into)
            coming.append(incident.merged_into)
    return found
