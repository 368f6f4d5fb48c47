"""Every capture of the lab through the reducer, against what is known to have happened."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from data.clock import SECOND, parse_iso
from telephony.asterisk.render import QUIET_EVENTS
from telephony.calls.fold import Call
from telephony.calls.names import interface_of
from telephony.calls.reducer import EVENTS
from telephony.link.packet import Packet
from telephony.replay import describe, replay, replay_calls
from tests.captures import NAMES, expected, packets, stream
from tests.unit.calls.support import caller, calls, event, kinds, run

KEYS = [
    "linkedid", "caller", "queue", "outcome", "ring_at", "answer_at", "end_at", "operator", "operators", "held_s",
    "transfers", "ended_by", "location",
]  # fmt: skip


@pytest.fixture
def file(tmp_path: Path, name: str) -> Path:
    path = tmp_path / f"{name}.ami"
    path.write_bytes(stream(name))
    return path


@pytest.mark.parametrize("name", NAMES)
def test_replay_says_what_happened(file: Path, name: str) -> None:
    found = list(replay(file))
    assert found == expected()[name]
    for record in found:
        assert list(record) == KEYS
        json.dumps(record)


def test_every_capture_has_an_expectation_and_every_expectation_a_capture() -> None:
    assert sorted(expected()) == NAMES


@pytest.mark.parametrize("name", [name for name in NAMES if b"Event: CEL" in stream(name)])
def test_the_times_agree_with_the_channel_event_log_of_the_same_exchange(file: Path, name: str) -> None:
    """CEL comes from another part of Asterisk; here with the Timestamp of its AMI event, so to the microsecond."""
    log = [
        (packet.get("EventName"), packet.get("Channel") or "", packet.get("LinkedID") or "", packet.timestamp or 0)
        for packet in packets(name)
        if packet.name == "CEL"
    ]
    for call in replay_calls(file):
        mine = [row for row in log if row[2].endswith(call.linkedid)]
        assert_near(call.arrived_at, next(at for what, ch, _, at in mine if (what, ch) == ("CHAN_START", call.channel)))
        bridged: dict[str, int] = {}
        for what, channel, _, at in log:  # a telephone that was dialled into a conference keeps its own LinkedID
            if what == "BRIDGE_ENTER" and interface_of(channel) in call.operators:
                bridged.setdefault(interface_of(channel), at)
        if call.answered:
            assert_near(call.answered_at, min(bridged.values()))
            assert set(call.operators) == set(bridged)
        else:
            assert not [row for row in mine if row[0] == "BRIDGE_ENTER"]
        ends = [at for what, channel, _, at in mine if (what, channel) == ("HANGUP", call.channel)]
        if call.end_evidence == "Hangup":
            assert_near(call.ended_at, ends[0])
        else:
            assert not ends


def assert_near(one: int | None, other: int) -> None:
    assert one is not None
    assert abs(one - other) <= 50_000


@pytest.mark.parametrize("name", NAMES)
def test_events_that_nobody_needs_may_be_filtered_out_at_the_exchange(name: str) -> None:
    lean = run(packet for packet in packets(name) if packet.name in EVENTS)
    assert lean == run(packets(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_filters_of_the_shipped_manager_conf_take_away_nothing_that_counts(name: str) -> None:
    whole = calls(run(packets(name)))
    filtered = calls(run(packet for packet in packets(name) if packet.name not in QUIET_EVENTS))
    assert filtered.keys() == whole.keys()
    for linkedid, call in filtered.items():
        mine, theirs = describe(call), describe(whole[linkedid])
        # Without the music's own events the end of a hold is the next moment that the operator is heard.
        assert abs(mine.pop("held_s") - theirs.pop("held_s")) <= 0.1
        assert mine == theirs


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_unique_and_each_call_ends_at_most_once(name: str) -> None:
    drafts = run(packets(name))
    ids = [draft.id for draft in drafts]
    assert len(set(ids)) == len(ids)
    for linkedid in calls(drafts):
        ends = [d for d in drafts if d.kind == "call.ended" and d.stream.endswith(linkedid)]
        assert len(ends) <= 1
        assert all(d.id == f"{d.stream}/end" for d in ends)


def only(name: str) -> Call:
    return next(iter(calls(run(packets(name))).values()))


def test_a_blind_transfer_is_told_with_its_target() -> None:
    [moved] = [d.body for d in run(packets("transfer-ami-blind")) if d.kind == "call.transferred"]
    assert (moved.method, moved.from_operator, moved.target) == ("blind", "PJSIP/op1", "103")


def test_a_redirect_sends_no_transfer_event_and_is_told_by_the_bridges() -> None:
    [moved] = [d.body for d in run(packets("transfer-ami-redirect")) if d.kind == "call.transferred"]
    assert (moved.method, moved.from_operator, moved.target) == ("redirect", "PJSIP/op1", "PJSIP/op3")


def test_an_attended_transfer_finds_the_new_operator_behind_local_channels() -> None:
    drafts = run(packets("transfer-ami-atxfer"))
    [moved] = [d.body for d in drafts if d.kind == "call.transferred"]
    assert (moved.method, moved.from_operator, moved.target) == ("attended", "PJSIP/op1", "PJSIP/op3")
    assert [d.body.operator for d in drafts if d.kind == "call.operator_left"] == ["PJSIP/op1"]


def test_a_cancelled_attended_transfer_is_no_transfer_and_the_operator_never_left() -> None:
    drafts = run(packets("transfer-ami-atxfer-cancel"))
    assert not {"call.transferred", "call.operator_left", "call.operator_joined"} & set(kinds(drafts))
    assert [d.body.operator for d in drafts if d.kind == "call.offered"] == ["PJSIP/op1", "PJSIP/op3"]


def test_a_conference_is_told_when_the_third_party_is_in() -> None:
    drafts = run(packets("conference-redirect-both"))
    [conference] = [d.body for d in drafts if d.kind == "call.conferenced"]
    assert (conference.party, conference.parties) == ("PJSIP/op3", 3)
    assert not [d for d in drafts if d.kind == "call.transferred"]


def test_a_chosen_call_is_no_transfer_and_its_first_offer_ends() -> None:
    """The console takes a call while another telephone rings for it: token, Redirect, the operator's own queue."""
    drafts = run(packets("claimed"))
    assert [(d.body.operator, d.body.queue) for d in drafts if d.kind == "call.offered"] == [
        ("PJSIP/op1", "112"), ("PJSIP/op2", "claim_op2"),
    ]  # fmt: skip
    assert [d.body.reason for d in drafts if d.kind == "call.offer_ended"] == ["cancelled"]
    assert "call.transferred" not in kinds(drafts)
    assert only("claimed").queue == "112"


def test_a_chosen_call_that_the_telephone_does_not_take_waits_again() -> None:
    queues = [d.body.queue for d in run(packets("claimed-back")) if d.kind == "call.queued"]
    assert queues == ["112", "claim_op2", "112"]
    priorities = [d.body.priority for d in run(packets("claimed-back")) if d.kind == "call.queued"]
    assert priorities == [10, 10, 100]


def test_a_blind_transfer_to_an_agency_names_no_new_operator_and_nobody_of_ours_ended_it() -> None:
    call = only("blind-to-agency")
    assert (call.operators, call.transfers, call.ended_by) == (["PJSIP/op1"], 1, None)


def test_a_blind_transfer_that_nobody_takes_brings_the_caller_back_to_the_head() -> None:
    drafts = run(packets("blind-unanswered"))
    assert [(d.body.queue, d.body.priority) for d in drafts if d.kind == "call.queued"] == [("112", 10), ("112", 100)]
    assert (only("blind-unanswered").operators, only("blind-unanswered").transfers) == (["PJSIP/op1"], 1)


def test_an_agency_in_a_three_way_talk_is_a_party_and_no_operator() -> None:
    drafts = run(packets("three-way"))
    [conference] = [d.body for d in drafts if d.kind == "call.conferenced"]
    assert (conference.party, conference.parties) == ("PJSIP/damkar", 3)
    assert [d.body.operator for d in drafts if d.kind in ("call.offered", "call.operator_left")] == ["PJSIP/op1"] * 2


def test_the_least_privileged_user_of_the_bridge_sees_the_same_calls_as_one_who_sees_everything() -> None:
    seen = {record["linkedid"]: record for record in expected()["as-the-bridge-sees-it"]}
    for name in ("claimed", "claimed-back", "console-hold", "three-way", "parked-too-long", "hostile-name"):
        [record] = expected()[name]
        assert seen[record["linkedid"]] == record


def test_a_long_name_arrives_cut_by_asterisk_and_a_hostile_one_arrives_disarmed() -> None:
    assert only("hostile-long-name").name == "B" * 79
    name = only("hostile-name").name or ""
    assert "[bold]<\ufffd[2J>" in name
    assert "\u202e" not in name
    assert "\u2028" not in name


def test_parking_names_the_place_and_who_fetched_the_caller() -> None:
    drafts = run(packets("hold-by-park"))
    [held] = [d.body for d in drafts if d.kind == "call.held"]
    [resumed] = [d.body for d in drafts if d.kind == "call.resumed"]
    assert (held.how, held.place, resumed.operator) == ("park", "701", "PJSIP/op2")


def test_a_busy_telephone_and_one_that_nobody_picks_up_are_told_apart() -> None:
    def reasons(name: str) -> list[tuple[str, str]]:
        return [(d.body.operator, d.body.reason) for d in run(packets(name)) if d.kind == "call.offer_ended"]

    assert reasons("first-busy-second-answers") == [("PJSIP/op1", "busy")]
    assert reasons("second-operator") == [("PJSIP/op1", "noanswer")]
    assert reasons("answered-ringing-line") == [("PJSIP/op2", "cancelled")]
    assert reasons("abandoned-queue") == [("PJSIP/op1", "cancelled")]


def test_an_address_or_a_reference_is_kept_as_text_where_there_is_no_position() -> None:
    def told(name: str) -> list[tuple[str, str]]:
        return [(d.body.form, d.body.text) for d in run(packets(name)) if d.kind == "call.location_text"]

    [(form, text)] = told("geoloc-civic")
    assert form == "civic"
    assert 'RD="Via Nazionale",HNO="12"' in text
    assert told("geoloc-uri") == [("uri", "https://lis.example.invalid/loc/abc?token=1")]
    assert told("geoloc-point") == []


def test_members_are_told_when_they_change_and_only_then() -> None:
    drafts = run(packets("queue-pause-add-remove"))
    assert [(d.body.queue, d.body.operator, d.body.state, d.body.reason) for d in drafts] == [
        ("112", "PJSIP/op1", "paused", "break"),
        ("112all", "PJSIP/op1", "ready", None),
        ("112", "PJSIP/op1", "ready", None),
        ("112", "PJSIP/op5", "added", None),
        ("112", "PJSIP/op5", "removed", None),
    ]


def test_a_restart_by_command_loses_the_waiting_caller_and_ends_the_talk() -> None:
    talked, waited = calls(run(packets("restart-cli-restart-now"))).values()
    assert (talked.outcome, talked.ended_by) == ("answered", "pbx")
    assert (waited.outcome, waited.ended_by) == ("pbx_lost", "pbx")


def test_after_a_kill_the_new_start_is_the_evidence_and_the_real_end_stays_unknown(tmp_path: Path) -> None:
    file = tmp_path / "both.ami"
    file.write_bytes(stream("restart-kill9") + b"\r\n\r\n" + stream("restart-kill9-after"))
    talked, waited = replay(file)
    assert (talked["outcome"], talked["ended_by"], talked["end_at"]) == ("answered", "pbx", None)
    assert (waited["outcome"], waited["ended_by"], waited["end_at"]) == ("pbx_lost", "pbx", None)


def test_a_second_login_at_a_running_exchange_is_no_restart() -> None:
    """FullyBooted comes at every login; the uptime says that the exchange never stopped."""
    half = len(packets("answered")) // 2
    first, second = packets("answered")[:half], packets("answered")[half:]
    login = next(packet for packet in first if packet.name == "FullyBooted")
    again = type(login)(login.raw.replace(b"Uptime: 1\r", b"Uptime: 3\r"))
    assert "pbx.restarted" not in kinds(run([*first, again, *second]))


def test_a_second_login_at_a_quiet_exchange_is_no_restart_however_late_the_next_event_comes() -> None:
    """FullyBooted has no time: it was said at some moment between the event before it and the one after it."""
    login = Packet(b"Event: FullyBooted\r\nUptime: 100")
    waits = [event("Newchannel", 0, **caller(ChannelState="4")), event("QueueCallerJoin", 1, **caller(), Queue="112")]
    later = event("QueueMemberPause", 3600, Queue="112", Interface="PJSIP/op1", Paused="1")
    again = Packet(b"Event: FullyBooted\r\nUptime: 130")
    drafts = run([login, *waits, again, later])
    assert "pbx.restarted" not in kinds(drafts)
    assert [call.state for call in calls(drafts).values()] == ["waiting"]
    surely = Packet(b"Event: FullyBooted\r\nUptime: 1")
    assert "pbx.restarted" in kinds(
        run([login, *waits, event("QueueCallerJoin", 9, **caller(), Queue="x"), surely, later])
    )


@pytest.mark.parametrize("name", ["answered", "hostile-name"])
@pytest.mark.parametrize("chunk", [61, 1 << 20])
def test_a_capture_whose_lines_end_in_a_bare_lf_says_the_same(
    file: Path, name: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telephony.replay.CHUNK", chunk)
    file.write_bytes(stream(name).replace(b"\r\n", b"\n"))
    assert list(replay(file)) == expected()[name]


def test_a_lf_inside_a_name_of_a_capture_in_crlf_stays_in_the_name(tmp_path: Path) -> None:
    file = tmp_path / "lf.ami"
    name = b"CallerIDName: Mario\nEvent: Hangup"
    file.write_bytes(stream("answered").replace(b"CallerIDName: Mario Rossi", name))
    assert list(replay(file)) == expected()["answered"]


def test_a_replay_reads_a_file_that_was_cut_in_the_middle_of_a_packet(tmp_path: Path) -> None:
    whole = stream("answered")
    file = tmp_path / "cut.ami"
    file.write_bytes(whole[: whole.index(b"Event: AgentConnect") + 40])
    [record] = replay(file)
    assert (record["outcome"], record["answer_at"], record["end_at"]) == (None, None, None)


def test_a_stream_that_begins_in_the_middle_leaves_open_what_it_does_not_show(tmp_path: Path) -> None:
    whole = stream("answered")
    file = tmp_path / "late.ami"
    file.write_bytes(whole[whole.index(b"Event: QueueCallerJoin") :])
    [record] = replay(file)
    assert record["ring_at"] is None
    assert (record["outcome"], record["operator"], record["caller"]) == ("answered", "PJSIP/op1", "+390612345678")


def test_the_captures_name_no_path_of_the_machine_that_recorded_them() -> None:
    for path in Path(__file__).parents[2].joinpath("captures").glob("*.gz"):
        content = gzip.decompress(path.read_bytes())
        assert b"/home/" not in content
        assert b"/tmp/" not in content


def test_held_time_is_exact_in_the_journal_and_rounded_only_in_the_record() -> None:
    at = {packet.name: packet.timestamp or 0 for packet in packets("hold-unhold")}
    call = only("hold-unhold")
    assert call.held_us == at["Unhold"] - at["Hold"]
    assert describe(call)["held_s"] == 1.5
    assert parse_iso(describe(call)["ring_at"]) // SECOND == 1795490173
