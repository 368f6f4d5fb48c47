"""The way of one call: SIPp calls 112 on a real Asterisk, keys in real terminals do the rest."""

import csv
import json
import re

import pytest

from tests.e2e.centre import PASSWORD, Centre
from tests.e2e.compare import against_the_exchange
from tests.e2e.tmux import Tmux

pytestmark = [pytest.mark.asterisk, pytest.mark.terminal]


def sign_in(centre: Centre, login: str, terminal: str, shown: str, **size: int) -> Tmux:
    console = centre.console(terminal, **size)
    console.until("Password")
    console.type(login)
    console.keys("Tab")
    console.type(PASSWORD)
    console.keys("Enter")
    centre.until(lambda: re.search(shown, console.screen()), f"{login} is signed in: {shown}")
    return console


def test_one_call_from_ring_to_agency_to_record(centre, exchange, tmp_path):
    phone = exchange.softphone("op1")
    siti = sign_in(centre, "siti", "desk-1", r"\(call-taker\).*READY")
    dewi = sign_in(centre, "dewi", "desk-2", r"\(dispatcher\)")

    # The call rings; the ring is a strip, and F3 answers it.
    caller = exchange.caller(talk_s=None, number="+6281234500001", name="Ibu Ratna")
    siti.until(r"RINGS HERE.*\+6281234500001 Ibu Ratna")
    siti.keys("F3")
    siti.until("TALKING")
    phone.await_state("talking")

    # What and where; leaving a field saves it, so the dispatcher sees it while the caller still talks.
    siti.type("plered")
    siti.until(r"Plered\s+village")
    siti.keys("Enter")
    dewi.until(r"1\s+.*Plered")
    siti.type("kebakaran rumah")
    siti.until("House fire")
    siti.keys("Enter")
    dewi.until(r"P1\s+1\s+House fire\s+Plered")
    siti.until(r"\[x\] Damkar, Pos Wilayah I Plered")

    # Handed over to the agency that answers for the place; the call gets its outcome and ends.
    siti.keys("F8")
    siti.until("Enter sends")
    siti.keys("Enter")
    siti.until("Handed over to Damkar, Pos Wilayah I Plered")
    siti.keys("F9")
    siti.until("incident created")
    siti.keys("i")
    siti.until("No call in hand")
    assert caller.done() == "other", "the exchange hung up, on the call-taker's word"

    # The dispatcher gives it to another agency; the first one has to acknowledge that it is to stop.
    dewi.until("sent")
    dewi.keys("g")
    dewi.until("Instead of Damkar, Pos Wilayah I Plered")
    number = re.search(r"(\d) Damkar Purwakarta", dewi.screen())
    assert number, dewi.screen()
    dewi.keys(number[1])
    dewi.until("Reason:")
    dewi.type("pos terdekat sedang di lapangan")
    dewi.keys("Enter")
    dewi.until("has to acknowledge the stand-down")
    dewi.keys("d")
    dewi.until("(?i)name")
    dewi.type("Pak Asep")
    dewi.keys("Enter")
    dewi.until_gone("(?i)knows.*name|stand-down.*name")
    dewi.keys("a")
    dewi.until("acknowledged. Name:")
    dewi.type("Pak Ujang")
    dewi.keys("Enter")
    dewi.until("By which means")
    dewi.keys("t")
    dewi.until("has it: Pak Ujang")

    # The record: exported, verified, and equal to what the exchange itself wrote down.
    entry = centre.entries("handover.acknowledged")[0]
    assert (entry.actor, entry.terminal, entry.body.by, entry.body.means) == (
        "dewi",
        "desk-2",
        "Pak Ujang",
        "telephone",
    )
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    for what in ("calls", "incidents", "assignments"):
        centre.siaga(
            "export", what, "--format", "csv", "-o", str(tmp_path / f"{what}.csv"), "--unmasked", "--user", "admin",
            "--password-file", str(password),
        )  # fmt: skip
    (call,) = csv.DictReader((tmp_path / "calls.csv").open(newline=""))
    (incident,) = csv.DictReader((tmp_path / "incidents.csv").open(newline=""))
    first, second = csv.DictReader((tmp_path / "assignments.csv").open(newline=""))
    assert call["number"] == "'+6281234500001" and call["name"] == "Ibu Ratna"
    assert (call["outcome"], call["operator"], call["ended_by"]) == ("answered", "PJSIP/op1", "operator")
    assert call["classified"] == "incident" and call["incident"].endswith(incident["id"])
    assert (incident["place"], incident["village"], incident["type"]) == ("Plered", "Plered", "house_fire")
    assert (first["state"], first["acknowledged_by"]) == ("stand_down_acknowledged", "")
    assert first["stand_down_reason"] == "pos terdekat sedang di lapangan"
    assert (second["state"], second["acknowledged_by"]) == ("acknowledged", "Pak Ujang")
    assert json.loads(centre.siaga("verify", "--json").stdout)["ok"]
    against_the_exchange(centre, exchange)


def test_a_caller_who_gives_up_and_one_who_waits_for_the_second_operator(centre, exchange):
    exchange.operator("op1", "noanswer")
    siti = sign_in(centre, "siti", "desk-1", "READY")
    gave_up = exchange.caller(talk_s=None, number="+6281234500002")
    siti.until(r"RINGS HERE.*\+6281234500002")
    gave_up.hang_up()
    exchange.operator("op2", "hangup_after", ring_s=0.3, talk_s=1.0)
    budi = sign_in(centre, "budi", "desk-2", "READY")
    waited = exchange.caller(talk_s=None, number="+6281234500003")
    budi.until(r"\+6281234500003")
    waited.done()
    centre.until(lambda: len(centre.entries("call.ended")) == 2, "both calls ended")
    by_number = dict(centre.rows("SELECT number, outcome FROM calls"))
    assert by_number == {"+6281234500002": "abandoned", "+6281234500003": "answered"}
    against_the_exchange(centre, exchange)
