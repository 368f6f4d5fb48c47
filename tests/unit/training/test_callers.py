"""Flagged numbers and silent callers on the training PBX, read by the same reducer as a real exchange."""

from __future__ import annotations

from telephony.calls.fold import Call
from telephony.training.callers import ASKED_S, NUISANCE_S, PRESSES_S, STAYS_S
from telephony.training.visits import Visit
from tests.unit.calls.support import calls, run
from tests.unit.training.support import World

NUMBER, KEY = "+628000000007", "628000000007"


def told(world: World, visit: Visit) -> Call:
    return calls(run(world.packets()))[visit.channel.uniqueid.rpartition("-")[2]]


def write(world: World, items: str, dial: str = "Local/set@nuisance-write") -> str | None:
    return world.exchange.originate(dial, "nuisance-write", "done", "", {"__X112_SET": items})


def later(world: World, seconds: int = 3600) -> int:
    return world.at // 1_000_000 + seconds


def order(world: World) -> list[str]:
    return [visit.channel.number for visit in world.exchange.waiting()]


def test_a_flagged_number_waits_behind_those_who_came_later_but_not_for_long() -> None:
    world = World()
    assert write(world, f"{KEY}:{later(world)}") is None
    flagged = world.call(caller=NUMBER)
    world.call(caller="+628000000001")
    assert order(world) == ["+628000000001", NUMBER]
    assert told(world, flagged).priority == 1
    world.go(NUISANCE_S + 1)
    assert told(world, flagged).priority == 10
    world.call(caller="+628000000002")
    assert order(world) == ["+628000000001", NUMBER, "+628000000002"]


def test_what_is_over_or_taken_away_lowers_nobody_and_only_numbers_are_written() -> None:
    world = World()
    for items in (f"{KEY}:{later(world, -1)}", "held/x:1", "113:9999999999", ""):
        assert write(world, items) is None
    assert set(world.exchange.nuisance) <= {KEY}
    assert told(world, world.call(caller=NUMBER)).priority == 10
    write(world, f"{KEY}:")
    assert world.exchange.nuisance == {}
    assert write(world, "x", dial="PJSIP/op1") is not None


def test_a_bridge_lifts_him_at_once_and_he_keeps_that_place() -> None:
    world = World()
    write(world, f"{KEY}:{later(world)}")
    flagged = world.call(caller=NUMBER)
    world.call(caller="+628000000001")
    assert world.exchange.set_lifted(flagged.channel.name) is None
    assert world.exchange.change_priority("112", flagged.channel.name, 20) is None
    assert order(world)[0] == NUMBER
    world.go(NUISANCE_S + 1)
    assert told(world, flagged).priority == 20
    world.exchange.hangup(flagged.channel.name)
    assert world.exchange.change_priority("112", flagged.channel.name, 20) is not None


def silent(world: World, number: int) -> Visit:
    """A silent caller who talks with op1 and is being asked to press a key."""
    visit = world.call(number=number)
    world.claim(visit, "op1")
    world.go(1)
    assert world.exchange.redirect(visit.channel.name, "silent", "s") is None
    assert world.exchange.redirect(visit.channel.name, "silent", "s") is not None, "he is being asked already"
    assert told(world, visit).state == "asked"
    return visit


def test_the_telephone_of_who_asks_is_free_and_a_key_brings_the_caller_to_the_head() -> None:
    world = World()
    visit = silent(world, 2)
    other = world.call(number=3)
    world.claim(other, "op1")
    world.go(1)
    assert told(world, other).state == "talking"
    world.go(PRESSES_S)
    call = told(world, visit)
    assert (call.state, call.silent, call.priority) == ("waiting", "digit", 100)


def test_who_presses_no_key_waits_again_and_goes_after_a_while() -> None:
    world = World()
    visit = silent(world, 3)
    world.go(ASKED_S + 1)
    call = told(world, visit)
    assert (call.state, call.silent, call.priority) == ("waiting", "nodigit", 10)
    world.go(STAYS_S)
    assert told(world, visit).ended
    assert world.exchange.channels() == []


def test_hanging_up_on_him_while_he_is_asked_ends_the_call() -> None:
    world = World()
    visit = silent(world, 2)
    world.exchange.hangup(visit.channel.name)
    assert (told(world, visit).silent, told(world, visit).outcome) == ("hung_up", "answered")
    world.go(60)
    assert world.exchange.channels() == []
