"""``siaga112 units``: the list of units as an admin keeps it, and what each is doing."""

import json

import pytest

from console.compose import open_journal
from data.clock import iso
from dispatch import desk
from dispatch.desk import HandoverRequest, Place
from tests.unit.command.support import siaga


@pytest.fixture
def centre(tmp_path):
    data, password = tmp_path / "data", tmp_path / "password"
    password.write_text("kata-sandi-panjang-1\n")
    assert siaga("setup", "--admin", "ani", "--password-file", password, data=data).returncode == 0
    return data


def listed(data, *more):
    run = siaga("units", "list", "--json", *more, data=data)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_a_unit_is_added_taken_out_of_service_put_back_and_retired(centre):
    run = siaga("units", "add", "psc-119", "A-12", data=centre)
    assert (run.returncode, run.stdout) == (0, "A-12 is a unit of psc-119\n")
    assert siaga("units", "add", "damkar-mako", "P-1", "--kind", "rescue", data=centre).returncode == 0
    assert siaga("units", "out", "a12", "ban", "bocor", data=centre).returncode == 0
    [a12] = listed(centre, "--agency", "psc-119")
    assert (a12.pop("since") or "").endswith("Z")
    assert a12 == {
        "agency": "psc-119", "call_sign": "A-12", "kind": "ambulance", "state": "out_of_service", "incident": None,
        "also": [], "out_of_service": "ban bocor",
    }  # fmt: skip
    text = siaga("units", "list", data=centre).stdout
    assert "out of service" in text and "(ban bocor)" in text and "rescue" in text
    assert siaga("units", "in", "A 12", data=centre).returncode == 0
    assert [unit["state"] for unit in listed(centre)] == ["free", "free"]
    assert siaga("units", "retire", "A-12", "--reason", "dijual", data=centre).returncode == 0
    assert [unit["call_sign"] for unit in listed(centre)] == ["P-1"]
    with open_journal(centre) as journal:
        entries = journal.stream("unit/psc-119/a12")
    assert [entry.kind for entry in entries] == [
        "unit.registered", "unit.out_of_service", "unit.in_service", "unit.retired",
    ]  # fmt: skip
    assert all(entry.actor.startswith("os:") for entry in entries)


def test_the_list_tells_the_incident_that_a_unit_is_on(centre):
    assert siaga("units", "add", "damkar-plered", "Pawang 2", data=centre).returncode == 0
    with open_journal(centre) as journal:
        place = Place(name="Plered", lat=-6.6423, lon=107.38945)
        begun = desk.asked("siti", "desk-1")
        opened = desk.open_incident(journal, begun, "i1", origin="radio", place=place, type="house_fire", priority=1)
        request = HandoverRequest(id="h1", agency="damkar-plered")
        desk.hand_over(journal, desk.asked("siti", "desk-1"), "i1", opened[-1].version, [request])
        desk.acknowledge(journal, desk.asked("dewi", "desk-2"), "i1", "h1", 9, by="Asep")
        [left] = desk.en_route(journal, desk.asked("dewi", "desk-2"), "i1", "h1", 9, unit="pawang-2")
    [unit] = listed(centre)
    assert (unit["state"], unit["incident"], unit["since"]) == ("en_route", 1, iso(left.at))
    assert "on its way  incident 1  since " in siaga("units", "list", data=centre).stdout
    run = siaga("units", "retire", "pawang2", data=centre)
    assert (run.returncode, run.stdout) == (1, "") and "on incident 1" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (("add", "nobody", "A-1"), 2, "siaga112 agencies lists them"),
        (("list", "--agency", "nobody"), 2, "siaga112 agencies lists them"),
        (("add", "psc-119", "A-1", "--kind", "tank"), 2, "tank"),
        (("add", "psc-119", "\x1b[2J"), 1, "call sign"),
        (("add", "psc-119", "17"), 1, "put a letter before it"),
        (("retire", "B-9"), 1, "there is no unit 'B-9'"),
        (("out", "B-9"), 2, "REASON"),
        (("import", "nowhere.csv"), 2, "nowhere.csv"),
    ],
)
def test_what_cannot_be_is_said_on_standard_error(centre, arguments, status, text):
    run = siaga("units", *arguments, data=centre)
    assert (run.returncode, run.stdout) == (status, "")
    assert text in run.stderr and "\x1b" not in run.stderr


def imported(centre, text):
    file = centre.parent / "units.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return siaga("units", "import", file, data=centre)


@pytest.mark.parametrize(
    "text",
    [
        "agency,call_sign\npsc-119,A-1\npolres,P 1\n",
        "\ufeffagency;callsign;kind\r\npsc-119;A-1;\r\n\r\npolres;P 1;patrol\r\n",
    ],
)
def test_a_file_of_units_is_imported_as_spreadsheets_write_it(centre, text):
    run = imported(centre, text)
    assert (run.returncode, run.stdout) == (0, "2 units registered\n"), run.stderr
    assert [(unit["agency"], unit["call_sign"], unit["kind"]) for unit in listed(centre)] == [
        ("polres", "P 1", "patrol"), ("psc-119", "A-1", "ambulance"),
    ]  # fmt: skip


def test_a_faulty_file_is_refused_whole_with_every_fault_by_line(centre):
    assert siaga("units", "add", "psc-119", "A-1", data=centre).returncode == 0
    run = imported(centre, "agency,call_sign,kind\npsc-119,a1,\npolres,P-1,tank\nx,P-2,\npolres,P-3,\npolres,=1+1,\n")
    assert (run.returncode, run.stdout) == (2, "")
    lines = run.stderr.splitlines()[1:]
    assert [line.split(":")[0].strip() for line in lines] == ["line 2", "line 3", "line 4", "line 6"]
    assert "A-1 already" in lines[0] and "tank" in lines[1] and "no agency 'x'" in lines[2]
    assert [unit["call_sign"] for unit in listed(centre)] == ["A-1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no unit"), ("agency,call_sign\n", "names no unit"), ("agency,kind\nx,y\n", "no column call_sign"),
        ("agency,call_sign,colour\n", "colour"), ("agency,call_sign\npsc-119\n", "line 2: row has 1 cells, not 2"),
        (b"agency,call_sign\npsc-119,A\xe9\n", "UTF-8"), ('agency,call_sign\npsc-119,"A', "no csv"),
        ("agency,agency,call_sign\n", "twice"), (b"agency\x00,call_sign\npsc-119,A-1\n", "not known"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_list_of_units_says_what_is_wrong(centre, text, said):
    run = imported(centre, text)
    assert (run.returncode, run.stdout) == (2, "") and said in run.stderr
    assert listed(centre) == []
