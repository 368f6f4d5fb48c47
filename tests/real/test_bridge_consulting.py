"""Asking somebody while the caller is on hold, and connecting the two, by commands on a real Asterisk.

Whatever fails, the caller is on hold in the operator's hands, or at the head of the queue when those hands are gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from telephony.asterisk import cel
from telephony.asterisk.names import CEL_FILE
from telephony.asterisk.settings import Trunk
from telephony.bridge import archive
from telephony.calls import queries
from telephony.recordings import queries as recordings
from tests.lab import Caller, Exchange
from tests.lab.site import CALLER_TONE, OPERATOR_TONE
from tests.lab.sounds import RATE, read_wav, strength
from tests.real.bridge_process import PBX, Centre, until
from tests.real.test_bridge_control import OP1, OP2, ask_and_die, becomes, end, folded, talk, talkers

pytestmark = pytest.mark.asterisk
AGENCY_TONE = 1500
LOUD = 1500
"""A pitch stronger than this is heard (each is sent with about 9,800); one below a tenth of it is not."""


@pytest.fixture(scope="module")
def house() -> Iterator[Exchange]:
    with Exchange(trunk=Trunk(match=("127.0.0.1", "127.0.0.2"))) as exchange:
        yield exchange


@pytest.fixture
def centre(house: Exchange, tmp_path: Path) -> Iterator[Centre]:
    house.clear()
    with Centre(tmp_path, house.ami_port, house.ami_secret) as made:
        made.pbx |= {"recordings": str(house.recordings)}
        made.bridge()
        assert made.do("member_add", operator=OP1) == ("done", None)
        yield made


def steps(centre: Centre, stream: str) -> list[str]:
    return [e.body.step for e in centre.journal.stream(stream) if e.kind == "call.consulted"]  # type: ignore[attr-defined]


def consulting(exchange: Exchange, centre: Centre, target: str = "113") -> tuple[Caller, str]:
    """A caller on hold while op1 talks with ``target``."""
    caller, stream = talk(exchange, centre)
    assert centre.do("consult", call=stream, operator=OP1, target=target) == ("done", None)
    assert until(lambda: folded(centre, stream).consulted), (centre.story(stream), centre.log())
    becomes(centre, stream, "held")
    return caller, stream


def channel(exchange: Exchange, endpoint: str) -> str:
    rows = [p["Channel"][0] for p in exchange.harness.action("CoreShowChannels") if "Channel" in p]
    [found] = [name for name in rows if name.startswith(f"PJSIP/{endpoint}-")]
    return found


def busy(exchange: Exchange, endpoint: str) -> bool:
    return f"PJSIP/{endpoint}-" in exchange.cli("core show channels concise")


# ---------------------------------------------------------------- connecting


@pytest.mark.parametrize(("target", "endpoint"), [("113", "damkar"), ("op2", "op2")])
def test_caller_and_the_one_asked_are_connected_and_the_operator_is_free(
    house: Exchange, centre: Centre, target: str, endpoint: str
) -> None:
    with house.operator("op1", ring_s=0.1), house.operator(endpoint, ring_s=0.1):
        caller, stream = consulting(house, centre, target)
        mine = {"call": stream, "operator": OP1}
        assert talkers(house) == []
        assert folded(centre, stream).held_by == OP1
        assert centre.do("complete", call=stream, operator=OP2) == ("failed", "held_by_other")
        assert centre.do("consult", **mine, target="op3") == ("failed", "asking")
        assert centre.do("complete", **mine) == ("done", None)
        assert until(lambda: talkers(house) == sorted([f"PJSIP/{endpoint}", "PJSIP/trunk"]))
        assert until(lambda: not busy(house, "op1"))
        becomes(centre, stream, "talking" if endpoint == "op2" else "alone")
        assert centre.do("resume", **mine)[0] == "failed", "he is in other hands"
        assert talkers(house) == sorted([f"PJSIP/{endpoint}", "PJSIP/trunk"])
        end(centre, caller, stream)
    call = folded(centre, stream)
    assert (call.transfers, call.operators) == (1, [OP1, OP2] if endpoint == "op2" else [OP1])
    assert call.held_us > 0 and call.offers_made == 1, "it did not ring at the colleague's for the caller"
    [moved] = [e.body for e in centre.journal.stream(stream) if e.kind == "call.transferred"]
    assert (moved.method, moved.from_operator, moved.target) == ("attended", OP1, f"PJSIP/{endpoint}")  # type: ignore[attr-defined]
    assert steps(centre, stream) == ["calling", "talking"]
    agrees_with_the_archive(house, centre, stream)


def agrees_with_the_archive(exchange: Exchange, centre: Centre, stream: str) -> None:
    """What the exchange's own log would have told of the call, had nobody watched."""
    found = archive.recovered(PBX, cel.read(exchange.log / CEL_FILE, 0))[stream]
    assert not archive.lacks(queries.folded(centre.journal, stream), found)


def loud(samples: list[int]) -> set[int]:
    """Who is heard in the last half second of it."""
    last = samples[-RATE // 2 :]
    return {pitch for pitch in (CALLER_TONE, OPERATOR_TONE, AGENCY_TONE) if strength(last, pitch) > LOUD}


def loudest(samples: list[int], pitch: int) -> float:
    """How strong a pitch is in the quarter of a second where it is strongest."""
    step = RATE // 4
    return max((strength(samples[n : n + step], pitch) for n in range(0, len(samples) - step, step)), default=0.0)


def test_the_caller_hears_nothing_of_it_until_they_are_connected(house: Exchange, centre: Centre) -> None:
    with (
        house.softphone("trunk", listen=True, hertz=CALLER_TONE) as caller,
        house.softphone("op1", listen=True) as phone,
        house.softphone("damkar", listen=True, hertz=AGENCY_TONE) as agency,
    ):
        caller.command("dial", f"sip:112@127.0.0.1:{house.sip_port}")
        phone.await_state("ringing", 60)
        phone.accept()
        [answered] = centre.await_kind("call.answered")
        mine = {"call": answered.stream, "operator": OP1}
        assert until(lambda: loud(caller.heard()) == {OPERATOR_TONE})
        assert centre.do("consult", **mine, target="113") == ("done", None)
        agency.await_state("ringing", 60)
        agency.accept()
        assert until(lambda: loud(phone.heard()) == {AGENCY_TONE} and loud(agency.heard()) == {OPERATOR_TONE})
        from_here = len(caller.heard())
        assert until(lambda: len(caller.heard()) > from_here + 2 * RATE), "he hears music, or silence"
        assert max(loudest(caller.heard()[from_here:], pitch) for pitch in (OPERATOR_TONE, AGENCY_TONE)) < LOUD / 10
        row = recordings.recording(centre.journal, answered.stream)
        assert row is not None and row.file is not None
        file = house.recordings / row.file
        assert loudest(read_wav(file), AGENCY_TONE) < LOUD / 10, "what the two say is in no recording"
        assert centre.do("complete", **mine) == ("done", None)
        assert until(lambda: loud(caller.heard()) == {AGENCY_TONE} and loud(agency.heard()) == {CALLER_TONE})
        phone.await_state("idle", 60)
        assert until(lambda: loudest(read_wav(file), AGENCY_TONE) > LOUD), "it goes on being recorded"
        assert centre.do("hangup", call=answered.stream) == ("done", None)
    becomes(centre, answered.stream, "ended")


def test_whoever_takes_over_is_in_the_recording_too(house: Exchange, centre: Centre) -> None:
    with (
        house.softphone("trunk", hertz=CALLER_TONE) as caller,
        house.softphone("op1") as phone,
        house.softphone("op2", hertz=AGENCY_TONE) as colleague,
    ):
        caller.command("dial", f"sip:112@127.0.0.1:{house.sip_port}")
        phone.await_state("ringing", 60)
        phone.accept()
        [answered] = centre.await_kind("call.answered")
        row = until(lambda: recordings.recording(centre.journal, answered.stream))
        file = house.recordings / row.file
        assert until(lambda: loudest(read_wav(file), OPERATOR_TONE) > LOUD)
        assert centre.do("transfer", call=answered.stream, operator=OP1, target="op2") == ("done", None)
        colleague.await_state("ringing", 60)
        colleague.accept()
        centre.await_kind("call.operator_joined")
        assert until(lambda: loudest(read_wav(file), AGENCY_TONE) > LOUD)
        assert centre.do("hangup", call=answered.stream) == ("done", None)
        becomes(centre, answered.stream, "ended")
        assert until(lambda: int.from_bytes(file.read_bytes()[40:44], "little") == file.stat().st_size - 44), "closed"
    heard = read_wav(file)
    assert min(loudest(heard, pitch) for pitch in (CALLER_TONE, OPERATOR_TONE, AGENCY_TONE)) > LOUD


# ---------------------------------------------------------------- back to the caller


def test_taking_the_caller_back_drops_who_was_asked_and_one_may_ask_again(house: Exchange, centre: Centre) -> None:
    with house.operator("op1", ring_s=0.1), house.operator("damkar", ring_s=0.1):
        caller, stream = consulting(house, centre)
        mine = {"call": stream, "operator": OP1}
        for _ in range(2):
            assert centre.do("resume", **mine) == ("done", None)
            becomes(centre, stream, "talking")
            assert talkers(house) == [OP1, "PJSIP/trunk"]
            assert until(lambda: not busy(house, "damkar"))
            assert folded(centre, stream).consulting is None
            assert centre.do("complete", **mine) == ("failed", "not_held")
            assert centre.do("consult", **mine, target="damkar") == ("done", None)
            assert until(lambda: folded(centre, stream).consulted)
        assert centre.do("resume", **mine) == ("done", None)
        becomes(centre, stream, "talking")
        end(centre, caller, stream)
        assert until(lambda: not busy(house, "op1"))
    assert folded(centre, stream).transfers == 0


def test_taking_the_caller_back_while_it_still_rings_there(house: Exchange, centre: Centre) -> None:
    with house.operator("op1", ring_s=0.1), house.operator("damkar", "noanswer"):
        caller, stream = talk(house, centre)
        mine = {"call": stream, "operator": OP1}
        assert centre.do("consult", **mine, target="113") == ("done", None)
        assert until(lambda: folded(centre, stream).consulting == "113" and folded(centre, stream).state == "held")
        assert until(lambda: busy(house, "damkar"))
        assert centre.do("complete", **mine) == ("failed", "not_answered")
        assert centre.do("resume", **mine) == ("done", None)
        becomes(centre, stream, "talking")
        assert talkers(house) == [OP1, "PJSIP/trunk"]
        assert until(lambda: not busy(house, "damkar"))
        end(centre, caller, stream)


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(("behaviour", "reason"), [("busy", "busy"), ("decline", "failed")])
def test_who_does_not_come_is_told_and_somebody_else_may_be_asked_at_once(
    house: Exchange, centre: Centre, behaviour: str, reason: str
) -> None:
    with house.operator("op1", ring_s=0.1), house.operator("damkar", behaviour), house.operator("op2", ring_s=0.1):
        caller, stream = talk(house, centre)
        mine = {"call": stream, "operator": OP1}
        assert centre.do("consult", **mine, target="nobody") == ("failed", "bad_target")
        assert centre.do("consult", **mine, target="113") == ("done", None)
        assert until(lambda: "failed" in steps(centre, stream))
        [failed] = [e.body for e in centre.entries("call.consulted") if e.body.step == "failed"]  # type: ignore[attr-defined]
        assert (failed.party, failed.operator, failed.reason) == ("113", OP1, reason)  # type: ignore[attr-defined]
        becomes(centre, stream, "held")
        assert centre.do("complete", **mine) == ("failed", "nobody_asked")
        assert centre.do("consult", **mine, target="op2") == ("done", None), "the caller stays on hold meanwhile"
        assert until(lambda: folded(centre, stream).consulted)
        becomes(centre, stream, "held")
        assert centre.do("complete", **mine) == ("done", None)
        assert until(lambda: talkers(house) == [OP2, "PJSIP/trunk"])
        end(centre, caller, stream)


def test_who_hangs_up_leaves_the_caller_on_hold(house: Exchange, centre: Centre) -> None:
    with house.operator("op1", ring_s=0.1), house.operator("damkar", ring_s=0.1):
        caller, stream = consulting(house, centre)
        house.harness.action("Hangup", Channel=channel(house, "damkar"))
        assert until(lambda: steps(centre, stream)[-1] == "ended")
        becomes(centre, stream, "held")
        assert centre.do("resume", call=stream, operator=OP1) == ("done", None)
        becomes(centre, stream, "talking")
        end(centre, caller, stream)


def test_a_telephone_that_goes_while_it_asks_leaves_the_caller_at_the_head(house: Exchange, centre: Centre) -> None:
    with house.operator("op1", ring_s=0.1), house.operator("damkar", ring_s=0.1):
        caller, stream = consulting(house, centre)
        after = centre.journal.head()[0]
        centre.do("pause", operator=OP1)
        house.harness.action("Hangup", Channel=channel(house, "op1"))
        [queued] = centre.await_kind("call.queued", after=after)
        assert queued.body.priority == 100  # type: ignore[attr-defined]
        assert until(lambda: not busy(house, "damkar"))
        assert folded(centre, stream).consulting is None
        centre.do("ready", operator=OP1)
        becomes(centre, stream, "talking")
        end(centre, caller, stream)


def test_a_caller_who_hangs_up_leaves_the_two_their_talk_until_the_operator_ends_it(
    house: Exchange, centre: Centre
) -> None:
    with house.operator("op1", ring_s=0.1), house.operator("damkar", ring_s=0.1):
        caller, stream = consulting(house, centre)
        house.harness.action("Hangup", Channel=channel(house, "trunk"))
        caller.done()
        becomes(centre, stream, "ended")
        assert centre.do("complete", call=stream, operator=OP1) == ("failed", "call_ended")
        assert busy(house, "op1") and busy(house, "damkar")
        assert centre.do("hangup", call=stream, operator=OP1) == ("done", None)
        assert until(lambda: not busy(house, "op1") and not busy(house, "damkar"))
        assert centre.do("hangup", call=stream, operator=OP1) == ("done", "already_gone")


def test_a_caller_who_hangs_up_on_hold_frees_the_telephone(house: Exchange, centre: Centre) -> None:
    with house.operator("op1", ring_s=0.1):
        caller, stream = talk(house, centre)
        assert centre.do("hold", call=stream, operator=OP1) == ("done", None)
        becomes(centre, stream, "held")
        house.harness.action("Hangup", Channel=channel(house, "trunk"))
        caller.done()
        assert until(lambda: not busy(house, "op1"))


# ---------------------------------------------------------------- two bridges, and one that dies


def test_two_who_connect_and_take_back_at_once_leave_one_talk(house: Exchange, centre: Centre) -> None:
    centre.bridge()
    with house.operator("op1", ring_s=0.1), house.operator("damkar", ring_s=0.1):
        caller, stream = consulting(house, centre)
        mine = {"call": stream, "operator": OP1}
        asks = [partial(centre.ask, action, **mine) for action in ("complete", "resume", "complete")]
        with ThreadPoolExecutor(3) as pool:
            ids = [future.result() for future in [pool.submit(ask) for ask in asks]]
        outcomes = [centre.outcome(id) for id in ids]
        assert ("done", None) in outcomes
        assert until(lambda: len(talkers(house)) == 2)
        assert talkers(house) in ([OP1, "PJSIP/trunk"], ["PJSIP/damkar", "PJSIP/trunk"])
        assert caller.running()
        becomes(centre, stream, "talking", "alone")
        end(centre, caller, stream)


def withdrawn(exchange: Exchange, info: str) -> None:
    """A bridge died between its two actions."""
    [waits] = exchange.waiting("held")
    exchange.harness.action("QueueWithdrawCaller", Queue="held", Caller=waits, WithdrawInfo=info)


def test_what_a_dead_bridge_had_begun_is_finished_once(house: Exchange, centre: Centre) -> None:
    with house.operator("op1", ring_s=0.1), house.operator("damkar", ring_s=0.1):
        caller, stream = talk(house, centre)
        mine = {"call": stream, "operator": OP1}
        assert centre.outcome(ask_and_die(centre, "consult", **mine, target="113")) == ("done", None)
        assert until(lambda: folded(centre, stream).consulted)
        assert centre.outcome(ask_and_die(centre, "consult", **mine, target="113")) == ("done", None), "not twice"
        assert steps(centre, stream) == ["calling", "talking"]
        withdrawn(house, "complete")
        assert centre.outcome(ask_and_die(centre, "complete", **mine))[0] == "done"
        assert until(lambda: talkers(house) == ["PJSIP/damkar", "PJSIP/trunk"])
        assert until(lambda: not busy(house, "op1"))
        end(centre, caller, stream)


def test_the_exchange_finishes_by_itself_what_nobody_follows_up(house: Exchange, centre: Centre) -> None:
    with house.operator("op1", ring_s=0.1), house.operator("damkar", "busy"), house.operator("op2", ring_s=0.1):
        caller, stream = talk(house, centre)
        assert centre.do("consult", call=stream, operator=OP1, target="113") == ("done", None)
        assert until(lambda: "failed" in steps(centre, stream))
        withdrawn(house, "ask:op2")
        assert until(lambda: folded(centre, stream).consulted)
        assert until(lambda: house.waiting("held"))
        withdrawn(house, "complete")
        assert until(lambda: talkers(house) == [OP2, "PJSIP/trunk"])
        becomes(centre, stream, "talking")
        end(centre, caller, stream)


def test_a_bridge_that_starts_in_the_middle_knows_who_is_asked(house: Exchange, centre: Centre) -> None:
    with house.operator("op1", ring_s=0.1), house.operator("op2", ring_s=0.1):
        caller, stream = talk(house, centre)
        centre.kill(centre.bridges[0])
        phone = channel(house, "op1")
        extra = {"ExtraChannel": phone, "ExtraContext": "consult", "ExtraExten": "op2", "ExtraPriority": "1"}
        house.harness.action(
            "Redirect", Channel=channel(house, "trunk"), Context="hold", Exten="caller", Priority="1", **extra
        )
        assert until(lambda: busy(house, "op2") and house.waiting("held"))
        assert until(lambda: house.cli("core show channels concise").count("!Up!") == 3)
        centre.bridge()
        becomes(centre, stream, "held")
        assert until(lambda: folded(centre, stream).consulted)
        assert folded(centre, stream).consulting == "op2"
        assert centre.do("complete", call=stream, operator=OP1) == ("done", None)
        assert until(lambda: talkers(house) == [OP2, "PJSIP/trunk"])
        becomes(centre, stream, "talking")
        end(centre, caller, stream)
    assert folded(centre, stream).offers_made == 1
