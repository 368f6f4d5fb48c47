"""The rules of incidents: fields, calls, notes, closing, reopening, merging."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import Conflict, Refusal
from data.text import safe_line, safe_text
from dispatch.incidents import handovers, rules
from dispatch.incidents.state import Incident
from tests.unit.dispatch.support import PLACE, T0, after, asked, opened, ready, sent


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda error: error.code == code)


def test_an_incident_opens_with_what_is_known() -> None:
    incident = opened(call="call/pbx/1", texts={"caller_number": "0812", "narrative": "api\nbesar"})
    assert (incident.number, incident.status, incident.stage) == (1, "active", "new")
    assert incident.calls == ("call/pbx/1",)
    assert incident.texts == {"caller_number": "0812", "narrative": "api\nbesar"}


def test_an_incident_can_be_entered_after_the_fact_and_not_before_it() -> None:
    assert opened(began_at=T0 - 1).began_at == T0 - 1
    with refused("in_the_future"):
        opened(began_at=T0 + 1)


def test_the_times_of_first_place_and_type_stay_when_they_are_corrected() -> None:
    incident = after(opened(), rules.set_place(opened(), asked(at=T0 + 5), PLACE, None))
    incident = after(incident, rules.set_type(incident, asked(at=T0 + 7), "snake", 2, None))
    other = msgspec.structs.replace(PLACE, name="Plered")
    incident = after(incident, rules.set_place(incident, asked(at=T0 + 50), other, "Citalang"))
    incident = after(incident, rules.set_type(incident, asked(at=T0 + 60), "house_fire", 1, "snake"))
    assert (incident.placed_at, incident.typed_at) == (T0 + 5, T0 + 7)
    assert incident.place is not None and incident.place.name == "Plered"
    assert (incident.type, incident.priority) == ("house_fire", 1)


def test_a_field_changed_by_a_colleague_meanwhile_names_who_when_and_what() -> None:
    incident = opened()
    colleague = after(incident, rules.set_text(incident, asked("budi"), "narrative", "dua korban", None))
    with pytest.raises(Conflict) as caught:
        rules.set_text(colleague, asked("sari"), "narrative", "tiga korban", None)
    error = caught.value
    assert error.code == "field_changed"
    assert (error.params["who"], error.params["field"], error.params["value"]) == ("budi", "narrative", "dua korban")
    assert error.params["at"] == T0
    assert "budi changed narrative" in str(error)


def test_another_field_changed_meanwhile_conflicts_with_nothing() -> None:
    incident = opened()
    moved = after(incident, rules.set_text(incident, asked("budi"), "address", "Jl. Veteran 1", None))
    moved = after(moved, rules.attach_call(moved, asked("budi"), "call/pbx/2"))
    moved = after(moved, rules.note(moved, asked("budi"), "masih terhubung"))
    assert rules.set_text(moved, asked(), "narrative", "api", None)
    assert rules.set_place(moved, asked(), PLACE, None)


def test_two_people_who_enter_the_same_have_no_conflict_and_write_once() -> None:
    incident = after(opened(), rules.set_place(opened(), asked("budi"), PLACE, None))
    assert rules.set_place(incident, asked("sari"), PLACE, None) == []
    incident = after(incident, rules.set_type(incident, asked("budi"), "snake", 2, None))
    assert rules.set_type(incident, asked("sari"), "snake", 2, None) == []


def test_place_and_type_conflict_like_other_fields() -> None:
    incident = ready()
    with pytest.raises(Conflict):
        rules.set_place(incident, asked(), msgspec.structs.replace(PLACE, name="Plered"), None)
    with pytest.raises(Conflict):
        rules.set_type(incident, asked(), "snake", 2, None)
    with pytest.raises(Conflict):
        rules.set_priority(incident, asked(), 3, 2)


def test_a_priority_set_by_hand_survives_a_change_of_type() -> None:
    incident = ready()
    incident = after(incident, rules.set_priority(incident, asked(), 2, 1))
    incident = after(incident, rules.set_type(incident, asked(), "other", 3, "house_fire"))
    assert (incident.type, incident.priority) == ("other", 2)


def test_an_emptied_field_is_gone() -> None:
    incident = opened(texts={"caller_name": "Ani"})
    incident = after(incident, rules.set_text(incident, asked(), "caller_name", "  ", "Ani"))
    assert "caller_name" not in incident.texts


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"name": " \t "}, "empty_place"),
        ({"lat": None}, "half_a_point"),
        ({"lat": 91.0}, "no_such_point"),
        ({"lon": math.nan}, "no_such_point"),
        ({"precision_m": -1.0}, "no_such_precision"),
        ({"precision_m": math.inf}, "no_such_precision"),
    ],
)
def test_an_impossible_place_is_refused(place: dict[str, object], code: str) -> None:
    with refused(code):
        rules.set_place(opened(), asked(), msgspec.structs.replace(PLACE, **place), None)


def test_unknown_codes_are_refused_with_those_there_are() -> None:
    with refused("unknown_field"):
        rules.set_text(opened(), asked(), "colour", "red", None)
    with refused("unknown_origin"):
        opened(origin="dream")
    with refused("unknown_priority"):
        rules.set_priority(opened(), asked(), 0, None)
    with refused("unknown_result"):
        rules.close(opened(), asked(), 1, "whatever")


HOSTILE = ["\x1b[2Jx", "a\r\nb", "x\u202ey", "a\u2028b", "[red]x[/", "=1+1", "{0}{who}", "\ud800", "é" * 10_000, "🔥"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_as_harmless_data_in_every_field(text: str) -> None:
    incident = opened()
    for field, limit in rules.TEXT_FIELDS.items():
        incident = after(incident, rules.set_text(incident, asked(), field, text, None))
        kept = incident.texts[field]
        assert len(kept) <= limit and safe_text(kept, limit) == kept
        if field != "narrative":
            assert safe_line(kept, limit) == kept
        # and its own text is the base that it can be changed from
        assert rules.set_text(incident, asked(), field, text, None) == []
        assert rules.set_text(incident, asked(), field, "baru", text)
    incident = after(incident, rules.note(incident, asked(), text))
    incident = after(incident, rules.set_place(incident, asked(), msgspec.structs.replace(PLACE, name=text), None))
    assert incident.place is not None and safe_line(incident.place.name, 300) == incident.place.name


def test_a_call_is_attached_once() -> None:
    incident = ready()
    assert rules.attach_call(incident, asked(), "call/pbx/1") == []
    incident = after(incident, rules.attach_call(incident, asked(), "call/pbx/2"))
    assert incident.calls == ("call/pbx/1", "call/pbx/2")


def test_closing_waits_for_every_agency_and_names_them() -> None:
    incident = sent(ready(), "damkar-mako", "psc-119")
    with refused("cannot_close_yet") as caught:
        rules.close(incident, asked(), incident.version, "done")
    assert "damkar-mako (sent), psc-119 (sent)" in str(caught.value)
    for agency in ("damkar-mako", "psc-119"):
        drafts = handovers.refuse(incident, asked(), agency, incident.version, reason="bukan wilayah")
        incident = after(incident, drafts)
    assert incident.stage == "refused_open"
    closed = after(incident, rules.close(incident, asked(), incident.version, "referred", "ke BPBD"))
    assert (closed.status, closed.stage, closed.result, closed.closing_note) == (
        "closed",
        "closed",
        "referred",
        "ke BPBD",
    )


def closed_incident() -> Incident:
    incident = ready()
    return after(incident, rules.close(incident, asked(), incident.version, "done"))


def test_a_closed_incident_takes_notes_only_until_it_is_reopened() -> None:
    incident = closed_incident()
    assert rules.note(incident, asked(), "kabar menyusul")
    for attempt in (
        lambda: rules.set_text(incident, asked(), "narrative", "x", None),
        lambda: rules.attach_call(incident, asked(), "call/pbx/9"),
        lambda: rules.close(incident, asked(), incident.version, "done"),
        lambda: handovers.hand_over(incident, asked(), incident.version, []),
    ):
        with refused("incident_closed"):
            attempt()
    again = after(incident, rules.reopen(incident, asked(), incident.version, "masih menyala"))
    assert (again.status, again.result, again.closed_at) == ("active", None, None)
    assert rules.set_text(again, asked(), "narrative", "x", None)


def test_only_a_closed_incident_can_be_reopened() -> None:
    with refused("not_closed"):
        rules.reopen(ready(), asked(), 99)


def test_two_people_who_close_have_one_winner() -> None:
    incident = ready()
    won = after(incident, rules.close(incident, asked("budi"), incident.version, "done"))
    with pytest.raises(Conflict) as caught:
        rules.close(won, asked("sari"), incident.version, "cancelled")
    assert caught.value.params["who"] == "budi"


def test_a_note_meanwhile_does_not_stop_a_close() -> None:
    incident = ready()
    noted = after(incident, rules.note(incident, asked("budi"), "api padam"))
    assert rules.close(noted, asked("sari"), incident.version, "done")


@given(st.sampled_from(sorted(rules.TEXT_FIELDS)), st.text(), st.text())
def test_a_text_typed_twice_is_one_change(field: str, first: str, second: str) -> None:
    incident = opened()
    incident = after(incident, rules.set_text(incident, asked(), field, first, None))
    assert rules.set_text(incident, asked(), field, first, first) == []
    drafts = rules.set_text(incident, asked(), field, second, first)
    assert len(drafts) <= 1
    assert rules.set_text(after(incident, drafts), asked(), field, second, first) == []
