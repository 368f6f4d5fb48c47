"""What happens to a caller of the training PBX, read by the same reducer as a real call."""

from __future__ import annotations

import csv
import io

from telephony.calls.fold import Call
from telephony.training.cdr import line
from telephony.training.stories import HOSTILE
from tests.unit.calls.support import calls, kinds, run
from tests.unit.training.support import World


def told(world: World) -> list[Call]:
    return list(calls(run(world.packets())).values())


def test_a_chosen_call_is_answered_by_the_telephone_that_was_named() -> None:
    world = World()
    visit = world.call()
    world.go(2)
    assert world.claim(visit, "op7") is None
    world.go(1)
    [call] = told(world)
    assert (call.state, call.operator, call.queue) == ("talking", "PJSIP/op7", "112")
    assert world.exchange.telephones.status("PJSIP/op7") == "2"


def test_a_telephone_may_be_named_by_its_number() -> None:
    world = World()
    visit = world.call()
    world.claim(visit, "103")
    world.go(1)
    assert [call.operator for call in told(world)] == ["PJSIP/op3"]


def test_all_free_telephones_ring_and_paused_ones_do_not() -> None:
    world = World()
    for n in (1, 2, 3):
        world.exchange.telephones.add("112", f"PJSIP/op{n}", n == 3)
    world.call()
    world.go(1)
    [call] = told(world)
    assert sorted(offer.operator for offer in call.offers.values()) == ["PJSIP/op1", "PJSIP/op2"]


def test_a_telephone_that_nobody_picks_up_is_rung_again() -> None:
    world = World()
    world.exchange.telephones.add("112", "PJSIP/op1", False)
    world.call()
    world.go(40)
    [call] = told(world)
    assert call.offers_made == 3
    assert call.state == "ringing"


def test_a_telephone_that_is_busy_sends_the_caller_back_to_the_head() -> None:
    world = World()
    first, second, third = world.call(), world.call(), world.call()
    world.go(1)
    world.claim(first, "op1")
    world.go(1)
    world.claim(third, "op1")
    world.go(1)
    assert [visit.story for visit in world.exchange.waiting()] == [third.story, second.story]
    assert [visit.channel.name for visit in world.exchange.waiting()] == [third.channel.name, second.channel.name]


def test_a_call_may_be_chosen_while_the_telephone_rings_for_another_one() -> None:
    world = World()
    world.exchange.telephones.add("112", "PJSIP/op1", False)
    first, second = world.call(), world.call()
    world.go(1)
    world.claim(second, "op1")
    world.go(1)
    assert [call.state for call in told(world)] == ["waiting", "talking"]
    world.exchange.hangup(second.channel.name)
    world.go(1)
    assert [call.state for call in told(world)] == ["ringing", "ended"]
    del first


def test_of_two_calls_chosen_for_one_telephone_at_once_the_second_waits_again() -> None:
    world = World()
    first, second = world.call(), world.call()
    world.claim(first, "op1")
    world.claim(second, "op1")
    world.go(1)
    assert [(call.state, call.waiting_queue) for call in told(world)] == [("talking", None), ("waiting", "112")]


def test_a_waiting_caller_is_withdrawn_for_exactly_one_and_a_talking_one_for_nobody() -> None:
    world = World()
    visit = world.call()
    withdraw = world.exchange.withdraw
    assert withdraw("112", visit.channel.name, "op1") is None
    assert str(withdraw("112", visit.channel.name, "op2")).endswith("Already requested")
    assert str(withdraw("9", visit.channel.name, "op2")).endswith("No such queue")
    world.claim(visit, "op1")
    world.go(1)
    assert str(withdraw("112", visit.channel.name, "op2")).endswith("No such caller")
    assert [call.operator for call in told(world)] == ["PJSIP/op1"]


def test_whoever_is_withdrawn_and_not_redirected_is_put_through_by_the_dialplan() -> None:
    world = World()
    first, second = world.call(), world.call()
    world.exchange.withdraw("112", first.channel.name, "op1")
    world.exchange.withdraw("112", second.channel.name, "nobody we know")
    world.go(3)
    assert [(call.state, call.operator) for call in told(world)] == [("talking", "PJSIP/op1"), ("waiting", None)]


def test_a_talk_is_not_stolen_by_a_second_redirect() -> None:
    world = World()
    visit = world.call()
    world.claim(visit, "op1")
    world.go(1)
    assert world.claim(visit, "op2") is not None
    world.go(1)
    assert [call.operators for call in told(world)] == [["PJSIP/op1"]]


def test_who_ends_the_call_is_who_it_was() -> None:
    world = World()
    by_caller, by_console, gives_up = world.call(talk=2.0), world.call(), world.call(patience=1.5)
    world.claim(by_caller, "op1")
    world.claim(by_console, "op2")
    world.go(1)
    world.exchange.hangup(by_console.channel.name)
    world.go(5)
    del gives_up
    assert [(call.outcome, call.ended_by) for call in told(world)] == [
        ("answered", "caller"), ("answered", "operator"), ("abandoned", "caller"),
    ]  # fmt: skip


def test_the_location_of_the_story_reaches_the_journal() -> None:
    world = World()
    world.call(lat=-6.5561, lon=107.4432, radius_m=150.0)
    [located] = [draft.body for draft in run(world.packets()) if draft.kind == "call.located"]
    assert (located.lat, located.lon, located.radius_m, located.source) == (-6.5561, 107.4432, 150.0, "Cell")


def test_a_hostile_name_stays_inside_its_event() -> None:
    world = World()
    for name in HOSTILE:
        world.call(name=name)
    drafts = run(world.packets())
    assert kinds(drafts).count("call.arrived") == len(HOSTILE)
    assert kinds(drafts).count("call.queued") == len(HOSTILE)
    names = [draft.body.name for draft in drafts if draft.kind == "call.arrived"]
    assert not any(ord(c) < 32 or c in "\u202e\u2066\u2028\u2029\u0085" for name in names for c in name)
    assert max(len(name) for name in names) == 79


def test_each_call_is_in_the_call_detail_records_as_asterisk_writes_them() -> None:
    world = World()
    visit = world.call(name='Siti "Ibu", anak')
    world.go(2)
    world.claim(visit, "op1")
    world.go(3)
    world.exchange.hangup(visit.channel.name)
    world.call(patience=1.0)
    world.go(3)
    rows = list(csv.reader(io.StringIO("".join(line(record) for _, records in world.gone for record in records))))
    assert [(row[1], row[3], row[14], row[19]) for row in rows] == [
        ("+628000000100", "waiting", "NO ANSWER", visit.channel.uniqueid),
        ("+628000000100", "claimed", "ANSWERED", visit.channel.uniqueid),
        ("+628000000100", "waiting", "NO ANSWER", world.gone[1][0].channel.uniqueid),
    ]
    answered = rows[1]
    assert answered[4] == '"Siti "Ibu", anak" <+628000000100>'
    assert (answered[6].startswith("PJSIP/op1-"), answered[12], answered[13]) == (True, "3", "3")
    assert len({row[20] for row in rows}) == 3
