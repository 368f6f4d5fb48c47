"""What a call-taker does in a talk, on the training PBX, read by the same reducer as a real exchange."""

from __future__ import annotations

from telephony.calls.fold import Call
from telephony.training.switchboard import dialled
from telephony.training.telephones import IDLE, IN_USE
from telephony.training.visits import Visit
from tests.captures import packets
from tests.unit.calls.support import calls, kinds, run
from tests.unit.training.support import World, keys

OP1 = "PJSIP/op1"


def talk(world: World, **story: object) -> tuple[Visit, str, str]:
    """A caller who talks with op1: him, his channel, the telephone's."""
    visit = world.call(**story)
    world.claim(visit, "op1")
    world.go(1)
    assert visit.talk is not None
    return visit, visit.channel.name, visit.talk.name


def told(world: World) -> Call:
    [call] = calls(run(world.packets())).values()
    return call


def test_a_caller_is_held_and_given_back_to_exactly_one() -> None:
    world = World()
    _, caller, phone = talk(world)
    for _ in range(2):
        assert world.exchange.redirect(caller, "hold", "caller", phone) is None
        world.go(2)
        assert (told(world).state, told(world).held_by) == ("held", OP1)
        assert world.exchange.redirect(caller, "hold", "caller", phone) is not None, "he is on hold already"
        assert world.exchange.withdraw("held", caller, "resume") is None
        assert str(world.exchange.withdraw("held", caller, "resume")).endswith("Already requested")
        assert world.exchange.redirect(caller, "hold", "resume") is None
        assert str(world.exchange.withdraw("held", caller, "resume")).endswith("No such caller")
        world.go(2)
        assert told(world).state == "talking"
    assert 3_900_000 < told(world).held_us < 4_100_000
    world.exchange.hangup(phone)
    assert (told(world).outcome, told(world).ended_by) == ("answered", "operator")
    assert world.exchange.channels() == []


def test_a_telephone_whose_caller_is_on_hold_takes_a_chosen_one_and_stays_taken() -> None:
    world = World()
    first, caller, phone = talk(world)
    world.exchange.redirect(caller, "hold", "caller", phone)
    second = world.call()
    world.go(2)
    assert not second.legs, "the queue itself rings nobody who holds a caller"
    world.claim(second, "op1")
    world.go(1)
    assert second.talk is not None and second.talk.interface == OP1
    third = world.call()
    world.claim(third, "op1")
    world.go(1)
    assert third.talk is None and third.queue == "112", "somebody is heard there"
    world.exchange.hangup(third.channel.name)
    world.exchange.hangup(second.talk.name)
    assert first.held and world.exchange.telephones.status(OP1) == IN_USE
    assert world.exchange.redirect(caller, "hold", "resume") is None
    world.exchange.hangup(phone)
    assert world.exchange.telephones.status(OP1) == IDLE
    assert world.exchange.channels() == []


def test_who_withdraws_a_held_caller_and_dies_has_him_back_all_the_same() -> None:
    world = World()
    _, caller, phone = talk(world)
    world.exchange.redirect(caller, "hold", "caller", phone)
    world.exchange.withdraw("held", caller, "resume")
    world.go(2)
    assert told(world).state == "talking"


def test_a_held_caller_whose_operator_hangs_up_is_back_at_the_head() -> None:
    world = World()
    visit, caller, phone = talk(world)
    world.call()
    world.exchange.redirect(caller, "hold", "caller", phone)
    world.exchange.hangup(phone)
    world.go(1)
    assert world.exchange.waiting()[0] is visit
    world.exchange.hangup(caller)
    assert world.gone[0][0] is visit


def test_a_held_caller_may_hang_up() -> None:
    world = World()
    _, caller, phone = talk(world, talk=5.0)
    world.exchange.redirect(caller, "hold", "caller", phone)
    world.go(10)
    assert (told(world).state, told(world).ended_by) == ("ended", "caller")
    assert world.exchange.telephones.status(OP1) == "1"


def test_a_transfer_reaches_a_colleague_or_an_agency() -> None:
    for target, party in (("op2", "PJSIP/op2"), ("102", "PJSIP/op2"), ("damkar", None), ("113", None)):
        world = World()
        _, caller, phone = talk(world)
        assert world.exchange.transfer(phone, target) is None
        assert world.exchange.transfer(phone, target) is not None, "the second one finds no talk"
        world.go(3)
        call = told(world)
        assert call.transfers == 1
        assert call.operators == [OP1] + ([party] if party else [])
        assert world.exchange.telephones.status(OP1) == "1"
        world.exchange.hangup(caller)
        assert told(world).outcome == "answered"
        assert world.exchange.channels() == []


def test_a_transfer_to_a_busy_colleague_brings_the_caller_back() -> None:
    world = World()
    visit, _, phone = talk(world)
    other = world.call()
    world.claim(other, "op2")
    world.go(1)
    world.exchange.transfer(phone, "op2")
    world.go(1)
    assert world.exchange.waiting() == [visit]


def test_a_third_party_joins_and_the_talk_goes_on_whoever_of_the_two_leaves() -> None:
    for leaves in ("operator", "agency"):
        world = World()
        visit, caller, phone = talk(world)
        variables = {"X112_JOIN": caller, "X112_PARTY": "damkar", "__X112_CALL": visit.channel.call}
        arguments = ("PJSIP/damkar", "conference", "join", "third-1", variables)
        assert world.exchange.originate(*arguments) is None
        assert world.exchange.originate(*arguments) is not None, "the same ChannelId twice"
        world.go(2)
        assert told(world).parties == 3
        assert visit.third is not None
        world.exchange.hangup(phone if leaves == "operator" else visit.third.name)
        world.go(1)
        assert told(world).outcome is None
        assert ("call.party_left" in kinds(run(world.packets()))) is (leaves == "agency")
        world.exchange.hangup(caller)
        assert told(world).outcome == "answered"
        assert world.exchange.channels() == []


def test_a_third_party_that_answers_while_the_caller_is_on_hold_does_not_join() -> None:
    world = World()
    _, caller, phone = talk(world)
    world.exchange.originate("PJSIP/damkar", "conference", "join", "t", {"X112_JOIN": caller, "X112_PARTY": "damkar"})
    world.exchange.redirect(caller, "hold", "caller", phone)
    world.go(3)
    [failed] = [draft.body for draft in run(world.packets()) if draft.kind == "call.party_failed"]
    assert (failed.party, failed.reason) == ("damkar", "not_joined")
    assert told(world).state == "held"
    assert len(world.exchange.channels()) == 2


def test_a_call_back_goes_on_step_by_step() -> None:
    world = World()
    assert world.exchange.originate(OP1, "callback", "+6281", "job-1", {"__X112_JOB": "abc"}) is None
    world.go(1)
    assert world.exchange.telephones.status(OP1) == "6"
    world.go(30)
    steps = [draft.body.step for draft in run(world.packets()) if draft.stream == "command/abc"]
    assert steps == ["ringing", "answered", "ended"]
    assert (world.exchange.telephones.status(OP1), world.exchange.channels()) == ("1", [])
    assert world.exchange.originate("Local/1@x", "callback", "1", "j", {}) is not None


def test_a_call_back_ends_when_the_operator_hangs_up() -> None:
    world = World()
    world.exchange.originate(OP1, "callback", "+6281", "job-1", {"__X112_JOB": "abc"})
    world.go(3)
    [leg] = world.exchange.channels()
    assert world.exchange.hangup(leg.name) is None
    world.go(30)
    steps = [draft.body.step for draft in run(world.packets()) if draft.stream == "command/abc"]
    assert steps == ["ringing", "answered", "ended"]
    assert (world.exchange.telephones.status(OP1), world.exchange.channels()) == ("1", [])
    assert world.exchange.hangup(leg.name) == "No such channel"


def test_places_are_dialled_as_the_exchange_would() -> None:
    assert [dialled(p) for p in ("op2", "103", "113", "damkar", "+62264113")] == [
        "PJSIP/op2", "PJSIP/op3", "PJSIP/113@trunk", "PJSIP/damkar", "PJSIP/+62264113@trunk",
    ]  # fmt: skip
    assert [dialled(p) for p in ("", "a b", "op1,1)Hangup(", "${X}", "A")] == [""] * 5


def test_its_events_have_the_headers_of_the_recordings_in_their_order() -> None:
    world = World()
    _visit, caller, phone = talk(world)
    world.exchange.redirect(caller, "hold", "caller", phone)
    world.exchange.withdraw("held", caller, "resume")
    world.exchange.redirect(caller, "hold", "resume")
    world.exchange.originate("PJSIP/damkar", "conference", "join", "third-1", {"X112_JOIN": caller})
    world.go(3)
    world.exchange.hangup(caller)
    _visit, _caller, phone = talk(world)
    world.exchange.transfer(phone, "damkar")
    world.go(3)
    real: dict[str, set[tuple[str, ...]]] = {}
    for name in ("console-hold", "blind-to-agency", "three-way"):
        for packet in packets(name):
            real.setdefault(packet.get("UserEvent") or packet.name, set()).add(masked(keys(packet)))
    ours = {"X112Claim", "X112Resume", "X112Conference"}  # the recordings are older than these, or than their Party
    said = [p for p in world.packets() if (p.get("UserEvent") or p.name) not in ours]
    assert {"BlindTransfer", "OriginateResponse", "DialBegin"} <= {packet.name for packet in said}
    for packet in said:
        if packet.name not in ("QueueCallerAbandon", "AgentRingNoAnswer", "QueueMemberStatus", "MusicOnHoldStop"):
            assert masked(keys(packet)) in real[packet.get("UserEvent") or packet.name], packet.raw


def masked(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of headers without the channel that some of them hold."""
    return tuple("ChanVariable()" if name.startswith("ChanVariable(") else name for name in names)
