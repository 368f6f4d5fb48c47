"""Coordinates as people and programs write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.places.coordinates import parse_coordinates


@pytest.mark.parametrize(
    "text",
    [
        "-6.55, 107.44",
        "-6.55,107.44",
        "-6.55 107.44",
        "(-6.55, 107.44)",
        "-6,55 107,44",
        "-6,55; 107,44",
        "107.44, -6.55",
        "6.55 LS 107.44 BT",
        "6,55 LS, 107,44 BT",
        "LS 6.55 BT 107.44",
        "S6.55 E107.44",
        "6.55S 107.44E",
        "6.55° S, 107.44° E",
        "lat -6.55 lon 107.44",
        "Lintang: -6.55, Bujur: 107.44",
        "−6.55, 107.44",
        "geo:-6.55,107.44",
        "https://maps.google.com/?q=-6.55,107.44",
        "https://www.google.com/maps/@-6.55,107.44,17z",
        "6°33'S 107°26'24\"E",
        "6°33′00″S 107°26′24″E",
        "6 33 0 S 107 26 24 E",
        "107°26'24\"E 6°33'S",
    ],
)
def test_many_notations_of_one_point(text: str) -> None:
    point = parse_coordinates(text)
    assert point == pytest.approx((-6.55, 107.44))


@pytest.mark.parametrize(
    "text",
    ["", "Plered", "KM 92", "RT 03 RW 05", "12 34", "112", "-91, 200", "6.55 LS 107.44 LS", "6°75'S 107°26'E",
     "41115", "32.14.01.1001", "nan, nan", "1e5,2", "6.55", "Jl. Veteran No. 39", "\x00-6.55,107.44\x1b[31m"],
)  # fmt: skip
def test_what_is_no_pair_of_coordinates_is_not_read_as_one(text: str) -> None:
    assert parse_coordinates(text) is None


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_decimal_pair_comes_back_as_it_was_written(lat: float, lon: float) -> None:
    assert parse_coordinates(f"{lat:.6f}, {lon:.6f}") == pytest.approx((round(lat, 6), round(lon, 6)))


SIXTY = st.integers(0, 59)


@given(
    *(st.integers(0, 89), SIXTY, SIXTY, st.sampled_from(["S", "LS", "N", "LU"])),
    *(st.integers(0, 179), SIXTY, SIXTY, st.sampled_from(["E", "BT", "W", "BB"])),
)
def test_degrees_minutes_seconds_with_hemispheres(
    a: int, b: int, c: int, ns: str, d: int, e: int, f: int, ew: str
) -> None:
    lat = (a + b / 60 + c / 3600) * (-1 if ns in ("S", "LS") else 1)
    lon = (d + e / 60 + f / 3600) * (-1 if ew in ("W", "BB") else 1)
    assert parse_coordinates(f"{a}°{b}'{c}\" {ns} {d}°{e}'{f}\" {ew}") == pytest.approx((lat, lon))


@given(st.text(max_size=60))
def test_any_text_gives_a_point_on_the_globe_or_nothing(text: str) -> None:
    point = parse_coordinates(text)
    assert point is None or (abs(point[0]) <= 90 and abs(point[1]) <= 180)
