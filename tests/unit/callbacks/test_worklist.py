"""The call-back list: who gets on it, who leaves it, and what came of calling back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.clock import SECOND
from data.entry import Draft, draft
from data.errors import Conflict, Refusal
from data.journal import Journal
from data.vocabulary import calls as v
from telephony.callbacks import queries, rules
from telephony.callbacks.projection import CALLBACKS, item_of
from telephony.calls.projection import CALLS
from telephony.commands import request

T0 = 1_795_490_000 * SECOND
BUDI, BUDI_ABROAD, SARI = "081234567890", "+6281234567890", "081300000001"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path, [CALLS, CALLBACKS]) as opened:
        yield opened


def fact(call: str, at: float, body: v.Record) -> Draft:
    stream = f"call/pwk/{call}"
    return draft(stream, body, id=f"{stream}/{body.KIND}/{at}", actor="bridge:pwk/1", at=T0 + round(at * SECOND))


def arrives(call: str, at: float, number: str | None = BUDI) -> Draft:
    return fact(call, at, v.CallArrived(channel=f"PJSIP/trunk-{call}", number=number, name="Budi"))


def answered(call: str, at: float) -> Draft:
    return fact(call, at, v.CallAnswered(operator="PJSIP/op1", channel="PJSIP/op1-1"))


def ends(call: str, at: float, outcome: str = "abandoned") -> Draft:
    return fact(call, at, v.CallEnded(outcome=outcome))


def outcome(call: str, at: float, code: str) -> Draft:
    body = v.CallClassified(outcome=code)
    return draft(f"call/pwk/{call}", body, actor="sari", terminal="meja-1", at=T0 + round(at * SECOND))


def open_items(journal: Journal) -> list[tuple[str, str, int, int]]:
    return [(row.number, row.reason, row.calls, row.attempts) for row in queries.open_items(journal)]


def called_back(journal: Journal, number: str, at: float, *steps: v.Record) -> None:
    asked = request(
        "pwk", "call_back", actor="sari", terminal="meja-1", operator="PJSIP/op1", number=number,
        at=T0 + round(at * SECOND),
    )  # fmt: skip
    told = [
        Draft(id=f"{asked.id}/{n}", stream=asked.stream, body=step, at=asked.at + n, actor="bridge:pwk/1")
        for n, step in enumerate(steps, 1)
    ]
    journal.append([asked, *told])


def test_who_gives_up_is_to_be_called_back_and_the_calls_of_a_number_are_one_line(journal: Journal) -> None:
    journal.append([arrives("1", 0), ends("1", 20)])
    journal.append([arrives("2", 60, BUDI_ABROAD), ends("2", 70)])
    journal.append([arrives("3", 65, SARI), ends("3", 90)])
    assert open_items(journal) == [(BUDI_ABROAD, "abandoned", 2, 0), (SARI, "abandoned", 1, 0)]
    first = queries.open_items(journal)[0]
    assert (first.since, first.last_at, first.last_call) == (T0 + 20 * SECOND, T0 + 70 * SECOND, "call/pwk/2")


def test_a_caller_without_a_number_is_on_no_list(journal: Journal) -> None:
    journal.append([arrives("1", 0, None), ends("1", 20)])
    assert open_items(journal) == []


def test_whoever_gets_through_leaves_the_list_by_himself(journal: Journal) -> None:
    journal.append([arrives("1", 0), ends("1", 20), arrives("2", 60, BUDI_ABROAD)])
    assert [row.calls_again for row in queries.open_items(journal)] == [True]
    journal.append([answered("2", 65)])
    assert open_items(journal) == []
    closed = queries.item(journal, "callback/pwk/1")
    assert closed is not None and closed.result == "got_through"


def test_a_talk_before_the_loss_closes_nothing(journal: Journal) -> None:
    journal.append([arrives("1", 0), answered("1", 5), ends("1", 20, "answered")])
    journal.append([arrives("2", 60), ends("2", 70)])
    assert open_items(journal) == [(BUDI, "abandoned", 1, 0)]


def test_a_loss_that_the_archive_tells_late_counts_from_when_it_happened(journal: Journal) -> None:
    journal.append([arrives("9", 100), answered("9", 105)])
    lost = v.CallRecovered(source="cel", arrived_at=T0, outcome="abandoned", number=BUDI, ended_at=T0 + 20 * SECOND)
    journal.append([fact("1", 200, lost)])
    assert open_items(journal) == []
    later = v.CallRecovered(source="cel", arrived_at=T0, outcome="abandoned", number=BUDI, ended_at=T0 + 150 * SECOND)
    journal.append([fact("2", 210, later)])
    assert open_items(journal) == [(BUDI, "abandoned", 1, 0)]


def test_a_call_that_was_cut_off_is_on_the_list_until_it_has_another_outcome(journal: Journal) -> None:
    journal.append([arrives("1", 0), answered("1", 5), ends("1", 20, "answered"), outcome("1", 30, "cut_off")])
    assert open_items(journal) == [(BUDI, "cut_off", 1, 0)]
    journal.append([outcome("1", 90, "informed")])
    assert open_items(journal) == []
    journal.append([outcome("1", 95, "cut_off")])
    assert open_items(journal) == [(BUDI, "cut_off", 1, 0)]


def test_calling_back_is_counted_and_who_was_reached_waits_for_an_outcome(journal: Journal) -> None:
    journal.append([arrives("1", 0), ends("1", 20)])
    called_back(journal, BUDI, 100, v.CommandProgress(step="ringing"), v.CommandProgress(step="ended", status="BUSY"))
    [row] = queries.open_items(journal)
    assert (row.attempts, row.attempt_state, row.attempt_detail, row.attempt_by) == (1, "ended", "BUSY", "sari")
    called_back(
        journal, BUDI_ABROAD, 200, v.CommandProgress(step="answered"), v.CommandProgress(step="ended", status="ANSWER")
    )
    [row] = queries.open_items(journal)
    assert (row.attempts, row.attempt_state, row.attempt_operator) == (2, "reached", "PJSIP/op1")
    journal.append([outcome("1", 260, "incident")])
    assert open_items(journal) == []


def test_a_call_back_that_was_refused_is_no_attempt(journal: Journal) -> None:
    journal.append([arrives("1", 0), ends("1", 20)])
    called_back(journal, BUDI, 100, v.CommandFinished(result="failed", reason="calls_again"))
    [row] = queries.open_items(journal)
    assert (row.attempts, row.attempt_state, row.attempt_detail) == (0, "failed", "calls_again")


def test_who_was_not_tried_yet_stands_first_then_the_longest_untried(journal: Journal) -> None:
    journal.append([arrives("1", 0), ends("1", 20), arrives("2", 30, SARI), ends("2", 40)])
    called_back(journal, BUDI, 100)
    assert [row.number for row in queries.open_items(journal)] == [SARI, BUDI]
    called_back(journal, SARI, 200)
    assert [row.number for row in queries.open_items(journal)] == [BUDI, SARI]


def test_closing_by_hand_says_why_and_only_once(journal: Journal) -> None:
    journal.append([arrives("1", 0), ends("1", 20)])
    callback = item_of("call/pwk/1")

    def close(result: str) -> None:
        journal.append(rules.close(queries.item(journal, callback), callback, result, actor="sari", note="mati"))

    with pytest.raises(Refusal, match="not called back yet"):
        close("not_reached")
    with pytest.raises(Refusal, match="no result"):
        close("nanti")
    called_back(journal, BUDI, 100, v.CommandProgress(step="ended", status="NOANSWER"))
    close("not_reached")
    assert open_items(journal) == []
    with pytest.raises(Conflict, match="closed: not_reached, sari"):
        close("not_needed")
    with pytest.raises(Refusal, match="no call-back"):
        rules.close(None, "callback/pwk/7", "not_needed", actor="sari")


def test_a_silent_caller_who_pressed_no_key_is_called_back_when_he_is_gone(journal: Journal) -> None:
    journal.append([arrives("1", 0), answered("1", 5), fact("1", 20, v.CallSilent(step="start"))])
    journal.append([fact("1", 44, v.CallSilent(step="nodigit"))])
    assert open_items(journal) == []
    journal.append([ends("1", 60, "answered")])
    assert open_items(journal) == [(BUDI, "silent", 1, 0)]


def test_a_silent_caller_whom_an_operator_took_again_is_not(journal: Journal) -> None:
    journal.append([arrives("1", 0), answered("1", 5), fact("1", 44, v.CallSilent(step="nodigit"))])
    journal.append([fact("1", 50, v.CallOperatorJoined(operator="PJSIP/op2")), ends("1", 60, "answered")])
    assert open_items(journal) == []


def test_a_silent_caller_who_hung_up_while_he_was_asked_is_called_back(journal: Journal) -> None:
    journal.append([arrives("1", 0), answered("1", 5), fact("1", 20, v.CallSilent(step="start"))])
    journal.append([fact("1", 30, v.CallSilent(step="hung_up")), ends("1", 30, "answered")])
    assert open_items(journal) == [(BUDI, "silent", 1, 0)]


def test_one_who_pressed_a_key_and_then_gave_up_has_given_up(journal: Journal) -> None:
    journal.append([arrives("1", 0), answered("1", 5), fact("1", 30, v.CallSilent(step="digit", digit="5"))])
    journal.append([ends("1", 90, "abandoned")])
    assert open_items(journal) == [(BUDI, "abandoned", 1, 0)]


NUMBERS = st.sampled_from([BUDI, BUDI_ABROAD, SARI])
STORIES = st.lists(
    st.tuples(NUMBERS, st.integers(1, 1000), st.sampled_from(["abandoned", "answered", "pbx_lost"])), max_size=12
)


@settings(max_examples=40)
@given(stories=STORIES, order=st.randoms(use_true_random=False))
def test_in_whatever_order_it_becomes_known_a_number_is_open_if_it_was_lost_last(
    stories: list[tuple[str, int, str]], order: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Facts of the archive come in any order; what counts is when each thing happened."""
    told = []
    last: dict[str, tuple[int, bool]] = {}
    for n, (number, at, end) in enumerate(stories):
        moment = at * 100 + n  # no two at the same moment
        got = end == "answered"
        told.append(
            fact(str(n), 0, v.CallRecovered(
                source="cel", arrived_at=T0, outcome=end, number=number, ended_at=T0 + moment,
                answered_at=T0 + moment if got else None,
            ))
        )  # fmt: skip
        who = "sari" if number == SARI else "budi"
        last[who] = max(last.get(who, (0, True)), (moment, got))
    order.shuffle(told)  # type: ignore[attr-defined]
    with Journal(tmp_path_factory.mktemp("journal"), [CALLS, CALLBACKS]) as journal:
        journal.append(told)
        found = {"sari" if row.number == SARI else "budi" for row in queries.open_items(journal)}
    assert found == {who for who, (_at, got) in last.items() if not got}
