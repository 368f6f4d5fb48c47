"""Rows of the region's pack that a person vouches for, and looks at personal data, are on record."""

import pytest

from data.administration import ADMINISTRATION, verified_rows, verify_row
from data.entry import draft
from data.erasure import erase
from data.errors import Refusal
from data.journal import Journal
from data.rebuild import rebuild
from data.verify import verify
from data.vocabulary.administration import PersonalViewed


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path, [ADMINISTRATION]) as opened:
        yield opened


def sign(journal, key="Stasiun Sadang", by="Pak Dedi", note="dilihat di tempat", actor="adi"):
    journal.decide(lambda _view: verify_row(actor, "32.14", "places.csv", key, by=by, note=note, digest="d1"))


def test_a_sign_off_says_who_when_and_how(journal):
    sign(journal)
    (row,) = verified_rows(journal, "32.14").values()
    assert (row.file, row.key, row.actor, row.by, row.note, row.digest) == (
        "places.csv", "Stasiun Sadang", "adi", "Pak Dedi", "dilihat di tempat", "d1"
    )  # fmt: skip
    assert verified_rows(journal, "32.15") == {}


def test_a_later_sign_off_is_the_one_shown_and_both_stay_on_record(journal):
    sign(journal)
    sign(journal, by="Bu Rini")
    assert [row.by for row in verified_rows(journal, "32.14").values()] == ["Bu Rini"]
    assert len(journal.stream("pack/32.14")) == 2


@pytest.mark.parametrize("by", ["", "   ", "\n"])
def test_nobody_vouches_for_nothing(journal, by):
    with pytest.raises(Refusal) as refused:
        sign(journal, by=by)
    assert refused.value.code == "no_name"
    assert journal.head()[0] == 0


def test_names_are_personal_and_can_be_erased_while_the_sign_off_stands(journal):
    sign(journal)
    assert "Dedi" not in journal.execute("SELECT body FROM journal").fetchone()[0]
    erase(journal, "adi", [1], "asked for")
    (row,) = verified_rows(journal, "32.14").values()
    assert (row.by, row.note, row.actor) == (None, None, "adi")
    assert verify(journal).ok


def test_hostile_keys_and_notes_are_data(journal):
    sign(journal, key="'; DROP TABLE pack_rows; --", note="\x1b[2J=1+1\u202e")
    (row,) = verified_rows(journal, "32.14").values()
    assert row.key == "'; DROP TABLE pack_rows; --"
    assert "\x1b" not in row.note and "\u202e" not in row.note


def test_a_look_at_personal_data_changes_no_table_and_survives_a_rebuild(journal):
    sign(journal)
    journal.append([draft("house", PersonalViewed(entries=(1,)), actor="adi")])
    rebuild(journal)
    assert len(verified_rows(journal, "32.14")) == 1
    assert verify(journal).ok
