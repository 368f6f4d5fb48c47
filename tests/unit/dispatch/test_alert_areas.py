"""Which area a person means who types its name, and that its shape leaves out nobody who is within."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.pack import Pack
from dispatch.places import Gazetteer
from dispatch.places.alert_areas import AlertArea, alert_areas, sure
from telephony.nuisance.queries import Alert, inside

AROUND_M = 1500.0


def named(gazetteer: Gazetteer, text: str) -> list[AlertArea]:
    return alert_areas(gazetteer, text, AROUND_M)


def alert(area: AlertArea) -> Alert:
    return Alert(area.lat, area.lon, area.radius_m, 1, area.name, area.outline, area.margin_m, area.whole)


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("kec Plered", "district", "Plered"),
        ("desa Plered", "village", "Plered"),
        ("nagri kaler", "village", "Nagri Kaler"),
        ("Cikalong Wetan", "neighbour_district", "Cikalongwetan"),
        ("kab Purwakarta", "region", "Kabupaten Purwakarta"),
        ("32.14", "region", "Kabupaten Purwakarta"),
        ("32.14.08", "district", "Tegalwaru"),
        ("km 92 cipularang", "road_km", "Tol Cipularang KM 92"),
        ("-6.55, 107.44", "coordinates", "-6.55000, 107.44000"),
    ],
)
def test_a_whole_name_a_code_a_mark_and_a_position_mean_one_area(
    gazetteer: Gazetteer, text: str, kind: str, name: str
) -> None:
    area = sure(named(gazetteer, text))
    assert area is not None
    assert (area.kind, area.name) == (kind, name)


@pytest.mark.parametrize("text", ["Plered", "Purwakarta", "Citalang", "Darandan", "nagri", "Darangdan longsor"])
def test_a_name_of_several_areas_or_with_a_slip_is_a_question(gazetteer: Gazetteer, text: str) -> None:
    found = named(gazetteer, text)
    assert found
    assert sure(found) is None
    assert len({area.key for area in found}) == len(found), "each can be chosen"


def test_the_region_comes_first_when_a_district_has_its_name(gazetteer: Gazetteer) -> None:
    first, second = named(gazetteer, "Purwakarta")[:2]
    assert (first.kind, first.whole, second.kind, second.whole) == ("region", True, "district", False)


@given(st.text(max_size=60))
def test_any_text_is_looked_up_and_each_area_has_a_circle(gazetteer: Gazetteer, text: str) -> None:
    for area in named(gazetteer, text):
        assert area.key
        assert 0 < area.radius_m < 100_000


def test_of_an_area_with_a_border_nobody_within_is_left_out_and_the_next_village_but_one_is(
    gazetteer: Gazetteer, pack: Pack
) -> None:
    for code in list(pack.districts)[::4]:
        [area] = [each for each in named(gazetteer, code) if each.kind == "district"]
        shape = alert(area)
        for village in pack.villages.values():
            corners = [(lat, lon) for polygon in village.polygons for lon, lat in polygon[0]]
            if village.district_code == code:
                assert all(inside(shape, lat, lon, None) for lat, lon in corners)
            elif not inside(shape, village.lat, village.lon, None):
                break
        else:
            raise AssertionError(f"{code} holds every village")


def test_of_a_point_the_circle_grows_with_how_roughly_it_is_known(gazetteer: Gazetteer) -> None:
    exact, rough = sure(named(gazetteer, "-6.55,107.44")), sure(named(gazetteer, "RSUD Bayu Asih"))
    assert exact is not None
    assert rough is not None
    assert (exact.outline, rough.outline) == ((), ())
    assert AROUND_M < exact.radius_m < rough.radius_m


def test_nothing_is_found_for_what_is_no_place(gazetteer: Gazetteer) -> None:
    assert named(gazetteer, "Xyzzyq") == named(gazetteer, "") == named(gazetteer, "   ") == []


@given(lat=st.floats(-6.9, -6.3), lon=st.floats(107.1, 107.7), doubt=st.floats(0, 3000))
def test_within_a_border_is_what_geometry_says(gazetteer: Gazetteer, lat: float, lon: float, doubt: float) -> None:
    import shapely

    [area] = named(gazetteer, "kab Purwakarta")
    rings = [shapely.Polygon([gazetteer.map.metres(y, x) for y, x in ring]) for ring in area.outline]
    away = min(ring.distance(shapely.Point(gazetteer.map.metres(lat, lon))) for ring in rings)
    allowed = area.margin_m + doubt
    if not math.isclose(away, allowed, rel_tol=0.01, abs_tol=5):  # sphere and ellipsoid differ by half a percent
        assert inside(alert(area), lat, lon, doubt) == (away < allowed)
