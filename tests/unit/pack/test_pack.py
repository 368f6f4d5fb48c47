"""The region pack that ships, and what happens when a centre edits it wrongly."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from data.pack import PackFaulty, check_pack, covers, load_pack

SHIPPED = Path(__file__).parents[3] / "data" / "regions" / "purwakarta"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the pack that a test may spoil."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "purwakarta"))


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text("utf-8")
    after = change(before)
    assert after != before, "the test changed nothing"
    path.write_text(after, "utf-8")


def faults_of(path: Path) -> list[str]:
    with pytest.raises(PackFaulty) as caught:
        load_pack(path)
    return [str(fault) for fault in caught.value.faults]


def test_the_pack_that_ships_is_whole_and_in_order() -> None:
    pack = load_pack(SHIPPED)
    assert (len(pack.villages), len(pack.districts), len(pack.neighbours)) == (192, 17, 15)
    assert (len(pack.places), len(pack.offices), len(pack.reservoirs)) == (50, 42, 2)
    assert check_pack(SHIPPED) == []


def test_every_type_has_a_priority_names_in_two_languages_and_an_agency() -> None:
    pack = load_pack(SHIPPED)
    kinds = {agency.kind for agency in pack.agencies.values()}
    assert len(pack.types) >= 40
    for type in pack.types.values():
        assert 1 <= type.priority <= 4
        assert type.name_id and type.name_en and type.primary
        assert set(type.primary) | set(type.support) <= kinds


def test_a_key_word_belongs_to_one_type() -> None:
    seen: dict[str, list[str]] = {}
    for type in load_pack(SHIPPED).types.values():
        for word in type.words:
            seen.setdefault(word, []).append(type.code)
    assert {word: codes for word, codes in seen.items() if len(codes) > 1} == {}


def test_each_district_has_exactly_one_fire_post() -> None:
    pack = load_pack(SHIPPED)
    for code in pack.districts:
        posts = [a.id for a in pack.agencies.values() if a.kind == "fire" and any(covers(c, code) for c in a.covers)]
        assert len(posts) == 1, code


def test_no_telephone_number_is_in_the_pack_but_national_short_numbers() -> None:
    pack = load_pack(SHIPPED)
    assert {agency.number for agency in pack.agencies.values()} <= {"", "110", "113", "115", "119", "123"}
    for file in ("agencies.toml", "offices.csv", "places.csv"):
        assert not re.search(r"\(?0\d{2,3}\)?[- ]?\d{5,}|\+62", (SHIPPED / file).read_text("utf-8")), file


def test_nothing_is_marked_as_verified_that_nobody_verified() -> None:
    pack = load_pack(SHIPPED)
    rows = (*pack.places, *pack.offices, *pack.agencies.values(), *pack.types.values())
    assert {row.verified for row in rows} == {""}


def test_an_agency_has_a_position_only_from_offices_csv() -> None:
    pack = load_pack(SHIPPED)
    assert pack.agencies["polres"].office is None
    assert pack.agencies["damkar-mako"].office in pack.offices


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "says"),
    [
        ("desa.csv", "32.14.01.1002,Nagri Kaler", "32.14.01.1001,Nagri Kaler", 3, "there twice"),
        ("desa.csv", "Nagri Kidul,kelurahan,32.14.01", "Nagri Kidul,kelurahan,32.14.99", 2, "not in kecamatan.geojson"),
        ("desa.csv", "-6.56051,107.45102,2.24", "-96.5,107.45102,2.24", 2, "lat_dalam must be from -90 to 90"),
        ("desa.csv", "41111,-6.56003", "41111,x,-6.56003", 2, "cells"),
        ("places.csv", "Stasiun Sadang,-6.51026", "Stasiun Sadang,minus six", 3, "lat must be a number"),
        ("places.csv", "Stasiun Sadang,", "Stasiun Cibungur,", 3, "there twice"),
        ("offices.csv", "32.14.01.1005,village", "32.14.01.1005,street", 2, "position_known_to must be one of"),
        ("offices.csv", "32.14.01.1005,village", "32.14.01.9999,village", 2, "is not in desa.csv"),
        ("places.csv", ",50,32.14.13.2005,", ",50,32.14.13.2005,belum", 2, "a name and a day"),
        ("places.csv", ",50,32.14.13.2005,", ",50,32.14.13.2005,A. Surname 2026-13-45", 2, "a name and a day"),
        ("agencies.toml", 'verified = ""', 'verified = "2026-11-24"', None, "a name and a day"),
        ("fire_zones.csv", "32.14.10,Pasawahan", "32.14.10,Plered", 2, "is called 'Pasawahan'"),
        ("toll_km.csv", "Tol Cipularang,69.0", "Tol Cipularang,66.0", 3, "does not rise"),
        (
            "agencies.toml",
            'number = "113"',
            'number = "0264200113"',
            14,
            "no other numbers|not a national short number",
        ),
        ("agencies.toml", 'office = "BPBD Purwakarta"', 'office = "BPBD"', None, "is not in offices.csv"),
        ("agencies.toml", 'covers = ["32.14.02"]', 'covers = ["32.14.77"]', None, "no such area"),
        ("agencies.toml", 'id = "polres"', 'id = "psc-119"', None, "there twice"),
        ("agencies.toml", 'kind = "social"', 'kind = "welfare"', None, "no agency of kind 'social'"),
        ("types.toml", "priority = 1", "priority = 9", 10, "priority must be 1, 2, 3 or 4"),
        ("types.toml", 'primary = ["fire"]', "primary = []", 10, "primary must name at least one"),
        ("types.toml", 'name_id = "Kebakaran rumah"', "", 10, "name_id is missing"),
        ("types.toml", 'code = "house_fire"', 'code = "house_fire"\nkolour = "red"', 10, "kolour is not known here"),
        ("types.toml", 'code = "house_fire"', 'code = "house_fire', 11, "is not TOML"),
        ("region.toml", "speed_km_h = 25", "speed_km_h = 0", None, "speed_km_h must be from 1 to 120"),
        ("region.toml", "format = 1", "format = 7", None, "this program reads 1"),
        ("desa.geojson", '"nama":"Nagri Kaler"', '"nama":"Nagri Utara"', 3, "is called 'Nagri Kaler' in desa.csv"),
        ("desa.geojson", "[[[107.44098,-6.55799]", "[[[-6.55799,107.44098]", 2, "end where it began|not on the globe"),
    ],
)
def test_a_fault_is_named_by_file_and_line(
    copy: Path, file: str, old: str, new: str, line: int | None, says: str
) -> None:
    edit(copy / file, lambda text: text.replace(old, new, 1))
    matching = [fault for fault in faults_of(copy) if re.search(says, fault)]
    assert matching
    if line is not None:
        assert any(fault.startswith(f"{file}:{line}:") for fault in matching), matching


def test_all_faults_are_named_at_once(copy: Path) -> None:
    edit(copy / "places.csv", lambda text: text.replace("-6.51026", "x", 1))
    edit(copy / "types.toml", lambda text: text.replace("priority = 1", "priority = 0", 1))
    (copy / "waduk.geojson").unlink()
    found = "\n".join(faults_of(copy))
    assert "places.csv:3" in found and "types.toml:" in found and "waduk.geojson: cannot be read" in found


def test_a_file_that_is_not_utf8_is_a_fault_not_a_crash(copy: Path) -> None:
    (copy / "places.csv").write_bytes(b"kind,name\xff\xfe")
    assert any("places.csv: is not UTF-8" in fault for fault in faults_of(copy))


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert "is not a folder" in faults_of(tmp_path / "nowhere")[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("places.csv", "Stasiun Sadang,-6.51026,107.45634", "Stasiun Sadang,-6.70000,107.30000", "not in village"),
        ("offices.csv", "-6.55005,107.43502", "-6.60000,107.50000", "not in the village"),
        ("desa.csv", "-6.56051,107.45102,2.24", "-6.70000,107.30000,2.24", "not inside its polygon"),
        ("toll_km.csv", "71.0,-6.4571", "71.0,0.4571", "farther than the road is long"),
    ],
)
def test_the_slow_check_compares_positions_with_areas(copy: Path, file: str, old: str, new: str, says: str) -> None:
    edit(copy / file, lambda text: text.replace(old, new, 1))
    load_pack(copy)  # readable
    assert any(says in fault.message for fault in check_pack(copy))


def test_an_area_covers_what_lies_in_it_and_no_namesake_of_its_code() -> None:
    assert covers("32.14", "32.14.01.1001")
    assert covers("32.14.01", "32.14.01")
    assert not covers("32.14.01", "32.14.0")
    assert not covers("32.14.1", "32.14.10")
