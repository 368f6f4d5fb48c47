"""Seats on the training PBX: a telephone that is called once and stays connected, and the calls that come into it."""

from __future__ import annotations

from telephony.calls.fold import Call
from telephony.training.seats import PATIENCE_S
from telephony.training.telephones import IDLE, IN_USE, QUEUE
from telephony.training.visits import Visit
from tests.captures import packets
from tests.unit.calls.support import calls, run
from tests.unit.training.support import World, by_topic, keys
from tests.unit.training.test_switchboard import masked

OP1, OP2 = "PJSIP/op1", "PJSIP/op2"


def sit(world: World, *names: str) -> None:
    for name in names:
        assert world.exchange.originate(f"PJSIP/{name}", "seated", name, f"sits-{name}", {}) is None
    world.go(1)


def talk(world: World) -> Visit:
    visit = world.call()
    world.claim(visit, "op1")
    world.go(1)
    assert visit.talk is not None and visit.talk.name.startswith("Local/op1@seat-")
    return visit


def told(world: World) -> dict[str, Call]:
    return calls(run(world.packets()))


def test_calls_come_into_the_seat_one_after_the_other_and_it_stays() -> None:
    world = World()
    sit(world, "op1")
    for _ in range(3):
        visit = talk(world)
        assert world.exchange.telephones.status(OP1) == IN_USE
        world.exchange.hangup(visit.channel.name)
        world.go(1)
        assert world.exchange.telephones.status(OP1) == IN_USE
        assert [ch.name for ch in world.exchange.channels()] == [world.exchange.seated_at("op1")]
    assert [(call.outcome, call.operators) for call in told(world).values()] == [("answered", [OP1])] * 3


def test_a_second_caller_for_a_seat_that_is_taken_is_back_at_the_head() -> None:
    world = World()
    sit(world, "op1")
    first, second = talk(world), world.call()
    world.claim(second, "op1")
    world.go(1)
    assert first.talk is not None and second.talk is None
    assert (second.queue, second.priority) == (QUEUE, 100)


def test_a_caller_is_held_given_back_and_passed_on_into_a_colleague_s_seat() -> None:
    world = World()
    sit(world, "op1", "op2")
    visit = talk(world)
    assert visit.talk is not None
    caller, leg = visit.channel.name, visit.talk.name
    assert world.exchange.redirect(caller, "hold", "caller", leg) is None
    world.go(1)
    assert world.exchange.withdraw("held", caller, "resume") is None
    assert world.exchange.redirect(caller, "hold", "resume") is None
    world.go(1)
    assert world.exchange.transfer(leg, "op2") is None
    world.go(3)
    [call] = told(world).values()
    assert (call.state, list(call.talking.values()), call.operators) == ("talking", [OP2], [OP1, OP2])
    assert all(
        ch.name.startswith(("Local/op2@seat", "PJSIP/op2", "PJSIP/op1", caller)) for ch in world.exchange.channels()
    )


def test_a_seat_ends_when_it_is_told_to_but_not_under_a_caller() -> None:
    world = World()
    sit(world, "op1")
    visit, seat = talk(world), world.exchange.seated_at("op1")
    assert world.exchange.seat_leaves(seat, True) is None
    world.go(10)
    assert visit.talk is not None and world.exchange.seated_at("op1") == seat
    world.exchange.hangup(visit.channel.name)
    world.go(2)
    assert (world.exchange.seated_at("op1"), world.exchange.channels()) == ("", [])
    assert world.exchange.telephones.status(OP1) == IDLE
    assert world.exchange.seat_leaves(seat, True) == "No such channel"


def test_a_caller_who_waits_too_long_rings_at_the_telephone_of_a_ready_operator() -> None:
    world = World()
    sit(world, "op1")
    world.exchange.telephones.add(QUEUE, OP1, paused=True)
    visit = world.call()
    world.go(PATIENCE_S + 5)
    assert world.exchange.seated_at("op1"), "he has a break: nobody rings there"
    world.exchange.telephones.pause(QUEUE, OP1, False, "")
    world.go(PATIENCE_S - 2)
    assert world.exchange.seated_at("op1")
    world.go(5)
    assert not world.exchange.seated_at("op1")
    assert OP1 in visit.legs


def test_a_telephone_that_hangs_up_ends_the_talk_and_the_seat() -> None:
    world = World()
    sit(world, "op1")
    talk(world)
    assert world.exchange.hangup(world.exchange.seated_at("op1")) is None
    [call] = told(world).values()
    assert (call.outcome, call.ended_by) == ("answered", "operator")
    assert world.exchange.channels() == []


def test_nobody_has_two_seats() -> None:
    world = World()
    sit(world, "op1")
    before = world.exchange.seated_at("op1")
    assert world.exchange.originate(OP1, "seated", "op1", "again", {}) is None
    world.go(1)
    assert [ch.name for ch in world.exchange.channels()] == [before]
    assert world.exchange.originate(OP1, "seated", "op2", "other", {}) is not None


def test_who_has_a_seat_is_reached_by_it() -> None:
    world = World()
    sit(world, "op1")
    assert world.exchange.originate("Local/op1@seat/n", "callback", "+6281", "job-1", {"__X112_JOB": "abc"}) is None
    world.go(30)
    steps = [draft.body.step for draft in run(world.packets()) if draft.stream == "command/abc"]
    assert steps == ["ringing", "answered", "ended"]
    assert [ch.name for ch in world.exchange.channels()] == [world.exchange.seated_at("op1")]
    talk(world)
    assert world.exchange.originate("Local/op1@seat/n", "callback", "+6281", "job-2", {}) is not None, "taken"


def test_its_events_have_the_order_and_the_headers_of_the_recording() -> None:
    world = World()
    sit(world, "op1")
    visit = talk(world)
    assert visit.talk is not None
    caller, leg = visit.channel.name, visit.talk.name
    world.exchange.redirect(caller, "hold", "caller", leg)
    world.go(1)
    world.exchange.withdraw("held", caller, "resume")
    world.exchange.redirect(caller, "hold", "resume")
    world.go(1)
    world.exchange.hangup(leg)
    world.go(1)
    world.exchange.seat_leaves(world.exchange.seated_at("op1"), True)
    world.go(2)
    said = [packet for packet in world.packets() if not packet.name.startswith("MusicOnHold")]
    recorded = by_topic([packet for packet in packets("seated") if packet.name in {each.name for each in said}])
    ours = by_topic(said)
    assert ours.keys() == recorded.keys()
    for topic, events in ours.items():
        assert events == recorded[topic], topic
    real: dict[str, set[tuple[str, ...]]] = {}
    for packet in packets("seated"):
        names = tuple(name for name in keys(packet) if name != "ActionID")  # of whoever asked
        real.setdefault(packet.get("UserEvent") or packet.name, set()).add(masked(names))
    for packet in said:
        assert masked(keys(packet)) in real[packet.get("UserEvent") or packet.name], packet.raw
