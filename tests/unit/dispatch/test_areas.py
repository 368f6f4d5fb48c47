"""Villages and districts of a point, borders, and the way round a lake."""

from __future__ import annotations

import math

import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from data.pack import Pack
from dispatch.places import Gazetteer

LAT, LON = st.floats(-6.80, -6.38), st.floats(107.15, 107.65)


def test_the_point_inside_each_village_lies_in_it(gazetteer: Gazetteer, pack: Pack) -> None:
    for village in pack.villages.values():
        area = gazetteer.map.area(village.lat, village.lon)
        assert (area.village_code, area.district_code, area.inside) == (village.code, village.district_code, True)


def test_outside_the_regency_the_neighbour_is_named(gazetteer: Gazetteer) -> None:
    area = gazetteer.map.area(-6.42, 107.45)
    assert (area.inside, area.village, area.district, area.regency) == (False, None, "Cikampek", "Kabupaten Karawang")


def test_far_away_nothing_is_claimed(gazetteer: Gazetteer) -> None:
    area = gazetteer.map.area(-6.2, 106.8)
    assert (area.inside, area.district, area.regency, area.near) == (False, None, None, ())


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_nowhere(gazetteer: Gazetteer, value: float) -> None:
    assert gazetteer.map.area(value, 107.4).regency is None
    assert gazetteer.map.area(-6.5, value).regency is None


def test_a_point_in_a_reservoir_says_which(gazetteer: Gazetteer) -> None:
    assert gazetteer.map.area(-6.54, 107.35).reservoir == "Waduk Ir. H. Djuanda (Jatiluhur)"
    assert gazetteer.map.area(-6.55, 107.44).reservoir is None


@given(LAT, LON)
def test_neighbours_are_within_the_border_distance_nearest_first(
    gazetteer: Gazetteer, pack: Pack, lat: float, lon: float
) -> None:
    area = gazetteer.map.area(lat, lon)
    distances = [near.distance_m for near in area.near]
    assert distances == sorted(distances)
    assert all(0 <= distance <= pack.region.near_m for distance in distances)
    assert len(area.near) <= 6
    own = area.village_code or area.district_code
    assert all((near.village_code or near.district_code) != own for near in area.near)


@given(st.data())
def test_both_sides_of_a_border_offer_each_other(gazetteer: Gazetteer, pack: Pack, data: st.DataObject) -> None:
    village = data.draw(st.sampled_from(list(pack.villages.values())))
    lon, lat = data.draw(st.sampled_from(village.polygons[0][0]))
    area = gazetteer.map.area(lat, lon)
    codes = {area.village_code or area.district_code, *(near.village_code or near.district_code for near in area.near)}
    assert village.code in codes
    assert len(codes) >= 2


@given(LAT, LON, LAT, LON)
def test_projected_metres_agree_with_the_ellipsoid(
    gazetteer: Gazetteer, lat1: float, lon1: float, lat2: float, lon2: float
) -> None:
    flat = math.dist(gazetteer.map.metres(lat1, lon1), gazetteer.map.metres(lat2, lon2))
    true = geodesic((lat1, lon1), (lat2, lon2)).m
    assert flat == pytest.approx(true, rel=1e-3, abs=1)


def test_the_way_round_the_lake_is_longer_and_the_same_in_both_directions(gazetteer: Gazetteer) -> None:
    west, east = (-6.5389, 107.2941), (-6.55005, 107.43502)
    there, back = gazetteer.map.round_the_lakes(west, east), gazetteer.map.round_the_lakes(east, west)
    assert there is not None and back is not None
    assert 1.05 < there < 3
    assert there == pytest.approx(back)


def test_a_straight_line_over_land_needs_no_way_round(gazetteer: Gazetteer) -> None:
    assert gazetteer.map.round_the_lakes((-6.55, 107.435), (-6.51, 107.46)) is None
    assert gazetteer.map.round_the_lakes((-6.55, 107.435), (-6.55, 107.435)) is None


@given(LAT, LON, LAT, LON)
def test_a_way_round_is_never_shorter_than_the_straight_line(
    gazetteer: Gazetteer, lat1: float, lon1: float, lat2: float, lon2: float
) -> None:
    factor = gazetteer.map.round_the_lakes((lat1, lon1), (lat2, lon2))
    assert factor is None or 1 <= factor < 1000
