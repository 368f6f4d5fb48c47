"""The stories: the same for the same seed, with enough emergencies, and with everything hostile in them."""

from __future__ import annotations

import math
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.pack import Pack, load_pack
from telephony.calls.outcomes import BY_CODE
from telephony.training.server import region_folder
from telephony.training.stories import HOSTILE, load_kinds, tell


@cache
def pack() -> Pack:
    return load_pack(region_folder())


@settings(deadline=None)  # the first example reads the region
@given(st.integers(0, 60), st.integers())
def test_at_least_one_call_in_six_is_an_emergency(calls: int, seed: int) -> None:
    stories = tell(pack(), calls=calls, seed=seed, rate=1)
    assert len(stories) == calls
    assert sum(story.kind == "emergency" for story in stories) >= math.floor(calls / 6)


def test_the_same_seed_tells_the_same_stories_and_another_one_others() -> None:
    assert tell(pack(), calls=40, seed=7, rate=2) == tell(pack(), calls=40, seed=7, rate=2)
    assert tell(pack(), calls=40, seed=7, rate=2) != tell(pack(), calls=40, seed=8, rate=2)


@pytest.mark.parametrize("calls", [8, 40, 200])
def test_the_hostile_set_is_always_complete(calls: int) -> None:
    stories = tell(pack(), calls=calls, seed=1, rate=1)
    assert {story.name for story in stories if story.hostile} == set(HOSTILE)
    assert all(story.name in story.text for story in stories if story.hostile)


def test_with_few_calls_as_much_of_it_as_fits() -> None:
    assert sum(story.hostile for story in tell(pack(), calls=3, seed=1, rate=1)) == 3


def test_hundreds_of_calls_have_every_kind_and_every_type_of_incident() -> None:
    stories = tell(pack(), calls=400, seed=1, rate=1)
    assert {story.kind for story in stories} == {kind.name for kind in load_kinds()}
    assert {story.type for story in stories} - {None} == set(pack().types)


def test_every_outcome_is_one_that_a_call_taker_can_give() -> None:
    assert {kind.outcome for kind in load_kinds()} - {""} <= set(BY_CODE)


def test_an_emergency_says_what_and_where() -> None:
    names = {village.name for village in pack().villages.values()}
    for story in tell(pack(), calls=60, seed=5, rate=1):
        if story.kind == "emergency":
            assert story.place in names
            assert story.place in story.text
            assert story.type in pack().types
        else:
            assert (story.type, story.lat) == (None, None)


def test_calls_come_in_order_at_the_wished_rate() -> None:
    times = [story.at for story in tell(pack(), calls=100, seed=2, rate=5)]
    assert times == sorted(times)
    assert 19 <= times[-1] <= 20.5
