"""Bridges, links and exchanges that die at the worst moment: nothing is lost, nothing is told twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.clock import SECOND, now
from data.entry import Draft
from data.vocabulary.calls import CommandClaimed
from telephony.asterisk.names import CEL_FILE
from telephony.calls import queries
from telephony.commands import request
from tests.lab import Exchange
from tests.real.bridge_process import PBX, ROOT, Centre, until
from tests.real.proxy import Proxy

pytestmark = [pytest.mark.asterisk, pytest.mark.fault]


@pytest.fixture
def centre(exchange: Exchange, tmp_path: Path) -> Iterator[Centre]:
    with Centre(tmp_path, exchange.ami_port, exchange.ami_secret) as made:
        yield made


def whole(centre: Centre, calls: int) -> None:
    """Every call is there once, with one arrival (or observation) and one end, and no id twice."""
    ids = [entry.id for entry in centre.entries()]
    assert len(ids) == len(set(ids))
    rows = centre.calls()
    assert len(rows) == calls, [(r.call, centre.story(r.call)) for r in rows]
    for row in rows:
        story = centre.story(row.call)
        assert story.count("ended") == 1, story
        assert story.count("arrived") <= 1, story


# ---------------------------------------------------------------- the bridge dies


def test_a_bridge_killed_in_the_middle_of_a_call_goes_on_where_it_stopped(exchange: Exchange, centre: Centre) -> None:
    bridge = centre.bridge()
    exchange.sign_in("op1")
    with exchange.operator("op1", ring_s=0.2):
        caller = exchange.caller(talk_s=None)
        [answered] = centre.await_kind("call.answered")
        centre.kill(bridge)
        centre.bridge()
        caller.hang_up()
        centre.await_kind("call.ended")
    whole(centre, 1)
    [call] = centre.calls()
    assert (call.outcome, call.operator, call.ended_by) == ("answered", "PJSIP/op1", "caller")
    assert call.answered_at == answered.at
    assert until(lambda: [s.state for s in centre.side.services()] == ["linked"]), "the dead one is forgotten"
    # the journal says when nobody watched
    assert [e.kind for e in centre.entries("pbx.")] == ["pbx.linked", "pbx.unlinked", "pbx.linked"]


def test_a_call_that_began_while_no_bridge_ran_is_observed_and_followed(exchange: Exchange, centre: Centre) -> None:
    exchange.sign_in("op1")
    with exchange.operator("op1", ring_s=0.2) as phone:
        talker = exchange.caller(talk_s=None, number="+62811")
        phone.await_mark("answered")
        waiter = exchange.caller(talk_s=None, number="+62822")
        waiter.answered()
        assert until(lambda: len(exchange.waiting()) == 1)
        time.sleep(1.2)  # so that the moment of its beginning is told from that of the snapshot
        centre.bridge()
        observed = centre.await_kind("call.observed", 2)
        by_number = {c.number: c for c in centre.calls()}
        assert by_number["+62811"].state == "talking"
        assert by_number["+62811"].operator == "PJSIP/op1"
        assert by_number["+62822"].state in ("waiting", "ringing")
        assert (by_number["+62822"].began_at or 0) < observed[0].at - SECOND // 2
        assert [m.operator for m in queries.members(centre.journal)] == ["PJSIP/op1"]
        waiter.hang_up()
        talker.hang_up()
        centre.await_kind("call.ended", 2)
    whole(centre, 2)


def test_a_call_that_ended_while_no_bridge_ran_is_ended_and_says_how_it_is_known(
    exchange: Exchange, centre: Centre
) -> None:
    bridge = centre.bridge()
    exchange.sign_in("op1")
    with exchange.operator("op1", ring_s=0.1):
        caller = exchange.caller(talk_s=None)
        centre.await_kind("call.answered")
        centre.kill(bridge)
        caller.hang_up()
        centre.bridge()
        [ended] = centre.await_kind("call.ended")
    assert ended.body.outcome == "answered"  # type: ignore[attr-defined]
    assert ended.body.evidence == "snapshot"  # type: ignore[attr-defined]
    whole(centre, 1)


def test_two_bridges_tell_everything_once_and_either_may_die(exchange: Exchange, centre: Centre) -> None:
    first, _ = centre.bridge(), centre.bridge()
    exchange.sign_in("op1", "op2")
    with exchange.operator("op1", ring_s=0.1), exchange.operator("op2", ring_s=0.1):
        callers = exchange.caller(talk_s=2, calls=12, rate=4)
        centre.await_kind("call.arrived", 2)
        centre.kill(first)
        third = centre.bridge()
        centre.await_kind("call.arrived", 7)
        centre.kill(third)
        callers.done()
        centre.await_kind("call.ended", 12)
    whole(centre, 12)
    assert not centre.entries("call.observed"), "one of the two has always been there"


def test_calls_that_came_and_went_while_no_bridge_ran_are_recovered_from_the_archive(
    exchange: Exchange, centre: Centre
) -> None:
    archive = str(exchange.log / CEL_FILE)
    bridge = centre.bridge(cel_file=archive)
    exchange.sign_in("op1")
    with exchange.operator("op1", ring_s=0.2) as phone:
        exchange.caller(talk_s=1, number="+62801").done()
        centre.await_kind("call.ended")
        assert until(lambda: phone.marks().count("answered") == sum(c.outcome == "answered" for c in centre.calls()))
        answers = phone.answers()
        began_seen = exchange.caller(talk_s=None, number="+62802")
        centre.await_kind("call.arrived", 2)
        centre.kill(bridge)
        assert until(lambda: phone.answers() == answers + 1)
        exchange.caller(talk_s=0.6, number="+62804", name='=1+1 "x", \x1b[2J').done()
        began_seen.hang_up()
        late_one = exchange.caller(talk_s=None, number="+62805")
        assert until(lambda: phone.answers() == answers + 2)
        centre.bridge(cel_file=archive)
        centre.await_kind("call.recovered", 2)
        late_one.hang_up()
        centre.await_kind("call.ended", 3)
        centre.await_kind("call.recovered", 3)
    by_number = {c.number: c for c in centre.calls()}
    assert set(by_number) == {"+62801", "+62802", "+62804", "+62805"}
    rows = exchange.cel_rows()

    def at(number: str, event: str, part: str = "trunk") -> int:
        call = by_number[number].linkedid
        return next(r.at for r in rows if r.linkedid.endswith(call) and r.event == event and part in r.channel)

    missed = by_number["+62804"]
    assert (missed.outcome, missed.ended_by) == ("abandoned", "caller")
    assert (missed.arrived_at, missed.ended_at) == (at("+62804", "CHAN_START"), at("+62804", "HANGUP"))
    assert "\x1b" not in (missed.name or "")
    half = by_number["+62802"]
    assert (half.outcome, half.ended_by) == ("answered", "caller")
    assert half.ended_at == at("+62802", "HANGUP")
    late = by_number["+62805"]
    assert late.answered_at is not None
    assert late.answered_at == at("+62805", "BRIDGE_ENTER")
    stories = {c.number: centre.story(c.call) for c in centre.calls()}
    assert stories["+62804"] == ["recovered"]
    assert "recovered" not in stories["+62801"]


def test_40_calls_while_the_only_bridge_is_killed_five_times(exchange: Exchange, centre: Centre) -> None:
    archive = str(exchange.log / CEL_FILE)
    exchange.sign_in("op1", "op2", "op3")
    bridge = centre.bridge(cel_file=archive)
    with (
        exchange.operator("op1", "hangup_after", ring_s=0.1, talk_s=0.5),
        exchange.operator("op2", ring_s=0.2),
        exchange.operator("op3", "noanswer"),
    ):
        callers = exchange.caller(talk_s=0.8, calls=40, rate=5)
        for _ in range(5):
            time.sleep(1.3)
            centre.kill(bridge)
            time.sleep(0.5)
            bridge = centre.bridge(cel_file=archive)
        callers.done()
        until(lambda: not queries.open_calls(centre.journal) and len(centre.calls()) >= 40, 60)
    seen = {f"lab-{row.linkedid}": row for row in centre.calls()}
    trunk = [row for row in exchange.cel_rows() if "trunk" in row.channel]
    arrivals = {row.linkedid: row.at for row in trunk if row.event == "CHAN_START"}
    assert len(arrivals) == 40
    assert set(seen) == set(arrivals), "none lost, none invented"
    talks = {row.linkedid for row in trunk if row.event == "BRIDGE_ENTER"}
    assert {call for call, row in seen.items() if row.outcome == "answered"} == talks
    assert until(lambda: {row["userfield"] for row in exchange.cdr_rows()} - {""} == set(seen))
    ids = [entry.id for entry in centre.entries()]
    assert len(ids) == len(set(ids))
    for row in seen.values():
        assert centre.story(row.call).count("ended") + centre.story(row.call).count("recovered") >= 1
        assert centre.story(row.call).count("ended") <= 1


def test_a_stopped_process_that_holds_the_lock_delays_the_facts_and_loses_none(
    exchange: Exchange, centre: Centre
) -> None:
    centre.bridge()
    holder = subprocess.Popen(
        [sys.executable, "-c",
         "import sys, time, pathlib\nfrom data.store.lock import WriterLock\n"
         "lock = WriterLock(pathlib.Path(sys.argv[1]), 5)\nlock.acquire()\nprint('held', flush=True)\ntime.sleep(600)",
         str(centre.folder / "lock")],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        os.kill(holder.pid, signal.SIGSTOP)
        exchange.caller(talk_s=2, calls=5, rate=5).done()
        assert until(lambda: any(s.state == "store_locked" for s in centre.side.services()), 60), centre.log()
        [service] = [s for s in centre.side.services() if s.state == "store_locked"]
        assert str(holder.pid) in (service.detail or "")
        assert centre.entries("call.") == []
    finally:
        holder.kill()
        holder.wait()
    centre.await_kind("call.ended", 5)
    whole(centre, 5)
    for row in centre.calls():
        story = centre.story(row.call)
        assert story[0] == "arrived"
        assert story.index("queued") < story.index("ended")
    centre.await_kind("house.alarm")
    assert until(lambda: [s.state for s in centre.side.services()] == ["linked"])


def test_a_bridge_that_was_stopped_for_a_while_makes_good_what_it_missed(exchange: Exchange, centre: Centre) -> None:
    bridge = centre.bridge(cel_file=str(exchange.log / CEL_FILE))
    going_on = exchange.caller(talk_s=None, number="+62801")
    centre.await_kind("call.queued")
    os.kill(bridge.pid, signal.SIGSTOP)
    exchange.caller(talk_s=1, number="+62802").done()
    time.sleep(8)  # the exchange gives up a client that does not read
    os.kill(bridge.pid, signal.SIGCONT)
    assert until(lambda: {c.number for c in centre.calls() if c.outcome} == {"+62802"}, 60), centre.log()
    going_on.hang_up()
    assert until(lambda: not queries.open_calls(centre.journal))
    assert {c.number: c.outcome for c in centre.calls()} == {"+62801": "abandoned", "+62802": "abandoned"}


# ---------------------------------------------------------------- the link dies


def test_a_link_that_is_cut_is_made_again_and_the_call_goes_on(exchange: Exchange, centre: Centre) -> None:
    exchange.sign_in("op1")
    with Proxy(exchange.ami_port) as proxy, exchange.operator("op1", ring_s=0.1):
        centre.bridge(port=proxy.port)
        caller = exchange.caller(talk_s=None)
        centre.await_kind("call.answered")
        proxy.cut()
        centre.await_kind("pbx.linked", 2)
        caller.hang_up()
        [ended] = centre.await_kind("call.ended")
        assert (ended.body.outcome, ended.body.ended_by) == ("answered", "caller")  # type: ignore[attr-defined]
        assert [e.kind for e in centre.entries("pbx.")] == ["pbx.linked", "pbx.unlinked", "pbx.linked"]
    whole(centre, 1)


def test_a_half_open_link_is_found_out_and_what_it_hid_is_told(exchange: Exchange, centre: Centre) -> None:
    with Proxy(exchange.ami_port) as proxy:
        centre.bridge(port=proxy.port)
        proxy.mute()
        caller = exchange.caller(talk_s=None)
        [gone] = centre.await_kind("pbx.unlinked")
        assert gone.body.reason.startswith("silent")  # type: ignore[attr-defined]
        centre.await_kind("call.observed")
        caller.hang_up()
        centre.await_kind("call.ended")
    whole(centre, 1)
    [call] = centre.calls()
    assert call.outcome == "abandoned"


def test_an_exchange_that_freezes_and_comes_back_loses_nothing(exchange: Exchange, centre: Centre) -> None:
    centre.bridge()
    caller = exchange.caller(talk_s=None)
    centre.await_kind("call.queued")
    exchange.freeze()
    centre.await_kind("pbx.unlinked")
    exchange.thaw()
    centre.await_kind("pbx.linked", 2)
    caller.hang_up()
    centre.await_kind("call.ended")
    whole(centre, 1)
    assert not centre.entries("pbx.restarted")


# ---------------------------------------------------------------- the exchange dies


@pytest.mark.parametrize("how", ["kill -9", "restart now"])
def test_an_exchange_that_restarts_loses_its_calls_and_the_journal_says_so(
    exchange: Exchange, centre: Centre, how: str
) -> None:
    centre.bridge()
    centre.bridge()
    exchange.sign_in("op1")
    time.sleep(2.1)  # uptime is told in whole seconds
    with exchange.operator("op1", ring_s=0.1):
        exchange.caller(talk_s=None, number="+62811")
        centre.await_kind("call.answered")
        exchange.caller(talk_s=None, number="+62822")
        centre.await_kind("call.queued", 2)
        if how == "kill -9":
            exchange.kill9()
            centre.await_kind("pbx.unlinked", 2)
            exchange.start()
        else:
            exchange.restart_now()
        centre.await_kind("pbx.linked", 4)
        centre.await_kind("call.ended", 2)
    assert len(centre.entries("pbx.restarted")) == 1, [e.body for e in centre.entries("pbx.")]
    whole(centre, 2)
    by_number = {c.number: c for c in centre.calls()}
    assert (by_number["+62811"].outcome, by_number["+62811"].ended_by) == ("answered", "pbx")
    assert (by_number["+62822"].outcome, by_number["+62822"].ended_by) == ("pbx_lost", "pbx")
    # and it goes on
    after = centre.journal.head()[0]
    exchange.caller(talk_s=0.5, number="+62833").done()
    [ended] = centre.await_kind("call.ended", after=after)
    assert ended.body.outcome == "abandoned"  # type: ignore[attr-defined]


def test_a_restart_while_no_bridge_ran_is_recognised(exchange: Exchange, centre: Centre) -> None:
    bridge = centre.bridge()
    time.sleep(2.1)
    exchange.caller(talk_s=None)
    centre.await_kind("call.queued")
    centre.kill(bridge)
    exchange.kill9()
    exchange.start()
    centre.bridge()
    [ended] = centre.await_kind("call.ended")
    assert ended.body.outcome == "pbx_lost"  # type: ignore[attr-defined]
    assert len(centre.entries("pbx.restarted")) == 1
    whole(centre, 1)


def test_a_bridge_that_starts_before_its_exchange_waits_for_it(exchange: Exchange, centre: Centre) -> None:
    exchange.kill9()
    centre.bridge(linked=False)
    [alarm] = centre.await_kind("house.alarm")
    assert alarm.body.what == "unreachable"  # type: ignore[attr-defined]
    exchange.start()
    centre.await_kind("pbx.linked")


def test_a_wrong_secret_is_told_and_a_right_one_is_not_needed_twice(exchange: Exchange, centre: Centre) -> None:
    centre.bridge(linked=False, secret="wrong")
    [alarm] = centre.await_kind("house.alarm")
    assert alarm.body.what == "login_refused"  # type: ignore[attr-defined]
    assert until(lambda: [s.state for s in centre.side.services()] == ["login_refused"])


def test_a_user_without_the_rights_is_told_which_are_missing(exchange: Exchange, centre: Centre) -> None:
    centre.bridge(user="siaga112-dial", secret=exchange.dial_secret)

    def alarms_so_far() -> dict[str, str]:
        return {e.body.what: e.body.detail for e in centre.entries("house.alarm")}  # type: ignore[attr-defined]

    # This user is not told that the exchange is booted: its modules are waited for before a right is called missing.
    assert until(lambda: set(alarms_so_far()) == {"right_missing", "no_snapshot"}, 120)
    alarms = alarms_so_far()
    assert "Redirect" in (alarms["right_missing"] or "")
    assert "siaga112-dial" in (alarms["right_missing"] or "")
    assert centre.do("member_add", operator="PJSIP/op1") == ("failed", "right_missing")


# ---------------------------------------------------------------- the claimant of a command dies


def ask_and_die(centre: Centre, action: str, **what: object) -> str:
    """The request and a dead bridge's claim, so close together that no other bridge comes between them."""
    command = request(PBX, action, actor="sari", terminal="meja-1", **what)  # type: ignore[arg-type]
    body = CommandClaimed(bridge=f"{PBX}/dead")
    claim = Draft(id=f"{command.id}/claim", stream=command.stream, body=body, at=now(), actor="bridge:dead")
    assert len(centre.journal.append([command, claim])) == 2
    return command.id


def test_a_sign_in_whose_bridge_died_is_completed_by_the_next(exchange: Exchange, centre: Centre) -> None:
    centre.bridge()
    command = ask_and_die(centre, "member_add", operator="PJSIP/op1")
    assert centre.outcome(command) == ("done", None)
    assert exchange.members() == ["PJSIP/op1"]
    assert [e.body.bridge.endswith("dead") for e in centre.entries("command.claimed")] == [True, False]  # type: ignore[attr-defined]


def test_an_answer_whose_bridge_died_before_it_began_is_done_by_the_next(exchange: Exchange, centre: Centre) -> None:
    centre.bridge()
    with exchange.operator("op2", "desk"):
        exchange.caller(talk_s=None)
        [queued] = centre.await_kind("call.queued")
        command = ask_and_die(centre, "answer", call=queued.stream, operator="PJSIP/op2")
        assert centre.outcome(command) == ("done", None)
        [answered] = centre.await_kind("call.answered")
        assert answered.body.operator == "PJSIP/op2"  # type: ignore[attr-defined]


def take_out(exchange: Exchange, info: str) -> None:
    """What the bridge that died did last: it withdrew the only waiting caller from the queue."""
    [channel] = exchange.waiting()
    exchange.harness.action("QueueWithdrawCaller", Queue="112", Caller=channel, WithdrawInfo=info)


@pytest.mark.parametrize("rings", [True, False])
def test_an_answer_whose_bridge_died_before_it_redirected_the_caller_is_completed(
    exchange: Exchange, centre: Centre, rings: bool
) -> None:
    centre.bridge()
    if rings:  # then the dialplan would only go on at the end of the round
        centre.do("member_add", operator="PJSIP/op1")
    with exchange.operator("op2", "desk"), exchange.operator("op1", "noanswer"):
        exchange.caller(talk_s=None)
        [queued] = centre.await_kind("call.offered" if rings else "call.queued")
        take_out(exchange, "op2")
        command = ask_and_die(centre, "answer", call=queued.stream, operator="PJSIP/op2")
        assert centre.outcome(command) == ("done", None)
        [answered] = centre.await_kind("call.answered")
        assert answered.body.operator == "PJSIP/op2"  # type: ignore[attr-defined]


def test_an_answer_whose_bridge_died_too_long_ago_is_not_begun(exchange: Exchange, centre: Centre) -> None:
    exchange.caller(talk_s=None)
    assert until(exchange.waiting)
    bridge = centre.bridge()
    [call] = until(centre.calls)
    centre.kill(bridge)
    command = ask_and_die(centre, "answer", call=call.call, operator="PJSIP/op2", deadline_s=0.01)
    time.sleep(0.05)
    centre.bridge()
    assert centre.outcome(command) == ("expired", "deadline")
    with exchange.operator("op3", "desk"):
        assert centre.do("answer", call=call.call, operator="PJSIP/op3") == ("done", None)
        centre.await_kind("call.answered")


def test_what_the_dialplan_did_in_place_of_a_dead_bridge_is_done(exchange: Exchange, centre: Centre) -> None:
    with exchange.operator("op2", "desk"):
        exchange.caller(talk_s=None)
        assert until(exchange.waiting)
        bridge = centre.bridge()
        [call] = until(centre.calls)
        centre.kill(bridge)
        command = ask_and_die(centre, "answer", call=call.call, operator="PJSIP/op2", deadline_s=0.01)
        take_out(exchange, "op2")
        centre.bridge()
        assert centre.outcome(command) == ("done", None)
        # The bridge sees the answer, or finds the two talking.
        assert until(lambda: [(c.state, c.operator) for c in centre.calls()] == [("talking", "PJSIP/op2")])


def test_an_answer_that_was_done_before_its_bridge_died_is_not_done_again(exchange: Exchange, centre: Centre) -> None:
    bridge = centre.bridge()
    with exchange.operator("op2", "desk"):
        caller = exchange.caller(talk_s=None)
        [queued] = centre.await_kind("call.queued")
        assert exchange.claim(exchange.waiting()[0], "op2")
        centre.await_kind("call.answered")
        centre.kill(bridge)
        command = ask_and_die(centre, "answer", call=queued.stream, operator="PJSIP/op2")
        centre.bridge()
        assert centre.outcome(command) == ("done", None)
        caller.hang_up()
        [ended] = centre.await_kind("call.ended")
    assert ended.body.ended_by == "caller"  # type: ignore[attr-defined]
    whole(centre, 1)


def test_answers_while_bridges_are_killed_end_once_each_and_with_the_right_operator(
    exchange: Exchange, centre: Centre
) -> None:
    bridges = [centre.bridge(), centre.bridge()]
    with exchange.operator("op1", "desk"), exchange.operator("op2", "desk"):
        for turn in range(6):
            after = centre.journal.head()[0]
            endpoint = f"op{turn % 2 + 1}"
            caller = exchange.caller(talk_s=None)
            [queued] = centre.await_kind("call.queued", after=after)
            command = centre.ask("answer", call=queued.stream, operator=f"PJSIP/{endpoint}", deadline_s=60)
            # The claim comes some 5 ms after the request: before it, in its middle, after it.
            time.sleep((0.0, 0.003, 0.006, 0.009, 0.015, 0.03)[turn])
            centre.kill(bridges.pop(0))
            assert centre.outcome(command) == ("done", None)
            [answered] = centre.await_kind("call.answered", after=after)
            assert answered.body.operator == f"PJSIP/{endpoint}"  # type: ignore[attr-defined]
            bridges.append(centre.bridge())
            assert centre.do("hangup", call=queued.stream) == ("done", None)
            caller.done()
            centre.await_kind("call.ended", after=after)
    finished = [e.stream for e in centre.entries("command.finished")]
    assert len(finished) == len(set(finished)) == 12
    whole(centre, 6)
