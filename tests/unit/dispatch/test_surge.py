"""Many calls about one event are shown as one cluster; calls about different things are not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.clock import SECOND
from dispatch.incidents.surge import Report, clusters, distance_km

NOW = 1_795_490_000 * SECOND
PASAR = (-6.5569, 107.4433)


def report(n: int, ago_s: int = 60, **more: object) -> Report:
    return Report(call=f"call/pwk/{n}", at=NOW - ago_s * SECOND, **more)  # type: ignore[arg-type]


def at_market(n: int, ago_s: int = 60, **more: object) -> Report:
    return report(n, ago_s, lat=PASAR[0] + n * 0.0005, lon=PASAR[1], **more)


def test_four_callers_from_one_street_are_a_cluster() -> None:
    [found] = clusters([at_market(n, 300 - n) for n in range(4)], NOW)
    assert found.calls == ("call/pwk/0", "call/pwk/1", "call/pwk/2", "call/pwk/3")
    assert found.incident == ""
    south, north, west, east = found.box(1.0) or (0, 0, 0, 0)
    assert south < PASAR[0] < north
    assert west < PASAR[1] < east
    assert distance_km(south, west, north, west) == pytest.approx(2.0, rel=0.01)


def test_three_are_none_and_old_ones_do_not_count() -> None:
    assert clusters([at_market(n) for n in range(3)], NOW) == ()
    assert clusters([at_market(0, 601), *(at_market(n) for n in range(1, 4))], NOW) == ()
    assert clusters([at_market(0, -5), *(at_market(n) for n in range(1, 4))], NOW) == ()


def test_calls_of_one_incident_belong_together_wherever_their_telephones_are() -> None:
    fire = {"incident": "f1", "type": "fire_house", "area": "32.14.01", "place": "Pasar Rebo"}
    [found] = clusters([report(n, lat=-6.5 - n, lon=107.4, **fire) for n in range(4)], NOW)
    assert (found.incident, found.type, found.place) == ("f1", "fire_house", "Pasar Rebo")


def test_one_theme_in_one_district_is_a_cluster_without_any_point() -> None:
    flood = [report(n, type="flood", area="32.14.05", incident=f"f{n}") for n in range(5)]
    elsewhere = [report(n, type="flood", area="32.14.09", incident=f"g{n}") for n in range(10, 13)]
    [found] = clusters([*flood, *elsewhere], NOW)
    assert len(found.calls) == 5
    assert found.box(1.0) is None


def test_a_fire_and_a_birth_in_one_street_are_two_events() -> None:
    fire = [at_market(n, type="fire_house", incident="f1") for n in range(4)]
    births = [at_market(n, type="birth", incident=f"b{n}") for n in range(4, 7)]
    [found] = clusters([*fire, *births], NOW)
    assert found.type == "fire_house"
    assert len(found.calls) == 4


def test_the_incident_that_most_calls_are_about_is_the_one_to_attach_to() -> None:
    most = [at_market(n, type="fire_house", incident="f1") for n in range(3)]
    [found] = clusters([*most, at_market(3, type="fire_house", incident="f2"), at_market(4)], NOW)
    assert (found.incident, len(found.calls)) == ("f1", 5)


REPORTS = st.lists(
    st.builds(
        Report,
        call=st.integers(0, 30).map(lambda n: f"call/pwk/{n}"),
        at=st.integers(NOW - 700 * SECOND, NOW + SECOND),
        lat=st.none() | st.floats(-6.8, -6.4),
        lon=st.none() | st.floats(107.2, 107.7),
        area=st.sampled_from(["", "32.14.01", "32.14.02"]),
        type=st.sampled_from(["", "flood", "fire_house"]),
        incident=st.sampled_from(["", "a", "b"]),
    ),
    max_size=25,
)


@settings(max_examples=60)
@given(REPORTS, st.randoms(use_true_random=False))
def test_the_order_in_which_calls_are_looked_at_changes_nothing(reports: list[Report], order: object) -> None:
    found = clusters(reports, NOW)
    assert all(len(cluster.calls) >= 4 for cluster in found)
    assert all(cluster.since <= cluster.until <= NOW for cluster in found)
    shuffled = list(reports)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    again = clusters(shuffled, NOW)
    assert sorted(map(sorted, (c.calls for c in found))) == sorted(map(sorted, (c.calls for c in again)))


def test_distances_are_kilometres() -> None:
    assert 110 < distance_km(-6.0, 107.0, -7.0, 107.0) < 112
