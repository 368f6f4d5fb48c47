from __future__ import annotations

from data.clock import SECOND, now
from data.entry import draft
from data.vocabulary.calls import CallArrived, CommandClaimed
from telephony.bridge import hands, watcher
from telephony.commands import request
from tests.unit.bridge.conftest import House, arrival, channel_row, hangup, stamped
from tests.unit.link.fake_ami import FakeConn, until


def known_call(house: House, call: str, age_s: float = 30) -> None:
    """A call stands in the journal as open."""
    body = CallArrived(channel=f"PJSIP/trunk-{call}", number="081")
    at = now() - round(age_s * SECOND)
    house.journal.append(
        [draft(f"call/pwk/{call}", body, at=at, id=f"pwk/{call}/call.arrived/{at // SECOND}.{at % SECOND:06d}")]
    )


# ---------------------------------------------------------------- after a login


def test_events_during_the_snapshot_are_held_back_and_then_told(house: House):
    def meanwhile(conn: FakeConn) -> None:
        conn.send(arrival("5.5") + hangup("6.6"))

    known_call(house, "6.6")
    house.exchange.rights = ()  # an alarm in between changes nothing
    house.exchange.before_list = meanwhile
    house.exchange.channels = [channel_row("5.5"), channel_row("7.7")]
    house.bridge()
    house.has("pbx.linked")
    house.has("call.ended")
    assert until(lambda: house.story("5.5") == ["arrived"])  # told by its event, not by the list that shows it too
    assert house.story("7.7")[0] == "observed"
    [ended] = house.entries("call.ended")
    assert (ended.stream, ended.body.evidence) == ("call/pwk/6.6", "Hangup")  # its exact end, not "no longer there"


def test_without_the_list_of_channels_no_call_is_ended_and_it_is_asked_again(house: House, monkeypatch):
    monkeypatch.setattr(watcher, "AGAIN_S", 0.3)
    known_call(house, "1.1")
    known_call(house, "2.2")
    house.exchange.broken["CoreShowChannels"] = "out of memory"
    house.bridge()
    house.has("pbx.linked")
    assert {e.body.what for e in house.has("house.alarm")} == {"no_snapshot"}  # type: ignore[attr-defined]
    house.exchange.conn().send(arrival("3.3"))
    house.has("call.arrived", 3)
    assert house.entries("call.ended") == []
    house.exchange.channels = [channel_row("1.1"), channel_row("3.3")]
    del house.exchange.broken["CoreShowChannels"]
    [ended] = house.has("call.ended")
    assert ended.stream == "call/pwk/2.2"
    assert len(house.entries("pbx.linked")) == 1


def test_a_snapshot_that_never_comes_costs_the_link_but_no_call(house: House):
    known_call(house, "1.1")
    house.exchange.silent = {"CoreShowChannels"}
    house.bridge(reply_seconds=0.7)
    house.has("pbx.unlinked", 2)
    assert house.entries("call.ended") == []
    house.exchange.silent = set()
    house.has("pbx.linked")
    house.has("call.ended")


def test_an_end_that_the_exchange_never_told_is_found_by_looking(house: House):
    house.exchange.channels = [channel_row("1.1")]
    house.bridge(snapshot_seconds=0.5)
    house.has("call.observed")
    house.exchange.channels = [channel_row("2.2")]  # and no event
    [ended] = house.has("call.ended")
    assert (ended.stream, ended.body.evidence) == ("call/pwk/1.1", "snapshot")  # type: ignore[attr-defined]
    assert until(lambda: house.story("2.2")[:1] == ["observed"])
    assert len(house.entries("pbx.linked")) == 1


def test_a_list_that_the_exchange_lacks_is_left_out(house: House):
    house.exchange.broken |= {"ParkedCalls": "Invalid/unknown command", "DeviceStateList": "Permission denied"}
    house.bridge()
    house.has("pbx.linked")


def test_an_exchange_that_does_not_say_that_it_is_booted_is_watched_all_the_same(house: House):
    house.exchange.uptime = 0
    house.bridge()
    [linked] = house.has("pbx.linked")
    assert linked.body.booted_at is None  # type: ignore[attr-defined]
    house.exchange.conn().send(arrival("1.1"))
    house.has("call.arrived")


def test_a_quiet_time_after_the_login_is_not_taken_for_a_restart(house: House):
    """FullyBooted has no time of its own: the next event, an hour later, must not date the boot."""
    known_call(house, "1.1", age_s=60)
    house.exchange.channels = [channel_row("1.1")]
    house.bridge()
    house.has("pbx.linked")
    house.exchange.conn().send(arrival("2.2", at=now() + 3600 * SECOND))
    house.has("call.arrived", 2)
    assert house.entries("pbx.restarted") == []
    assert house.story("1.1") == ["arrived"]


def test_an_uptime_shorter_than_our_absence_is_a_restart(house: House):
    end = house.bridge()
    house.has("pbx.linked")
    end()
    known_call(house, "1.1", age_s=60)
    house.exchange.uptime = 3
    house.bridge("pwk/2")
    [restarted] = house.has("pbx.restarted")
    assert restarted.body.evidence == "FullyBooted"  # type: ignore[attr-defined]
    [ended] = house.has("call.ended")
    assert (ended.body.outcome, ended.body.ended_by) == ("pbx_lost", "pbx")  # type: ignore[attr-defined]


# ---------------------------------------------------------------- what an exchange should not do


def test_garbage_an_oversize_packet_and_a_defect_of_ours_are_alarms_and_nothing_else_is_lost(house: House, monkeypatch):
    real = watcher.reduce

    def reduce(state, packet):
        if packet.get("CallerIDName") == "defect":
            raise ZeroDivisionError
        return real(state, packet)

    monkeypatch.setattr(watcher, "reduce", reduce)
    house.bridge(packet_cap=65_536)
    house.has("pbx.linked")
    conn = house.exchange.conn()
    conn.send(b"\x00\xff rubbish\r\n\r\nmore\r\n\r\n")
    conn.send(b"Event: Huge\r\n" + b"A: b\r\n" * 50_000 + b"\r\n")
    conn.send(arrival("2.2", name="defect") + arrival("1.1"))
    house.has("call.arrived")
    assert sorted(e.body.what for e in house.has("house.alarm", 3)) == [  # type: ignore[attr-defined]
        "garbage", "oversize_packet", "reduce_failed",
    ]  # fmt: skip
    assert house.story("1.1") == ["arrived"]


def test_a_flood_is_worked_off_in_order_and_told(house: House, monkeypatch):
    house.bridge()
    house.has("pbx.linked")
    at = now()
    flood = b"".join(stamped("VarSet", "Variable: A", at=at) for _ in range(30_000))
    house.exchange.conn().send(b"".join((arrival("1.1"), flood, hangup("1.1"))))
    house.has("call.ended")
    assert house.story("1.1") == ["arrived", "ended"]


def test_rights_that_are_missing_are_an_alarm_and_the_calls_are_seen(house: House):
    house.exchange.rights = ("CoreShowChannels",)
    house.bridge()
    [alarm] = house.has("house.alarm")
    assert alarm.body.what == "right_missing"  # type: ignore[attr-defined]
    assert "Redirect" in (alarm.body.detail or "")  # type: ignore[attr-defined]
    house.exchange.conn().send(arrival("1.1"))
    house.has("call.arrived")


# ---------------------------------------------------------------- its own end


def test_an_orderly_end_says_that_nobody_watches_any_more(house: House):
    end = house.bridge()
    house.has("pbx.linked")
    house.exchange.conn().send(arrival("1.1"))
    house.has("call.arrived")
    end()
    assert house.entries()[-1].kind == "pbx.unlinked"
    assert [s.state for s in house.side.services()] == ["stopped"]


# ---------------------------------------------------------------- commands of unclear outcome


def test_an_answer_that_the_exchange_never_gave_is_looked_into_not_repeated(house: House, monkeypatch):
    monkeypatch.setattr(hands, "REPLY_S", 0.5)
    house.exchange.channels = [channel_row("1.1")]
    house.bridge()
    house.has("call.observed")
    house.exchange.silent = {"Redirect"}
    draft = request("pwk", "answer", actor="s", terminal="t", call="call/pwk/1.1", operator="PJSIP/op1", deadline_s=60)
    house.journal.append([draft])
    # The Redirect was sent and had its effect; only the answer is missing.
    assert until(lambda: "Redirect" in house.exchange.conn().names())
    moved = channel_row("1.1").replace(b"Context: waiting", b"Context: claimed").replace(b"Exten: s", b"Exten: op1")
    house.exchange.channels = [moved]
    assert house.outcome(draft.id) == ("done", None)
    assert house.exchange.conn().names().count("Redirect") == 1


def test_an_exchange_that_answers_an_action_never_is_asked_five_times_and_then_it_is_unknown(house: House, monkeypatch):
    monkeypatch.setattr(hands, "REPLY_S", 0.1)
    house.bridge()
    house.has("pbx.linked")
    house.exchange.silent = {"QueueAdd", "QueueStatus"}
    assert house.do("member_add", operator="PJSIP/op1") == ("unknown", "claimant_lost")
    assert len(house.entries("command.claimed")) == 5
    assert house.exchange.conn().names().count("QueueAdd") == 1


def test_what_nobody_could_look_into_is_unknown(house: House):
    old = now() - 200 * SECOND
    command = request("pwk", "answer", actor="s", terminal="t", call="call/pwk/1.1", operator="PJSIP/op1", at=old)
    claim = draft(command.stream, CommandClaimed(bridge="pwk/dead"), at=old, id=f"{command.id}/claim")
    house.journal.append([command, claim])
    house.exchange.refuse()
    house.bridge()
    assert house.outcome(command.id) == ("unknown", "claimant_lost")


def test_the_words_of_the_exchange_become_codes(house: House):
    house.exchange.channels = [channel_row("1.1")]
    house.bridge()
    house.has("call.observed")
    house.exchange.broken = {"QueueAdd": "No such queue", "QueueWithdrawCaller": "x: Already requested"}
    assert house.do("member_add", operator="PJSIP/op1") == ("failed", "pbx_error")
    assert house.do("answer", call="call/pwk/1.1", operator="PJSIP/op1") == ("failed", "call_taken")
    house.exchange.broken = {"QueueWithdrawCaller": "Unable to request withdraw from queue: No such caller"}
    assert house.do("answer", call="call/pwk/1.1", operator="PJSIP/op1") == ("failed", "not_waiting")
    house.exchange.broken = {"QueueAdd": "Permission denied", "Redirect": "Channel not existent"}
    assert house.do("member_add", operator="PJSIP/op1") == ("failed", "right_missing")
    assert house.do("answer", call="call/pwk/1.1", operator="PJSIP/op1") == ("failed", "call_ended")
    house.exchange.broken = {"Hangup": "No such channel"}
    assert house.do("hangup", call="call/pwk/1.1") == ("done", "already_gone")
