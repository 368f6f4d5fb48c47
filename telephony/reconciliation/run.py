"""Reading both sides, and telling the result: the edge of the comparison."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from data.clock import SECOND, Micros
from data.entry import Draft, draft
from data.errors import WrongUse
from data.projection import Reader
from data.vocabulary.administration import HouseAlarm
from data.vocabulary.reconciliation import ReconcileFinished
from telephony.asterisk import cel
from telephony.calls.fold import Call
from telephony.calls.names import call_stream
from telephony.reconciliation.compare import Kept, Result, Window, compare
from telephony.reconciliation.records import QueueLog, beside, read_cdr, read_queue_log
from telephony.reconciliation.told import Archive, read_archive
from telephony.settings import Pbx

MARGIN: Micros = 60 * SECOND
"""The archive is read from so long before the first call: a call that the journal saw late began earlier."""

SETTLE: Micros = 2 * SECOND
"""What happened so shortly before is not compared: it is on its way to the one side or the other."""

_AT_ONCE = 400
_decode = msgspec.json.Decoder(Call).decode


class Records(msgspec.Struct, frozen=True):
    """What the exchange wrote down, as it stood when it was read."""

    archive: Archive
    queue_log: QueueLog | None = None
    cdr: dict[str, Micros] | None = None


def read_records(pbx: Pbx, window: Window) -> Records:
    """The exchange's records of the window. Raises WrongUse without an archive, OSError when it cannot be read."""
    if pbx.cel_file is None:
        raise WrongUse(
            f"nothing says where the exchange {pbx.name} keeps its archive",
            where=f"[[pbx]] {pbx.name}",
            remedy="set cel_file, see docs/admin.md",
        )
    path = Path(pbx.cel_file)
    since = max(0, window.since - MARGIN)
    queue_log_file, cdr_file = beside(path)
    rows = cel.read(path, since)
    queue_log = cdr = None
    if queue_log_file is not None:
        with queue_log_file.open(encoding="utf-8", errors="replace") as lines:
            queue_log = read_queue_log(lines, window.since, window.until)
    if cdr_file is not None:
        with cdr_file.open(encoding="utf-8", errors="replace", newline="") as lines:
            cdr = read_cdr(lines, window.since, window.until)
    archive = read_archive(rows, queue_log.restarts if queue_log is not None else (), pbx.intake_contexts)
    began = cel.begins(path)
    return Records(Archive(archive.calls, since if began is not None and began < since else began), queue_log, cdr)


def read_journal(view: Reader, pbx: str, window: Window, keys: Iterable[str]) -> dict[str, Kept]:
    """The journal's calls of ``pbx`` that began in the window, and those named by ``keys``."""
    rows: dict[str, str] = dict(
        view.execute(
            "SELECT call, fold FROM calls WHERE pbx = :pbx AND began_at >= :since AND began_at < :until",
            {"pbx": pbx, "since": window.since - MARGIN, "until": window.until},
        ).fetchall()
    )
    more = [stream for key in keys if (stream := call_stream(pbx, key)) not in rows]
    for start in range(0, len(more), _AT_ONCE):
        some = more[start : start + _AT_ONCE]
        rows.update(
            view.execute(f"SELECT call, fold FROM calls WHERE call IN ({', '.join('?' * len(some))})", some).fetchall()
        )
    told = _counted(view, list(rows))
    kept = (_kept(_decode(fold), told.get(stream, {})) for stream, fold in rows.items())
    return {each.key: each for each in kept}


def _counted(view: Reader, streams: list[str]) -> dict[str, dict[str, int]]:
    """How many entries of each kind that a call has once, by stream."""
    found: dict[str, dict[str, int]] = {}
    for start in range(0, len(streams), _AT_ONCE):
        some = streams[start : start + _AT_ONCE]
        counted = view.execute(
            f"SELECT stream, kind, COUNT(*) FROM journal WHERE stream IN ({', '.join('?' * len(some))})"
            " AND kind IN ('call.arrived', 'call.answered', 'call.ended') GROUP BY stream, kind",
            some,
        ).fetchall()
        for stream, kind, times in counted:
            found.setdefault(stream, {})[kind] = times
    return found


def _kept(call: Call, told: dict[str, int]) -> Kept:
    return Kept(
        key=call.linkedid,
        began_at=call.began_at if call.began_at is not None else call.ended_at or 0,
        arrived_at=call.arrived_at,
        answered_at=call.answered_at,
        answered=call.answered,
        operators=tuple(call.operators),
        ended_at=call.ended_at,
        outcome=call.outcome,
        ended_by=call.ended_by,
        estimated=frozenset(call.estimated),
        recovered=call.recovered_from is not None,
        arrivals=told.get("call.arrived", 0),
        answers=told.get("call.answered", 0),
        ends=told.get("call.ended", 0),
    )


def reconcile(view: Reader, pbx: Pbx, window: Window, records: Records) -> Result:
    """Hold the journal against ``records``, which were read before ``view`` was taken."""
    calls = records.archive.calls
    keys = {*calls, *(records.queue_log.calls if records.queue_log else ()), *(records.cdr or ())}
    return compare(window, read_journal(view, pbx.name, window, keys), records.archive, records.queue_log, records.cdr)


def told_of(pbx: str, bridge: str, window: Window, result: Result, at: Micros) -> list[Draft]:
    """The entry about the result, and an alarm when there are differences."""
    body = ReconcileFinished(
        bridge=bridge,
        since=window.since,
        until=min(window.until, window.settled),
        calls=result.calls,
        open=result.open,
        recovered=result.recovered,
        uncovered=result.uncovered,
        **result.counts(),
    )
    drafts = [draft(f"reconcile/{pbx}", body, actor=f"bridge:{bridge}", at=at)]
    if result.differences:
        counts = ", ".join(f"{kind} {count}" for kind, count in result.counts().items() if count)
        first = result.differences[0]
        detail = f"{pbx}: {counts}; first: {first.kind} {first.call}"
        alarm = HouseAlarm(what="records_differ", detail=detail[:500])
        drafts.append(draft("house", alarm, actor=f"bridge:{bridge}", at=at))
    return drafts
