"""Another outcome of a call that is over: whose, until when, with which reason, and when somebody was faster."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import Conflict, Refusal
from data.text import safe_line
from telephony.calls.fold import Call, fold
from telephony.calls.outcomes import BY_CODE, OUTCOMES
from telephony.calls.rules import CHANGEABLE_US, REASON, reclassify

ENDED = 1_795_490_122_000_000
HOUR = 3_600_000_000
CODES = [outcome.code for outcome in OUTCOMES]


def over(outcome: str | None = "prank", by: str = "budi", incident: str | None = None, **changes: Any) -> Call:
    """A call that budi talked in and gave its outcome."""
    made = Call(
        stream="call/p/1", pbx="p", linkedid="1", answered=True, arrived_at=ENDED - 60_000_000, ended_at=ENDED,
        outcome="answered", operators=["PJSIP/op1"], classified=outcome, classified_by=by if outcome else None,
        incident=incident,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def change(call: Call, outcome: str = "silent", reason: str = "tidak tertawa", **more: Any) -> list[Any]:
    known = {"base": (call.classified, call.incident), "own": True, "actor": "budi", "at": ENDED + HOUR, **more}
    return reclassify(call, outcome, reason, **known)


def refused(call: Call, *what: str, **more: Any) -> str:
    with pytest.raises(Refusal) as error:
        change(call, *what, **more)
    return error.value.code


def test_the_new_outcome_stands_with_its_reason_and_who_gave_it() -> None:
    call = over()
    [draft] = change(call, "silent", "didengar lagi:\x1b[2J diam", actor="sari", own=True, terminal="desk-2")
    assert (draft.kind, draft.actor, draft.terminal) == ("call.classified", "sari", "desk-2")
    fold(call, draft)
    assert (call.classified, call.classified_by) == ("silent", "sari")
    assert call.reason == "didengar lagi:\ufffd[2J diam"


def test_a_call_that_goes_on_gets_its_outcome_by_f9() -> None:
    going_on = over(outcome=None)
    going_on.outcome = None
    assert refused(going_on) == "not_over"


def test_who_had_not_seen_the_present_outcome_is_told_who_gave_it() -> None:
    with pytest.raises(Conflict) as lost:
        change(over("informed", by="sari"), base=("prank", None))
    assert lost.value.code == "classified_meanwhile"
    assert "sari" in str(lost.value)
    with pytest.raises(Conflict):
        change(over("incident", incident="incident/b"), base=("incident", "incident/a"))


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_there_is_no_change_without_a_reason(reason: str) -> None:
    assert refused(over(), "silent", reason) == "reason_missing"


def test_a_call_taker_changes_own_calls_and_those_whose_outcome_is_his_for_twelve_hours() -> None:
    assert refused(over(by="sari"), own=False) == "not_your_call"
    assert change(over(by="sari"), own=True)
    assert change(over(by="budi"), own=False), "an abandoned call that he called back"
    assert refused(over(outcome=None), own=False) == "not_your_call"
    assert change(over(), at=ENDED + CHANGEABLE_US)
    assert refused(over(), at=ENDED + CHANGEABLE_US + 1) == "too_late"


def test_a_supervisor_changes_anybodys_however_old_but_not_without_a_reason() -> None:
    assert change(over(by="sari"), own=False, at=ENDED + 900 * HOUR, supervisor=True)
    assert refused(over(by="sari"), "silent", "", own=False, supervisor=True) == "reason_missing"


def test_an_incident_goes_with_the_outcomes_that_need_one_and_with_no_other() -> None:
    assert refused(over(), "attached") == "incident_missing"
    assert refused(over(), "silent", incident="incident/a") == "incident_not_wanted"
    [draft] = change(over(), "attached", incident="incident/a")
    assert draft.body.incident == "incident/a"
    [draft] = change(over("incident", incident="incident/a"), "prank")
    assert draft.body.incident is None


def test_what_stands_already_is_not_written_again() -> None:
    assert change(over("prank"), "prank") == []


@dataclasses.dataclass(frozen=True)
class Case:
    """Everything that decides."""

    over: bool
    seen: bool
    reason: str
    own: bool
    by_me: bool
    age: int
    supervisor: bool
    before: str | None
    after: str
    incident: str | None


cases = st.builds(
    Case, st.booleans(), st.booleans(), st.text(max_size=300), st.booleans(), st.booleans(),
    st.integers(0, 4 * CHANGEABLE_US), st.booleans(), st.none() | st.sampled_from(CODES),
    st.sampled_from([*CODES, "nonsense"]), st.none() | st.just("incident/a"),
)  # fmt: skip


@given(cases)
def test_a_change_is_one_entry_with_a_reason_or_a_refusal_and_the_first_thing_wrong_is_named(case: Case) -> None:
    before = BY_CODE[case.before] if case.before else None
    about = "incident/old" if before is not None and before.needs_incident else None
    call = over(case.before, "budi" if case.by_me else "sari", about)
    if not case.over:
        call.outcome = None
    base = (call.classified, call.incident) if case.seen else ("other", None)
    try:
        made = reclassify(
            call, case.after, case.reason, base=base, own=case.own, actor="budi", at=ENDED + case.age,
            incident=case.incident, supervisor=case.supervisor,
        )  # fmt: skip
    except Refusal as error:  # a Conflict is one
        mine = case.own or (case.by_me and case.before is not None)
        expected = (
            "not_over" if not case.over
            else "classified_meanwhile" if not case.seen
            else "reason_missing" if not safe_line(case.reason, REASON).strip()
            else "not_your_call" if not case.supervisor and not mine
            else "too_late" if not case.supervisor and case.age > CHANGEABLE_US
            else "unknown_outcome" if case.after == "nonsense"
            else "incident_missing" if BY_CODE[case.after].needs_incident and not case.incident
            else "incident_not_wanted"
        )  # fmt: skip
        assert error.code == expected
        return
    assert case.over and case.seen
    assert case.supervisor or case.own or case.by_me
    assert case.supervisor or case.age <= CHANGEABLE_US
    if (case.before, about) == (case.after, case.incident):
        assert made == []
        return
    [draft] = made
    assert draft.stream == call.stream
    assert draft.body.reason and len(draft.body.reason) <= REASON
    assert (draft.body.incident is not None) == BY_CODE[case.after].needs_incident
