"""Which telephone numbers are the same one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import numbers


@pytest.mark.parametrize(
    "written", ["081234567890", "+6281234567890", "6281234567890", "006281234567890", "+62 812-3456-7890"]
)
def test_one_number_however_the_trunk_writes_it(written: str) -> None:
    assert numbers.key(written) == "081234567890"
    assert numbers.same(written, "0812 3456 7890")


@pytest.mark.parametrize(
    "other", ["081234567891", "+81234567890", "81234567890", "112", "", None, "anonymous", "62112"]
)
def test_others_stay_others(other: str | None) -> None:
    assert not numbers.same("081234567890", other)


def test_a_withheld_number_is_the_same_as_none_not_even_another_withheld_one() -> None:
    assert not numbers.same(None, None)
    assert not numbers.same("", "")


def test_words_and_foreign_numbers_are_compared_as_they_are() -> None:
    assert numbers.same("Anonymous", "anonymous")
    assert numbers.same("+44 20 7946 0000", "+442079460000")
    assert not numbers.same("+442079460000", "02079460000")


@pytest.mark.parametrize("number", ["+62 812-3456-7890", "02121234567", "+442079460000", "112", "anonymous"])
def test_a_number_is_looked_for_in_every_way_that_a_trunk_may_write_it(number: str) -> None:
    found = numbers.spellings(number)
    assert len(set(found)) == len(found)
    assert {numbers.key(each) for each in found} == {numbers.key(number)}


def test_a_withheld_number_is_looked_for_in_no_way() -> None:
    assert numbers.spellings(None) == numbers.spellings("") == numbers.spellings(" - ") == ()


@given(st.text(max_size=40))
def test_whatever_a_trunk_sends_has_one_key_that_stays_its_own(text: str) -> None:
    assert numbers.key(numbers.key(text)) == numbers.key(text)


@given(st.from_regex(r"8[0-9]{8,11}", fullmatch=True))
def test_every_national_number_is_found_in_all_its_forms(number: str) -> None:
    forms = {f"0{number}", f"+62{number}", f"62{number}", f"0062{number}", f"+62 {number[:3]}-{number[3:]}"}
    assert {numbers.key(form) for form in forms} == {f"0{number}"}
