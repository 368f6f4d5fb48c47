"""A call-taker's leg into his seat counts as his telephone, wherever the exchange names it."""

from __future__ import annotations

import pytest

from telephony.bridge.seats import asked
from telephony.calls.names import interface_of, is_seat_leg, member_of, other_half, technology
from telephony.seat import device_of, dialplan_of

LEG = "Local/op1@seat-0000001f;1"


def test_the_leg_into_a_seat_is_the_telephone_and_nobody_stands_behind_it() -> None:
    assert (interface_of(LEG), technology(LEG), other_half(LEG)) == ("PJSIP/op1", "PJSIP", None)
    assert is_seat_leg(LEG) and technology(f"{LEG[:-1]}2") == "Local"
    assert member_of("Local/op1@seat/n") == member_of("PJSIP/op1") == "PJSIP/op1"


@pytest.mark.parametrize("channel", ["Local/op1@transfer-0000001f;1", "PJSIP/op1-0000001f", "Local/op1@seat;1"])
def test_every_other_channel_is_what_it_was(channel: str) -> None:
    assert not is_seat_leg(channel)
    assert technology(channel) == channel.partition("/")[0]


def test_two_bridges_ask_once_for_what_they_both_saw() -> None:
    first, second = (asked("pwk", "seat", "PJSIP/op1", 1_795_490_122_000_000, bridge) for bridge in ("a", "b"))
    assert first.id == second.id != asked("pwk", "unseat", "PJSIP/op1", 1_795_490_122_000_000, "a").id


def test_the_names_under_which_a_seat_is_known() -> None:
    assert device_of("PJSIP/op1") == "seat:PJSIP/op1"
    assert dialplan_of("PJSIP/op1") == "DIALPLAN_EXISTS(seated,op1,1)"
