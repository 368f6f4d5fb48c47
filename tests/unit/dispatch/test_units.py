"""Units of agencies: what may be registered, and that what each is doing is said by the hand-over that names it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.compose import region_path
from console.training_units import training_units
from data.errors import Conflict, Refusal
from data.journal import Journal
from data.pack import load_pack
from data.rebuild import rebuild
from data.verify import verify
from dispatch import desk
from dispatch.desk import HandoverRequest
from dispatch.incidents.projection import INCIDENTS, load
from dispatch.units import rules
from dispatch.units.names import KINDS, LONGEST, call_sign, key, named, parts
from dispatch.units.projection import UNITS
from dispatch.units.queries import doubled, everything, natural, one, units
from dispatch.units.rules import Faulty, Wanted
from tests.unit.dispatch.support import PLACE, T0, asked

AGENCIES = {"psc-119": "ambulance", "damkar-mako": "fire", "polres": "police", "bpbd": "disaster", "pln": "electricity"}


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path, [INCIDENTS, UNITS]) as opened:
        yield opened


def add(journal, agency, sign, kind=""):
    journal.decide(lambda view: rules.register(view, "os:admin", Wanted(agency, sign, kind), AGENCIES))


def chase(journal, incident, *agencies):
    """A new incident handed to agencies that took it; returns what acts on one of the hand-overs."""
    desk.open_incident(journal, asked(), incident, place=PLACE, type="house_fire", priority=1)
    version = len(journal.stream(f"incident/{incident}"))
    requests = [HandoverRequest(id=f"{incident}-{agency}", agency=agency) for agency in agencies]
    if requests:
        desk.hand_over(journal, asked(), incident, version, requests)

    def do(step, agency, **more):
        at = len(journal.stream(f"incident/{incident}"))
        return getattr(desk, step)(journal, asked(at=T0 + 10**6), incident, f"{incident}-{agency}", at, **more)

    for agency in agencies:
        do("acknowledge", agency, by="Asep")
    return do


# ------------------------------------------------------------------ call signs


@pytest.mark.parametrize("typed", ["A-12", "a12", " A 12 ", "a.1/2", "A--12"])
def test_case_blanks_and_dashes_do_not_tell_units_apart(typed):
    assert key(typed) == "a12"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "bad_call_sign"), ("-", "bad_call_sign"), ("=1+1", "bad_call_sign"), ("A,12", "bad_call_sign"),
        ("A-12\x1b[2J", "bad_call_sign"), ("A\u202e12", "bad_call_sign"), ("A dan B", "bad_call_sign"),
        ("A" * (LONGEST + 1), "bad_call_sign"), ("17", "call_sign_is_number"), ("1 7", "call_sign_is_number"),
    ],
)  # fmt: skip
def test_what_is_no_call_sign_is_refused_and_named(typed, code):
    with pytest.raises(Refusal) as refusal:
        call_sign(typed)
    assert refusal.value.code == code
    assert "\x1b" not in str(refusal.value)


@given(st.text(max_size=40))
def test_any_text_is_a_call_sign_that_can_be_found_again_or_is_refused(text):
    assert all(key(part) for part in parts(text))
    try:
        sign = call_sign(text)
    except Refusal:
        return
    assert named(sign) == (key(text),), "it names itself and nothing else"
    assert len(sign) <= LONGEST and sign.isprintable() and call_sign(sign) == sign
    assert key(sign.lower()) == key(sign.replace(" ", "")) == key(sign)


def test_a_text_may_name_several_units():
    assert named("A-12, a 14 dan P-3") == ("a12", "a14", "p3")
    assert named("A-12 + A-12") == ("a12",)
    assert named(None) == named(" ,; ") == ()


def test_call_signs_are_sorted_as_people_count():
    assert sorted(["A-12", "A-2", "a-1", "B-1"], key=natural) == ["a-1", "A-2", "A-12", "B-1"]


# ------------------------------------------------------------------ the list


def test_the_usual_kind_is_that_of_the_agency(journal):
    for agency, kind in (("psc-119", "ambulance"), ("damkar-mako", "fire_engine"), ("polres", "patrol"),
                         ("bpbd", "rescue"), ("pln", "other")):  # fmt: skip
        add(journal, agency, "U-1")
        assert one(journal, agency, "u1").kind == kind
    add(journal, "damkar-mako", "R-1", "rescue")
    assert [(unit.call_sign, unit.kind) for unit in units(journal, "damkar-mako")] == [
        ("U-1", "fire_engine"), ("R-1", "rescue"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted("psc-119", "a 12"), "unit_taken"), (Wanted("nobody", "A-1"), "no_such_agency"),
        (Wanted("psc-119", "Polres"), "call_sign_is_agency"), (Wanted("psc-119", "A-1", "tank"), "unknown_unit_kind"),
    ],
)  # fmt: skip
def test_a_unit_that_cannot_be_is_refused(journal, wanted, code):
    add(journal, "psc-119", "A-12")
    with pytest.raises(Refusal) as refusal:
        journal.decide(lambda view: rules.register(view, "os:admin", wanted, AGENCIES))
    assert refusal.value.code == code
    assert [unit.call_sign for unit in units(journal)] == ["A-12"]


def test_two_agencies_may_have_a_unit_of_one_call_sign(journal):
    add(journal, "psc-119", "A-12")
    add(journal, "polres", "A12")
    with pytest.raises(Refusal, match=r"several agencies have a unit .*: polres, psc-119"):
        rules.find(journal, "a-12")
    assert rules.find(journal, "a-12", "polres").call_sign == "A12"
    with pytest.raises(Refusal, match="there is no unit 'B-1'"):
        rules.find(journal, "B-1")


def test_a_list_is_registered_whole_or_not_at_all_with_every_fault(journal):
    wanted = [Wanted("psc-119", "A-1", line=2), Wanted("psc-119", "a1", line=3), Wanted("x", "B-1", line=4)]
    with pytest.raises(Faulty) as faulty:
        journal.decide(lambda view: rules.register_all(view, "os:admin", wanted, AGENCIES))
    assert [(each.line, refusal.code) for each, refusal in faulty.value.faults] == [
        (3, "unit_taken"), (4, "no_such_agency"),
    ]  # fmt: skip
    assert units(journal) == []
    journal.decide(lambda view: rules.register_all(view, "os:admin", wanted[:1], AGENCIES))
    assert [unit.call_sign for unit in units(journal)] == ["A-1"]


def test_out_of_service_needs_a_reason_and_ends(journal):
    add(journal, "psc-119", "A-12")
    unit = rules.find(journal, "A-12")
    with pytest.raises(Refusal, match="A reason is needed"):
        journal.decide(lambda view: rules.out_of_service(view, "os:admin", unit, "  "))
    journal.decide(lambda view: rules.out_of_service(view, "os:admin", unit, "ban\x1b bocor"))
    out = one(journal, "psc-119", "A-12")
    assert (out.state, out.out_reason) == ("out_of_service", "ban\ufffd bocor")
    with pytest.raises(Refusal, match="out of service already"):
        journal.decide(lambda view: rules.out_of_service(view, "os:admin", unit, "lagi"))
    journal.decide(lambda view: rules.in_service(view, "os:admin", unit))
    assert one(journal, "psc-119", "A-12").state == "free"
    with pytest.raises(Refusal, match="not out of service"):
        journal.decide(lambda view: rules.in_service(view, "os:admin", unit))


# ------------------------------------------------------------------ what each is doing


def test_the_state_of_a_unit_is_that_of_the_hand_over_that_names_it(journal):
    add(journal, "psc-119", "A-12")
    do = chase(journal, "i1", "psc-119")
    unit = lambda: one(journal, "psc-119", "A-12")  # noqa: E731
    assert (unit().state, unit().number, unit().since) == ("free", None, None)
    do("en_route", "psc-119", unit="a 12")
    assert (unit().state, unit().number, unit().since) == ("en_route", 1, T0 + 10**6)
    do("on_scene", "psc-119")
    assert unit().state == "on_scene"
    do("finish", "psc-119", result="done")
    assert unit().state == "free"


def test_a_unit_that_is_on_an_incident_is_not_retired_and_may_break_down_there(journal):
    add(journal, "psc-119", "A-12")
    do = chase(journal, "i1", "psc-119")
    do("en_route", "psc-119", unit="A-12")
    unit = one(journal, "psc-119", "A-12")
    with pytest.raises(Refusal, match="A-12 is on incident 1"):
        journal.decide(lambda view: rules.retire(view, "os:admin", unit))
    journal.decide(lambda view: rules.out_of_service(view, "os:admin", unit, "mogok"))
    broken = one(journal, "psc-119", "A-12")
    assert (broken.state, broken.number, broken.out_reason) == ("en_route", 1, "mogok")
    do("stand_down", "psc-119", reason="mogok")
    assert one(journal, "psc-119", "A-12").state == "stood_down"
    do("acknowledge_stand_down", "psc-119", by="Asep")
    assert one(journal, "psc-119", "A-12").state == "out_of_service"
    journal.decide(lambda view: rules.retire(view, "os:admin", unit, "dijual"))
    assert units(journal) == []
    add(journal, "psc-119", "A 12", "other")
    assert one(journal, "psc-119", "A-12").state == "free", "the call sign may be given to another one"


def test_a_unit_of_one_agency_is_not_that_of_another(journal):
    add(journal, "psc-119", "A-12")
    add(journal, "polres", "A-12")
    do = chase(journal, "i1", "psc-119", "polres")
    do("en_route", "polres", unit="A-12")
    assert {unit.agency: unit.state for unit in units(journal)} == {"psc-119": "free", "polres": "en_route"}


def test_a_unit_on_two_incidents_is_told_with_both_and_never_lost(journal):
    add(journal, "psc-119", "A-12")
    add(journal, "psc-119", "A-14")
    one_do, two_do = chase(journal, "i1", "psc-119"), chase(journal, "i2", "psc-119")
    one_do("en_route", "psc-119", unit="A-12, A-14")
    two_do("on_scene", "psc-119", unit="A-12")
    unit = one(journal, "psc-119", "A-12")
    assert [(at.number, at.state) for at in unit.at] == [(2, "on_scene"), (1, "en_route")]
    told = doubled(units(journal), "psc-119", "a12 dan a14", "i2-psc-119")
    assert [(each.call_sign, each.at[0].number) for each in told] == [("A-12", 1), ("A-14", 1)]
    assert doubled(units(journal), "psc-119", "A-14", "i1-psc-119") == ()
    assert doubled(units(journal), "polres", "A-12") == ()


def test_a_unit_that_an_agency_is_asked_for_is_asked_until_it_goes_and_again_when_that_was_a_slip(journal):
    add(journal, "psc-119", "A-12")
    desk.open_incident(journal, asked(), "i1", place=PLACE, type="house_fire", priority=1)
    known = lambda: one(journal, "psc-119", "A-12")  # noqa: E731
    wanted = HandoverRequest(id="h1", agency="psc-119", unit="A-12")
    desk.hand_over(journal, asked(), "i1", 9, [wanted])
    assert (known().state, known().number) == ("asked", 1)
    desk.acknowledge(journal, asked(), "i1", "h1", 9, by="Asep")
    gone = asked(id="slip")
    desk.en_route(journal, gone, "i1", "h1", 9)
    assert known().state == "en_route"
    desk.undo(journal, asked(), "i1", "slip")
    assert known().state == "asked"
    sent = asked(id="sent")
    desk.stand_down(journal, sent, "i1", "h1", 99, reason="salah")
    desk.acknowledge_stand_down(journal, asked(), "i1", "h1", 99, by="Asep")
    assert known().state == "free"


def test_a_further_unit_of_an_agency_on_the_way_has_a_state_of_its_own(journal):
    for sign in ("A-12", "A-14", "A-16"):
        add(journal, "psc-119", sign)
    do = chase(journal, "i1", "psc-119")
    states = lambda: {unit.call_sign: unit.state for unit in units(journal)}  # noqa: E731
    with pytest.raises(Refusal, match="added to one that is on the way"):
        do("add_unit", "psc-119", unit="A-14")
    do("en_route", "psc-119", unit="A-12")
    do("add_unit", "psc-119", unit="A-14")
    assert states() == {"A-12": "en_route", "A-14": "en_route", "A-16": "free"}
    do("on_scene", "psc-119", unit="a14")
    assert states() == {"A-12": "en_route", "A-14": "on_scene", "A-16": "free"}, "the later one was there first"
    do("add_unit", "psc-119", unit="A-16")
    with pytest.raises(Refusal, match="psc-119 has A-16, A-12 on it already"):
        do("add_unit", "psc-119", unit="A-16, A-12")
    with pytest.raises(Refusal, match="A-14 of psc-119 is there already"):
        do("on_scene", "psc-119", unit="A-14")
    do("on_scene", "psc-119", unit="A-12")
    assert states() == {"A-12": "on_scene", "A-14": "on_scene", "A-16": "en_route"}
    do("on_scene", "psc-119")
    assert set(states().values()) == {"on_scene"}
    with pytest.raises(Refusal, match="cannot be on scene now"):
        do("on_scene", "psc-119")
    do("finish", "psc-119", result="done")
    assert set(states().values()) == {"free"}


def test_of_several_units_sent_at_once_one_may_be_there_before_the_others(journal):
    for sign in ("A-12", "A-14", "A-16"):
        add(journal, "psc-119", sign)
    do = chase(journal, "i1", "psc-119")
    do("en_route", "psc-119", unit="A-12, A-14")
    do("on_scene", "psc-119", unit="A-14, A-16")
    assert [(unit.call_sign, unit.state, unit.since) for unit in units(journal)] == [
        ("A-12", "en_route", T0 + 10**6), ("A-14", "on_scene", T0 + 10**6), ("A-16", "on_scene", T0 + 10**6),
    ]  # fmt: skip
    other = chase(journal, "i2", "psc-119")
    other("en_route", "psc-119", unit="A-12")
    other("on_scene", "psc-119", unit="A-14")
    assert one(journal, "psc-119", "A-12").at[0].number == 1, "the agency sent another one than it had said"


def test_a_further_unit_that_was_a_slip_is_free_again_and_what_was_built_on_it_stays(journal):
    add(journal, "psc-119", "A-12")
    add(journal, "psc-119", "A-14")
    do = chase(journal, "i1", "psc-119")
    do("en_route", "psc-119", unit="A-12")
    before = load(journal, "i1").handovers["i1-psc-119"]
    for step in ("add_unit", "on_scene"):
        slip = asked(at=T0 + 2 * 10**6)
        getattr(desk, step)(journal, slip, "i1", "i1-psc-119", 99, unit="A-14, A-12")
        assert one(journal, "psc-119", "A-14").state != "free"
        desk.undo(journal, asked(at=T0 + 3 * 10**6), "i1", slip.id)
        after = load(journal, "i1").handovers["i1-psc-119"]
        assert msgspec.structs.replace(after, changed=before.changed) == before
    slip = asked()
    desk.add_unit(journal, slip, "i1", "i1-psc-119", 99, unit="A-14")
    do("on_scene", "psc-119", unit="A-14")
    with pytest.raises(Conflict):
        desk.undo(journal, asked(), "i1", slip.id)
    assert load(journal, "i1").first_on_scene_at == T0 + 10**6


def test_units_of_their_own_state_go_along_in_a_merger_and_come_back(journal):
    add(journal, "psc-119", "A-12")
    add(journal, "psc-119", "A-14")
    do = chase(journal, "i1", "psc-119")
    chase(journal, "i2")
    do("en_route", "psc-119", unit="A-12, A-14")
    do("on_scene", "psc-119", unit="A-14")
    for into, number in ((lambda: desk.merge(journal, asked(), "i1", "i2", 99, "sama"), 2),
                         (lambda: desk.separate(journal, asked(), "i1", 99), 1)):  # fmt: skip
        into()
        assert [(unit.call_sign, unit.state, unit.number) for unit in units(journal)] == [
            ("A-12", "en_route", number), ("A-14", "on_scene", number),
        ]  # fmt: skip
    assert verify(journal).ok


def test_a_unit_goes_along_into_the_incident_that_its_own_was_merged_into(journal):
    add(journal, "psc-119", "A-12")
    do = chase(journal, "i1", "psc-119")
    chase(journal, "i2")
    do("en_route", "psc-119", unit="A-12")
    desk.merge(journal, asked(), "i1", "i2", 99, "sama")
    unit = one(journal, "psc-119", "A-12")
    assert [(at.number, at.state) for at in unit.at] == [(2, "en_route")]


def test_a_unit_that_was_only_typed_is_shown_as_it_was_typed(journal):
    add(journal, "psc-119", "A-12")
    do = chase(journal, "i1", "psc-119")
    do("en_route", "psc-119", unit="A-12, Mobil Desa")
    assert [(unit.call_sign, unit.registered, unit.state) for unit in everything(journal)] == [
        ("A-12", True, "en_route"), ("Mobil Desa", False, "en_route"),
    ]  # fmt: skip
    assert [unit.call_sign for unit in units(journal)] == ["A-12"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "retire", "out", "in"]),
        st.sampled_from(["psc-119", "polres"]),
        st.sampled_from(["A-1", "a 1", "A-2"]),
    ),
    max_size=12,
)


def test_any_order_of_requests_leaves_the_table_that_a_rebuild_makes(tmp_path_factory):
    @settings(max_examples=25)
    @given(STEPS)
    def check(steps):
        expected: dict[tuple[str, str], bool] = {}
        with Journal(tmp_path_factory.mktemp("units"), [INCIDENTS, UNITS]) as journal:
            for step, agency, sign in steps:
                unit = (agency, key(sign))
                allowed = {"add": unit not in expected, "retire": unit in expected, "out": expected.get(unit) is False,
                           "in": expected.get(unit) is True}[step]  # fmt: skip
                try:
                    do(journal, step, agency, sign)
                    assert allowed, (step, unit)
                except Refusal:
                    assert not allowed, (step, unit)
                    continue
                if step == "retire":
                    del expected[unit]
                else:
                    expected[unit] = step == "out"
            before = units(journal)
            assert {(each.agency, each.key): each.out_since is not None for each in before} == expected
            rebuild(journal)
            assert units(journal) == before
            assert verify(journal).ok

    def do(journal, step, agency, sign):
        if step == "add":
            add(journal, agency, sign)
        elif step == "retire":
            journal.decide(lambda view: rules.retire(view, "x", rules.find(view, sign, agency)))
        elif step == "out":
            journal.decide(lambda view: rules.out_of_service(view, "x", rules.find(view, sign, agency), "rusak"))
        else:
            journal.decide(lambda view: rules.in_service(view, "x", rules.find(view, sign, agency)))

    check()


def test_the_demos_units_are_marked_as_training_and_can_be_registered(journal):
    pack = load_pack(region_path("purwakarta"))
    known = {agency.id: agency.kind for agency in pack.agencies.values()}
    journal.decide(lambda view: rules.register_all(view, "demo", training_units(pack), known))
    found = units(journal)
    assert {unit.kind for unit in found} == {"ambulance", "fire_engine", "patrol"}
    assert all(unit.call_sign.startswith("LAT-") for unit in found)
    assert len({unit.key for unit in found}) == len(found) <= 12, "a line names each without its agency"


def test_every_kind_has_a_place_in_the_lists():
    assert set(rules.USUAL_KINDS.values()) <= set(KINDS)
