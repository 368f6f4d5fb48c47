"""The reducer, event by event: what it believes and what it doesn't."""

from __future__ import annotations

import pytest

from data.entry import Draft
from telephony.calls.fold import Call
from telephony.calls.reconcile import Channel, Snapshot, reconcile
from telephony.calls.reducer import booted, link_down, link_up, reduce
from telephony.calls.state import CallsState
from telephony.link.packet import Packet
from tests.unit.calls.support import T0, caller, calls, channel, event, kinds, operator, run

ARRIVES = event("Newchannel", 0, **caller(ChannelState="4"))
WAITS = event("QueueCallerJoin", 0.1, **caller(), Queue="112", Position="1")
OFFER = event("AgentCalled", 0.2, **caller(), **operator(1, prefix="Dest"), Queue="112", Interface="PJSIP/op1")
CONNECT = event("AgentConnect", 1.0, **caller(), **operator(1, prefix="Dest"), Queue="112", Interface="PJSIP/op1")


def enter(at: float, who: dict[str, str], bridge: str = "b1") -> Packet:
    return event("BridgeEnter", at, BridgeUniqueid=bridge, **who)


def leave(at: float, who: dict[str, str], bridge: str = "b1") -> Packet:
    return event("BridgeLeave", at, BridgeUniqueid=bridge, **who)


TALK = [ARRIVES, WAITS, OFFER, CONNECT, enter(1.01, operator(1)), enter(1.02, caller())]


def one(drafts: list[Draft]) -> Call:
    [call] = calls(drafts).values()
    return call


def hangup(at: float, who: dict[str, str], cause: str = "16") -> Packet:
    return event("Hangup", at, **who, Cause=cause)


class TestWhatIsACall:
    def test_a_channel_that_rings_us_in_an_intake_context(self) -> None:
        [draft] = run([ARRIVES])
        assert draft.stream == f"call/p/{T0}.0"
        assert draft.id == f"p/pbx-{T0}.0/call.arrived/{T0}.000000"
        assert draft.at == T0 * 1_000_000
        assert (draft.body.number, draft.body.name, draft.body.trunk) == ("+6281200000001", "Siti", "PJSIP/trunk")

    def test_a_channel_that_we_dial_out_through_the_trunk_is_none(self) -> None:
        assert run([event("Newchannel", 0, **caller(ChannelState="0"))]) == []

    def test_a_further_leg_in_the_same_context_is_none(self) -> None:
        assert run([event("Newchannel", 0, **channel(5, "PJSIP/trunk-00000005", 0, ChannelState="4"))]) == []

    def test_a_channel_in_another_context_is_one_when_it_joins_a_queue_and_began_when_it_rang(self) -> None:
        other = caller(Context="pbx-of-the-town-hall")
        ring = event("Newchannel", 0, **{**other, "ChannelState": "4"})
        assert run([ring]) == []
        call = one(run([ring, event("QueueCallerJoin", 3, **other, Queue="112")]))
        assert call.arrived_at == T0 * 1_000_000
        assert call.queued_at == (T0 + 3) * 1_000_000

    def test_a_caller_who_is_seen_first_in_the_queue_began_before_and_nobody_knows_when(self) -> None:
        drafts = run([WAITS])
        assert kinds(drafts) == ["call.observed", "call.queued"]
        assert one(drafts).arrived_at is None

    def test_the_intake_contexts_are_a_setting(self) -> None:
        state = CallsState("p", intake_contexts={"dari-operator-seluler"})
        ring = event("Newchannel", 0, **caller(ChannelState="4", Context="dari-operator-seluler"))
        assert kinds(run([ring], state)) == ["call.arrived"]

    def test_the_key_is_the_variable_of_the_intake_when_it_is_set(self) -> None:
        with_key = caller(ChanVariable=f"X112_CALL=pbx-{T0}.7")
        [_, draft] = run([event("QueueCallerJoin", 0, **with_key, Queue="112")])
        assert draft.stream == f"call/p/{T0}.7"

    def test_asterisks_own_helper_channels_are_none(self) -> None:
        ring = event(
            "Newchannel", 0, **channel(0, "Local/s@from-trunk-00000001;2", ChannelState="4") | {"Context": "from-trunk"}
        )
        assert run([ring]) == []


class TestOffersAndAnswer:
    def test_a_call_is_offered_answered_and_ended_once(self) -> None:
        drafts = run([*TALK, event("HangupRequest", 5, **caller()), hangup(5.1, caller())])
        assert kinds(drafts) == ["call.arrived", "call.queued", "call.offered", "call.answered", "call.ended"]

    def test_the_doubled_dialend_of_an_abandon_ends_the_offer_once(self) -> None:
        ended = event("DialEnd", 2, **caller(), **operator(1, prefix="Dest"), DialStatus="CANCEL")
        again = event("DialEnd", 2.01, **caller(), **operator(1, prefix="Dest"), DialStatus="CANCEL")
        drafts = run([ARRIVES, WAITS, OFFER, ended, again])
        assert [d.body.reason for d in drafts if d.kind == "call.offer_ended"] == ["cancelled"]

    def test_dialbegin_before_agentcalled_makes_one_offer(self) -> None:
        dial = event("DialBegin", 0.19, **caller(), **operator(1, prefix="Dest"))
        assert kinds(run([ARRIVES, WAITS, dial, OFFER])).count("call.offered") == 1

    def test_the_dialplans_answer_is_no_answer(self) -> None:
        up = event("Newstate", 0.05, **caller())
        assert not one(run([ARRIVES, up, WAITS])).answered

    def test_without_agentconnect_the_shared_bridge_is_the_answer(self) -> None:
        call = one(run([ARRIVES, WAITS, enter(1.01, operator(1)), enter(1.02, caller())]))
        assert (call.operator, call.answered_at) == ("PJSIP/op1", T0 * 1_000_000 + 1_020_000)

    def test_an_agentconnect_that_comes_after_the_bridge_is_no_second_answer(self) -> None:
        late = event("AgentConnect", 1.03, **caller(), **operator(1, prefix="Dest"), Queue="112", Interface="PJSIP/op1")
        drafts = run([ARRIVES, WAITS, OFFER, enter(1.01, operator(1)), enter(1.02, caller()), late])
        assert kinds(drafts).count("call.answered") == 1
        assert "call.operator_joined" not in kinds(drafts)

    def test_a_caller_alone_in_a_bridge_is_not_answered(self) -> None:
        assert not one(run([ARRIVES, enter(1, caller())])).answered

    def test_an_announcer_in_the_bridge_is_nobody(self) -> None:
        announcer = channel(9, "CBAnn/112-00000009;2", Context="default")
        assert not one(run([ARRIVES, enter(1, announcer), enter(1.1, caller())])).answered

    def test_an_agency_on_the_trunk_is_no_operator(self) -> None:
        agency = channel(9, "PJSIP/trunk-00000009", Context="addag")
        assert not one(run([ARRIVES, enter(1, agency), enter(1.1, caller())])).answered


class TestQueue:
    def test_leaving_the_queue_by_redirect_is_no_end(self) -> None:
        away = event("QueueCallerAbandon", 2, **caller(Context="claimed"), Queue="112")
        again = event("QueueCallerJoin", 2.01, **caller(), Queue="op101")
        drafts = run([ARRIVES, WAITS, away, again])
        assert kinds(drafts) == ["call.arrived", "call.queued", "call.unqueued", "call.queued"]
        call = one(drafts)
        assert (call.state, call.queue, call.waiting_queue) == ("waiting", "112", "op101")

    def test_a_caller_put_back_after_a_talk_is_answered_again_without_a_transfer(self) -> None:
        back = [leave(3, caller()), leave(3, operator(1)), event("QueueCallerJoin", 3.1, **caller(), Queue="112")]
        connect = event(
            "AgentConnect", 5, **caller(), **operator(2, "op2", prefix="Dest"), Queue="112", Interface="PJSIP/op2"
        )
        call = one(run([*TALK, *back, connect, enter(5.1, operator(2, "op2"), "b2"), enter(5.2, caller(), "b2")]))
        assert (call.operator, call.operators, call.transfers) == ("PJSIP/op1", ["PJSIP/op1", "PJSIP/op2"], 0)

    @pytest.mark.parametrize("position", ["", "x", "-1", "9" * 30, "²"])
    def test_a_position_that_is_no_number_is_left_out(self, position: str) -> None:
        drafts = run([ARRIVES, event("QueueCallerJoin", 1, **caller(), Queue="112", Position=position)])
        assert drafts[-1].body.position is None


class TestEnd:
    def test_only_the_callers_own_hangup_ends_the_call(self) -> None:
        drafts = run([*TALK, leave(3, operator(1)), hangup(3.1, operator(1))])
        assert kinds(drafts)[-1] == "call.operator_left"
        assert one(drafts).state == "alone"

    def test_the_queues_abandon_alone_is_no_abandonment(self) -> None:
        call = one(run([ARRIVES, WAITS, event("QueueCallerAbandon", 4, **caller(), Queue="112")]))
        assert call.outcome is None

    def test_a_caller_who_hangs_up_unheard_abandoned(self) -> None:
        call = one(run([ARRIVES, WAITS, event("HangupRequest", 4, **caller()), hangup(4.1, caller(), "0")]))
        assert (call.outcome, call.ended_by, call.cause) == ("abandoned", "caller", 0)

    def test_the_first_who_asks_ended_it(self) -> None:
        ask_op, ask_caller = event("HangupRequest", 5, **operator(1)), event("HangupRequest", 5.01, **caller())
        assert one(run([*TALK, ask_op, ask_caller, hangup(5.1, caller())])).ended_by == "operator"
        assert one(run([*TALK, ask_caller, ask_op, hangup(5.1, caller())])).ended_by == "caller"

    def test_one_of_two_operators_leaving_does_not_end_it(self) -> None:
        both = [*TALK, enter(2, operator(2, "op2"))]
        goes = [event("HangupRequest", 3, **operator(1)), leave(3.01, operator(1)), hangup(3.02, operator(1))]
        call = one(run([*both, *goes, event("HangupRequest", 9, **caller()), hangup(9.1, caller())]))
        assert call.ended_by == "caller"

    def test_a_hang_up_at_the_console_is_the_operators(self) -> None:
        assert one(run([*TALK, leave(5, caller()), hangup(5.01, caller())])).ended_by == "operator"

    def test_when_the_stream_does_not_show_it_nobody_is_named(self) -> None:
        gone = [*TALK, leave(5, operator(1)), hangup(5.01, operator(1))]
        assert one(run([*gone, hangup(65, caller())])).ended_by is None

    def test_events_after_the_end_change_nothing(self) -> None:
        late = event("AgentComplete", 6, **caller(), **operator(1, prefix="Dest"), Reason="caller")
        drafts = run([*TALK, hangup(5, caller()), late, leave(6, caller()), leave(6, operator(1)), hangup(6, caller())])
        assert kinds(drafts).count("call.ended") == 1
        assert kinds(drafts)[-1] == "call.ended"

    def test_a_late_event_does_not_begin_the_call_anew(self) -> None:
        state = CallsState("p")
        run([*TALK, hangup(5, caller())], state)
        assert run([WAITS, ARRIVES], state) == []


class TestHold:
    def test_hold_is_told_on_the_operators_channel(self) -> None:
        drafts = run([*TALK, event("Hold", 2, **operator(1)), event("MusicOnHoldStart", 2.01, **caller())])
        held = [d.body for d in drafts if d.kind == "call.held"]
        assert [(h.how, h.operator) for h in held] == [("hold", "PJSIP/op1")]

    def test_an_unhold_without_a_hold_is_nothing(self) -> None:
        assert "call.resumed" not in kinds(run([*TALK, event("Unhold", 2, **operator(1))]))

    def test_music_in_the_queue_is_no_hold(self) -> None:
        assert "call.held" not in kinds(run([ARRIVES, WAITS, event("MusicOnHoldStart", 0.2, **caller())]))

    def test_a_hold_by_redirect_sends_no_hold_event_and_shows_as_music_after_the_talk(self) -> None:
        """The console's hold: both legs redirected, the caller to music; resumed by the AMI action Bridge."""
        away = [leave(2, caller()), leave(2, operator(1)), event("MusicOnHoldStart", 2.01, **caller())]
        back = [enter(7, operator(1), "b2"), event("MusicOnHoldStop", 7.01, **caller()), enter(7.02, caller(), "b2")]
        call = one(run([*TALK, *away, *back]))
        assert (call.held_us, call.transfers, call.state) == (5_000_000, 0, "talking")

    def test_an_open_hold_ends_with_the_call(self) -> None:
        call = one(run([*TALK, event("Hold", 2, **operator(1)), hangup(9, caller())]))
        assert call.held_us == 7_000_000


class TestTransferAndConference:
    def test_a_bridge_leave_before_its_blind_transfer_counts_once(self) -> None:
        moved = event(
            "BlindTransfer", 3.01, Result="Success", Extension="103",
            **operator(1, prefix="Transferer"), **channel(0, "PJSIP/trunk-00000000", prefix="Transferee"),
        )  # fmt: skip
        new = [enter(5, operator(2, "op3"), "b2"), enter(5.1, caller(), "b2")]
        for order in ([leave(3, operator(1)), moved], [moved, leave(3.02, operator(1))]):
            call = one(run([*TALK, *order, leave(3.03, caller()), *new]))
            assert (call.transfers, call.operators) == (1, ["PJSIP/op1", "PJSIP/op3"])

    def test_a_transfer_that_failed_is_none(self) -> None:
        moved = event(
            "BlindTransfer", 3, Result="Invalid", Extension="999",
            **operator(1, prefix="Transferer"), **channel(0, "PJSIP/trunk-00000000", prefix="Transferee"),
        )  # fmt: skip
        assert one(run([*TALK, moved])).transfers == 0

    def test_a_redirect_to_an_agency_on_the_trunk_is_a_transfer_without_an_operator(self) -> None:
        agency = channel(9, "PJSIP/trunk-00000009", 0)
        call = one(
            run([*TALK, leave(3, caller()), leave(3, operator(1)), enter(5, agency, "b2"), enter(5.1, caller(), "b2")])
        )
        assert (call.transfers, call.operators) == (1, ["PJSIP/op1"])

    def test_an_agency_that_is_added_makes_a_conference_and_the_operator_may_leave_it(self) -> None:
        agency = channel(9, "PJSIP/trunk-00000009", Context="addag")
        drafts = run([*TALK, enter(3, agency), event("HangupRequest", 4, **operator(1)), leave(4.1, operator(1))])
        assert kinds(drafts)[-2:] == ["call.conferenced", "call.operator_left"]
        assert one(drafts).outcome is None
        assert one(drafts).transfers == 0

    def test_two_callers_do_not_mix(self) -> None:
        second = [
            event("Newchannel", 0.5, **caller(10, ChannelState="4")),
            event("QueueCallerJoin", 0.6, **caller(10), Queue="112"),
        ]
        answered = [enter(2, operator(11, "op2", 10), "b9"), enter(2.1, caller(10), "b9")]
        found = calls(run([*TALK, *second, *answered]))
        assert [call.operators for call in found.values()] == [["PJSIP/op1"], ["PJSIP/op2"]]


def talking_still(booted_at: int, at: int = T0 + 60) -> Snapshot:
    """The exchange still has the talk of TALK."""
    legs = [
        Channel(uniqueid=who["Uniqueid"], linkedid=who["Linkedid"], channel=who["Channel"], bridge="b1")
        for who in (caller(), operator(1))
    ]
    return Snapshot(taken_at=at * 1_000_000, channels=tuple(legs), booted_at=booted_at)


class TestTheExchange:
    def test_a_clean_shutdown_ends_what_is_open(self) -> None:
        waiting = [event("Newchannel", 2, **caller(10, ChannelState="4"))]
        drafts = run([*TALK, *waiting, event("Shutdown", 9, Shutdown="Cleanly", Restart="True")])
        assert kinds(drafts)[-3:] == ["pbx.restarted", "call.ended", "call.ended"]
        outcomes = [(call.outcome, call.ended_by) for call in calls(drafts).values()]
        assert outcomes == [("answered", "pbx"), ("pbx_lost", "pbx")]

    def test_an_uptime_shorter_than_our_absence_is_a_restart(self) -> None:
        state = CallsState("p")
        before = run(TALK, state)
        down = link_down(state, (T0 + 10) * 1_000_000, "bridge-1", "timeout")
        assert kinds(down) == ["pbx.unlinked"]
        up = link_up(state, (T0 + 60) * 1_000_000, "bridge-1", version="22.10.1", booted_at=(T0 + 50) * 1_000_000)
        up += reconcile(state, Snapshot(taken_at=(T0 + 60) * 1_000_000, booted_at=(T0 + 50) * 1_000_000))
        assert kinds(up) == ["pbx.linked", "pbx.restarted", "call.ended"]
        assert one(before + up).ended_by == "pbx"

    def test_after_a_cut_of_the_line_the_calls_stay_open(self) -> None:
        state = CallsState("p")
        run(TALK, state)
        link_down(state, (T0 + 10) * 1_000_000, "bridge-1", "reset")
        up = link_up(state, (T0 + 60) * 1_000_000, "bridge-1", booted_at=(T0 - 500) * 1_000_000)
        up += reconcile(state, talking_still(booted_at=(T0 - 500) * 1_000_000))
        assert kinds(up) == ["pbx.linked"]
        assert [call.state for call in state.calls()] == ["talking"]

    def test_a_clock_that_was_set_is_no_restart(self) -> None:
        """The exchange's clock jumped an hour ahead: its boot seems later than the call, but it has the call."""
        state = CallsState("p")
        run(TALK, state)
        assert reconcile(state, talking_still(booted_at=(T0 + 1800) * 1_000_000, at=T0 + 3600)) == []
        assert [call.state for call in state.calls()] == ["talking"]

    def test_a_boot_before_something_that_we_saw_is_no_restart(self) -> None:
        state = CallsState("p")
        state.booted_at = (T0 - 900) * 1_000_000
        before = run([*TALK, event("Hold", 300, **operator(1))], state)
        assert booted(state, (T0 + 301) * 1_000_000, (T0 + 100) * 1_000_000) == []
        assert kinds(before)[-1] == "call.held"

    def test_an_event_without_a_timestamp_is_passed_over(self) -> None:
        assert run([Packet(ARRIVES.raw.replace(f"Timestamp: {T0}.000000\r\n".encode(), b""))]) == []

    def test_a_member_removed_and_added_paused_is_told_in_two_facts(self) -> None:
        added = event("QueueMemberAdded", 1, Queue="112", Interface="PJSIP/op5", Paused="1", PausedReason="istirahat")
        drafts = run([added])
        assert [(d.body.state, d.body.reason) for d in drafts] == [("added", None), ("paused", "istirahat")]
        assert {d.stream for d in drafts} == {"member/p/PJSIP/op5"}


class TestHostileText:
    NAMES = (
        "[bold red]x[/]", "a\x1b]0;owned\x07b", "\u202eniamod\u202c", "line\u2028two\u0085three", "=1+1", "\x9b31m",
        "A" * 10_000,
    )  # fmt: skip

    @pytest.mark.parametrize("name", NAMES)
    def test_names_are_made_safe_at_the_door(self, name: str) -> None:
        [draft] = run([event("Newchannel", 0, **caller(ChannelState="4", CallerIDName=name))])
        kept = draft.body.name
        assert len(kept) <= 200
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u202c\u2028" for c in kept)

    def test_a_line_break_that_asterisk_escaped_stays_in_its_name(self) -> None:
        [draft] = run([event("Newchannel", 0, **caller(ChannelState="4", CallerIDName="Evil\\r\\nUniqueid: x"))])
        assert draft.body.name == "Evil Uniqueid: x"
        assert draft.stream == f"call/p/{T0}.0"

    def test_bytes_that_are_no_utf8_are_kept_as_evidence(self) -> None:
        raw = event("Newchannel", 0, **caller(ChannelState="4")).raw.replace(b"Siti", b"Sit\xff")
        [draft] = reduce(CallsState("p"), Packet(raw))
        assert draft.body.name == "Sit\ufffd"
        assert draft.body.raw is not None

    def test_an_unknown_caller_has_no_number(self) -> None:
        [draft] = run([event("Newchannel", 0, **caller(ChannelState="4", CallerIDNum="<unknown>", CallerIDName=""))])
        assert (draft.body.number, draft.body.name) == (None, None)


class TestLocation:
    def located(self, **headers: str) -> list[Draft]:
        return run([ARRIVES, event("UserEvent", 0.1, **caller(), UserEvent="X112Location", **headers)])[1:]

    def test_a_circle_has_a_radius_in_metres(self) -> None:
        info = 'shape%3D"Circle"%2Ccrs%3D"2d"%2Cpos%3D"-6.5560 107.4430"%2Cradius%3D"35.5"'
        [draft] = self.located(Format="GML", Lat="-6.5560", Lon="107.4430", Info=info, Method="Cell")
        assert (draft.body.lat, draft.body.lon, draft.body.radius_m, draft.body.source) == (
            -6.556,
            107.443,
            35.5,
            "Cell",
        )

    def test_the_position_is_found_in_the_shape_when_the_dialplan_did_not_cut_it(self) -> None:
        [draft] = self.located(Format="GML", Lat="", Lon="", Info='shape="Point",pos="-6.5 107.4"')
        assert (draft.body.lat, draft.body.lon, draft.body.radius_m) == (-6.5, 107.4, None)

    @pytest.mark.parametrize(
        ("lat", "lon"),
        [
            ("nan", "107"),
            ("inf", "1"),
            ("91", "10"),
            ("-6", "181"),
            ("0", "0"),
            ("1e2", "5"),
            ("1_0", "5"),
            ("x", "y"),
            ("٣", "٤"),
        ],
    )
    def test_what_is_no_position_on_earth_is_ignored(self, lat: str, lon: str) -> None:
        assert self.located(Format="GML", Lat=lat, Lon=lon, Info="") == []

    @pytest.mark.parametrize("radius", ["-5", "0", "nan", "1e9", "99999999", ""])
    def test_a_radius_that_says_nothing_is_left_out(self, radius: str) -> None:
        [draft] = self.located(Format="GML", Lat="-6.5", Lon="107.4", Info=f'shape="Circle",radius="{radius}"')
        assert draft.body.radius_m is None


def silent(at: float, step: str, **more: str) -> Packet:
    return event("UserEvent", at, UserEvent="X112Silent", Step=step, **caller(), **more)


class TestTheSilentCallProcedure:
    ASKED = (*TALK, leave(2, operator(1)), leave(2.01, caller()), silent(2.02, "start"), hangup(2.03, operator(1)))

    def test_the_caller_is_asked_and_the_operator_is_free(self) -> None:
        call = one(run(self.ASKED))
        assert (call.state, call.talking, call.silent) == ("asked", {}, "start")

    def test_who_asked_is_told_in_whatever_order_bridge_and_dialplan_speak(self) -> None:
        late = [
            *TALK,
            silent(2.02, "start"),
            leave(2.03, operator(1)),
            leave(2.04, caller()),
            hangup(2.05, operator(1)),
        ]
        for packets in (self.ASKED, late):
            drafts = run(packets)
            [begun] = [draft.body for draft in drafts if draft.kind == "call.silent"]
            assert (begun.step, begun.operator) == ("start", "PJSIP/op1")
            assert one(drafts).state == "asked"

    def test_a_key_brings_him_back_to_the_head_and_to_another_operator(self) -> None:
        waiting = event("UserEvent", 6.1, UserEvent="X112Waiting", QueuePriority="100", **caller())
        again = event("QueueCallerJoin", 6.2, **caller(), Queue="112", Position="1")
        drafts = run([*self.ASKED, silent(6, "digit", Digit="5"), waiting, again])
        call = one(drafts)
        assert (call.state, call.silent, call.priority) == ("waiting", "digit", 100)
        assert [d.body.digit for d in drafts if d.kind == "call.silent"] == [None, "5"]
        to_op2 = operator(2, "op2", prefix="Dest")
        taken = event("AgentConnect", 9, **caller(), **to_op2, Queue="112", Interface="PJSIP/op2")
        drafts = run([*self.ASKED, silent(6, "digit", Digit="5"), waiting, again, taken])
        assert one(drafts).operators == ["PJSIP/op1", "PJSIP/op2"]
        assert "call.transferred" not in kinds(drafts)

    def test_why_a_caller_is_back_is_told_with_his_place_and_of_nothing_else(self) -> None:
        said = {"UserEvent": "X112Waiting", "QueuePriority": "100"}
        waiting = event("UserEvent", 6.1, **said, Back="telephone-dead", **caller())
        again = event("QueueCallerJoin", 6.2, **caller(), Queue="112", Position="1")
        taken = event("QueueCallerJoin", 8, **caller(), Queue="claim_op2", Position="1")
        other = event("UserEvent", 9.1, **said, Back="hold", **caller())
        later = event("QueueCallerJoin", 9.2, **caller(), Queue="112", Position="1")
        queued = [d.body for d in run([*self.ASKED, waiting, again, taken, other, later]) if d.kind == "call.queued"]
        assert [body.because for body in queued[-3:]] == ["telephone_dead", None, None]

    def test_no_key_is_told_as_well(self) -> None:
        assert one(run([*self.ASKED, silent(20, "nodigit")])).silent == "nodigit"

    def test_hanging_up_while_asked_is_told_before_the_end(self) -> None:
        drafts = run([*self.ASKED, event("HangupRequest", 4, **caller()), hangup(4.1, caller())])
        assert kinds(drafts)[-2:] == ["call.silent", "call.ended"]
        call = one(drafts)
        assert (call.silent, call.ended_by, call.outcome) == ("hung_up", "caller", "answered")

    def test_an_end_after_the_answer_tells_nothing_of_it(self) -> None:
        drafts = run([*self.ASKED, silent(20, "nodigit"), hangup(30, caller())])
        assert one(drafts).silent == "nodigit"

    def test_a_step_that_nobody_knows_and_a_key_that_is_none_say_nothing(self) -> None:
        assert "call.silent" not in kinds(run([*TALK, silent(2, "perhaps")]))
        [told] = [d for d in run([*TALK, silent(2, "digit", Digit="<b>")]) if d.kind == "call.silent"]
        assert told.body.digit is None
