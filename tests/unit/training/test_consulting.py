"""Asking somebody while the caller is on hold, on the training PBX, read by the same reducer as a real exchange."""

from __future__ import annotations

import pytest

from tests.captures import packets
from tests.unit.calls.support import kinds, run
from tests.unit.training.support import World, keys
from tests.unit.training.test_switchboard import OP1, masked, talk, told


def consult(world: World, target: str = "damkar") -> tuple[str, str]:
    """A caller on hold, and op1 who asks ``target``: the channels of both."""
    _, caller, phone = talk(world)
    assert world.exchange.redirect(caller, "hold", "caller", phone, ("consult", target)) is None
    return caller, phone


def state(world: World) -> tuple[str, str | None, bool]:
    call = told(world)
    return call.state, call.consulting, call.consulted


@pytest.mark.parametrize(("target", "party"), [("op2", "PJSIP/op2"), ("113", None), ("damkar", None)])
@pytest.mark.parametrize("redirected", [True, False])
def test_caller_and_the_one_asked_are_connected_once(target: str, party: str | None, redirected: bool) -> None:
    world = World()
    caller, _phone = consult(world, target)
    assert state(world) == ("held", target, False)
    world.go(2)
    assert state(world) == ("held", target, True)
    assert world.exchange.withdraw("held", caller, "complete") is None
    assert str(world.exchange.withdraw("held", caller, "complete")).endswith("Already requested")
    if redirected:  # otherwise the bridge died in between
        assert world.exchange.redirect(caller, "hold", "complete") is None
    world.go(2)
    call = told(world)
    assert call.operators == [OP1] + ([party] if party else [])
    assert (call.state, call.transfers, call.offers_made) == ("talking" if party else "alone", 1, 1)
    assert world.exchange.telephones.status(OP1) == "1", "the operator is free"
    assert len(world.exchange.channels()) == 2
    world.exchange.hangup(caller)
    assert told(world).outcome == "answered"
    assert world.exchange.channels() == []


@pytest.mark.parametrize("seconds", [0.5, 3.0])
def test_taking_the_caller_back_drops_who_was_asked(seconds: float) -> None:
    world = World()
    caller, phone = consult(world)
    world.go(seconds)
    world.exchange.withdraw("held", caller, "resume")
    world.exchange.redirect(caller, "hold", "resume")
    world.go(3)
    assert state(world) == ("talking", None, False)
    assert {ch.name for ch in world.exchange.channels()} == {caller, phone}


def test_who_does_not_come_or_hangs_up_leaves_the_caller_on_hold_and_another_is_asked() -> None:
    world = World()
    other = world.call()
    world.claim(other, "op2")
    world.go(1)
    visit, caller, phone = talk(world)
    world.exchange.redirect(caller, "hold", "caller", phone, ("consult", "op2"))
    world.go(1)
    steps = [draft.body.step for draft in run(world.packets()) if draft.kind == "call.consulted"]
    assert steps == ["calling", "failed"], "op2 is talking"
    assert visit.held
    assert world.exchange.withdraw("held", caller, "ask:damkar") is None
    assert world.exchange.redirect(caller, "hold-ask", "damkar") is None
    world.go(2)
    assert visit.asked is not None and visit.asked.bridge
    world.exchange.hangup(visit.asked.name)
    steps = [draft.body.step for draft in run(world.packets()) if draft.kind == "call.consulted"]
    assert steps == ["calling", "failed", "calling", "talking", "ended"]
    world.exchange.withdraw("held", caller, "complete")
    world.exchange.redirect(caller, "hold", "complete")
    assert visit.held, "there is nobody to be connected with"


def test_a_telephone_that_goes_while_it_asks_leaves_the_caller_at_the_head() -> None:
    world = World()
    _, phone = consult(world)
    world.go(2)
    world.exchange.hangup(phone)
    world.go(1)
    assert state(world)[1:] == (None, False)
    assert kinds(run(world.packets()))[-1] == "call.queued"
    assert len(world.exchange.channels()) == 1


def test_a_caller_who_hangs_up_meanwhile_ends_it_all() -> None:
    world = World()
    caller, _ = consult(world)
    world.go(2)
    world.exchange.hangup(caller)
    assert told(world).outcome == "answered"
    assert world.exchange.channels() == []


def test_its_events_have_the_headers_of_the_recording_in_their_order() -> None:
    world = World()
    caller, _ = consult(world)
    world.go(2)
    world.exchange.withdraw("held", caller, "complete")
    world.exchange.redirect(caller, "hold", "complete")
    world.go(1)

    def told_by(found: object) -> list[tuple[str, tuple[str, ...]]]:
        steps = [(p, p.get("Step") or "") for p in found]  # type: ignore[attr-defined]
        return [(step, masked(keys(p))) for p, step in steps if p.get("UserEvent") == "X112Consult"]

    real = dict(told_by(packets("consult-complete")))
    assert list(real) == ["calling", "talking", "completed", "over"]
    assert told_by(world.packets()) == list(real.items())
