"""Which agencies for a place and a type, with reasons; and the object of ``siaga112 locate``."""

from __future__ import annotations

import json
import math

import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from data.errors import WrongUse
from data.pack import Pack, covers
from dispatch.locate import locate
from dispatch.places import Gazetteer, Match
from dispatch.recommend import REASONS, Recommendation, recommend


def at(pack: Pack, gazetteer: Gazetteer, text: str, type: str | None) -> list[Recommendation]:
    found = gazetteer.search(text)
    assert found
    return recommend(pack, gazetteer.map, found[0], pack.types[type] if type else None)


@pytest.mark.parametrize("text", ["0,0", "52.52,13.405", "-7.25,112.75"])
def test_a_point_far_from_the_region_gets_no_minutes(pack: Pack, gazetteer: Gazetteer, text: str) -> None:
    found = at(pack, gazetteer, text, "house_fire")
    assert found
    assert {r.eta_min for r in found} == {None}


def village_match(gazetteer: Gazetteer, code: str) -> Match:
    return gazetteer.search(code)[0]


def test_the_fire_post_of_the_district_comes_first_even_when_another_is_nearer(
    pack: Pack, gazetteer: Gazetteer
) -> None:
    for village in pack.villages.values():
        first = recommend(pack, gazetteer.map, village_match(gazetteer, village.code), pack.types["house_fire"])[0]
        assert (first.kind, first.role, first.reason_code) == ("fire", "primary", "covers")
        assert any(covers(area, village.code) for area in pack.agencies[first.id].covers)


def test_the_post_of_the_district_before_the_police_of_the_regency(pack: Pack, gazetteer: Gazetteer) -> None:
    found = at(pack, gazetteer, "ds plered kec plered", "road_accident")
    police = [(r.id, r.role) for r in found if r.kind == "police"]
    assert police[:2] == [("polsek-plered", "primary"), ("polres", "supporting")]


def test_a_district_without_a_police_post_gets_the_regencys(pack: Pack, gazetteer: Gazetteer) -> None:
    found = at(pack, gazetteer, "ds citalang kec tegalwaru", "theft_reported")
    assert (found[0].id, found[0].role) == ("polres", "primary")


def test_every_village_and_type_gets_a_primary_agency(pack: Pack, gazetteer: Gazetteer) -> None:
    places = [village_match(gazetteer, code) for code in list(pack.villages)[::16]]
    for type in pack.types.values():
        for place in places:
            found = recommend(pack, gazetteer.map, place, type)
            assert {r.kind for r in found if r.role == "primary"} == set(type.primary)
            assert len({r.id for r in found}) == len(found)
            assert [r.role for r in found] == sorted((r.role for r in found), key=lambda role: role != "primary")


def test_distance_is_geodesic_and_called_a_straight_line(pack: Pack, gazetteer: Gazetteer) -> None:
    place = gazetteer.search("-6.5576, 107.4470")[0]
    post = recommend(pack, gazetteer.map, place, pack.types["house_fire"])[0]
    office = pack.agencies["damkar-mako"].office
    assert post.id == "damkar-mako" and office is not None
    km = geodesic((place.lat, place.lon), (office.lat, office.lon)).km
    assert post.distance_km == pytest.approx(km, abs=0.06)
    assert post.estimate == "straight line"
    assert post.eta_min == math.ceil(km / pack.region.speed_km_h * 60)


def test_across_the_lake_the_distance_goes_round_it_and_says_so(pack: Pack, gazetteer: Gazetteer) -> None:
    found = at(pack, gazetteer, "ds parungbanteng", "house_fire")
    mako = next(r for r in found if r.id == "damkar-mako")
    office, place = pack.agencies["damkar-mako"].office, gazetteer.search("ds parungbanteng")[0]
    assert office is not None and mako.distance_km is not None
    assert mako.estimate == "round the lake"
    assert mako.distance_km > geodesic((place.lat, place.lon), (office.lat, office.lon)).km


def test_no_minutes_for_a_position_known_to_its_district_and_no_distance_without_one(
    pack: Pack, gazetteer: Gazetteer
) -> None:
    found = {r.id: r for r in at(pack, gazetteer, "-6.6470, 107.3900", "road_accident")}
    assert found["polsek-plered"].distance_km is not None and found["polsek-plered"].eta_min is None
    assert (found["polres"].distance_km, found["polres"].eta_min, found["polres"].estimate) == (None, None, None)


def test_no_minutes_to_a_whole_district(pack: Pack, gazetteer: Gazetteer) -> None:
    assert all(r.eta_min is None for r in at(pack, gazetteer, "kec plered", "house_fire"))


def test_near_a_border_the_other_sides_agency_is_offered(pack: Pack, gazetteer: Gazetteer) -> None:
    # A border of Plered and Wanayasa posts: Darangdan (Plered's) with Bojong (Wanayasa's).
    corners = {tuple(p) for p in pack.districts["32.14.06"].polygons[0][0]}
    shared = corners & {tuple(p) for p in pack.districts["32.14.11"].polygons[0][0]}
    assert shared
    lon, lat = sorted(shared)[len(shared) // 2]
    found = at(pack, gazetteer, f"{lat}, {lon}", "house_fire")
    fire = {r.id: r for r in found if r.kind == "fire"}
    assert {"damkar-plered", "damkar-wanayasa"} <= set(fire)
    assert [r.reason_code for r in fire.values()][:2] == ["covers", "border"]
    assert "m away across the border" in list(fire.values())[1].reason


def test_outside_the_region_nobody_is_said_to_answer(pack: Pack, gazetteer: Gazetteer) -> None:
    found = at(pack, gazetteer, "kec cikampek", "house_fire")
    assert {r.reason_code for r in found if r.role == "primary"} == {"outside"}
    assert "Kabupaten Karawang" in found[0].reason


def test_without_a_place_nobody_is_said_to_be_near(pack: Pack, gazetteer: Gazetteer) -> None:
    found = recommend(pack, gazetteer.map, None, pack.types["house_fire"])
    fire = [r for r in found if r.kind == "fire"]
    assert len(fire) == 4 and {(r.role, r.reason_code) for r in fire} == {("primary", "part")}
    assert [(r.id, r.reason_code) for r in found if r.kind == "ambulance"] == [("psc-119", "covers")]
    assert {(r.distance_km, r.eta_min, r.estimate) for r in found} == {(None, None, None)}
    assert all("{" not in r.reason for r in found)


@given(st.floats(-6.80, -6.38), st.floats(107.15, 107.65), st.data())
def test_any_point_and_type_gives_reasons_that_read(
    pack: Pack, gazetteer: Gazetteer, lat: float, lon: float, data: st.DataObject
) -> None:
    type = data.draw(st.sampled_from([None, *pack.types.values()]))
    found = recommend(pack, gazetteer.map, gazetteer.match_at(lat, lon), type)
    assert found
    for r in found:
        assert r.template == REASONS[r.reason_code] and "{" not in r.reason
        assert r.role in ("primary", "supporting")
        assert (r.distance_km is None) == (r.estimate is None)
        assert r.eta_min is None or r.distance_km is not None


MATCH = ["name", "kind", "lat", "lon", "precision_m", "village", "village_code", "district", "district_code",
         "regency", "score", "near"]  # fmt: skip
AGENCY = ["id", "name", "kind", "role", "distance_km", "eta_min", "estimate", "reason"]


def test_locate_gives_exactly_the_documented_object(pack: Pack, gazetteer: Gazetteer) -> None:
    found = json.loads(json.dumps(locate(pack, "-6.5576,107.4470", "house_fire", gazetteer=gazetteer)))
    assert list(found) == ["query", "matches", "agencies"]
    assert list(found["matches"][0]) == MATCH
    assert list(found["agencies"][0]) == AGENCY
    assert list(found["matches"][0]["near"][0]) == ["village", "district", "distance_m"]
    assert found["query"] == "-6.5576,107.4470"
    assert found["matches"][0]["village"] == "Nagri Kidul"


def test_locate_says_for_which_of_several_places_its_agencies_hold(pack: Pack, gazetteer: Gazetteer) -> None:
    found = locate(pack, "Citalang", "house_fire", gazetteer=gazetteer)
    assert all("Citalang, Kec. " in agency["reason"] for agency in found["agencies"])
    alone = locate(pack, "ds citalang kec tegalwaru", "house_fire", gazetteer=gazetteer)
    assert all("is meant" not in agency["reason"] for agency in alone["agencies"])


def test_locate_names_a_neighbours_district_with_its_regency(pack: Pack, gazetteer: Gazetteer) -> None:
    corners = {tuple(p) for p in pack.districts["32.14.13"].polygons[0][0]}
    shared = sorted(corners & {tuple(p) for p in pack.neighbours["32.15.13"].polygons[0][0]})
    lon, lat = shared[len(shared) // 2]
    match = locate(pack, f"{lat - 0.0005}, {lon}", gazetteer=gazetteer)["matches"][0]
    assert any(near["village"] is None and "(Kabupaten Karawang)" in near["district"] for near in match["near"])


def test_locate_finds_nothing_in_nonsense(pack: Pack, gazetteer: Gazetteer) -> None:
    assert locate(pack, "qzqzqzqz", "house_fire", gazetteer=gazetteer) == {
        "query": "qzqzqzqz",
        "matches": [],
        "agencies": [],
    }


def test_locate_refuses_an_unknown_type_and_names_near_ones(pack: Pack, gazetteer: Gazetteer) -> None:
    with pytest.raises(WrongUse, match="house_fire"):
        locate(pack, "Plered", "housefire", gazetteer=gazetteer)
