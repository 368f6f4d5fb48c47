"""Suggesting a type while the narrative is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.pack import Pack
from dispatch.types import TypeIndex


@pytest.fixture(scope="module")
def index(pack: Pack) -> TypeIndex:
    return TypeIndex(pack)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Pak tolong ada rumah terbakar di Plered", "house_fire"),
        ("ada KEBAKARAN pabrik di bungursari", "building_fire"),
        ("kecelakan motor dekat sadang", "road_accident"),
        ("tabrakan beruntun di tol", "toll_accident"),
        ("ibu saya tidak sadar", "unconscious"),
        ("bapak nggak napas", "cardiac_arrest"),
        ("ular masuk rumah", "snake"),
        ("pohon tumbang nutup jalan", "fallen_tree"),
        ("sungainya meluap, banjir bandang!", "flood"),
        ("istri mau lahiran, ketuban pecah", "childbirth"),
        ("imah kahuruan", "house_fire"),
    ],
)
def test_a_sentence_suggests_its_type_first(index: TypeIndex, text: str, code: str) -> None:
    assert index.suggest(text)[0].code == code


def test_it_says_which_words_it_went_by(index: TypeIndex) -> None:
    assert index.suggest("ada gas bocor")[0].words == ("gas bocor",)


def test_nothing_is_suggested_for_small_talk(index: TypeIndex) -> None:
    assert index.suggest("selamat pagi bu, mau tanya") == []


def test_every_type_with_words_can_be_suggested(index: TypeIndex, pack: Pack) -> None:
    for type in pack.types.values():
        for word in type.words:
            assert type.code in [s.code for s in index.suggest(word, 5)], (type.code, word)


@given(st.text(max_size=500), st.integers(-1, 5))
def test_any_text_is_allowed(index: TypeIndex, text: str, limit: int) -> None:
    assert len(index.suggest(text, limit)) <= max(0, limit)


def test_a_megabyte_is_read_from_its_end(index: TypeIndex) -> None:
    assert index.suggest("x " * 500_000 + "rumah terbakar")[0].code == "house_fire"
