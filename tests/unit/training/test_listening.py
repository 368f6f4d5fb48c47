"""Mute and supervision on the training PBX: the same events as a real one, so the same entries."""

from __future__ import annotations

from data.vocabulary.calls import CallRecording
from data.vocabulary.supervision import SupervisionChanged, SupervisionEnded, SupervisionStarted
from tests.unit.calls.support import run
from tests.unit.training.support import World

OP1, OP3 = "PJSIP/op1", "PJSIP/op3"
WISH = {"__X112_JOB": "abc", "X112_BY": "dewi%40pwk", "X112_OF": "1795490000.0"}


def talk(world: World) -> tuple[str, str]:
    """The channels of a caller and of op1 who talks with him."""
    visit = world.call()
    world.go(1)
    world.claim(visit, "op1")
    world.go(1)
    assert visit.talk is not None
    return visit.channel.name, visit.talk.name


def supervision(world: World) -> list[object]:
    return [draft.body for draft in run(world.packets()) if draft.stream == "supervision/p/abc"]


def test_a_recording_is_muted_and_goes_on() -> None:
    world = World()
    caller, phone = talk(world)
    assert [world.exchange.mute(caller, state) for state in "110"] == [None] * 3
    assert world.exchange.mute(phone, "1") == "Cannot set mute flag"
    assert world.exchange.mute("PJSIP/x-1", "1") == "No such channel"
    bodies = [draft.body for draft in run(world.packets()) if isinstance(draft.body, CallRecording)]
    assert [body.state for body in bodies][-3:] == ["muted", "muted", "unmuted"]


def test_a_supervisor_listens_changes_the_mode_and_hears_no_more_when_the_talk_ends() -> None:
    world = World()
    caller, phone = talk(world)
    assert world.exchange.originate(OP3, "listen", "listen", "s-1", {**WISH, "X112_EAR": phone}) is None
    world.go(3)
    [leg] = [ch for ch in world.exchange.channels() if ch.context == "listen"]
    assert (leg.application, leg.data.split(",")[0]) == ("ChanSpy", phone)
    assert world.exchange.originate(OP3, "listen", "listen", "s-1", {}) is not None, "the same once more"
    assert world.exchange.redirect(leg.name, "listen", "whisper") is None
    assert world.exchange.redirect(caller, "listen", "barge") is not None, "nobody else is moved"
    world.exchange.hangup(caller)
    world.go(1)
    started, changed, ended = supervision(world)
    assert isinstance(started, SupervisionStarted) and isinstance(ended, SupervisionEnded)
    assert (started.operator, started.telephone, started.mode, started.by) == (OP1, OP3, "listen", "dewi@pwk")
    assert started.call == "call/p/1795490000.0"
    assert changed == SupervisionChanged(mode="whisper")
    assert world.exchange.channels() == []


def test_who_would_listen_to_nobody_is_let_go_and_nothing_is_said() -> None:
    world = World()
    assert world.exchange.originate(OP3, "listen", "barge", "s-1", {**WISH, "X112_EAR": "PJSIP/op1-x"}) is None
    world.go(5)
    assert (supervision(world), world.exchange.channels()) == ([], [])


def test_a_replay_rings_and_ends_and_a_recall_touches_no_telephone() -> None:
    world = World()
    assert world.exchange.originate("Local/play@recall/n", "recall", "ear", "r-1", {}) is None
    assert world.exchange.channels() == []
    assert world.exchange.originate(OP3, "replay", "s", "p-1", {"X112_FILE": "2026/11/24/1"}) is None
    assert [ch.name.rpartition("-")[0] for ch in world.exchange.channels()] == [OP3]
    world.go(10)
    assert world.exchange.channels() == []
