"""What people decide about a call: pure rules, from the call's fold and a request to drafts, or a Refusal."""

from __future__ import annotations

from data.clock import SECOND, Micros
from data.entry import Draft, draft
from data.errors import Conflict, Refusal
from data.projection import Reader
from data.text import safe_line, safe_text
from data.vocabulary.calls import CallClassified
from telephony.calls.fold import Call, fold_all
from telephony.calls.outcomes import BY_CODE

CHANGEABLE_US = 12 * 3600 * SECOND
"""A call-taker may change the outcome of an own call for so long after its end: a shift, and the talk at its end."""

REASON = 200
"""Characters of a reason that are kept."""


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


def reclassify(
    call: Call,
    outcome: str,
    reason: str,
    *,
    base: tuple[str | None, str | None],
    own: bool,
    actor: str,
    at: Micros,
    terminal: str = "",
    incident: str | None = None,
    supervisor: bool = False,
) -> list[Draft]:
    """Another outcome of a call that is over, with the reason; the one before stays on record.

    ``base``: the outcome and the incident that the person saw (None, None: none yet); ``own``: whether ``actor`` talked
    in the call; who gave the present outcome may change it as well. ``at``: now. ``supervisor``: may change anybody's
    calls, however old. What stands already is not written again.

    In this order: Refusal ``not_over``; Conflict ``classified_meanwhile`` (somebody gave another one that the person
    had not seen); Refusals ``reason_missing``, ``not_your_call``, ``too_late``; then those of :func:`classify`.
    """
    if not call.ended:
        raise Refusal("not_over", "this call is not over; F9 gives its outcome")
    if (call.classified, call.incident) != base:
        raise Conflict(
            "classified_meanwhile",
            "{who} has just classified this call as {outcome}",
            who=call.classified_by or "?",
            outcome=call.classified or "-",
        )
    why = safe_line(reason, REASON).strip()
    if not why:
        raise Refusal("reason_missing", "a reason is needed")
    if not supervisor:
        if not own and (call.classified is None or call.classified_by != actor):
            raise Refusal("not_your_call", "You may change the outcomes of your own calls only; ask a supervisor.")
        ended = call.ended_at if call.ended_at is not None else call.began_at or 0
        if at - ended > CHANGEABLE_US:
            raise Refusal(
                "too_late",
                "this call ended more than {hours} hours ago; a supervisor may change its outcome",
                hours=CHANGEABLE_US // (3600 * SECOND),
            )
    return classify(call, outcome, actor=actor, terminal=terminal, incident=incident, reason=why, base=call.classified)
