"""A unit sent by keys in a real terminal: registered by command, asked for by a line, told before it is sent twice."""

import json

import pytest

from data.entry import new_id
from dispatch import desk
from tests.e2e.handing import open_and_hand_over
from tests.e2e.test_listening import command
from tests.e2e.test_one_call import sign_in

pytestmark = [pytest.mark.asterisk, pytest.mark.terminal, pytest.mark.centre(limit=600)]


def listed(centre):
    """Call sign -> state and incident, as the command prints them."""
    lines = centre.siaga("units", "list", "--json").stdout.splitlines()
    return {unit["call_sign"]: (unit["state"], unit["incident"]) for unit in map(json.loads, lines)}


def acknowledged(centre, stream):
    """The fire post took the incident of that stream."""
    incident = stream.removeprefix("incident/")
    sent = [entry for entry in centre.journal.stream(stream) if entry.kind == "handover.sent"][-1]
    desk.acknowledge(
        centre.journal, desk.asked("dewi", "desk-9"), incident, sent.body.handover, sent.version, by="Asep"
    )


def test_a_unit_is_offered_sent_found_again_and_never_sent_twice_in_silence(centre):
    (centre.data / "units.csv").write_text("agency,call_sign\ndamkar-plered,Pawang 2\ndamkar-plered,P-3\n")
    centre.siaga("units", "import", str(centre.data / "units.csv"))
    first = open_and_hand_over(centre)
    acknowledged(centre, first)
    dewi = sign_in(centre, "dewi", "desk-2", r"\(dispatcher\)", columns=80, rows=24)
    dewi.until(r"Damkar.*acknowledged")

    dewi.keys("e")
    dewi.until(r"Down chooses:.*P-3 free.*Pawang 2 free")
    dewi.type("paw")
    dewi.until(r"chooses: +Pawang 2 free")
    dewi.keys("Down")
    dewi.until(r"Enter takes: +▸ Pawang 2")
    dewi.keys("Enter")
    dewi.until("is en route")
    assert listed(centre) == {"P-3": ("free", None), "Pawang 2": ("en_route", 1)}

    # The same unit for another incident, because somebody says so: named before and after, and told with both.
    second = open_and_hand_over(centre)
    acknowledged(centre, second)
    dewi.until(r"P1 +2 ")
    command(dewi, "OTW pawang-2 2")
    dewi.until(r"MIND: Pawang 2 en route, incident 1 \| .*en route")
    centre.until(lambda: len(centre.entries("handover.en_route")) == 2, "it is on record")
    assert "incident 1, 2" in centre.siaga("units", "list").stdout

    # A line that names the unit is about an incident that it is on, wherever the cursor is.
    command(dewi, "TBA pawang2")
    dewi.until("has several incidents: write the number")
    dewi.type(" 1")
    dewi.keys("Enter")
    centre.until(lambda: listed(centre)["Pawang 2"] == ("on_scene", 1), "it is there")

    # A further one of an agency that is there: by a line, with a state of its own.
    command(dewi, "tambah P-3 1")
    dewi.until("sends P-3 too")
    centre.until(lambda: listed(centre)["P-3"] == ("en_route", 1), "it is on its way")
    assert listed(centre)["Pawang 2"] == ("on_scene", 1)
    dewi.until("P-3 still under way")
    command(dewi, "TBA P-3 1")
    centre.until(lambda: listed(centre)["P-3"] == ("on_scene", 1), "it is there, too")

    command(dewi, "SLS pawang2 2 done")
    centre.until(lambda: len(centre.entries("handover.finished")) == 1, "the second one is over")
    command(dewi, "SLS pawang2 done")
    centre.until(lambda: listed(centre)["Pawang 2"] == ("free", None), "it is free again")
    centre.siaga("units", "out", "pawang2", "ban bocor")
    third = desk.open_incident(centre.journal, desk.asked("siti", "desk-1"), new_id(), origin="radio",
                               place=desk.Place(name="Plered", lat=-6.6423, lon=107.38945), type="house_fire",
                               priority=1)  # fmt: skip
    dewi.until(r"P1 +3 ")
    command(dewi, "D pawang-2 3")
    dewi.until(r"MIND: Pawang 2 out of service \(ban bocor\)")

    def given():
        return [entry for entry in centre.journal.stream(third[0].stream) if entry.kind == "handover.sent"]

    [asked] = centre.until(given, "it is handed over")
    assert asked.body.unit == "Pawang 2"
    assert listed(centre)["Pawang 2"] == ("asked", 3)
