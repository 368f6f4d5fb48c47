"""Numbers that wait a little longer, by the exchange alone: none of our programs runs here."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.lab import AmiClient, AmiError, Exchange
from tests.lab.ami import first
from tests.lab.waiting import until

pytestmark = pytest.mark.asterisk
PRANK, OTHER = "+6281200000007", "+6281300000001"
LATER = 3600


@pytest.fixture(scope="module")
def house() -> Iterator[Exchange]:
    """An exchange whose lowered places last 4 s."""
    with Exchange(nuisance_s=4) as exchange:
        yield exchange


@pytest.fixture(autouse=True)
def quiet(house: Exchange) -> None:
    house.clear()
    house.harness.try_action("DBDelTree", Family="nuisance")


def write(exchange: Exchange, text: str) -> None:
    """As the bridge writes: the answer comes when it is written."""
    with exchange.ami("siaga112-dial", events=False) as dialler:
        dialler.action(
            "Originate", Channel="Local/set@nuisance-write", Context="nuisance-write", Exten="done", Priority="1",
            Variable=f"__X112_SET={text}", Timeout="5000",
        )  # fmt: skip


def entries(exchange: Exchange) -> dict[str, str]:
    """What stands in the exchange's store, as the bridge's own user sees it."""
    with exchange.ami("siaga112", events=False) as bridge:
        rows = bridge.try_action("DBGetTree", Family="nuisance")
    return {first(p, "Key").rpartition("/")[2]: first(p, "Val") for p in rows if "Val" in p}


def low(exchange: Exchange, number: str = "6281200000007", seconds: int = LATER) -> None:
    write(exchange, f"{number}:{int(time.time()) + seconds}")


def priority(ami: AmiClient, mark: int, number: str, back: str = "") -> str:
    """With which priority the caller came into the queue."""
    return first(
        ami.event("UserEvent", 60, mark, UserEvent="X112Waiting", CallerIDNum=number, Back=back), "QueuePriority"
    )


def test_the_bridges_users_write_and_read_that_family_and_no_other(house: Exchange) -> None:
    soon = int(time.time()) + 60
    write(house, f"6281200000007:{soon}&393331234567:{soon}")
    assert entries(house) == {"6281200000007": str(soon), "393331234567": str(soon)}
    write(house, "393331234567:")
    assert entries(house) == {"6281200000007": str(soon)}
    for bad in (
        "held/x:1",
        f"../held/x:{soon}",
        f"113:{soon}",
        f"{'9' * 21}:{soon}",
        f"628123456789:{soon * 2}",
        "x:y&:&&",
    ):
        write(house, bad)
    assert set(entries(house)) == {"6281200000007"}, "no short one, no long one, nothing for ever"
    with house.ami("siaga112") as bridge:
        for action, fields in (("DBPut", {"Val": "1"}), ("DBDel", {}), ("DBDelTree", {})):
            with pytest.raises(AmiError, match="Permission denied"):
                bridge.action(action, Family="nuisance", Key="6281200000007", **fields)
        refused = bridge.try_action("Setvar", Variable="DB(nuisance/6281200000007)", Value="1")[0]
        assert first(refused, "Response") == "Error", "DB() is not open to AMI (live_dangerously = no)"
    assert entries(house) == {"6281200000007": str(soon)}


def test_a_lowered_caller_is_answered_after_those_who_came_later(house: Exchange) -> None:
    low(house)
    numbers = [OTHER, PRANK, "+6281300000003", "+6281300000004"]
    with house.ami("siaga112") as ami:
        callers = []
        for number in numbers:
            mark = len(ami.packets)
            callers.append(house.caller(talk_s=None, number=number))
            assert priority(ami, mark, number) == ("1" if number == PRANK else "10")
        order = [numbers[0], numbers[2], numbers[3], numbers[1]]
        joined = {number: ami.event("QueueCallerJoin", 60, CallerIDNum=number) for number in numbers}
        assert until(lambda: house.waiting() == [first(joined[number], "Channel") for number in order])
        with house.operator("op1", "hangup_after", ring_s=0.0, talk_s=0.2):
            house.sign_in("op1")
            for number in order[:3]:
                ami.event("AgentConnect", 60, CallerIDNum=number)
            ami.event("AgentConnect", 60, CallerIDNum=PRANK)
            for caller in callers:
                assert caller.done() == "other"
    assert [first(p, "CallerIDNum") for p in ami.events("AgentConnect")] == order


def test_the_exchange_lifts_him_by_itself(house: Exchange) -> None:
    """He then stands where somebody does who has just called; who comes after that is behind him."""
    low(house)
    with house.ami("siaga112") as ami:
        callers = [house.caller(talk_s=None, number=PRANK), house.caller(talk_s=None, number=OTHER)]
        assert priority(ami, 0, PRANK) == "1"
        assert priority(ami, 0, PRANK, "lifted") == "10"
        mark = len(ami.packets)
        callers.append(house.caller(talk_s=None, number="+6281300000002"))
        last = ami.event("QueueCallerJoin", 60, mark, CallerIDNum="+6281300000002")
        first_one = ami.event("QueueCallerJoin", CallerIDNum=OTHER)
        him = ami.event("QueueCallerJoin", CallerIDNum=PRANK)
        assert house.waiting() == [first(p, "Channel") for p in (first_one, him, last)]
        house.hang_up_on(*callers)


def test_with_a_free_telephone_nobody_waits_at_all(house: Exchange) -> None:
    low(house)
    house.sign_in("op1")
    with house.ami("siaga112") as ami, house.operator("op1", "hangup_after", ring_s=0.0, talk_s=0.2):
        caller = house.caller(talk_s=None, number=PRANK)
        assert int(first(ami.event("AgentConnect"), "HoldTime")) < 4, "he is not lowered first, and lifted then"
        assert not ami.events("UserEvent", UserEvent="X112Waiting", Back="lifted")
        assert caller.done() == "other"


def test_a_telephone_that_rings_when_he_is_lifted_goes_on_ringing(house: Exchange) -> None:
    low(house)
    house.sign_in("op1")
    with house.ami("siaga112") as ami, house.operator("op1", "hangup_after", ring_s=5.5, talk_s=0.2):
        caller = house.caller(talk_s=None, number=PRANK)
        assert priority(ami, 0, PRANK, "lifted") == "10"
        ami.event("AgentConnect", 60)
        assert caller.done() == "other"


@pytest.mark.parametrize(
    ("key", "number", "lowered"),
    [
        ("6281200000007", "081200000007", True),
        ("6281200000007", "006281200000007", True),
        ("6281200000007", "6281200000007", True),
        ("393331234567", "+393331234567", True),
        ("6281200000007", "+62812000000070", False),
        ("6281200000007", "+62812x00000007", False),
        ("6281200000007", "62+81200000007", False),
        ("6281200000007", "6281200000007,1", False),
        ("6281200000007", "6281200000007%22", False),
        ("6281200000007", "anonymous", False),
        ("6281200000007", "6281200000007" * 24, False),
        ("6281200000007", "%24%7BDB%28nuisance%2F6281200000007%29%7D", False),
    ],
)
def test_which_numbers_are_meant(house: Exchange, key: str, number: str, lowered: bool) -> None:
    """As telephony/nuisance/number.py has it; whatever else calls itself a number comes in like everybody."""
    low(house, key)
    with house.ami("siaga112") as ami:
        caller = house.caller(talk_s=None, number=number)
        waits = ami.event("UserEvent", UserEvent="X112Waiting")
        assert first(waits, "QueuePriority") == ("1" if lowered else "10"), first(waits, "CallerIDNum")
        caller.answered()
        ami.action("Hangup", Channel=first(waits, "Channel"))
        caller.done()


@pytest.mark.parametrize("value", ["", "0", "1700000000", "x", "-1", "$[1+1]"])
def test_what_is_over_or_makes_no_sense_lowers_nothing(house: Exchange, value: str) -> None:
    house.harness.action("DBPut", Family="nuisance", Key="6281200000007", Val=value)
    with house.ami("siaga112") as ami:
        caller = house.caller(talk_s=None, number=PRANK)
        assert priority(ami, 0, PRANK) == "10"
        caller.answered()
        ami.action("Hangup", Channel=first(ami.event("QueueCallerJoin"), "Channel"))
        caller.done()


def test_who_is_lifted_by_a_bridge_keeps_that_place(house: Exchange) -> None:
    """AMI Setvar, then QueueChangePriorityCaller with Immediate: at once, and for good."""
    low(house)
    with house.ami("siaga112") as ami:
        callers = [house.caller(talk_s=None, number=OTHER)]
        other = first(ami.event("QueueCallerJoin", CallerIDNum=OTHER), "Channel")
        callers.append(house.caller(talk_s=None, number=PRANK))
        channel = first(ami.event("QueueCallerJoin", CallerIDNum=PRANK), "Channel")
        assert until(lambda: house.waiting() == [other, channel])
        ami.action("Setvar", Channel=channel, Variable="X112_LIFTED", Value="1")
        ami.action("QueueChangePriorityCaller", Queue="112", Caller=channel, Priority="20", Immediate="yes")
        assert house.waiting() == [channel, other]
        assert priority(ami, 0, PRANK, "lifted") == "20"
        assert until(lambda: house.waiting() == [channel, other])
        house.hang_up_on(*callers)


def test_it_still_holds_after_a_restart_of_the_exchange(house: Exchange) -> None:
    low(house)
    house.restart_now()
    with house.ami("siaga112") as ami:
        caller = house.caller(talk_s=None, number=PRANK)
        assert priority(ami, 0, PRANK) == "1"
        caller.answered()
        ami.action("Hangup", Channel=first(ami.event("QueueCallerJoin"), "Channel"))
        caller.done()
