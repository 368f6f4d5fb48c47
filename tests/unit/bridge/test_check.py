from __future__ import annotations

from telephony.bridge.check import Check, differences
from telephony.commands import CallView, View
from telephony.link.packet import Packet
from tests.unit.bridge.conftest import channel_row


def view(**calls: str) -> View:
    return View(
        calls={
            f"call/pwk/{key[1:].replace('_', '.')}": CallView(
                state=state, channel=f"PJSIP/trunk-{key[1:].replace('_', '.')}"
            )
            for key, state in calls.items()
        }
    )


def rows(*calls: str) -> list[Packet]:
    return [Packet(channel_row(call)) for call in calls]


def test_no_difference_when_both_have_the_same_calls():
    assert differences(view(c1_1="talking", c2_2="waiting", c3_3="ended"), rows("1.1", "2.2")) == set()


def test_calls_that_only_one_side_has_are_named():
    assert differences(view(c1_1="talking"), rows("2.2")) == {"call/pwk/1.1", "unknown 2.2"}


def test_legs_that_are_no_callers_do_not_count():
    leg = b"Event: CoreShowChannel\r\nChannel: PJSIP/op1-1\r\nUniqueid: 9.9\r\nChanVariable: X112_CALL=1.1"
    done = Packet(b"Event: CoreShowChannelsComplete\r\nListItems: 1")
    assert differences(view(c1_1="talking"), [*rows("1.1"), Packet(leg), done]) == set()


def test_only_what_is_seen_twice_in_a_row_is_put_right():
    check = Check(60)
    assert check.look({"a", "b"}) == set()
    assert check.look({"b", "c"}) == {"b"}
    assert check.look({"b", "c"}) == {"c"}
    check.forget()
    assert check.look({"c"}) == set()
    assert not check.due
