"""The score of a number: what adds to it, what takes it away, and how it fades."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from telephony.calls.outcomes import OUTCOMES
from telephony.nuisance.score import DAY, Outcome, lowered_until, score, value_at
from telephony.nuisance.settings import Nuisance

SETTINGS = Nuisance()
HALF_LIFE = round(SETTINGS.half_life_days * DAY)
NOW = 1000 * DAY


def of(*codes: str, at: int = NOW) -> list[Outcome]:
    """Calls with these outcomes, a second apart."""
    return [Outcome(at + n, code) for n, code in enumerate(codes)]


def test_three_pranks_lower_the_place_of_a_number_two_do_not() -> None:
    assert lowered_until(score(of("prank", "prank"), SETTINGS), SETTINGS) is None
    until = lowered_until(score(of("prank", "prank", "prank", "prank"), SETTINGS), SETTINGS)
    assert until is not None
    assert NOW < until <= NOW + 4 + SETTINGS.most_days * DAY


def test_half_of_it_is_gone_after_the_half_life() -> None:
    last = score(of("prank", "prank"), SETTINGS)
    assert abs(value_at(last, last.at + HALF_LIFE, SETTINGS) - last.value / 2) < 1e-9


def test_the_place_is_lowered_until_the_score_has_faded_to_the_threshold() -> None:
    slow = Nuisance(half_life_days=2, most_days=30)
    last = score(of("prank", *["prank"] * 5), slow)
    until = lowered_until(last, slow)
    assert until is not None
    assert abs(value_at(last, until, slow) - slow.threshold) < 1e-6


def test_a_real_incident_takes_it_to_nothing() -> None:
    for real in ("incident", "attached"):
        assert score(of("prank", "prank", "prank", real), SETTINGS).value == 0
        assert score(of("prank", "prank", "prank", real, "prank"), SETTINGS).value == 1


def test_who_is_informed_takes_something_away_and_a_silent_caller_adds_little() -> None:
    assert 1.99 < score(of("prank", "prank", "prank", "informed"), SETTINGS).value < 2.01
    assert lowered_until(score(of(*["silent"] * 8), SETTINGS), SETTINGS) is None


codes = st.sampled_from([outcome.code for outcome in OUTCOMES] + ["never heard of"])
histories = st.lists(st.builds(Outcome, at=st.integers(NOW - 400 * DAY, NOW), code=codes), max_size=30)


@given(histories)
def test_a_score_is_never_below_nothing_and_only_fades(history: list[Outcome]) -> None:
    last = score(history, SETTINGS)
    assert 0 <= value_at(last, last.at + HALF_LIFE, SETTINGS) <= last.value


@given(histories, st.randoms())
def test_the_order_in_which_outcomes_are_read_means_nothing(history: list[Outcome], chance: object) -> None:
    shuffled = sorted(history, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert score(shuffled, SETTINGS) == score(history, SETTINGS)


@given(histories)
def test_no_place_is_lowered_for_longer_than_the_setting_says(history: list[Outcome]) -> None:
    last = score(history, SETTINGS)
    until = lowered_until(last, SETTINGS)
    assert (until is not None) == (last.value >= SETTINGS.threshold)
    assert until is None or last.at < until <= last.at + SETTINGS.most_days * DAY


@given(histories)
def test_a_real_incident_at_the_end_always_clears_the_number(history: list[Outcome]) -> None:
    assert lowered_until(score([*history, Outcome(NOW + 1, "incident")], SETTINGS), SETTINGS) is None
