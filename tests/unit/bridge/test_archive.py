from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.clock import SECOND
from data.vocabulary.calls import CallRecovered
from telephony.asterisk.cel import read
from telephony.asterisk.names import CEL_COLUMNS
from telephony.bridge.archive import draft_of, lacks, recovered
from telephony.calls.fold import new_call

T = 1_795_000_000 * SECOND


def line(event: str, at: int, channel: str, uniqueid: str, linkedid: str = "lab-1.0", **more: str) -> list[str]:
    fields = dict.fromkeys(CEL_COLUMNS, "") | more
    fields |= {"event": event, "channel": channel, "uniqueid": uniqueid, "linkedid": linkedid}
    fields["time"] = f"{at // SECOND}.{at % SECOND:06d}"
    return [fields[column] for column in CEL_COLUMNS]


def call(at: int = T, key: str = "lab-1.0", *, answer: bool = True, end: bool = True, by: str = "") -> list[list[str]]:
    trunk, op = f"PJSIP/trunk-{key[-1:]}", "PJSIP/op1-00000001"
    bridge = '{"bridge_id":"b1"}'
    rows = [
        line("CHAN_START", at, trunk, key, key, number="", name=""),
        line("X112Intake", at + 1000, trunk, key, key, number="+62811", name='Sri "W", \x1b[2J=1+1'),
        line("APP_START", at + 2000, trunk, key, key, application="Queue", data="112,ct,,,,,answering"),
        line("CHAN_START", at + 3000, "Local/x@y-1;1", "lab-8.8", key),
        line("CHAN_START", at + 4000, op, "lab-1.1", key),
    ]
    if answer:
        rows += [
            line("BRIDGE_ENTER", at + SECOND, trunk, key, key, extra=bridge),
            line("BRIDGE_ENTER", at + SECOND + 300, op, "lab-1.1", key, extra=bridge),
        ]
    if end:
        extra = '{"hangupcause":16,"hangupsource":"%s"}' % (by or trunk)
        rows.append(line("HANGUP", at + 5 * SECOND, trunk, key, key, extra=extra))
        rows.append(line("CHAN_END", at + 5 * SECOND, trunk, key, key))
    return rows


def write(path: Path, rows: list[list[str]]) -> Path:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue())
    return path


def test_a_whole_call_is_told_with_the_times_of_the_archive(tmp_path: Path):
    [(stream, found)] = recovered("pwk", read(write(tmp_path / "cel", call()), 0)).items()
    assert stream == "call/pwk/1.0"
    assert (found.outcome, found.operator, found.ended_by) == ("answered", "PJSIP/op1", "caller")
    assert (found.arrived_at, found.queued_at, found.offered_at) == (T, T + 2000, T + 4000)
    assert (found.answered_at, found.ended_at) == (T + SECOND + 300, T + 5 * SECOND)
    assert (found.number, found.queue) == ("+62811", "112")
    assert "\x1b" not in (found.name or "")
    draft = draft_of("pwk", stream, found)
    assert (draft.id, draft.at) == ("call/pwk/1.0/recovered", T + 5 * SECOND)


def test_an_archive_that_was_rotated_is_read_on_as_far_back_as_is_needed(tmp_path: Path):
    day = 86_400 * SECOND
    keys = ["lab-1.0", "lab-1.2", "lab-1.4", "lab-1.6"]
    names = ["siaga112.csv.2", "siaga112.csv-20261123", "siaga112.csv.1", "siaga112.csv"]
    for number, (name, key) in enumerate(zip(names, keys, strict=True)):
        path = write(tmp_path / name, call(T + number * day, key))
        os.utime(path, (number, number))
    write(tmp_path / "siaga112.csv.bak", [line("CHAN_START", T, "x", "y")])
    (tmp_path / "siaga112.csv.3.gz").write_bytes(b"\x1f\x8b")
    path = tmp_path / "siaga112.csv"
    assert list(recovered("p", read(path, T + 3 * day + 1))) == [], "its beginning was before that"
    assert list(recovered("p", read(path, T + day - 1))) == [f"call/p/{key[4:]}" for key in keys[1:]]
    split = call(T + 4 * day, "lab-1.8")  # a call over the rotation
    write(tmp_path / "siaga112.csv.1", split[:4])
    os.utime(tmp_path / "siaga112.csv.1", (9, 9))
    write(path, split[4:])
    [found] = recovered("p", read(path, T + 4 * day - 1)).values()
    assert (found.arrived_at, found.ended_at) == (T + 4 * day, T + 4 * day + 5 * SECOND)
    path.unlink()  # just renamed, nothing written since
    assert len(read(path, T + 4 * day)) == 4
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "other.csv", 0)


@pytest.mark.parametrize(
    ("rows", "outcome", "by"),
    [
        (call(answer=False), "abandoned", "caller"),
        (call(by="PJSIP/op1-00000001"), "answered", "operator"),
        (call(by="somebody"), "answered", None),
    ],
)
def test_outcome_and_end(tmp_path: Path, rows: list[list[str]], outcome: str, by: str | None):
    [found] = recovered("pwk", read(write(tmp_path / "cel", rows), 0)).values()
    assert (found.outcome, found.ended_by) == (outcome, by)


def test_what_is_not_over_or_no_112_call_or_began_before_is_not_told(tmp_path: Path):
    for rows in (call(end=False), [r for r in call() if r[0] != "X112Intake"], call()[1:]):
        assert recovered("pwk", read(write(tmp_path / "cel", rows), 0)) == {}


def test_a_call_whose_exchange_was_killed_as_it_came_in_is_lost_with_it(tmp_path: Path):
    row = line("CHAN_START", T, "PJSIP/trunk-0", "lab-1.0", context="from-trunk", exten="112", number="+62811")
    found = recovered("p", read(write(tmp_path / "cel", [row]), 0), booted_at=T + 9 * SECOND)
    assert [(each.outcome, each.number) for each in found.values()] == [("pbx_lost", "+62811")]


def test_a_call_without_an_end_ended_with_the_exchange_that_started_anew(tmp_path: Path):
    rows = read(write(tmp_path / "cel", call(answer=False, end=False)), 0)
    [found] = recovered("pwk", rows, booted_at=T + 60 * SECOND).values()
    assert (found.outcome, found.ended_by, found.ended_at) == ("pbx_lost", "pbx", None)
    assert recovered("pwk", rows, booted_at=T - 60 * SECOND) == {}


def test_what_an_exchange_took_down_when_it_was_stopped_is_no_abandoned_call(tmp_path: Path):
    before, stopped = (
        call(T, "lab-1795000000.0", answer=False),
        call(T + SECOND, "lab-1795000001.3", answer=False, by=" "),
    )
    for row in stopped:
        row[CEL_COLUMNS.index("extra")] = row[CEL_COLUMNS.index("extra")].replace('" "', '""')
    path = write(tmp_path / "cel", [*before, *stopped])
    outcome = {stream: found.outcome for stream, found in recovered("p", read(path, 0)).items()}
    assert set(outcome.values()) == {"abandoned"}, "nothing says that it was stopped"
    found = recovered("p", read(path, 0), booted_at=T + 20 * SECOND)
    assert [each.outcome for each in found.values()] == ["abandoned", "pbx_lost"]
    assert [each.ended_by for each in found.values()] == ["caller", "pbx"]
    anew = call(T + 30 * SECOND, "lab-1795000030.0")  # channels are numbered from the start of the exchange on
    found = recovered("p", read(write(path, [*before, *stopped, *anew]), 0))
    assert [each.outcome for each in found.values()] == ["abandoned", "pbx_lost", "answered"]


def test_all_who_talked_with_the_caller_are_told_and_an_agency_is_no_operator(tmp_path: Path):
    rows, bridge = call(end=False), '{"bridge_id":"b1"}'
    for order, (name, context) in enumerate((("PJSIP/op2", "from-operator"), ("PJSIP/damkar", "from-agency"))):
        phone, leg, at = f"{name}-0000000{order}", f"lab-7.{order}", T + (2 + order) * SECOND
        # A third party begins as a call of its own, in its own context, and comes from there into the talk.
        rows.append(line("CHAN_START", at, phone, leg, leg, context=context))
        rows.append(line("BRIDGE_ENTER", at + 9, phone, leg, context="conference", extra=bridge))
    rows.append(line("HANGUP", T + 5 * SECOND, "PJSIP/trunk-0", "lab-1.0"))
    [found] = recovered("p", read(write(tmp_path / "cel", rows), 0)).values()
    assert (found.operator, found.operators) == ("PJSIP/op1", ("PJSIP/op1", "PJSIP/op2"))


def test_a_long_archive_is_read_from_where_it_matters(tmp_path: Path):
    rows = [row for n in range(2_000) for row in call(T + n * 10 * SECOND, f"lab-{n}.0")]
    path = write(tmp_path / "cel", rows)
    since = T + 1_990 * 10 * SECOND
    found = read(path, since)
    assert found[0].at == since
    assert len(recovered("pwk", found)) == 10


@given(st.integers(0, 60), st.data())
def test_reading_from_any_moment_gives_exactly_what_is_later(tmp_path_factory, count: int, data):
    path = tmp_path_factory.mktemp("cel") / "cel"
    rows = [row for n in range(count) for row in call(T + n * 10 * SECOND, f"lab-{n}.0")]
    write(path, rows)
    since = data.draw(st.integers(T - SECOND, T + (count + 1) * 10 * SECOND))
    expected = [row for row in read(path, 0) if row.at >= since]
    assert read(path, since) == expected


@given(st.binary(max_size=400))
def test_damaged_lines_cost_only_themselves(tmp_path_factory, garbage: bytes):
    path = tmp_path_factory.mktemp("cel") / "cel"
    whole = write(path, call(T, "lab-1.0")).read_bytes()
    path.write_bytes(whole + b"\n" + garbage + b"\n" + write(path, call(T, "lab-2.0")).read_bytes())
    assert set(recovered("pwk", read(path, 0))) == {"call/pwk/1.0", "call/pwk/2.0"}


@pytest.mark.parametrize("zeros", [0, 200_000])
@pytest.mark.parametrize("cut", [1, 10, 40])
def test_the_event_behind_one_that_was_being_written_when_the_machine_died_is_read(
    tmp_path: Path, cut: int, zeros: int
):
    path = tmp_path / "cel"
    [torn] = write(path, [line("HANGUP", T, "PJSIP/trunk-0", "lab-1.0")]).read_bytes().splitlines()
    whole = write(path, call(T + SECOND, "lab-2.0")).read_bytes()
    path.write_bytes(whole.replace(b"lab-2", b"lab-0") + torn[:cut] + bytes(zeros) + b"\n" + whole)
    assert set(recovered("pwk", read(path, 0))) == {"call/pwk/0.0", "call/pwk/2.0"}


def test_what_the_journal_knows_well_is_left_as_it_is():
    told = CallRecovered(
        source="cel", arrived_at=T, outcome="answered", operator="PJSIP/op1", answered_at=T + 5, ended_at=T + SECOND,
        operators=("PJSIP/op1", "PJSIP/op2"),
    )  # fmt: skip
    assert lacks(None, told)

    def lacking(**changes: object) -> bool:
        call = new_call("call/pwk/1.0")
        call.outcome, call.end_evidence, call.ended_at = "answered", "Hangup", T + SECOND
        call.answered, call.answered_at, call.operators = True, T + 4, ["PJSIP/op1", "PJSIP/op2"]
        for name, value in changes.items():
            setattr(call, name, value)
        return lacks(call, told)

    assert not lacking()
    assert not lacking(outcome=None), "it goes on"
    assert not lacking(recovered_from="cel", observed_at=T), "told already"
    assert lacking(end_evidence="snapshot")
    assert lacking(observed_at=T)
    assert lacking(outcome="abandoned", answered=False, answered_at=None, operators=[]), (
        "the answer came while nobody looked"
    )
    assert lacking(operators=["PJSIP/op1"])
    assert lacking(answered_at=T + SECOND), "that was a second answer"
    assert not lacking(end_evidence="Shutdown")
    assert lacking(end_evidence="FullyBooted", ended_at=T + 4 * SECOND), "it had ended before the exchange went down"
    assert lacking(end_evidence="FullyBooted", outcome="pbx_lost")


@pytest.mark.parametrize(
    ("steps", "again", "told"),
    [
        ((), False, None),
        (("start",), False, "hung_up"),
        (("start", "nodigit"), False, "nodigit"),
        (("start", "digit 5"), False, "digit"),
        (("start", "nodigit"), True, None),
    ],
)
def test_what_came_of_asking_a_silent_caller_is_in_the_archive(
    tmp_path: Path, steps: tuple[str, ...], again: bool, told: str | None
):
    rows = call(end=False)
    for n, step in enumerate(steps):
        extra = json.dumps({"extra": step})
        rows.append(line("X112Silent", T + (2 + n) * SECOND, "PJSIP/trunk-0", "lab-1.0", extra=extra))
    if again:
        rows.append(line("BRIDGE_ENTER", T + 9 * SECOND, "PJSIP/trunk-0", "lab-1.0", extra='{"bridge_id":"b2"}'))
    rows.append(line("HANGUP", T + 10 * SECOND, "PJSIP/trunk-0", "lab-1.0", extra="{}"))
    [found] = recovered("pwk", read(write(tmp_path / "cel", rows), 0)).values()
    assert found.silent == told
