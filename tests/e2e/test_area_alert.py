"""An area put under alert by keys in a real terminal: on a real Asterisk a flagged caller from there waits in turn."""

import pytest

from data.clock import now
from telephony.nuisance import rules
from telephony.nuisance.settings import Nuisance
from tests.e2e.test_listening import command
from tests.e2e.test_one_call import sign_in
from tests.lab.scenarios import Location

pytestmark = [pytest.mark.asterisk, pytest.mark.terminal]

THERE, ELSEWHERE = Location(lat=-6.6924, lon=107.4372, radius_m=50), Location(lat=-6.556, lon=107.443, radius_m=50)
"""In the middle of Kecamatan Darangdan; in the town of Purwakarta."""


def priority(centre, number):
    rows = centre.rows("SELECT priority FROM calls WHERE number = ? AND state = 'waiting'", number)
    return rows[-1][0] if rows else None


def test_a_flagged_caller_from_an_area_under_alert_is_lifted_until_it_is_ended(centre, exchange):
    for number in ("+6281234500007", "+6281234500008", "+6281234500009"):
        asked = {"actor": "siti", "at": now(), "settings": Nuisance(), "supervisor": False}
        centre.journal.append(rules.flag(number, "tertawa", **asked))
    centre.until(
        lambda: sum("Val" in row for row in exchange.harness.try_action("DBGetTree", Family="nuisance")) == 3,
        "the exchange has the numbers",
    )
    siti = sign_in(centre, "siti", "desk-1", r"\(call-taker\)", columns=80, rows=24)
    dewi = sign_in(centre, "dewi", "desk-2", r"\(dispatcher\)", columns=80, rows=24)
    command(siti, "pause")
    siti.until("2 prayer")
    siti.keys("2")
    siti.until("PAUSED")
    near = exchange.caller(talk_s=None, number="+6281234500007", location=THERE)
    far = exchange.caller(talk_s=None, number="+6281234500008", location=ELSEWHERE)
    for number in ("+6281234500007", "+6281234500008"):
        centre.until(lambda n=number: priority(centre, n) == 1, "he waits at the end")

    # Of what is wrong the line says so; a village and a district of one name are told apart; then it holds at once.
    command(dewi, "alert Darangdan 0 landslide")
    dewi.until(r"an alert lasts from 0\.25 to 168 hours")
    command(dewi, "alert Darangdan 6 landslide")
    dewi.until(r"(?s)Which one\?.*2 Darangdan \(district\)")
    dewi.keys("2")
    dewi.until("Darangdan is under alert until")
    centre.until(lambda: priority(centre, "+6281234500007") == 20, "he is lifted")
    siti.until(r"ALERT Dar")
    dewi.until(r"ALERT Dar")
    [begun] = centre.entries("vicinity.alert")
    assert (begun.actor, begun.terminal, begun.body.reason) == ("dewi", "desk-2", "landslide")
    assert [e.body.reason for e in centre.entries("call.lifted")] == ["vicinity"]
    assert priority(centre, "+6281234500008") != 20, "who is elsewhere is not"

    # The supervisor has it in the list, with who and why; here it is ended by its name.
    centre.add("rina", "Rina", ("supervisor",))
    rina = sign_in(centre, "rina", "desk-3", r"\(supervisor\)", columns=120, rows=40)
    rina.until(r"Darangdan until .*dewi: landslide")
    command(rina, "allclear darang")
    rina.until("Why is Darangdan not under alert any more")
    rina.type("road is open")
    rina.keys("Enter")
    rina.until("Darangdan is not under alert any more")
    siti.until_gone("ALERT Dar")
    ended = centre.entries("vicinity.alert")[-1]
    assert (ended.actor, ended.body.reason) == ("rina", "road is open")
    again = exchange.caller(talk_s=None, number="+6281234500009", location=THERE)
    centre.until(lambda: priority(centre, "+6281234500009") == 1, "the next one from there waits at the end again")
    exchange.harness.try_action("Hangup", Channel="/^PJSIP/")
    for caller in (near, far, again):
        caller.done()
