"""Which numbers a caller can be known by, and that a forged one can't be taken for somebody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.nuisance.number import key_of


@pytest.mark.parametrize("number", ["+6281234567890", "6281234567890", "006281234567890", "081234567890"])
def test_a_number_is_known_however_the_trunk_writes_it(number: str) -> None:
    assert key_of(number) == "6281234567890"


def test_a_foreign_number_is_itself() -> None:
    assert key_of("+393331234567") == "393331234567"


@pytest.mark.parametrize(
    "number",
    [None, "", "anonymous", "113", "0", "+", "+62812x4567890", "62-812-3456", "１２３４５６", "628123\n4567", "9" * 300,
     "+62/held/1", "628123456789 ", "${SHELL(id)}", "++628123456789"],
)  # fmt: skip
def test_what_is_no_telephone_number_has_no_key(number: str | None) -> None:
    assert key_of(number) is None


@given(st.text(max_size=40))
def test_a_key_is_made_of_digits_only(text: str) -> None:
    key = key_of(text)
    assert key is None or (key.isascii() and key.isdecimal() and 5 <= len(key) <= 20)
    assert key is None or text.strip("+0123456789") == ""
