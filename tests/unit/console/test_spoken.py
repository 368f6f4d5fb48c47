"""Text as it is spoken: what a synthesiser would read wrongly is put into words first."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.spoken import LONGEST, spoken

CASES = [
    ("Jl. Veteran No. 5", "jalan Veteran nomor lima"),
    ("RT 03/RW 05", "er te tiga, er we lima"),
    ("RT03/RW05", "er te tiga, er we lima"),
    ("KM 92", "kilometer sembilan puluh dua"),
    ("KM 92+400", "kilometer sembilan puluh dua plus empat ratus"),
    ("tol km 71.4", "tol kilometer tujuh puluh satu koma empat"),
    ("hubungi 112 atau 119", "hubungi satu satu dua atau satu satu sembilan"),
    ("081234567890", "nol delapan satu dua tiga empat lima enam tujuh delapan sembilan nol"),
    ("+62 812-3456-789", "plus enam dua delapan satu dua tiga empat lima enam tujuh delapan sembilan"),
    ("dr. Asep", "dokter Asep"),
    ("Kec. Plered, Kab. Purwakarta", "kecamatan Plered, kabupaten Purwakarta"),
    ("1.250 m", "seribu dua ratus lima puluh meter"),
    ("3,5 km", "tiga koma lima kilometer"),
    ("14:03 WIB", "pukul empat belas lewat tiga we i be"),
    ("PSC 119", "pe es ce satu satu sembilan"),
    ("sd", "sd"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "said"), CASES)
def test_indonesian(text: str, said: str) -> None:
    assert spoken(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("call 112", "call one one two"),
        ("KM 71.4", "kilometre seventy-one point four"),
        ("12 people", "twelve people"),
        ("at 14:03", "at fourteen three"),
    ],
)
def test_english(text: str, said: str) -> None:
    assert spoken(text, "en") == said


@given(st.text(max_size=600), st.sampled_from(["id", "en"]))
def test_whatever_the_text_no_digit_and_no_markup_is_left(text: str, language: str) -> None:
    said = spoken(text, language)
    assert not re.search(r"[0-9<>\[\]{}\\`\x00-\x1f]", said)


def test_a_long_text_is_cut_before_it_is_spoken() -> None:
    assert len(spoken("a " * 5000)) <= LONGEST
    assert len(spoken("9" * 10_000)) < 20 * LONGEST
