"""Finding places: what a caller says, with slips, and what is never certain."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.pack import Pack
from dispatch.places import Gazetteer, Match


def first(gazetteer: Gazetteer, text: str) -> Match:
    matches = gazetteer.search(text)
    assert matches, text
    return matches[0]


def best(gazetteer: Gazetteer, text: str) -> list[tuple[str, str | None, str | None]]:
    matches = gazetteer.search(text)
    return [(m.kind, m.village, m.district) for m in matches if m.score == matches[0].score]


@pytest.mark.parametrize("name", ["Citalang", "Sindangsari", "Cibodas", "Pasanggrahan"])
def test_a_village_name_that_two_districts_have_is_a_question(gazetteer: Gazetteer, name: str) -> None:
    found = [m for m in gazetteer.search(name) if m.score == 100 and m.kind == "village"]
    assert len(found) == 2 and len({m.district for m in found}) == 2


def test_tegalwaru_is_a_village_a_district_and_a_district_next_door(gazetteer: Gazetteer) -> None:
    found = [(m.kind, m.regency) for m in gazetteer.search("Tegalwaru") if m.score == 100]
    assert found == [
        ("village", "Kabupaten Purwakarta"),
        ("district", "Kabupaten Purwakarta"),
        ("neighbour_district", "Kabupaten Karawang"),
    ]


def test_cipeundeuy_is_here_and_in_two_regencies_next_door(gazetteer: Gazetteer) -> None:
    found = {m.regency for m in gazetteer.search("Cipeundeuy") if m.score == 100}
    assert found == {"Kabupaten Purwakarta", "Kabupaten Subang", "Kabupaten Bandung Barat"}


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("ds citalang kec tegalwaru", "Tegalwaru"),
        ("Desa Citalang, Kec. Purwakarta", "Purwakarta"),
        ("citalang tegalwaru", "Tegalwaru"),
        ("Sindangsari Bojong", "Bojong"),
        ("kel. sindangsari kecamatan plered", "Plered"),
        ("cibodas bungursari", "Bungursari"),
    ],
)
def test_the_district_named_with_it_decides_between_namesakes(gazetteer: Gazetteer, text: str, district: str) -> None:
    matches = gazetteer.search(text)
    assert (matches[0].kind, matches[0].district) == ("village", district)
    assert matches[0].score > matches[1].score


def test_kec_means_the_district(gazetteer: Gazetteer) -> None:
    assert first(gazetteer, "kec. plered").kind == "district"
    assert first(gazetteer, "ds plered").kind == "village"


def test_the_regency_named_with_it_decides_too(gazetteer: Gazetteer) -> None:
    assert first(gazetteer, "kec tegalwaru kab karawang").regency == "Kabupaten Karawang"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("wanayasaa", "Wanayasa"),
        ("sawah kulon", "Sawahkulon"),
        ("nageri kidul", "Nagri Kidul"),
        ("NAGRI  KALER", "Nagri Kaler"),
        ("parakan garokgek", "Parakangarokgek"),
        ("kp cianting rt 03/05 ds cianting kec sukatani", "Cianting"),
        ("dusun sukamaju rt 2 rw 1 desa batutumpang", "Batutumpang"),
        ("setasiun purwakarta", "Stasiun Purwakarta"),
        ("gerbang tol jatiluhur", "GT Jatiluhur"),
        ("pintu tol cikopo", "GT Cikopo"),
        ("bendungan jatiluhur", "Bendungan Ir. H. Djuanda (Jatiluhur)"),
        ("situ buleud", "Taman Sri Baduga / Situ Buleud"),
        ("rs bayu asih", "RSUD Bayu Asih"),
        ("rumah sakit umum bayu asih", "RSUD Bayu Asih"),
        ("pkm wanayasa", "Puskesmas Wanayasa"),
        ("pos damkar plered", "Damkar - Pos Wilayah I Plered"),
        ("cikampek", "Cikampek"),
    ],
)
def test_names_as_they_are_said(gazetteer: Gazetteer, text: str, name: str) -> None:
    assert first(gazetteer, text).name == name


def test_a_village_is_found_in_a_sentence(gazetteer: Gazetteer) -> None:
    assert first(gazetteer, "ada kebakaran besar di desa cianting dekat masjid").name == "Cianting"


def test_most_names_with_one_slip_are_among_the_first_suggestions(gazetteer: Gazetteer, pack: Pack) -> None:
    chance = random.Random(7)
    missed = []
    for village in pack.villages.values():
        name = village.name.lower()
        where = chance.randrange(len(name))
        dropped = name[:where] + name[where + 1 :]
        doubled = name[:where] + chance.choice("aeinr") + name[where:]
        swapped = name[:where] + name[where + 1 : where + 2] + name[where] + name[where + 2 :]
        slip = chance.choice([dropped, doubled, swapped])
        if village.code not in [m.village_code for m in gazetteer.search(slip, 8)]:
            missed.append((name, slip))
    assert len(missed) <= 4, missed


@pytest.mark.parametrize("part", [0.6, 0.8, 1.0])
def test_every_village_is_suggested_while_its_name_is_typed(gazetteer: Gazetteer, pack: Pack, part: float) -> None:
    missed = [
        village.name
        for village in pack.villages.values()
        if village.code
        not in [m.village_code for m in gazetteer.search(village.name[: max(3, round(len(village.name) * part))], 10)]
    ]
    assert len(missed) <= (12 if part < 1 else 0), missed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("32.14.01.1001", "32.14.01.1001"),
        ("3214011001", "32.14.01.1001"),
        ("32.14.17.2010", "32.14.17.2010"),
        ("3214100006", "32.14.01.1001"),
    ],
)
def test_codes_of_the_ministry_and_of_the_census(gazetteer: Gazetteer, text: str, code: str) -> None:
    assert first(gazetteer, text).village_code == code


def test_a_postcode_gives_all_its_villages(gazetteer: Gazetteer) -> None:
    assert {m.name for m in gazetteer.search("41111")} == {"Nagri Kidul", "Citalang"}


def test_a_district_code_gives_the_district(gazetteer: Gazetteer) -> None:
    assert first(gazetteer, "32.14.01").kind == "district"


def test_a_kilometre_is_interpolated_and_says_how_sure_it_is(gazetteer: Gazetteer, pack: Pack) -> None:
    low, high = pack.roads[0].marks[2], pack.roads[0].marks[3]
    assert (low.km, high.km) == (71, 73)
    match = first(gazetteer, "tol cipularang km 71.4")
    assert match.kind == "road_km"
    assert match.lat == pytest.approx(low.lat + 0.2 * (high.lat - low.lat), abs=1e-5)
    assert match.lon == pytest.approx(low.lon + 0.2 * (high.lon - low.lon), abs=1e-5)
    assert match.precision_m == pytest.approx(140)
    assert first(gazetteer, "KM 71 tol").precision_m == 100


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("KM 92 arah Jakarta", "arah Jakarta (jalur B)"),
        ("km 92 jalur B", "arah Jakarta (jalur B)"),
        ("tol cipularang km 92 a", "arah Bandung (jalur A)"),
        ("km 92 menuju bandung", "arah Bandung (jalur A)"),
    ],
)
def test_the_direction_is_told_by_town_or_by_lane(gazetteer: Gazetteer, text: str, says: str) -> None:
    assert says in first(gazetteer, text).name


def test_other_ways_to_write_a_kilometre_mean_the_same_point(gazetteer: Gazetteer) -> None:
    points = {
        (m.lat, m.lon)
        for m in (first(gazetteer, t) for t in ("km 71+400", "KM 71,4", "cipularang 71.4", "tol km.71.4"))
    }
    assert len(points) == 1


def test_a_kilometre_beyond_the_marks_is_no_toll_road(gazetteer: Gazetteer) -> None:
    assert all(m.kind != "road_km" for m in gazetteer.search("Jl. Raya Sukatani KM 12"))
    assert all(m.kind != "road_km" for m in gazetteer.search("tol km 300"))


def test_a_rest_area_comes_before_its_kilometre(gazetteer: Gazetteer) -> None:
    assert first(gazetteer, "rest area km 72").kind == "rest_area"


def test_a_forgotten_minus_is_offered_and_never_taken_for_granted(gazetteer: Gazetteer) -> None:
    here, there = gazetteer.search("6.55, 107.44")
    assert (here.lat, here.regency) == (-6.55, "Kabupaten Purwakarta")
    assert (there.lat, there.regency) == (6.55, None)
    assert here.score < 100


def test_a_point_in_the_reservoir_says_so(gazetteer: Gazetteer) -> None:
    match = first(gazetteer, "-6.54, 107.35")
    assert match.kind == "reservoir" and "Jatiluhur" in match.name and match.district == "Sukatani"


def test_a_village_is_no_address_its_precision_reaches_its_farthest_corner(gazetteer: Gazetteer, pack: Pack) -> None:
    for village in pack.villages.values():
        match = next(m for m in gazetteer.search(village.code))
        for lon, lat in village.polygons[0][0]:
            x, y = gazetteer.map.metres(lat, lon)
            x0, y0 = gazetteer.map.metres(match.lat, match.lon)
            assert ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5 <= match.precision_m + 1


def test_an_office_known_to_its_district_only_names_no_village(gazetteer: Gazetteer) -> None:
    match = first(gazetteer, "polsek campaka")
    assert match.village is None and match.district == "Campaka" and match.precision_m > 2000


def test_a_place_near_a_border_names_the_other_side(gazetteer: Gazetteer) -> None:
    match = first(gazetteer, "stasiun plered")
    assert "Babakansari" in {near.village for near in match.near}
    assert all(near.village_code != match.village_code for near in match.near)


HOSTILE = [
    "", " ", "\x00", "\x1b[31mPlered\x1b[0m", "[bold]x[/", "\u202eplered", "a\r\nb", "\u2028", "=1+1", "%s{0}{x}",
    "'; DROP TABLE x; --", '" OR 1', "*", "NEAR(", "🔥" * 50, "\ud800", "kec", "ds", "km", "km .", "kab kab kec ds",
    "rt/rw", "0" * 400, "-", ",", "32.14", "° ' \"",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_searched_like_any_other(gazetteer: Gazetteer, text: str) -> None:
    for match in gazetteer.search(text):
        assert match.name.isprintable()


def test_a_megabyte_is_searched_by_its_beginning(gazetteer: Gazetteer) -> None:
    assert first(gazetteer, "plered " + "x" * 1_000_000).district == "Plered"
    assert gazetteer.search("\x00" * 1_000_000) == []


@given(st.text(max_size=300), st.integers(-1, 12))
def test_any_text_gives_at_most_so_many_suggestions_best_first(gazetteer: Gazetteer, text: str, limit: int) -> None:
    matches = gazetteer.search(text, limit)
    assert len(matches) <= max(0, limit)
    assert [m.score for m in matches] == sorted((m.score for m in matches), reverse=True)
    assert all(0 < m.score <= 100 for m in matches)


@given(st.data())
def test_the_full_name_with_village_and_district_words_is_always_first(
    gazetteer: Gazetteer, pack: Pack, data: st.DataObject
) -> None:
    village = data.draw(st.sampled_from(list(pack.villages.values())))
    word = data.draw(st.sampled_from(["ds", "Desa", "kel.", "KELURAHAN"]))
    kec = data.draw(st.sampled_from(["kec", "Kec.", "kecamatan"]))
    assert first(gazetteer, f"{word} {village.name}, {kec} {village.district}").village_code == village.code
