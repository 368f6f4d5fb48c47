"""The archive read by bridges alone: who talked with whom, who hung up, and what went down with the exchange."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.clock import SECOND, parse_iso
from telephony.asterisk import cel
from telephony.reconciliation.records import beside, read_cdr, read_queue_log
from telephony.reconciliation.told import Told, read_archive
from tests.unit.reconciliation.support import Log, Plan, T, log_of

ANSWERED = Plan(0, T, ((SECOND, "PJSIP/op1"),))


def only(log: Log, *restarts: int) -> Told:
    [found] = read_archive(log.lines(), restarts).calls.values()
    return found


def test_a_call_is_told_from_its_intake_on() -> None:
    [call] = read_archive(log_of(ANSWERED)).calls.values()
    assert (call.key, call.outcome, call.operators, call.ended_by) == (
        ANSWERED.key,
        "answered",
        ["PJSIP/op1"],
        "caller",
    )
    assert (call.arrived_at, call.answered_at, call.ended_at) == (T, T + SECOND, T + 5 * SECOND)
    assert call.answered_from == T + SECOND - 2000


@pytest.mark.parametrize(
    ("plan", "outcome", "by"),
    [
        (Plan(0, T), "abandoned", "caller"),
        (Plan(0, T, by=None), "abandoned", None),
        (Plan(0, T, ((SECOND, "PJSIP/op1"),), by="operator"), "answered", "operator"),
        (Plan(0, T, ends=None), None, None),
    ],
)
def test_outcome_and_end(plan: Plan, outcome: str | None, by: str | None) -> None:
    [call] = read_archive(log_of(plan)).calls.values()
    assert (call.outcome, call.ended_by) == (outcome, by)


def test_a_call_whose_exchange_was_killed_as_it_came_in_is_a_call() -> None:
    came, dialled, anew = Log(), Log(), log_of(Plan(0, T + 20 * SECOND))
    came.add("CHAN_START", T, "PJSIP/trunk-00000000", "lab-1.0", "lab-1.0", context="from-trunk", exten="112")
    dialled.add("CHAN_START", T, "PJSIP/trunk-00000000", "lab-1.0", "lab-1.0", context="from-trunk", exten="s")
    assert read_archive([*came.rows, *anew]).calls["1.0"].outcome == "pbx_lost"
    assert "1.0" not in read_archive([*dialled.rows, *anew]).calls


def test_what_is_no_112_call_or_began_before_is_not_told() -> None:
    rows = log_of(ANSWERED)
    assert read_archive([row for row in rows if row.event != cel.INTAKE]).calls == {}
    assert read_archive(rows[1:]).calls == {}


def test_an_agency_in_the_talk_is_no_operator_and_neither_is_another_line_of_the_trunk() -> None:
    log = Log()
    log.call(ANSWERED)
    bridge = f'{{"bridge_id":"b-{ANSWERED.key}"}}'
    for name, context in (("PJSIP/damkar-00000009", "from-agency"), ("PJSIP/trunk-00000010", "from-trunk")):
        log.add("CHAN_START", T + 2 * SECOND, name, f"x-{name}", ANSWERED.uniqueid, context=context)
        log.add("BRIDGE_ENTER", T + 3 * SECOND, name, f"x-{name}", ANSWERED.uniqueid, extra=bridge)
    assert only(log).operators == ["PJSIP/op1"]


def test_who_is_behind_a_local_channel_is_in_the_talk() -> None:
    log, key = Log(), ANSWERED.uniqueid
    log.call(Plan(0, T))
    log.add("BRIDGE_ENTER", T + SECOND, "PJSIP/trunk-00000000", key, key, extra='{"bridge_id":"b"}')
    log.add("BRIDGE_ENTER", T + SECOND, "Local/102@transfer-1;1", "l1", key, extra='{"bridge_id":"b"}')
    log.add("BRIDGE_ENTER", T + SECOND + 10, "Local/102@transfer-1;2", "l2", key, extra='{"bridge_id":"c"}')
    log.add("BRIDGE_ENTER", T + SECOND + 20, "PJSIP/op2-00000007", "o2", key, extra='{"bridge_id":"c"}')
    call = only(log)
    assert (call.operators, call.answered_at) == (["PJSIP/op2"], T + SECOND + 20)


def test_a_killed_exchange_takes_its_calls_with_it() -> None:
    """The numbers of channels begin anew with each start; the archive says nothing else of it."""
    waiting, talking = Plan(0, T, ends=None), Plan(1, T + SECOND, ((SECOND, "PJSIP/op1"),), ends=None)
    after = Plan(0, T + 20 * SECOND)
    calls = read_archive(log_of(waiting, talking, after)).calls
    assert [calls[plan.key].outcome for plan in (waiting, talking, after)] == ["pbx_lost", "answered", "abandoned"]
    assert calls[talking.key].lost
    assert not calls[after.key].lost


def test_the_queue_log_shows_a_start_after_which_nobody_called_yet() -> None:
    log = Log()
    log.call(Plan(0, T, ends=None))
    assert only(log).outcome is None
    assert only(log, T + 9 * SECOND).outcome == "pbx_lost"
    assert only(log, T - 9 * SECOND).outcome is None, "that start was before the call"


def test_an_exchange_that_is_stopped_writes_the_ends_last_and_nobody_asked_for_them() -> None:
    hung_up = Plan(0, T, ends=8 * SECOND)
    stopped, restart = Plan(1, T + SECOND, ends=9 * SECOND, by=None), T + 11 * SECOND
    calls = read_archive(log_of(hung_up, stopped), [restart]).calls
    assert [calls[plan.key].outcome for plan in (hung_up, stopped)] == ["abandoned", "pbx_lost"]
    by_console = Plan(0, T, ends=SECOND, by=None)
    calls = read_archive(log_of(by_console, Plan(1, T + 2 * SECOND)), [T + 20 * SECOND]).calls
    assert calls[by_console.key].outcome == "abandoned", "somebody called after that"


QUEUE_LOG = """\
1795000000|NONE|NONE|NONE|QUEUESTART|
1795000001|lab-1795000001.0|112|NONE|ENTERQUEUE||+62811|1
1795000002|lab-1795000001.0|112|NONE|ABANDON|1|1|1
1795000002|lab-1795000001.0|claim_op2|NONE|ENTERQUEUE||+62811|1
1795000002|lab-1795000001.0|claim_op2|Operator 2|CONNECT|0|lab-1795000001.1|0
1795000003|lab-1795000003.2|112|NONE|ENTERQUEUE||+62|8|1|1
1795000004|lab-1795000003.2|held|NONE|CONNECT|0|x|0
damaged|line
1795000099|lab-1795000099.4|112|NONE|ENTERQUEUE||+62822|1
"""


def test_the_queue_log_says_who_was_connected() -> None:
    log = read_queue_log(QUEUE_LOG.splitlines(keepends=True), T, T + 50 * SECOND)
    assert {key: call.answered for key, call in log.calls.items()} == {"1795000001.0": True, "1795000003.2": False}
    assert (log.restarts, log.begins_at) == ((T,), T)


def test_the_cdr_counts_our_calls() -> None:
    line = '"","+62811","s","waiting","""x"" <+62811>","PJSIP/trunk-1","","Queue","112",'
    line += '"{at}","","{at}",1,0,"ANSWERED","DOCUMENTATION","{id}","{id}","","{id}",1\n'
    lines = [line.format(at=f"2025-11-18 12:00:0{n}", id=f"lab-{n}.0") for n in (1, 5)]
    since = parse_iso("2025-11-18T12:00:00Z")
    assert read_cdr([*lines, "nonsense\n", 'a\0,"'], since, since + 4 * SECOND) == {"1.0": since + SECOND}


def test_the_other_records_stand_beside_the_archive(tmp_path: Path) -> None:
    archive = tmp_path / "log" / "cel-custom" / "siaga112.csv"
    archive.parent.mkdir(parents=True)
    assert beside(archive) == (None, None)
    (tmp_path / "log" / "queue_log").touch()
    assert beside(archive) == (tmp_path / "log" / "queue_log", None)
    assert beside(tmp_path / "elsewhere.csv") == (None, None)
