"""What people decide about a call: pure rules, from the call's fold and a request to drafts, or a Refusal."""

from __future__ import annotations

from data.entry import Draft, draft
from data.errors import Conflict, Refusal
from data.projection import Reader
from data.text import safe_line, safe_text
from data.vocabulary.calls import CallClassified
from telephony.calls.fold import Call, fold_all
from telephony.calls.outcomes import BY_CODE


def load_call(reader: Reader, stream: str) -> Call:
    """The fold of the call ``stream`` as the journal stands (inside a decision). Refusal ``no_such_call``."""
    call = fold_all(reader.stream(stream)) if stream.startswith("call/") and stream.count("/") >= 2 else None
    if call is None:
        raise Refusal("no_such_call", "there is no call {call}", call=safe_line(stream, 80))
    return call


def classify(
    call: Call,
    outcome: str,
    *,
    actor: str,
    terminal: str = "",
    incident: str | None = None,
    reason: str | None = None,
    note: str | None = None,
    base: str | None = None,
) -> list[Draft]:
    """The call-taker's outcome of ``call``; a later one replaces an earlier.

    ``incident``: the incident's stream, with the outcomes incident and attached only. ``base``: the outcome that the
    person saw (None: none yet). The same outcome again changes nothing and writes nothing.

    Refusals: unknown_outcome, not_answered (still waiting for an operator), incident_missing, incident_not_wanted.
    Conflict ``classified_meanwhile``: somebody gave another outcome that the person had not seen.
    """
    kind = BY_CODE.get(outcome)
    if kind is None:
        known = ", ".join(sorted(BY_CODE))
        raise Refusal(
            "unknown_outcome",
            "{outcome} is no outcome of a call; there are {known}",
            outcome=safe_line(outcome, 40),
            known=known,
        )
    if not call.answered and not call.ended:
        raise Refusal("not_answered", "call {call} still waits for an operator", call=call.linkedid)
    if kind.needs_incident and not incident:
        raise Refusal("incident_missing", "the outcome {outcome} goes with an incident; name it", outcome=outcome)
    if incident and not kind.needs_incident:
        raise Refusal(
            "incident_not_wanted",
            "the outcome {outcome} goes with no incident, but {incident} was named",
            outcome=outcome,
            incident=safe_line(incident, 80),
        )
    if call.classified == outcome and call.incident == incident:
        return []
    if call.classified is not None and call.classified != base:
        raise Conflict(
            "classified_meanwhile",
            "{who} has just classified this call as {outcome}",
            who=call.classified_by or "?",
            outcome=call.classified,
        )
    body = CallClassified(
        outcome=outcome,
        incident=incident,
        reason=safe_line(reason) if reason else None,
        note=safe_text(note) if note else None,
    )
    return [draft(call.stream, body, actor=actor, terminal=terminal)]
