"""``report``, ``pack``, ``agencies`` and the further formats of ``export``, as other programs call them."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest

from console.compose import open_journal
from console.report_words import _CODES, _COLUMNS, _TITLES, WORDS
from data.clock import SECOND
from data.entry import draft
from data.reports import Period
from data.vocabulary import calls as v
from data.vocabulary import handover as h
from data.vocabulary import incidents as i
from tests.unit.command.support import siaga

ROOT = Path(__file__).parents[3]
PURWAKARTA = ROOT / "data" / "regions" / "purwakarta"
T0 = 1_795_490_000 * SECOND  # 2026-11-24T01:53:20Z
REPORTS = ("answering", "handover", "nuisance", "areas", "operators")


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    data = tmp_path_factory.mktemp("centre") / "data"
    call = "call/pbx-1/1.0"
    with open_journal(data, create=True) as journal:
        journal.append(
            [
                draft(call, v.CallArrived(channel="c", number="+6281234567890", name="<b>"), at=T0),
                draft(call, v.CallOffered(operator="PJSIP/op1", channel="x"), at=T0 + SECOND),
                draft(call, v.CallAnswered(operator="PJSIP/op1", channel="x"), at=T0 + 4 * SECOND),
                draft("incident/a", i.IncidentOpened(number=1, origin="call", call=call), at=T0 + 9 * SECOND),
                draft("incident/a", i.IncidentPlaceSet(name="<script>", lat=-6.55, lon=107.44, precision_m=500.0,
                                                       district="Purwakarta", district_code="32.14.01"),
                      at=T0 + 10 * SECOND),
                draft("incident/a", i.IncidentTypeSet(type="house_fire", priority=1), at=T0 + 11 * SECOND),
                draft("incident/a", h.HandoverSent(handover="h", agency="damkar-mako", role="primary"),
                      at=T0 + 20 * SECOND),
                draft("incident/a", h.HandoverAcknowledged(handover="h", by="Pak Asep"), at=T0 + 50 * SECOND),
                draft("incident/b", i.IncidentOpened(number=2, origin="radio"), at=T0 + 60 * SECOND),
                draft(call, v.CallEnded(outcome="answered"), at=T0 + 70 * SECOND),
                draft(call, v.CallClassified(outcome="incident", incident="incident/a"), at=T0 + 71 * SECOND),
            ]
        )  # fmt: skip
    return data


@pytest.mark.parametrize("what", REPORTS)
@pytest.mark.parametrize("format", ["text", "json", "csv", "html"])
def test_every_report_leaves_in_every_format(centre, what, format):
    run = siaga("report", what, "--format", format, data=centre)
    assert run.returncode == 0 and run.stderr == "", run.stderr
    if format == "json":
        assert json.loads(run.stdout)["report"] == what
    elif format == "csv":
        assert {row["table"] for row in csv.DictReader(io.StringIO(run.stdout))}
    else:
        assert "<script>" not in run.stdout and WORDS[what][1] in run.stdout, "Indonesian is the default language"


def test_figures_of_a_report_come_from_the_record(centre):
    answering = json.loads(siaga("report", "answering", "--format", "json", data=centre).stdout)["tables"]
    genuine = next(row for row in answering["answered"] if row["group"] == "genuine")
    assert (genuine["answered"], genuine["p90_s"], genuine["within_10_s"]) == (1, 4.0, 100.0)
    handover = json.loads(siaga("report", "handover", "--format", "json", data=centre).stdout)["tables"]
    assert handover["handovers"][0]["p50_s"] == 30.0
    assert handover["by_agency"][0]["name"] == "Damkar Purwakarta, Mako Pusat"
    steps = {row["step"]: row for row in handover["steps"]}
    assert (steps["step_sent"]["p50_s"], steps["step_acknowledged"]["p50_s"]) == (16.0, 46.0)


def test_text_is_in_wib_and_in_the_language_asked_for(centre):
    run = siaga("report", "answering", "--from", "2026-11-24", "--to", "2026-11-25", "--lang", "en", data=centre)
    assert "Answering of 112 calls" in run.stdout
    assert "2026-11-24 07:00:00 WIB - 2026-11-25 07:00:00 WIB" in run.stdout


def test_the_numbers_of_callers_are_masked(centre):
    for what in REPORTS:
        assert "81234567" not in siaga("report", what, "--format", "csv", data=centre).stdout


def test_a_report_is_written_whole(centre, tmp_path):
    out = tmp_path / "r.html"
    run = siaga("report", "areas", "--format", "html", "-o", out, data=centre)
    assert run.returncode == 0 and str(out) in run.stdout and out.read_text().endswith("</html>\n")
    run = siaga("report", "areas", "-o", tmp_path / "no" / "r.txt", data=centre)
    assert run.returncode == 1 and "no such folder" in run.stderr


def test_a_report_without_its_region_shows_codes_and_says_so(centre, tmp_path):
    (tmp_path / "d").mkdir()
    for file in centre.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path / "d")
    (tmp_path / "d" / "siaga112.toml").write_text('[centre]\nregion = "atlantis"\n[[pbx]]\nname = "p"\nsecret = "s"\n')
    run = siaga("report", "handover", "--format", "json", data=tmp_path / "d")
    assert run.returncode == 0 and "codes are shown" in run.stderr
    assert json.loads(run.stdout)["tables"]["by_agency"][0]["name"] == "damkar-mako"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--from", "2026-11-25", "--to", "2026-11-24"), "not before"),
        (("--from", "2026-11-24", "--to", "2026-11-24"), "not before"),
        (("--from", "1066-10-14"), "out of range"),
        (("--to", "9999-12-31T23:59:59"), "out of range"),
        (("--from", "yesterday"), "no date or time"),
        (("--format", "pdf"), "pdf"),
    ],
)
def test_a_period_that_cannot_be_is_wrong_use(centre, arguments, says):
    run = siaga("report", "answering", *arguments, data=centre)
    assert run.returncode == 2 and says in run.stderr and run.stdout == "" and "Traceback" not in run.stderr


def test_an_empty_period_is_told(centre):
    run = siaga("report", "answering", "--from", "2000-01-01", "--to", "2000-02-01", "--lang", "en", data=centre)
    assert run.returncode == 0 and "There is nothing in this period." in run.stdout


def test_every_word_of_every_report_is_there_in_both_languages(centre):
    from console.commands.report import make

    parts = [_TITLES, _COLUMNS, _CODES]
    assert sum(map(len, parts)) == len({key for part in parts for key in part}), "one meaning a code"
    needed = set()
    with open_journal(centre) as journal, journal.snapshot() as view:
        for what in REPORTS:
            report = make(view, what, Period(), None, "en")
            needed |= {what, *(f"note.{note.code}" for note in report.notes)}
            for table in report.tables:
                needed |= {f"table.{table.name}", *(column.name for column in table.columns)}
                codes = [n for n, column in enumerate(table.columns) if column.kind == "code"]
                needed |= {row[n] for row in table.rows for n in codes}
    source = "".join((ROOT / p / "reports.py").read_text() for p in ("telephony/calls", "dispatch/incidents"))
    needed |= {f"note.{code}" for code in re.findall(r'Note\("(\w+)"', source)}
    needed |= {"priority_1", "priority_2", "priority_3", "priority_4", "yes", "no", "no_data", "beginning", "now"}
    assert needed <= set(WORDS), sorted(needed - set(WORDS))
    for code, (english, indonesian) in WORDS.items():
        assert english and indonesian, code
        assert re.findall(r"{\w+}", english) == re.findall(r"{\w+}", indonesian), code


@pytest.mark.parametrize("what", REPORTS)
def test_every_table_of_a_report_is_documented(centre, what):
    text = (ROOT / "docs" / "reports.md").read_text()
    section = re.search(rf"(?ms)^## {what}\n(.*?)(?=^#|\Z)", text)[1]
    for table in json.loads(siaga("report", what, "--format", "json", data=centre).stdout)["tables"]:
        assert f"`{table}`" in section, table


def test_incidents_leave_as_geojson_and_xlsx(centre, tmp_path):
    out = tmp_path / "x.geojson"
    run = siaga("export", "incidents", "--format", "geojson", "-o", out, data=centre)
    assert run.returncode == 0, run.stderr
    first, second = json.loads(out.read_text())["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [107.44, -6.55]}
    assert first["properties"]["precision_m"] == 500.0 and second["geometry"] is None
    out = tmp_path / "x.xlsx"
    assert siaga("export", "calls", "--format", "xlsx", "-o", out, data=centre).returncode == 0
    assert out.read_bytes()[:2] == b"PK"


@pytest.mark.parametrize("what", ["calls", "assignments", "journal"])
def test_geojson_of_what_has_no_places_says_what_has(centre, tmp_path, what):
    run = siaga("export", what, "--format", "geojson", "-o", tmp_path / "x", data=centre)
    assert run.returncode == 2 and "geojson of incidents" in run.stderr and not (tmp_path / "x").exists()


# --------------------------------------------------------------------- packs


def test_the_pack_that_ships_is_in_order():
    run = siaga("pack", "check", PURWAKARTA)
    assert run.returncode == 0 and run.stdout.startswith("ok: ") and run.stderr == ""
    assert json.loads(siaga("pack", "check", PURWAKARTA, "--json").stdout) == {"ok": True, "faults": []}


def test_every_fault_of_a_pack_is_named_by_file_and_line(tmp_path):
    copy = Path(shutil.copytree(PURWAKARTA, tmp_path / "copy"))
    for file, old, new in (
        ("places.csv", "Stasiun Sadang,-6.51026", "Stasiun Sadang,=1+1"),
        ("agencies.toml", 'number = "113"', 'number = "0812\\u001b[31m"'),
        ("types.toml", 'primary = ["fire"]', 'primary = ["dragons"]'),
    ):
        text = (copy / file).read_text()
        assert old in text
        (copy / file).write_text(text.replace(old, new, 1))
    run = siaga("pack", "check", copy)
    assert run.returncode == 1 and run.stdout == "" and "\x1b" not in run.stderr
    for line in ("places.csv:3: lat must be a number", "agencies.toml:14: number", "types.toml:10: no agency of kind"):
        assert line in run.stderr, run.stderr
    found = json.loads(siaga("pack", "check", copy, "--json").stdout)
    assert found["ok"] is False
    assert {"file": "places.csv", "line": 3} in [{k: f[k] for k in ("file", "line")} for f in found["faults"]]


def test_a_folder_that_is_none_or_empty_is_told(tmp_path):
    run = siaga("pack", "check", tmp_path / "nothing")
    assert run.returncode == 1 and "no such folder" in run.stderr
    run = siaga("pack", "check", tmp_path)
    assert run.returncode == 1 and "region.toml" in run.stderr and "Traceback" not in run.stderr


def test_show_tells_what_a_pack_holds_and_how_much_is_verified():
    shown = json.loads(siaga("pack", "show", "purwakarta", "--json").stdout)
    assert shown["counts"]["villages"] == 192 and shown["verified"]["agencies"] == 0 and shown["code"] == "32.14"
    run = siaga("pack", "show", "purwakarta")
    assert "Kabupaten Purwakarta (32.14)" in run.stdout and re.search(r"agencies +53, 0 verified", run.stdout)
    run = siaga("pack", "show", "atlantis")
    assert run.returncode == 1 and "purwakarta" in run.stderr


def test_agencies_are_listed_with_kind_coverage_and_verified_mark(tmp_path):
    found = {a["id"]: a for a in map(json.loads, siaga("agencies", "--json").stdout.splitlines())}
    assert len(found) == 53
    assert found["damkar-mako"]["kind"] == "fire" and found["damkar-mako"]["verified"] is None
    assert {"code": "32.14.10", "name": "Kec. Pasawahan"} in found["damkar-mako"]["covers"]
    assert found["polres"]["lat"] is None and found["polres"]["office"] is None
    text = siaga("agencies").stdout
    assert "not verified" in text and "Kec. Pasawahan" in text
    copy = Path(shutil.copytree(PURWAKARTA, tmp_path / "copy"))
    agencies = (copy / "agencies.toml").read_text()
    (copy / "agencies.toml").write_text(agencies.replace('verified = ""', 'verified = "A. Surname 2026-11-24"', 1))
    assert siaga("agencies", "--region", copy).stdout.count("verified: A. Surname 2026-11-24") == 1
