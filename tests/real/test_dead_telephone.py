"""A telephone that dies in a talk: its caller is back at the head; whoever hangs up still just hangs up.

Asterisk notices it by the sound that does not come any more (``silence_s``).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import Exchange
from tests.real.bridge_process import Centre
from tests.real.test_bridge_consulting import agrees_with_the_archive
from tests.real.test_bridge_control import OP1, OP2, becomes, end, folded, talkers

pytestmark = pytest.mark.asterisk


@pytest.fixture(scope="module")
def house() -> Iterator[Exchange]:
    with Exchange(operators=2, silence_s=2) as exchange:
        yield exchange


@pytest.fixture
def centre(house: Exchange, tmp_path: Path) -> Iterator[Centre]:
    house.clear()
    with Centre(tmp_path, house.ami_port, house.ami_secret) as made:
        made.bridge()
        for operator in (OP1, OP2):
            assert made.do("member_add", operator=operator) == ("done", None)
        yield made


def test_the_caller_of_a_telephone_that_died_is_back_at_the_head_and_answered_again(
    house: Exchange, centre: Centre
) -> None:
    phone = house.softphone("op1")
    with house.softphone("op2") as other:
        caller = house.caller(talk_s=None)
        [queued] = centre.await_kind("call.queued")
        stream = queued.stream
        assert centre.do("answer", call=stream, operator=OP1) == ("done", None)
        becomes(centre, stream, "talking")
        # On hold and back: the telephone may also die after that.
        assert centre.do("hold", call=stream, operator=OP1) == ("done", None)
        assert centre.do("resume", call=stream, operator=OP1) == ("done", None)
        becomes(centre, stream, "talking")

        os.kill(phone.process.pid, signal.SIGKILL)
        becomes(centre, stream, "waiting")
        assert centre.entries("call.queued")[-1].body.priority == 100  # type: ignore[attr-defined]
        assert caller.running()

        assert centre.do("answer", call=stream, operator=OP2) == ("done", None)
        becomes(centre, stream, "talking")
        assert talkers(house) == [OP2, "PJSIP/trunk"]
        other.hangup()
        assert caller.done() == "other", "whoever hangs up ends the call"
        becomes(centre, stream, "ended")
    call = folded(centre, stream)
    assert (call.outcome, call.operators, call.ended_by) == ("answered", [OP1, OP2], "operator")
    agrees_with_the_archive(house, centre, stream)


def test_a_telephone_that_sends_sound_is_never_taken_for_dead_and_a_caller_who_hangs_up_is_gone(
    house: Exchange, centre: Centre
) -> None:
    with house.softphone("op1"):
        caller = house.caller(talk_s=6)
        [queued] = centre.await_kind("call.queued")
        assert centre.do("answer", call=queued.stream, operator=OP1) == ("done", None)
        assert caller.done() == "caller", "longer than the silence that counts as dead"
        becomes(centre, queued.stream, "ended")
    assert folded(centre, queued.stream).ended_by == "caller"
    assert "/left/" not in house.cli("database show left")


def test_the_outcome_given_by_key_ends_a_call_as_ever(house: Exchange, centre: Centre) -> None:
    with house.softphone("op1"):
        caller = house.caller(talk_s=None)
        [queued] = centre.await_kind("call.queued")
        assert centre.do("answer", call=queued.stream, operator=OP1) == ("done", None)
        becomes(centre, queued.stream, "talking")
        end(centre, caller, queued.stream)
