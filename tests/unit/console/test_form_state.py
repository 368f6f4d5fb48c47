"""The form's state: nothing typed is replaced, nothing counts as saved before the journal said so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.ui.form_state import CHANGED, FAILED, SAVED, SAVING, TYPED, FormState
from console.ui.views import FIELDS
from tests.unit.console.fake_desk import AGENCIES, PLACES, TYPES, detail, handover, incident, my_call


def opened(**values: str) -> FormState:
    form = FormState()
    for name, text in values.items():
        form.set_typed(name, text)
    form.opening()
    for name, text in values.items():
        form.saving(name)
        form.was_saved(name, text)
    return form


def server(**values: str) -> object:
    return detail(values=values)


def test_a_field_is_typed_then_on_its_way_then_saved() -> None:
    form = FormState()
    form.set_typed("address", "RT 3")
    assert form.status["address"] == TYPED
    assert form.saving("address") == ""
    assert form.status["address"] == SAVING
    form.was_saved("address", "RT 3")
    assert form.status["address"] == SAVED
    assert form.unsaved == ()


def test_text_typed_on_while_it_is_saved_stays_unsaved() -> None:
    form = FormState()
    form.set_typed("address", "RT 3")
    form.saving("address")
    form.set_typed("address", "RT 3 RW 5")
    form.was_saved("address", "RT 3")
    assert form.unsaved == ("address",)
    assert form.saving("address") == "RT 3"


def test_a_refused_field_keeps_its_text() -> None:
    form = FormState()
    form.set_typed("address", "RT 3")
    form.saving("address")
    form.was_refused("address")
    assert (form.status["address"], form.typed["address"], form.unsaved) == (FAILED, "RT 3", ("address",))


def test_the_caller_of_a_call_is_offered_and_goes_with_the_opening() -> None:
    form = FormState()
    form.adopt(my_call())
    assert form.blank
    assert form.unsaved == ()
    form.set_typed("place", "Jatiluhur")
    assert form.opening() == ("place", "caller_name", "caller_number")


def test_a_value_of_another_desk_fills_a_field_that_nobody_touched() -> None:
    form = opened(place="Jatiluhur")
    assert form.refresh(server(place="Jatiluhur", address="RT 9")) == ("address",)  # type: ignore[arg-type]
    assert (form.typed["address"], form.status["address"]) == ("RT 9", SAVED)


def test_a_value_of_another_desk_stands_beside_text_that_is_being_typed() -> None:
    form = opened(address="RT 3")
    form.set_typed("address", "RT 3 RW")
    assert form.refresh(server(address="RT 9"), "address") == ()  # type: ignore[arg-type]
    assert (form.typed["address"], form.theirs, form.status["address"]) == ("RT 3 RW", {"address": "RT 9"}, CHANGED)
    form.keep_mine("address")
    assert form.saving("address") == "RT 9"


def test_the_field_with_the_keyboard_is_not_replaced_even_when_nothing_was_typed() -> None:
    form = opened(address="RT 3")
    form.refresh(server(address="RT 9"), "address")  # type: ignore[arg-type]
    assert form.typed["address"] == "RT 3"
    assert form.take_theirs("address") == "RT 9"
    assert (form.typed["address"], form.unsaved) == ("RT 9", ())


def test_what_the_incident_has_when_the_form_comes_to_it_fills_also_the_field_with_the_keyboard() -> None:
    form = FormState()
    form.adopt(my_call())
    has = {"place": "Jatiluhur", "caller_name": my_call().name, "caller_number": my_call().number}
    assert form.refresh(detail(values=has), "place") == ("place",)
    assert (form.typed["place"], form.status["place"], form.theirs) == ("Jatiluhur", SAVED, {})
    assert form.status["caller_name"] == SAVED
    assert form.refresh(detail(values=has | {"place": "Sukatani"}), "place") == (), "from now on it is a change"
    assert form.theirs == {"place": "Sukatani"}


def test_text_that_was_typed_before_the_incident_came_stays() -> None:
    form = FormState()
    form.set_typed("place", "Suka")
    assert form.refresh(server(place="Jatiluhur"), "place") == ()  # type: ignore[arg-type]
    assert (form.typed["place"], form.theirs) == ("Suka", {"place": "Jatiluhur"})


def test_a_choice_is_forgotten_when_its_text_is_changed() -> None:
    form = FormState()
    form.typed["place"], form.place = PLACES[0].label, PLACES[0]
    form.typed["type"], form.type = TYPES[0].name("id"), TYPES[0]
    form.set_typed("place", PLACES[0].label + " ")
    form.set_typed("type", "Kebakaran")
    assert (form.place, form.type) == (None, None)


def test_primary_agencies_are_ticked_until_the_operator_changes_a_tick() -> None:
    form = FormState()
    form.recommend(AGENCIES)
    assert form.ticked == {"damkar", "psc119"}
    form.toggle("psc119")
    form.recommend(AGENCIES)
    assert [choice.id for choice in form.to_send()] == ["damkar"]


def test_an_agency_that_has_it_is_neither_ticked_nor_sent_and_one_that_refused_can_be_asked_again() -> None:
    form = FormState()
    form.refresh(detail(incident(), handovers=(handover(), handover("h2", agency="psc119", state="refused"))))
    form.recommend(AGENCIES)
    form.toggle("damkar")
    assert [choice.id for choice in form.to_send()] == ["psc119"]


def test_a_draft_comes_back_as_typed_text_of_the_same_call_and_incident() -> None:
    form = FormState(call="call/pbx-1/123.4")
    again = FormState.from_draft(form.draft_key, {"address": "gang", "unknown": "x"})
    assert (again.call, again.incident, again.typed, again.unsaved) == (
        form.call, form.incident, {"address": "gang"}, ("address",),
    )  # fmt: skip


texts = st.sampled_from(["", "a", "b", "c"])
steps = st.one_of(
    st.tuples(st.just("type"), st.sampled_from(FIELDS), texts),
    st.tuples(st.just("save"), st.sampled_from(FIELDS), texts),
    st.tuples(st.just("theirs"), st.sampled_from(FIELDS), texts),
)


@given(st.lists(steps, max_size=30))
def test_whatever_happens_only_the_operator_changes_a_text_that_is_not_saved(story: list[tuple[str, str, str]]) -> None:
    form = FormState()
    journal: dict[str, str] = {}
    for what, name, text in story:
        if what == "type":
            form.set_typed(name, text)
        elif what == "save":
            base = form.saving(name)
            if base == journal.get(name, ""):
                journal[name] = form.typed.get(name, "")
                form.was_saved(name, journal[name])
            else:
                form.was_refused(name)
        else:
            journal[name] = text
            before = {field: form.typed.get(field, "") for field in form.unsaved}
            form.refresh(detail(values=dict(journal)))
            assert {field: form.typed.get(field, "") for field in before} == before
    # once everything is read and kept, saving on the new base always succeeds
    form.refresh(detail(values=dict(journal)))
    for name in FIELDS:
        form.keep_mine(name)
        assert form.saving(name) == journal.get(name, "")
