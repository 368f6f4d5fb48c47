"""Units of agencies at the dispatcher's keys and on the command line: offered, named, told before being sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import i18n
from console.command_line import (
    CommandFault,
    KnownAgency,
    OpenHandover,
    Surroundings,
    World,
    candidates,
    completed,
    parse,
    preview,
)
from console.command_line.preview import doubled_units
from console.ui import unit_words, words
from console.ui.desk.desk import Desk
from console.ui.draw.units import ROLES, shown, unit_lines
from console.ui.lines import width
from console.ui.views import AgencyChoice, FieldChange, Identity
from data.clock import SECOND
from data.entry import new_id
from dispatch.units import rules
from dispatch.units.names import KINDS
from dispatch.units.queries import Unit
from dispatch.units.rules import Wanted
from tests.unit.console.centre import Centre
from tests.unit.console.fake_desk import DISPATCHER, NOW, FakeDesk, detail, handover, incident, unit
from tests.unit.console.fake_office import FakeOffice
from tests.unit.console.screens import app, burst, screen_text, shows, typed, until

FREE, BUSY, OUT = (
    unit("A-12"),
    unit("A-14", (18, "en_route")),
    unit("A-15", out_since=NOW - 7200 * SECOND, out_reason="ban bocor"),
)
SPACED = unit("Pawang 2")
PSC = unit("A-12", agency="psc119", kind="ambulance")


# ------------------------------------------------------------------ keys


@pytest.fixture
def desk() -> FakeDesk:
    made = FakeDesk()
    made.show(incidents=(incident(), incident("i18", number=18)), units=(FREE, BUSY, OUT, PSC))
    made.details = {"i1": detail(handovers=(handover(state="acknowledged"),))}
    return made


async def test_the_units_of_the_agency_are_offered_free_ones_first_and_down_takes_one(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "acknowledged")
        await typed(pilot, "e")
        await shows(pilot, "Down chooses:   A-12 free    A-14 en route, incident 18")
        assert screen_text(pilot.app).count("A-12 free") == 1, "a unit of another agency is not offered"
        await pilot.press("down", "enter")
        await until(pilot, lambda: desk.done("en_route") == [("i1", "h1", "A-12", 3)])
        await shows(pilot, "is en route.")


async def test_a_unit_that_is_not_registered_is_typed_as_ever(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "acknowledged")
        burst(pilot, "e", *"a1", "enter")
        await until(pilot, lambda: desk.done("en_route") == [("i1", "h1", "a1", 3)])
        burst(pilot, "o", "enter")
        await until(pilot, lambda: desk.done("on_scene") == [("i1", "h1", "", 3)])


async def test_a_registered_one_is_written_as_it_is_registered(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "acknowledged")
        burst(pilot, "e", *"a 12 dan Mobil Desa", "enter")
        await until(pilot, lambda: desk.done("en_route") == [("i1", "h1", "A-12, Mobil Desa", 3)])


@pytest.mark.parametrize(
    ("text", "said"), [("a14", "MIND: A-14 en route, incident 18"), ("A-15", "MIND: A-15 out of service (ban bocor)")]
)
async def test_a_unit_on_something_else_is_named_before_it_is_sent(desk: FakeDesk, text: str, said: str) -> None:
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "acknowledged")
        await typed(pilot, "e", *text, "enter")
        await shows(pilot, said)
        await shows(pilot, "Enter it all the same?")
        await pilot.press("enter")
        await shows(pilot, "Not entered.")
        assert desk.done("en_route") == []
        await typed(pilot, "e", *text, "enter", "y")
        await until(pilot, lambda: len(desk.done("en_route")) == 1)
        await shows(pilot, said)


async def test_a_unit_that_was_asked_for_goes_by_enter_alone(desk: FakeDesk) -> None:
    desk.details = {"i1": detail(handovers=(handover(state="acknowledged", unit="A-12"),))}
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "acknowledged")
        await typed(pilot, "e")
        await shows(pilot, "(empty: A-12)")
        await pilot.press("enter")
        await until(pilot, lambda: desk.done("en_route") == [("i1", "h1", "", 3)])


async def test_the_unit_of_a_hand_over_stands_beside_it(desk: FakeDesk) -> None:
    desk.details = {"i1": detail(handovers=(handover(state="en_route", by="Asep", unit="A-12"),))}
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Asep  A-12")


async def test_a_further_unit_is_added_by_a_key_and_one_on_something_else_is_named_first(desk: FakeDesk) -> None:
    desk.details = {"i1": detail(handovers=(handover(state="on_scene", unit="A-12", under_way="Pawang 2"),))}
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Pawang 2 still under way")
        await typed(pilot, "t")
        await shows(pilot, "sends as well (beside A-12)")
        await typed(pilot, *"a14", "enter")
        await shows(pilot, "MIND: A-14 en route, incident 18")
        await typed(pilot, "y")
        await until(pilot, lambda: desk.done("add_unit") == [("i1", "h1", "A-14", 3)])
        await shows(pilot, "sends A-14 too.")
        await typed(pilot, "o")
        await shows(pilot, "(empty: Pawang 2)")
        await pilot.press("enter")
        await until(pilot, lambda: desk.done("on_scene") == [("i1", "h1", "", 3)])


def test_what_is_offered_goes_on_from_the_last_unit_typed() -> None:
    units = (FREE, BUSY, SPACED)
    assert [text for text, _label in unit_words.offered(units, "damkar", "")] == ["A-12", "Pawang 2", "A-14"]
    assert [text for text, _label in unit_words.offered(units, "damkar", "Mobil Desa, a1")] == [
        "Mobil Desa, A-12", "Mobil Desa, A-14",
    ]  # fmt: skip
    assert [text for text, _label in unit_words.offered(units, "damkar", "A-12, ")] == ["A-12, Pawang 2", "A-12, A-14"]
    assert unit_words.offered(units, "psc119", "") == []


# ------------------------------------------------------------------ the card

DOUBLE = unit("Pawang 2", (18, "en_route"), (17, "asked"))
BROKEN = unit("P-10", (18, "stood_down"), out_since=NOW, out_reason="mogok")
TYPED = unit("Mobil Desa", (18, "en_route"), kind="", registered=False)
BOARD = {"i18": incident("i18", number=18, place="Jl. Veteran")}


def card(*units: Unit, text: str = "", cells: int = 77) -> list[str]:
    return ["".join(part.text for part in each).rstrip() for each in unit_lines(units, BOARD, NOW, cells, text)]


def test_the_card_has_units_by_kind_with_state_incident_and_age(english: None) -> None:
    assert card(FREE, BUSY, OUT, PSC, DOUBLE, BROKEN, TYPED) == [
        "Units  2 of 6 free  Escape: back",
        "",
        "ambulance  1 of 1 free",
        "A-12           free                             psc119",
        "",
        "fire engine  1 of 5 free",
        "A-12           free                             damkar",
        "A-14           en route          18       1:00  Jl. Veteran  damkar",
        "A-15           out of service             2h00  ban bocor  damkar",
        "Pawang 2       en route          18       1:00  also 17 Jl. Veteran  damkar",
        "P-10           told to stop      18       1:00  out of service: mogok  Jl. V…",
        "",
        "typed, not registered",
        "Mobil Desa     en route          18       1:00  Jl. Veteran  damkar",
    ]


@pytest.mark.parametrize(
    ("text", "signs"),
    [("ambul", ["A-12"]), ("fire free", ["A-12"]), ("a14", ["A-14"]), ("psc", ["A-12"]), ("damkar out", ["A-15"]),
     ("nothing", [])],
)  # fmt: skip
def test_a_word_shows_fewer(english: None, text: str, signs: list[str]) -> None:
    assert [each.call_sign for each in shown((FREE, BUSY, OUT, PSC), text)] == signs


def test_the_card_says_when_there_is_nothing(english: None) -> None:
    assert "siaga112 units" in card()[-1]
    assert card(FREE, text="x9")[-1] == "No unit is like that."


def test_every_state_and_kind_has_a_word_and_a_role() -> None:
    states = {FREE.state, "asked", "en_route", "on_scene", "stood_down", OUT.state}
    assert set(words.UNIT_STATES) == set(ROLES) == states
    assert set(words.UNIT_KINDS) == {*KINDS, ""}


@given(st.text(max_size=20), st.text(max_size=20), st.integers(1, 200))
def test_whatever_was_typed_stays_within_the_line_and_acts_on_no_terminal(sign: str, reason: str, cells: int) -> None:
    odd = unit("A-1", (18, "en_route"), registered=False, kind=sign, out_since=1, out_reason=reason)
    for each in unit_lines([odd], BOARD, NOW, cells, sign):
        assert width(each) <= cells or len(each) == 1
        assert not any(ord(letter) < 32 or letter == "\x7f" for part in each for letter in part.text)


async def test_the_card_is_opened_by_a_line_goes_on_changing_and_goes_by_escape(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "acknowledged")
        await typed(pilot, "f2", *"unit", "enter")
        await shows(pilot, "A-14           en route          18")
        desk.show(units=(FREE, unit("A-14", (18, "on_scene"))))
        await shows(pilot, "A-14           on scene          18")
        burst(pilot, "escape", "n", *"dua mobil", "enter")
        await until(pilot, lambda: desk.done("note") == [("i1", "dua mobil")])


async def test_a_supervisor_has_the_card_too(desk: FakeDesk) -> None:
    who = Identity("rina", "Rina", "supervisor", "desk-3")
    async with app(desk, who, "en", office=FakeOffice()).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: pilot.app.snapshot.units)
        await typed(pilot, "f2", *"units fire", "enter")
        await shows(pilot, "Units fire  1 of 3 free")


# ------------------------------------------------------------------ the command line

DAMKAR, PSC119 = KnownAgency("damkar", "Damkar Purwakarta"), KnownAgency("psc119", "PSC 119")
HOUSE, ROAD = incident("i17", number=17), incident("i18", number=18)


def part(row: int, agency: KnownAgency, state: str, unit: str = "", under_way: str = "") -> OpenHandover:
    return OpenHandover(f"i{row}", row, 7, f"h-{row}", agency.id, agency.name, state, unit, under_way)


def world(*parts: OpenHandover, units: tuple[Unit, ...] = (FREE, BUSY, OUT, SPACED)) -> World:
    known = Surroundings((DAMKAR, PSC119), parts, (), units)
    return World("dispatcher", str, incidents=(HOUSE, ROAD), chosen=HOUSE, surroundings=known)


@pytest.fixture
def english() -> None:
    i18n.set_language("en")


def meant(line: str, here: World) -> tuple[object, ...]:
    it = parse(line, here)
    return (it.handover.number if it.handover else 0, it.text)


@pytest.mark.parametrize("line", ["OTW A-12", "OTW a12", "otw A.12"])
def test_a_call_sign_names_the_hand_over_of_its_agency_and_is_the_unit(line: str) -> None:
    assert meant(line, world(part(17, DAMKAR, "acknowledged"))) == (17, "A-12")


def test_a_call_sign_of_several_words_is_one_word_with_dashes_or_without() -> None:
    here = world(part(17, DAMKAR, "acknowledged"))
    assert meant("OTW pawang-2", here) == meant("OTW PAWANG2", here) == (17, "Pawang 2")
    assert completed("OTW paw", here) == "OTW Pawang-2 "


def test_what_is_said_of_a_unit_is_about_the_incident_that_it_is_on() -> None:
    here = world(part(17, DAMKAR, "acknowledged"), part(18, DAMKAR, "en_route", "A-14"))
    assert meant("TBA a14", here) == (18, "")
    assert meant("SLS a14 done padam", here) == (18, "padam")
    asked = world(part(17, DAMKAR, "acknowledged", "Pawang 2"))
    assert meant("OTW a12", asked) == (17, "A-12"), "the agency sends another than was asked for"
    assert meant("TBA a12", here) == (17, "A-12"), "one that is on nothing comes for what nobody is named for"
    there = world(part(17, DAMKAR, "acknowledged"), part(18, DAMKAR, "on_scene", "A-14"))
    with pytest.raises(CommandFault, match="A-14"):
        parse("TBA a14", there)  # it is there already, and is not meant to be at another incident


def test_a_line_adds_a_unit_where_others_of_its_agency_are(english: None) -> None:
    here = world(part(17, DAMKAR, "acknowledged"), part(18, DAMKAR, "on_scene", "A-14, Pawang 2", "Pawang 2"))
    assert meant("tambah A-12", here) == meant("tambah damkar A-12", here) == (18, "A-12")
    assert preview(parse("tambah A-12", here), here).endswith("too: A-12")
    with pytest.raises(CommandFault, match="Unit is missing"):
        parse("tambah damkar", here)
    with pytest.raises(CommandFault, match="no incident of"):
        parse("tambah a14", here)  # it is there already
    assert meant("TBA pawang-2", here) == (18, "Pawang 2"), "of several sent only the one named is there"
    assert preview(parse("TBA damkar 18", here), here).endswith("Pawang 2"), "else all that are still on the way"


def test_with_several_incidents_the_number_is_asked_and_stands_behind(english: None) -> None:
    here = world(part(17, DAMKAR, "acknowledged"), part(18, DAMKAR, "acknowledged"))
    with pytest.raises(CommandFault, match="several incidents"):
        parse("OTW A-12", here)
    assert meant("OTW A-12 18", here) == (18, "A-12")
    assert meant("OTW A-12 18 Mobil Desa", here) == (18, "A-12, Mobil Desa")


def test_a_unit_that_only_was_typed_names_its_hand_over_too() -> None:
    other = unit("Mobil Desa", (18, "en_route"), registered=False, kind="")
    here = world(part(17, DAMKAR, "acknowledged"), part(18, DAMKAR, "en_route", "Mobil Desa"), units=(FREE, other))
    assert meant("TBA mobil-desa", here) == (18, "")
    with pytest.raises(CommandFault):
        parse("D mobil-desa 17", here)  # nobody knows whose it is


def test_a_unit_of_two_agencies_is_refused_with_both(english: None) -> None:
    here = world(part(17, DAMKAR, "acknowledged"), part(18, PSC119, "acknowledged"), units=(FREE, PSC))
    for line in ("OTW A-12", "D A-12 17"):
        with pytest.raises(CommandFault, match="Several agencies have a unit A-12") as fault:
            parse(line, here)
        assert fault.value.possible == ("damkar", "psc119")
    assert meant("OTW psc A-12", here) == (18, "A-12")


def test_handing_over_to_a_unit_is_to_its_agency_which_is_asked_for_it(english: None) -> None:
    here = world()
    it = parse("D A-12 pawang-2 psc 18", here)
    assert [(each.id, each.unit) for each in it.agencies] == [("damkar", "A-12, Pawang 2"), ("psc119", "")]
    assert "Damkar Purwakarta (A-12, Pawang 2), PSC 119" in preview(it, here)


def test_an_agency_is_never_taken_for_a_unit() -> None:
    here = world(part(17, DAMKAR, "acknowledged"), units=(unit("Damkar", agency="psc119"), unit("PSC")))
    assert [each.unit for each in parse("D damkar 17", here).agencies] == [""]
    assert meant("OTW damkar", here) == (17, "")


def test_a_unit_on_something_else_is_in_the_preview(english: None) -> None:
    here = world(part(17, DAMKAR, "acknowledged"))
    for line in ("OTW a14", "OTW damkar A-12, A 14", "D a14 17", "D psc a14 17"):
        assert unit_words.warning(doubled_units(parse(line, here), here)) == "MIND: A-14 en route, incident 18", line
    for line in ("OTW a12", "D a12 17", "OTW damkar", "OTW"):
        assert doubled_units(parse(line, here), here) == (), line


def test_units_are_among_what_may_come_next(english: None) -> None:
    here = world(part(17, DAMKAR, "acknowledged"))
    assert {"Pawang-2", "A-14"} <= {each.insert for each in candidates("OTW ", here)}
    assert [each.insert for each in candidates("OTW damkar ", here)] == ["A-12", "Pawang-2", "A-14", "A-15"]
    assert [each.note for each in candidates("D a-1", here)][1] == "damkar: en route, incident 18"


@given(st.sampled_from(["OTW", "TBA", "SLS", "D", "batal", "terima", "tambah"]), st.text(max_size=20))
def test_any_word_behind_a_verb_is_understood_or_refused(verb: str, text: str) -> None:
    here = world(part(17, DAMKAR, "acknowledged"), part(18, DAMKAR, "en_route", "A-14, \x1bB"))
    line = f"{verb} {text}"
    candidates(line, here)
    completed(line, here)
    try:
        it = parse(line, here)
    except CommandFault:
        return
    assert "\x1b" not in preview(it, here)
    doubled_units(it, here)


async def test_a_line_that_sends_a_unit_twice_says_so_before_and_after(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "acknowledged")
        await typed(pilot, "f2", *"OTW a14")
        await shows(pilot, "MIND: A-14 en route, incident 18 | Damkar Purwakarta is en route to 17")
        await pilot.press("enter")
        await until(pilot, lambda: desk.done("en_route") == [("i1", "h1", "A-14", 3)])
        await shows(pilot, "MIND: A-14 en route, incident 18")


async def test_a_unit_that_is_taken_while_the_line_stands_there_wants_enter_twice(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "acknowledged")
        await typed(pilot, "f2", *"OTW a12")
        await shows(pilot, "Damkar Purwakarta is en route to 17")
        desk.show(units=(unit("A-12", (18, "on_scene")),), incidents=(incident(), incident("i18", number=18)))
        await shows(pilot, "MIND: A-12 on scene, incident 18")
        await pilot.press("enter")
        await shows(pilot, "This means something else")
        assert desk.done("en_route") == []
        await pilot.press("enter")
        await until(pilot, lambda: len(desk.done("en_route")) == 1)


# ------------------------------------------------------------------ on a real journal


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    known = {"damkar-mako": "fire", "psc-119": "ambulance"}
    wanted = [Wanted("damkar-mako", "P-1"), Wanted("psc-119", "A-12")]
    made.journal.decide(lambda view: rules.register_all(view, "os:admin", wanted, known))
    yield made
    made.close()


def given_to(desk: Desk, id: str, **unit: str) -> OpenHandover:
    """A new incident, handed to the fire post; the hand-over as the command line has it."""
    desk.save(id, "", [FieldChange("place", "Plered", "", new_id(), best=True)])
    desk.hand_over(id, [AgencyChoice("damkar-mako", "", "fire", "primary", **unit)], new_id())  # type: ignore[arg-type]
    return next(part for part in desk.surroundings().handovers if part.incident == id)


def test_a_unit_that_is_asked_for_is_remembered_and_told_with_the_incident(centre: Centre) -> None:
    desk = centre.desk("sari", "dispatcher", "desk-2")[0]
    part = given_to(desk, "i1", unit="P-1")
    assert part.unit == "P-1"
    desk.acknowledge("i1", part.handover, "Asep", "radio", part.version, new_id())
    assert [(each.call_sign, each.state, each.number) for each in desk.snapshot().units] == [
        ("P-1", "asked", 1), ("A-12", "free", None),
    ]  # fmt: skip
    desk.en_route("i1", part.handover, "", part.version + 1, new_id())
    found = desk.detail("i1")
    assert found is not None
    assert found.handovers[0].unit == "P-1"
    assert [line.message for line in found.log if "asked for" in line.message] == [
        "handed over to {agency}, which is asked for {unit}"
    ]
    assert [each.state for each in desk.surroundings().units] == ["en_route", "free"]


def test_a_unit_that_is_sent_twice_is_told_by_the_record_itself(centre: Centre) -> None:
    desk = centre.desk("sari", "dispatcher", "desk-2")[0]
    for id, number in (("i1", 1), ("i2", 2)):
        part = given_to(desk, id)
        desk.acknowledge(id, part.handover, "Asep", "radio", part.version, new_id())
        told = desk.en_route(id, part.handover, "p1", part.version + 1, new_id())
        assert [[at.number for at in each.at] for each in told] == ([] if number == 1 else [[1]])
    assert [len(each.at) for each in desk.snapshot().units] == [2, 0]


def test_a_unit_that_is_added_and_one_still_under_way_stand_with_the_hand_over(centre: Centre) -> None:
    desk = centre.desk("sari", "dispatcher", "desk-2")[0]
    for id in ("i1", "i2"):
        part = given_to(desk, id)
        desk.acknowledge(id, part.handover, "Asep", "radio", part.version, new_id())
        desk.en_route(id, part.handover, "P-9", part.version + 1, new_id())
        told = desk.add_unit(id, part.handover, "P-1", part.version + 2, new_id())
        assert [each.call_sign for each in told] == ([] if id == "i1" else ["P-1"])
        desk.on_scene(id, part.handover, "p1", part.version + 3, new_id())
    [row] = desk.detail("i2").handovers  # type: ignore[union-attr]
    assert (row.state, row.unit, row.under_way) == ("on_scene", "P-9, P-1", "P-9")
    assert [each.under_way for each in desk.surroundings().handovers] == ["P-9", "P-9"]
    assert [line.message for line in desk.detail("i1").log][-2:] == [  # type: ignore[union-attr]
        "{agency} sends {unit} too", "{agency}: {unit} is there",
    ]  # fmt: skip


def test_the_board_can_be_filtered_by_a_unit(centre: Centre) -> None:
    desk = centre.desk("sari", "dispatcher", "desk-2")[0]
    given_to(desk, "i1", unit="P-1, Mobil Desa")
    given_to(desk, "i2")
    found = desk.search_words(["i1", "i2"])
    assert all(f" {word}" in f" {found['i1']}" for word in ("p-1", "mobil"))
    assert " p1" not in found["i1"], "which is a priority"
    assert "mobil" not in found["i2"]


def test_a_call_takers_picture_has_no_units_and_his_line_has(centre: Centre) -> None:
    desk = centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")[0]
    assert desk.snapshot().units == ()
    assert len(desk.surroundings().units) == 2
