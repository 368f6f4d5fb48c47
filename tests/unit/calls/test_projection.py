"""The derived tables of calls, in a real journal, and the questions that screens ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.entry import draft
from data.journal import Journal
from data.vocabulary.calls import (
    CallAnswered,
    CallArrived,
    CallHeld,
    CallOperatorLeft,
    CommandClaimed,
    CommandFinished,
    CommandRequested,
)
from telephony.calls import queries
from telephony.calls.projection import CALLS
from telephony.calls.reducer import link_down, link_up, reduce
from telephony.calls.rules import classify, load_call
from telephony.calls.state import CallsState
from telephony.recordings.projection import RECORDINGS
from tests.calls import all_calls
from tests.captures import NAMES, expected, packets
from tests.unit.calls.support import calls, run


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path, [CALLS, RECORDINGS]) as opened:
        yield opened


def until(name: str, event: str, count: int = 1) -> list[Any]:
    """The packets up to and with the ``count``-th ``event``."""
    found = [n for n, packet in enumerate(packets(name)) if packet.name == event]
    return list(packets(name)[: found[count - 1] + 1])


def test_the_tables_say_of_every_capture_what_replay_says(journal: Journal) -> None:
    for n, name in enumerate(NAMES):
        state = CallsState(f"pbx{n}")
        journal.append([d for packet in packets(name) for d in reduce(state, packet)])
        rows = all_calls(journal)
        mine = {row.linkedid: row for row in rows if row.pbx == f"pbx{n}"}
        for record in expected()[name]:
            row = mine[record["linkedid"]]
            assert (row.number, row.queue, row.operator, row.transfers, row.ended_by) == (
                record["caller"], record["queue"], record["operator"], record["transfers"], record["ended_by"],
            )  # fmt: skip
            assert round(row.held_us / 1e6, 1) == record["held_s"]
            assert row.outcome == (record["outcome"] if record["end_at"] else None)
        assert len(mine) == len(expected()[name])


def test_a_ringing_call_shows_for_whom(journal: Journal) -> None:
    journal.append(run(until("answered", "AgentCalled")))
    [row] = queries.ringing_for(journal, "PJSIP/op1")
    assert row.state == "ringing"
    assert queries.ringing_for(journal, "PJSIP/op2") == []
    assert [waiting.call for waiting in queries.waiting_calls(journal)] == [row.call]
    assert queries.active_call(journal, "PJSIP/op1") is None


def test_with_all_telephones_ringing_the_one_who_answers_has_the_call(journal: Journal) -> None:
    journal.append(run(until("answered-ringing-line", "AgentCalled", 2)))
    assert queries.ringing_for(journal, "PJSIP/op1")
    assert queries.ringing_for(journal, "PJSIP/op2")
    journal.append(run(until("answered-ringing-line", "AgentConnect")))
    assert queries.ringing_for(journal, "PJSIP/op1") == queries.ringing_for(journal, "PJSIP/op2") == []
    active = queries.active_call(journal, "PJSIP/op1")
    assert active is not None
    assert active.state == "talking"
    reasons = journal.execute("SELECT operator, reason FROM call_offers ORDER BY operator").fetchall()
    assert reasons == [("PJSIP/op1", "answered"), ("PJSIP/op2", "cancelled")]
    counted = queries.counts(journal)
    assert (counted.waiting, counted.ringing, counted.talking, counted.held) == (0, 0, 1, 0)


def test_after_a_transfer_the_call_is_the_new_operators(journal: Journal) -> None:
    journal.append(run(until("transfer-ami-blind", "BridgeEnter", 4)))
    assert queries.active_call(journal, "PJSIP/op1") is None
    assert queries.active_call(journal, "PJSIP/op3") is not None
    assert [row.linkedid for row in queries.calls_of(journal, "PJSIP/op1")] == ["1795490191.38"]


def test_a_held_call_stays_the_operators(journal: Journal) -> None:
    journal.append(run(until("hold-unhold", "Hold")))
    active = queries.active_call(journal, "PJSIP/op1")
    assert active is not None
    assert (active.state, active.held_how) == ("held", "hold")
    assert queries.counts(journal).held == 1


def test_a_caller_whom_the_console_put_on_hold_stays_the_operators_though_his_telephone_left_the_talk(
    journal: Journal,
) -> None:
    def fact(body: Any, at: int) -> Any:
        return draft("call/p/1.1", body, actor="bridge:p/1", at=at * 1_000_000)

    talk = CallAnswered(operator="PJSIP/op1", channel="PJSIP/op1-1")
    journal.append([fact(CallArrived(channel="PJSIP/trunk-1", number="0812"), 1), fact(talk, 2)])
    journal.append([fact(CallOperatorLeft(operator="PJSIP/op1", channel="PJSIP/op1-1"), 3)])
    assert queries.active_call(journal, "PJSIP/op1") is None
    journal.append([fact(CallHeld(how="hold", operator="PJSIP/op1"), 3)])
    active = queries.active_call(journal, "PJSIP/op1")
    assert active is not None
    assert (active.state, queries.active_call(journal, "PJSIP/op2")) == ("held", None)


def test_the_same_facts_from_two_bridges_are_one_call(journal: Journal) -> None:
    first = journal.append(run(packets("answered")))
    assert first
    assert journal.append(run(packets("answered"))) == []
    assert len(all_calls(journal)) == 1


def test_a_number_has_a_history(journal: Journal) -> None:
    for name in ("answered", "abandoned-queue", "second-operator"):
        journal.append(run(packets(name)))
    [third, second, _] = queries.number_history(journal, "+390612345678")
    assert third.linkedid == "1795490154.20"
    stream = third.call
    journal.decide(lambda reader: classify(load_call(reader, stream), "prank", actor="siti"))
    known = queries.caller(journal, "+390612345678")
    assert (known.calls, known.answered, known.abandoned, known.nuisances, known.emergencies) == (3, 2, 1, 1, 0)
    before = queries.caller(journal, "+390612345678", before=second.began_at)
    assert before.calls == 1
    assert queries.caller(journal, "nobody").calls == 0
    [owed] = queries.unclassified(journal, "PJSIP/op1", 0)
    assert owed.linkedid == "1795490122.0"
    assert queries.unclassified(journal, "PJSIP/op1", (owed.began_at or 0) + 1) == []


def test_members_commands_and_links_are_listed(journal: Journal) -> None:
    journal.append(run(packets("queue-pause-add-remove")))
    assert [(m.queue, m.operator, m.state) for m in queries.members(journal)] == [
        ("112", "PJSIP/op1", "ready"), ("112all", "PJSIP/op1", "ready"),
    ]  # fmt: skip
    assert [m.queue for m in queries.members(journal, queue="112", pbx="p")] == ["112"]
    state = CallsState("p")
    journal.append(link_up(state, 10, "bridge-1", version="22.10.1", booted_at=5))
    assert queries.watched(journal, "p")
    journal.append(link_down(state, 20, "bridge-1", "reset"))
    assert not queries.watched(journal, "p")
    [link] = queries.links(journal)
    assert (link.bridge, link.linked, link.since, link.reason) == ("bridge-1", False, 20, "reset")
    body = CommandRequested(
        pbx="p", action="answer", deadline=99, call="call/p/1.0", operator="PJSIP/op1", number="0812"
    )
    journal.append([draft("command/c1", body, actor="siti", terminal="t1", at=1)])
    assert [command.command for command in queries.open_commands(journal, "p")] == ["c1"]
    journal.append([draft("command/c1", CommandClaimed(bridge="bridge-1"), at=2)])
    journal.append([draft("command/c1", CommandFinished(result="failed", reason="busy"), at=3)])
    done = queries.command(journal, "c1")
    assert done is not None
    assert (done.claimed_by, done.result, done.result_reason, done.finished_at) == ("bridge-1", "failed", "busy", 3)
    assert queries.open_commands(journal, "p") == []
    assert queries.command(journal, "c2") is None


def test_a_bridge_finds_the_open_calls_again(journal: Journal) -> None:
    half = until("two-calls", "AgentConnect", 2)
    state = CallsState("p")
    journal.append(run(half, state))
    streams = queries.open_streams(journal, "p")
    assert len(streams) == 2
    entries = [entry for stream in streams for entry in journal.stream(stream)]
    again = CallsState.from_journal("p", entries)
    assert {call.stream: call for call in again.calls()} == {call.stream: call for call in state.calls()}
    for stream in streams:
        assert queries.folded(journal, stream) == calls(run(half))[stream.rsplit("/", 1)[1]]
    assert queries.folded(journal, "call/p/0.0") is None
    assert queries.call(journal, "call/p/0.0") is None


def test_rebuilt_tables_are_the_same_row_for_row(journal: Journal) -> None:
    from data.rebuild import rebuild

    for name in NAMES:
        journal.append(run(packets(name)))

    def tables() -> dict[str, list[Any]]:
        return {table: journal.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in CALLS.tables}

    before = tables()
    assert before["calls"]
    rebuild(journal)
    assert tables() == before


def test_the_export_has_a_row_for_each_call_and_masks_who_called(journal: Journal) -> None:
    from data.export.sets import present
    from telephony.calls.export import CALLS_SET

    journal.append(run(packets("hold-by-park")))
    everything = {"since": 0, "until": 2**62}
    [row] = journal.execute(CALLS_SET.sql, everything).fetchall()
    names = [column.name for column in CALLS_SET.columns]
    masked = dict(zip(names, present(CALLS_SET, row, False), strict=True))
    assert (masked["number"], masked["name"]) == ("***678", "***")
    shown = dict(zip(names, present(CALLS_SET, row, True), strict=True))
    assert (shown["number"], shown["name"]) == ("+390612345678", "Mario Rossi")
    assert (shown["operators"], shown["held_s"], shown["outcome"]) == ("PJSIP/op1 PJSIP/op2", 2.51, "answered")
    assert shown["ended_at"] == expected()["hold-by-park"][0]["end_at"]
    assert shown["end_evidence"] == "Hangup"
