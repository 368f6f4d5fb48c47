"""What the command line asks of the facade, on a real journal: hand-overs that may be named, cards, and the record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.actions import by_id
from console.command_line import Intent, OpenHandover
from console.ui.cards import cards
from console.ui.desk.desk import Desk
from console.ui.views import AgencyChoice, FieldChange
from data.entry import new_id
from data.side import LINES_KEPT, SideTables
from data.vocabulary.administration import LineTyped
from tests.unit.console.centre import Centre, finder


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk(centre: Centre) -> Desk:
    return centre.desk("sari", "dispatcher", "desk-2")[0]


def test_the_hand_overs_of_active_incidents_may_be_named_with_the_version_they_were_looked_at(desk: Desk) -> None:
    desk.save("i1", "", [FieldChange("place", "Plered", "", new_id(), best=True)])
    assert desk.surroundings().handovers == ()
    desk.hand_over("i1", [AgencyChoice("damkar-mako", "", "fire", "primary")], "d1")
    (part,) = desk.surroundings().handovers
    assert isinstance(part, OpenHandover)
    assert (part.number, part.agency, part.state) == (1, "damkar-mako", "sent")
    assert part.agency_name == "Damkar Purwakarta, Mako Pusat"
    desk.acknowledge("i1", part.handover, "Asep", "telephone", part.version, new_id())
    (part,) = desk.surroundings().handovers
    desk.finish("i1", part.handover, "done", "", part.version, new_id())
    assert desk.surroundings().handovers == ()
    assert "psc-119" in {agency.id for agency in desk.surroundings().agencies}


def test_a_line_is_on_record_as_typed_with_who_where_and_what_it_became(centre: Centre, desk: Desk) -> None:
    desk.line_typed("pr  081234567890", None)
    desk.line_typed("HASIL p", Intent(by_id("classify"), choice="prank"))
    refused, done = list(centre.journal.stream("terminal/desk-2"))[-2:]
    assert isinstance(refused.body, LineTyped)
    assert isinstance(done.body, LineTyped)
    assert (done.actor, done.terminal, done.body.line, done.body.became, done.body.choice) == (
        "sari", "desk-2", "HASIL p", "classify", "prank",
    )  # fmt: skip
    assert refused.body.became is None
    # What was typed may hold anybody's name or number: it stands beside the chain, as personal data do.
    stored = centre.journal.execute("SELECT body FROM journal WHERE seq = ?", (refused.seq,)).fetchone()[0]
    assert "081234567890" not in stored


def test_earlier_lines_are_the_users_own_on_every_desk(centre: Centre, desk: Desk) -> None:
    for line in ("N 1 a", "N 1 b", "N 1 b"):
        desk.line_typed(line, None)
    assert centre.desk("sari", "dispatcher", "desk-9")[0].typed_lines() == ("N 1 a", "N 1 b")
    assert centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")[0].typed_lines() == ()


def test_only_the_last_lines_of_a_user_are_kept(tmp_path: Path) -> None:
    side = SideTables(tmp_path)
    for number in range(LINES_KEPT + 5):
        side.line_typed("sari", f"N 1 {number}")
    side.close()
    again = SideTables(tmp_path)
    kept = again.typed_lines("sari")
    again.close()
    assert (len(kept), kept[0], kept[-1]) == (LINES_KEPT, "N 1 5", f"N 1 {LINES_KEPT + 4}")


def test_a_card_tells_who_answers_for_a_type_and_says_that_nobody_verified_it() -> None:
    first = cards(finder(), "kebakaran rumah")[0]
    assert (first.kind, first.title) == ("jenis", "Kebakaran rumah")
    told = dict(first.lines)
    assert "Damkar Purwakarta, Mako Pusat" in told["utama"]
    assert told["disahkan"] == "belum oleh siapa pun"


def test_agencies_and_places_have_cards_and_nonsense_has_none() -> None:
    assert [card.title for card in cards(finder(), "polsek plered") if card.kind == "instansi"] == ["Polsek Plered"]
    brigade = next(card for card in cards(finder(), "damkar mako") if card.kind == "instansi")
    assert "Pasawahan" in dict(brigade.lines)["melayani"]
    assert "Sukatani" in {card.title for card in cards(finder(), "sukatani") if card.kind == "tempat"}
    assert cards(finder(), "") == ()
    assert cards(finder(), "\x1b[2J") == ()
