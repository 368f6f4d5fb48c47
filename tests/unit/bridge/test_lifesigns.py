"""When a telephone in a talk counts as dead: the pure rule, and what a bridge does with it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from telephony.bridge.lifesigns import LOOK_S, LifeKeeper
from telephony.bridge.watcher import Watcher
from telephony.commands import CallView, View
from telephony.lifesigns import APART_S, SILENT_S, Signs, Watch, look
from telephony.link.connection import Connection
from telephony.link.errors import ActionFailed, ReplyTimeout
from telephony.link.packet import Packet
from telephony.link.reply import Reply
from telephony.settings import Pbx

ASKED_S = 7.0
"""Every five seconds, two for the answer."""


def died_at(*signs: tuple[float, int | None, bool], asked_s: float = ASKED_S) -> float | None:
    """When a telephone that was looked at so (when, packets so far, reached) counted as dead, None: never."""
    watch: Watch | None = None
    for at, sound, reached in signs:
        watch = look(watch, Signs(at, sound, reached, asked_s))
        if watch.dead:
            return at
    return None


def seconds(until: int, sound: int | None, reached: bool, since: int = 0) -> list[tuple[float, int | None, bool]]:
    return [(float(at), sound, reached) for at in range(since, until, 2)]


# ---------------------------------------------------------------- the rule


def test_no_sound_and_two_questions_without_an_answer_are_death():
    assert died_at(*seconds(60, 500, False)) == 8
    assert died_at(*seconds(10, 500, True), *seconds(60, 500, False, since=10)) == 18, "only the first question failed"
    assert died_at(*seconds(60, 500, False), asked_s=2) == SILENT_S, "so long it may be silent in any case"


def test_either_alone_is_none():
    assert died_at(*seconds(600, 500, True)) is None, "muted"
    assert died_at(*((at, 500 + round(at), False) for at, _, _ in seconds(600, 0, False))) is None, "questions get lost"
    assert died_at(*seconds(600, None, False)) is None, "nobody knows whether sound comes"
    assert died_at(*seconds(600, 500, False), asked_s=0) is None, "nobody asks"


def test_one_packet_or_one_answer_and_it_begins_anew():
    assert died_at(*seconds(8, 500, False), *seconds(14, 501, False, since=8)) is None
    assert died_at(*seconds(8, 500, False), *seconds(16, 501, False, since=8)) is None
    assert died_at(*seconds(8, 500, False), (8, 500, True), *seconds(16, 500, False, since=10)) is None


def test_who_did_not_look_for_a_while_knows_nothing():
    assert died_at((0, 500, False), (2, 500, False), (2 + APART_S + 1, 500, False)) is None


@given(st.lists(st.tuples(st.sampled_from([0, 1]), st.booleans(), st.floats(0.5, 30)), min_size=1, max_size=40))
def test_whatever_the_looks_the_dead_were_silent_and_unreached_all_the_time(looks):
    at, sound, signs = 0.0, 0, []
    for more, reached, gap in looks:
        at, sound = at + gap, sound + more
        signs.append((at, sound, reached))
    died = died_at(*signs)
    if died is not None:
        last = [each for each in signs if died - SILENT_S <= each[0] <= died]
        assert len({sound for _, sound, _ in last}) == 1
        assert not any(reached for at, _, reached in signs if died - ASKED_S <= at <= died)
        assert all(b[0] - a[0] <= APART_S for a, b in pairwise(last))


# ---------------------------------------------------------------- the bridge


class Exchange:
    """Answers a bridge: channels, and what is asked of them."""

    def __init__(self, *channels: str, **values: str) -> None:
        self.channels = channels
        self.values = values
        self.hung_up: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.dumb = False

    def action(self, name: str, **keys: Any) -> Reply:
        reply = Reply(name, "1", time.monotonic() + 60)
        if self.dumb:
            reply.fail(ReplyTimeout("no answer"))
            return reply
        if name == "CoreShowChannels":
            for channel in self.channels:
                reply.add(_packet({"Event": "CoreShowChannel", "Channel": channel, "ChannelState": "6"}))
        elif name == "Hangup":
            self.hung_up.append(keys)
        else:
            self.asked.append(keys["Variable"])
            value = self.values.get(keys["Variable"].split("(")[-1].rstrip(")").split(",")[-1], "")
            if value == "gone":
                reply.fail(ActionFailed("No such channel"))
                return reply
            reply.finish(_packet({"Response": "Success", "Value": value}))
            return reply
        reply.finish(_packet({"Response": "Success"}))
        return reply


def _packet(headers: dict[str, str]) -> Packet:
    return Packet("\r\n".join(f"{key}: {value}" for key, value in headers.items()).encode())


DEAD = {
    "X112_GIVES_BACK": "1", "rxcount": "500", "qualify_frequency": "5", "qualify_timeout": "2.000000",
    "contact": "op1@@42a0", "status": "Unreachable",
}  # fmt: skip
CALLER, PHONE = "PJSIP/trunk-00000001", "PJSIP/op1-00000002"
TALK = View(calls={"call/pwk/1.1": CallView("talking", channel=CALLER, talking={PHONE: "PJSIP/op1"})})


def looked(exchange: Exchange, view: View = TALK, times: Iterable[int] = range(10)) -> list[str]:
    """Whose leg was hung up when it was looked so often."""
    keeper = LifeKeeper(Pbx(name="pwk", secret="s"), cast("Watcher", None))
    for each in times:
        keeper.look(cast("Connection", exchange), view, each * LOOK_S)
        if exchange.hung_up:
            break
    return [keys["Channel"] for keys in exchange.hung_up]


def test_the_leg_of_a_dead_telephone_is_hung_up_with_a_cause_of_its_own_and_nobody_elses():
    exchange = Exchange(CALLER, PHONE, "Local/op1@seat-00000001;1", **DEAD)
    assert looked(exchange) == [PHONE]
    assert [keys["Cause"] for keys in exchange.hung_up] == ["44"]


def test_a_leg_that_the_dialplan_has_not_prepared_is_left_alone():
    """An older dialplan would hang up on the caller, too."""
    assert looked(Exchange(CALLER, PHONE, **DEAD | {"X112_GIVES_BACK": ""})) == []


def test_a_telephone_that_is_not_asked_or_answers_or_has_just_registered_is_left_alone():
    for change in (
        {"qualify_frequency": "0"}, {"qualify_frequency": ""}, {"status": "Reachable"}, {"status": "NonQualified"},
        {"rxcount": ""}, {"rxcount": "gone"},
    ):  # fmt: skip
        assert looked(Exchange(CALLER, PHONE, **DEAD | change)) == [], change
    assert looked(Exchange(CALLER, PHONE, **DEAD | {"contact": ""})) == [PHONE], "its registration has run out"


def test_while_nobody_talks_nothing_is_asked():
    exchange = Exchange(CALLER, PHONE, **DEAD)
    assert looked(exchange, View(calls={"call/pwk/1.1": CallView("waiting", channel=CALLER)})) == []
    assert exchange.asked == []


def test_an_exchange_that_does_not_answer_tells_nothing_of_telephones():
    exchange = Exchange(CALLER, PHONE, **DEAD)
    keeper = LifeKeeper(Pbx(name="pwk", secret="s"), cast("Watcher", None))
    for at in range(0, 60, 2):
        exchange.dumb = at % 8 == 6
        try:
            keeper.look(cast("Connection", exchange), TALK, float(at))
        except ReplyTimeout:
            keeper.forget()
    assert exchange.hung_up == []
