"""What the journal knows of a number becomes its place in the queue of a real Asterisk, through the bridge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.clock import SECOND, now
from data.entry import draft
from data.vocabulary.calls import CallArrived, CallClassified
from data.vocabulary.nuisance import VicinityAlert
from telephony.nuisance import area_rules, rules
from telephony.nuisance.area_alerts import running
from telephony.nuisance.settings import Nuisance
from tests.lab import Exchange
from tests.lab.ami import first
from tests.lab.scenarios import Location
from tests.real.bridge_process import Centre, until

pytestmark = pytest.mark.asterisk
PRANK, KEY = "+6281200000007", "6281200000007"
OTHER = "+6281300000001"
HOUR = 3600 * SECOND


@pytest.fixture(autouse=True)
def nobody_there(shared_exchange: Exchange) -> None:
    shared_exchange.clear()
    shared_exchange.harness.try_action("DBDelTree", Family="nuisance")


@pytest.fixture
def centre(shared_exchange: Exchange, tmp_path: Path) -> Iterator[Centre]:
    with Centre(tmp_path, shared_exchange.ami_port, shared_exchange.ami_secret) as made:
        made.pbx |= {"dial_user": "siaga112-dial", "dial_secret": shared_exchange.dial_secret}
        made.nuisance = {"sync_seconds": 1}
        yield made


def stored(exchange: Exchange) -> set[str]:
    """The keys that the exchange has."""
    rows = exchange.harness.try_action("DBGetTree", Family="nuisance")
    return {first(p, "Key").rpartition("/")[2] for p in rows if "Val" in p}


def pranks(centre: Centre, number: str = PRANK, count: int = 4) -> None:
    """Calls of yesterday, all of them pranks."""
    at = now() - 24 * HOUR
    for n in range(count):
        call = f"call/pwk/1.{number[-3:]}{n}"
        arrived = draft(call, CallArrived(channel="PJSIP/trunk-0", number=number), at=at + n)
        centre.journal.append([arrived, draft(call, CallClassified(outcome="prank"), actor="sari", at=at + n)])


def waits(centre: Centre, number: str, priority: int) -> str:
    """The stream of the caller ``number`` who waits at ``priority``."""

    def found() -> str | None:
        rows = [row for row in centre.calls() if row.number == number and row.state == "waiting"]
        return rows[0].call if rows and rows[0].priority == priority else None

    call = until(found)
    assert call, ([(row.number, row.state, row.priority) for row in centre.calls()], centre.log())
    return str(call)


def queue(exchange: Exchange) -> list[str]:
    """Numbers in the order in which they will be answered."""
    rows = exchange.harness.action("QueueStatus", Queue="112")
    entries = [p for p in rows if p.get("Event") == ["QueueEntry"]]
    return [first(p, "CallerIDNum") for p in sorted(entries, key=lambda p: int(first(p, "Position")))]


def test_the_exchange_has_what_the_journal_says_and_nothing_else(shared_exchange: Exchange, centre: Centre) -> None:
    shared_exchange.harness.action("DBPut", Family="nuisance", Key="628111222333", Val="1999999999")
    pranks(centre)
    crowd = [f"+62813{n:07}" for n in range(60)]
    for number in crowd:
        asked = {"actor": "budi", "at": now(), "settings": Nuisance(), "supervisor": True}
        centre.journal.append(rules.flag(number, "mengganggu", **asked))  # type: ignore[arg-type]
    everybody = {KEY, *(number.removeprefix("+") for number in crowd)}
    centre.bridge()
    assert until(lambda: stored(shared_exchange) == everybody), centre.log()
    # An outcome that is changed, a number that is put right, a bridge that is killed, a second one: all the same.
    second = centre.bridge()
    centre.kill(centre.bridges[0])
    centre.journal.append(rules.clear(crowd[0], "salah orang", actor="budi", at=now()))
    centre.journal.append([draft("call/pwk/1.0070", CallClassified(outcome="incident"), actor="sari")])
    centre.journal.append([draft("call/pwk/1.0071", CallClassified(outcome="incident"), actor="sari")])
    assert until(lambda: stored(shared_exchange) == everybody - {crowd[0].removeprefix("+")} - {KEY}), centre.log()
    # Somebody wipes the store.
    shared_exchange.harness.action("DBDelTree", Family="nuisance")
    assert until(lambda: len(stored(shared_exchange)) == 59), centre.log()
    assert second.poll() is None


def test_a_known_prankster_is_answered_last_even_when_all_our_programs_are_down(
    shared_exchange: Exchange, centre: Centre
) -> None:
    pranks(centre)
    bridge = centre.bridge()
    assert until(lambda: stored(shared_exchange) == {KEY})
    centre.kill(bridge)
    callers = [shared_exchange.caller(talk_s=None, number=PRANK)]
    assert until(lambda: queue(shared_exchange) == [PRANK])
    callers += [shared_exchange.caller(talk_s=None, number=f"+628130000000{n}") for n in range(2)]
    assert until(lambda: len(queue(shared_exchange)) == 3)
    assert queue(shared_exchange)[2] == PRANK
    with (
        shared_exchange.ami() as ami,
        shared_exchange.operator("op1", "hangup_after", ring_s=0.0, talk_s=0.2),
    ):
        shared_exchange.sign_in("op1")
        last = [first(ami.event("AgentConnect", 60, 0, CallerIDNum=PRANK), "CallerIDNum")]
        assert [first(p, "CallerIDNum") for p in ami.events("AgentConnect")][-1:] == last
        assert len(ami.events("AgentConnect")) == 3
        for caller in callers:
            assert caller.done() == "other"


def test_near_a_live_incident_he_is_lifted_at_once_and_overtakes_nobody(
    shared_exchange: Exchange, centre: Centre
) -> None:
    pranks(centre)
    centre.bridge()
    assert until(lambda: stored(shared_exchange) == {KEY})
    here = Location(lat=-6.556, lon=107.443, radius_m=100)
    callers = [shared_exchange.caller(talk_s=None, number="+6281300000001")]
    waits(centre, "+6281300000001", 10)
    callers.append(shared_exchange.caller(talk_s=None, number=PRANK, location=here))
    call = waits(centre, PRANK, 1)
    callers.append(shared_exchange.caller(talk_s=None, number="+6281300000002"))
    waits(centre, "+6281300000002", 10)
    assert queue(shared_exchange) == ["+6281300000001", "+6281300000002", PRANK]
    far = VicinityAlert(lat=-6.6, lon=107.443, radius_m=1500, until=now() + HOUR)
    near = VicinityAlert(lat=-6.55, lon=107.443, radius_m=1500, until=now() + HOUR, area="Ciseureuh")
    centre.journal.append([draft("vicinity/1", far)])
    centre.journal.append([draft("vicinity/2", near)])
    waits(centre, PRANK, 20)
    assert queue(shared_exchange) == ["+6281300000001", PRANK, "+6281300000002"]
    reasons = {e.stream: e.body.reason for e in centre.entries("call.lifted")}
    assert reasons == {call: "vicinity", waits(centre, "+6281300000001", 20): "order"}
    # The next one from there is lifted as he comes.
    pranks(centre, "+6281200000008")
    assert until(lambda: len(stored(shared_exchange)) == 2)
    callers.append(shared_exchange.caller(talk_s=None, number="+6281200000008", location=here))
    waits(centre, "+6281200000008", 20)
    shared_exchange.hang_up_on(*callers)


def test_with_the_whole_region_under_alert_also_who_sends_no_place_is_lifted_until_it_is_over(
    shared_exchange: Exchange, centre: Centre
) -> None:
    pranks(centre)
    pranks(centre, "+6281200000008")
    centre.bridge()
    assert until(lambda: len(stored(shared_exchange)) == 2)
    first_one = shared_exchange.caller(talk_s=None, number=PRANK)
    waits(centre, PRANK, 1)
    border = (((-6.0, 107.0), (-6.0, 108.0), (-7.0, 108.0), (-7.0, 107.0)),)
    region = VicinityAlert(lat=-6.5, lon=107.5, radius_m=90_000, until=0, area="Purwakarta", outline=border, whole=True)
    begun = now()
    [draft_of] = area_rules.begin("32.14", region, "banjir", 6, actor="sari", at=begun, running=[])
    centre.journal.append([draft_of])
    call = waits(centre, PRANK, 20)
    assert [e.body.reason for e in centre.entries("call.lifted") if e.stream == call] == ["vicinity"]
    listed = running(centre.journal, now())
    over = area_rules.end("vicinity/area-32.14", begun, "surut", actor="sari", at=now(), running=listed)
    centre.journal.append(over)
    second = shared_exchange.caller(talk_s=None, number="+6281200000008")
    waits(centre, "+6281200000008", 1)
    shared_exchange.hang_up_on(first_one, second)


def test_who_is_put_right_while_he_waits_is_lifted(shared_exchange: Exchange, centre: Centre) -> None:
    pranks(centre)
    centre.bridge()
    centre.bridge()
    assert until(lambda: stored(shared_exchange) == {KEY})
    caller = shared_exchange.caller(talk_s=None, number=PRANK)
    waits(centre, PRANK, 1)
    centre.journal.append(rules.clear("081200000007", "ternyata korban", actor="budi", at=now()))
    call = waits(centre, PRANK, 20)
    assert [e.body.reason for e in centre.entries("call.lifted") if e.stream == call] == ["cleared"]
    assert until(lambda: stored(shared_exchange) == set())
    shared_exchange.hang_up_on(caller)


def test_without_a_user_who_may_start_calls_the_bridge_says_so_once(shared_exchange: Exchange, centre: Centre) -> None:
    centre.pbx = {key: value for key, value in centre.pbx.items() if not key.startswith("dial")}
    pranks(centre)
    centre.bridge()
    [alarm] = [e.body for e in centre.await_kind("house.alarm") if e.body.what == "nuisance_not_written"]
    assert "dial_user" in alarm.detail
    assert PRANK not in alarm.detail
    assert stored(shared_exchange) == set()
