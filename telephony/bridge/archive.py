"""What nobody saw: the exchange's own archive (channel event logging) tells of the calls that came while no bridge ran.

After every login the archive is read from a little before the last thing that was seen. A call that has ended, and of
which the journal knows nothing or not all, becomes a ``call.recovered`` with the archive's times, which are those of
AMI to the millisecond. Live facts are never replaced by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from data.clock import SECOND, Micros
from data.entry import Draft
from data.vocabulary.calls import CallRecovered
from telephony.asterisk import cel
from telephony.asterisk.cel import INTAKE, SILENT, Row
from telephony.calls.fold import CLOSE, Call
from telephony.calls.names import HELPERS, call_stream, interface_of, known, technology
from telephony.calls.state import INTAKE_CONTEXTS, OUTSIDE_CONTEXTS

SOURCE = "cel"
NEVER: Micros = 1 << 62
SEEN = "Hangup"
"""Evidence of an end that was seen live; every other one is a conclusion."""


def recovered(
    pbx: str,
    rows: Iterable[Row],
    *,
    booted_at: Micros | None = None,
    intake_contexts: Collection[str] = INTAKE_CONTEXTS,
) -> dict[str, CallRecovered]:
    """The 112 calls among ``rows`` that are over, by stream. Pure.

    ``booted_at``: the exchange started then, within a second; a call without an end whose events are all older ended
    with it, and so did those whose ends it wrote last.
    """
    lines = list(rows)
    boots = cel.boots(lines, () if booted_at is None else (booted_at - SECOND,))
    last_boot = max((lines[boot].at for boot in boots if boot < len(lines)), default=0)
    taken_down = {uniqueid for boot in boots for uniqueid in cel.taken_down(lines, boot)}
    outside = {row.uniqueid for row in lines if row.fields["context"] in OUTSIDE_CONTEXTS}
    calls: dict[str, list[Row]] = {}
    for row in lines:
        calls.setdefault(row.linkedid, []).append(row)
    found: dict[str, CallRecovered] = {}
    for events in calls.values():
        caller = next((row.uniqueid for row in events if cel.came_in(row, intake_contexts)), None)
        if caller is None:
            continue
        call = _call(events, caller, max(booted_at or 0, last_boot), taken_down, outside)
        if call is not None:
            found[call_stream(pbx, caller)] = call
    return found


def _call(
    events: list[Row], caller: str, booted_at: Micros, taken_down: set[str], outside: set[str]
) -> CallRecovered | None:
    own = [row for row in events if row.uniqueid == caller]
    others = [row for row in events if row.uniqueid != caller and technology(row.channel) not in HELPERS]
    began = _first(own, "CHAN_START")
    if began is None:
        return None  # it began before what was read, so somebody saw it
    end = _first(own, "HANGUP") or _first(own, "CHAN_END")
    lost = max(row.at for row in events) < booted_at if end is None else caller in taken_down
    if end is None and not lost:
        return None
    queued = next((row for row in own if row.event == "APP_START" and row.fields["application"] == "Queue"), None)
    offered = next((row for row in others if row.event == "CHAN_START"), None)
    talks = _talks(own, [row for row in others if row.uniqueid not in outside])
    answered_at, operator = talks[0] if talks else (None, None)
    intake = _first(own, INTAKE) or began
    unanswered = "pbx_lost" if lost else "abandoned"
    return CallRecovered(
        source=SOURCE,
        arrived_at=began.at,
        outcome="answered" if answered_at is not None else unanswered,
        number=known(intake.fields["number"], 80),
        name=known(intake.fields["name"]),
        queue=known(queued.fields["data"].partition(",")[0], 80) if queued else None,
        operator=operator,
        queued_at=queued.at if queued else None,
        offered_at=offered.at if offered else None,
        answered_at=answered_at,
        ended_at=end.at if end else None,
        ended_by="pbx" if lost or end is None else _ended_by(end, others),
        operators=tuple(operator for _, operator in talks) if len(talks) > 1 else (),
        silent=_silent(own),
    )


def _first(rows: Iterable[Row], event: str) -> Row | None:
    return next((row for row in rows if row.event == event), None)


def _talks(own: list[Row], others: list[Row]) -> list[tuple[Micros, str]]:
    """Since when the caller and each operator were in one bridge, in order."""
    entered = {str(row.extra.get("bridge_id")): row.at for row in reversed(own) if row.event == "BRIDGE_ENTER"}
    together = sorted(
        (max(row.at, entered[bridge]), interface_of(row.channel))
        for row in others
        if row.event == "BRIDGE_ENTER" and (bridge := str(row.extra.get("bridge_id"))) in entered
    )
    first: dict[str, Micros] = {}
    for at, operator in together:
        first.setdefault(operator, at)
    return [(at, operator) for operator, at in first.items()]


def _silent(own: list[Row]) -> str | None:
    """The last step of the silent-call procedure; None when there was none, or an operator had the caller after it."""
    steps = [row for row in own if row.event == SILENT]
    if not steps or any(row.event == "BRIDGE_ENTER" and row.at > steps[-1].at for row in own):
        return None
    step = str(steps[-1].extra.get("extra", "")).partition(" ")[0]
    return "hung_up" if step == "start" else step if step in ("digit", "nodigit") else None


def _ended_by(end: Row, others: Iterable[Row]) -> str | None:
    source = end.extra.get("hangupsource")
    if source == end.channel:
        return "caller"
    return "operator" if source and any(row.channel == source for row in others) else None


def lacks(call: Call | None, told: CallRecovered) -> bool:
    """Whether the journal lacks something that the archive has: nobody saw it, or not all of it. Pure."""
    if call is None:
        return True
    if call.recovered_from is not None or not call.ended:
        return False  # told already; or not over, and its end will be seen
    if call.observed_at is not None or call.end_evidence == "snapshot":
        return True
    if call.end_evidence not in (SEEN, None):  # that the exchange went down is all that was known of its end
        late = told.ended_at is not None and abs(told.ended_at - (call.ended_at or 0)) > CLOSE
        if late or told.outcome != call.outcome:
            return True
    talked = told.operators or ((told.operator,) if told.operator else ())
    if not set(talked) <= set(call.operators):
        return True
    seen_at = call.answered_at if call.answered_at is not None else NEVER
    return told.answered_at is not None and told.answered_at < seen_at - CLOSE


def draft_of(pbx: str, stream: str, call: CallRecovered) -> Draft:
    """The entry: one id per call, so that two bridges tell it once."""
    return Draft(
        id=f"{stream}/recovered",
        stream=stream,
        body=call,
        at=call.ended_at or call.arrived_at,
        actor=f"pbx:{pbx}",
    )
