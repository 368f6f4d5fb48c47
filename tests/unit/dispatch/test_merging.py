"""Two incidents that are one, and two again; and a slip of the hand that is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.clock import SECOND
from data.entry import Entry
from data.errors import Conflict, Refusal
from data.journal import Journal
from data.verify import verify
from dispatch import desk
from dispatch.incidents import queries
from dispatch.incidents.state import Incident
from tests.unit.dispatch.support import PLACE, T0, asked, open_journal, request

LONG = 99
"""A version that nobody's change is newer than."""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = open_journal(tmp_path)
    yield made
    made.close()


def new(journal: Journal, id: str, call: str) -> None:
    desk.open_incident(journal, asked(), id, call=call, place=PLACE, type="house_fire", priority=1)


def get(journal: Journal, id: str) -> Incident:
    found = queries.get(journal, id)
    assert found is not None
    return found


def two_fires(journal: Journal) -> None:
    """Incident 1 with damkar on the way and psc asked; incident 2, the same fire, with damkar and polres asked."""
    new(journal, "one", "call/pbx/1")
    new(journal, "two", "call/pbx/2")
    desk.hand_over(journal, asked(), "one", LONG, [request("damkar"), request("psc")])
    desk.acknowledge(journal, asked(), "one", "damkar", LONG, by="Pak Dedi")
    desk.en_route(journal, asked(), "one", "damkar", LONG, unit="Unit 3")
    desk.hand_over(journal, asked(), "two", LONG, [request("damkar", "damkar2"), request("polres")])
    desk.acknowledge(journal, asked(), "two", "polres", LONG, by="Bu Ani")
    desk.note(journal, asked(), "two", "asap hitam")


def states(journal: Journal, id: str) -> dict[str, str]:
    return {handover.id: handover.state for handover in get(journal, id).handovers.values()}


def verified(journal: Journal) -> None:
    assert verify(journal).ok


def test_calls_notes_and_hand_overs_follow_and_the_merged_one_says_where(journal: Journal) -> None:
    two_fires(journal)
    desk.merge(journal, asked(), "two", "one", LONG, "rumah yang sama")
    one, two = get(journal, "one"), get(journal, "two")
    assert (two.status, two.merged_into, two.merged_number) == ("merged", "one", 1)
    assert one.calls == ("call/pbx/1", "call/pbx/2")
    # Polres goes on here with its times; damkar has it already and is chased once.
    assert states(journal, "one") == {"damkar": "en_route", "psc": "sent", "polres": "acknowledged"}
    assert one.handovers["polres"].acknowledged_by == "Bu Ani"
    assert one.handovers["polres"].sent_at == two.handovers["polres"].sent_at
    assert states(journal, "two") == {"damkar2": "moved", "polres": "moved"}
    rows = journal.execute("SELECT incident, handover FROM handover_waits ORDER BY handover").fetchall()
    assert rows == [("one", "damkar"), ("one", "polres"), ("one", "psc")], "nothing of the merged one is timed any more"
    detail = queries.detail(journal, "one")
    assert detail is not None
    lines = {(line.number, line.text) for line in detail.log}
    assert (2, "note: asap hitam") in lines and (None, "incident 2 is the same and goes on here") in lines
    merged = queries.detail(journal, "two")
    assert merged is not None
    assert merged.log[-1].text == "the same as incident 1, goes on there: rumah yang sama"
    assert [row.id for row in queries.of_call(journal, "call/pbx/2")] == ["one", "two"]
    assert [row.id for row in queries.board(journal)] == ["one"]
    verified(journal)


def test_the_merged_one_takes_nothing_any_more_and_names_the_other(journal: Journal) -> None:
    two_fires(journal)
    desk.merge(journal, asked(), "two", "one", LONG, "sama")
    for attempt in (
        lambda: desk.set_text(journal, asked(), "two", "narrative", "x", base=None),
        lambda: desk.acknowledge(journal, asked(), "two", "damkar2", LONG, by="x"),
        lambda: desk.reopen(journal, asked(), "two", LONG),
        lambda: desk.merge(journal, asked(), "two", "one", LONG, "sama"),
    ):
        with pytest.raises(Refusal, match="incident 2 goes on in incident 1"):
            attempt()


def test_apart_again_with_what_the_agencies_did_meanwhile(journal: Journal) -> None:
    two_fires(journal)
    desk.merge(journal, asked(), "two", "one", LONG, "sama")
    desk.on_scene(journal, asked(), "one", "polres", LONG, unit="Patroli 2")
    desk.separate(journal, asked(), "two", LONG, "ternyata dua rumah")
    one, two = get(journal, "one"), get(journal, "two")
    assert (two.status, two.merged_into, one.absorbed) == ("active", None, {})
    assert (one.calls, two.calls) == (("call/pbx/1",), ("call/pbx/2",))
    assert states(journal, "two") == {"damkar2": "sent", "polres": "on_scene"}
    assert states(journal, "one") == {"damkar": "en_route", "psc": "sent", "polres": "moved"}
    assert two.handovers["polres"].unit == "Patroli 2"
    desk.merge(journal, asked(), "two", "one", LONG, "memang sama")
    assert states(journal, "one")["polres"] == "on_scene"
    verified(journal)


@pytest.mark.parametrize(
    ("into", "reason", "code"), [("one", "x", "same_incident"), ("two", " ", "no_merge_reason"),
                                 ("three", "x", "incident_closed")]
)  # fmt: skip
def test_a_merger_that_makes_no_sense_is_refused(journal: Journal, into: str, reason: str, code: str) -> None:
    two_fires(journal)
    new(journal, "three", "call/pbx/3")
    desk.close(journal, asked(), "three", LONG, "done")
    with pytest.raises(Refusal) as caught:
        desk.merge(journal, asked(), "one", into, LONG, reason)
    assert caught.value.code == code


def test_an_agency_that_is_to_stop_for_one_and_works_for_the_other_is_settled_first(journal: Journal) -> None:
    two_fires(journal)
    desk.stand_down(journal, asked(), "one", "damkar", LONG)
    with pytest.raises(Refusal, match="settle that first"):
        desk.merge(journal, asked(), "two", "one", LONG, "sama")


def test_who_merges_what_somebody_closed_meanwhile_is_told(journal: Journal) -> None:
    new(journal, "one", "call/pbx/1")
    new(journal, "two", "call/pbx/2")
    seen = get(journal, "two").version
    desk.close(journal, asked("budi"), "two", seen, "done")
    with pytest.raises(Conflict, match="budi"):
        desk.merge(journal, asked("sari"), "two", "one", seen, "sama")


# ---------------------------------------------------------------------- a slip of the hand


def now(seconds: float = 0.0) -> int:
    """A moment after now: undoing is timed by when the entries were written."""
    from data.clock import now as clock

    return clock() + int(seconds * SECOND)


def decide(journal: Journal, step: str, *args: object, **more: object) -> str:
    """Run a request as sari; its id."""
    by = asked("sari", at=now())
    getattr(desk, step)(journal, by, *args, **more)
    return by.id


def undo(journal: Journal, incident: str, decision: str, who: str = "sari", later_s: float = 0.0) -> list[Entry]:
    return desk.undo(journal, asked(who, at=now(later_s)), incident, decision)


STEPS: list[tuple[str, dict[str, object], str]] = [
    ("acknowledge", {"by": "Pak Asep"}, "psc"),
    ("refuse", {"reason": "penuh"}, "psc"),
    ("on_scene", {"unit": "Unit 9"}, "damkar"),
    ("finish", {"result": "done"}, "damkar"),
    ("stand_down", {"reason": "salah"}, "damkar"),
]


@pytest.mark.parametrize(("step", "more", "handover"), STEPS)
def test_a_step_is_taken_back_and_both_entries_stay(
    journal: Journal, step: str, more: dict[str, object], handover: str
) -> None:
    two_fires(journal)
    before = get(journal, "one")
    decision = decide(journal, step, "one", handover, LONG, **more)
    undo(journal, "one", decision)
    after = get(journal, "one")
    kept = {"changed"}
    for name in before.handovers[handover].__struct_fields__:
        if name not in kept:
            assert getattr(after.handovers[handover], name) == getattr(before.handovers[handover], name), name
    assert (after.stage, after.first_acknowledged_at) == (before.stage, before.first_acknowledged_at)
    assert [entry.kind for entry in journal.stream("incident/one")][-1] == "handover.undone"
    verified(journal)


def test_a_sending_undone_was_never_told_and_can_be_sent_anew(journal: Journal) -> None:
    new(journal, "one", "call/pbx/1")
    decision = decide(journal, "hand_over", "one", LONG, [request("damkar"), request("psc")])
    undo(journal, "one", decision)
    assert (get(journal, "one").stage, get(journal, "one").first_sent_at) == ("new", None)
    assert [(row.stage, row.handovers) for row in queries.board(journal)] == [("new", 0)]
    desk.hand_over(journal, asked(), "one", LONG, [request("damkar", "again")])
    verified(journal)


def test_a_reassignment_is_undone_whole(journal: Journal) -> None:
    two_fires(journal)
    decision = decide(journal, "reassign", "one", "damkar", LONG, request("pmi"), reason="salah")
    undo(journal, "one", decision)
    assert states(journal, "one") == {"damkar": "en_route", "psc": "sent", "pmi": "withdrawn"}


def test_a_closing_and_a_merger_are_undone(journal: Journal) -> None:
    two_fires(journal)
    new(journal, "three", "call/pbx/3")
    undo(journal, "three", decide(journal, "close", "three", LONG, "done"))
    assert get(journal, "three").status == "active"
    undo(journal, "two", decide(journal, "merge", "two", "one", LONG, "sama"))
    assert get(journal, "two").status == "active" and get(journal, "one").absorbed == {}


def test_too_late_by_somebody_else_or_after_a_further_step_nothing_is_undone(journal: Journal) -> None:
    two_fires(journal)
    decision = decide(journal, "acknowledge", "one", "psc", LONG, by="Pak Asep")
    for who, later_s, code in (("sari", 11, "too_late_to_undo"), ("budi", 0, "not_yours")):
        with pytest.raises(Refusal) as caught:
            undo(journal, "one", decision, who, later_s)
        assert caught.value.code == code
    desk.en_route(journal, asked("budi"), "one", "psc", LONG)
    with pytest.raises(Conflict, match="budi"):
        undo(journal, "one", decision)
    with pytest.raises(Refusal, match="cannot be undone"):
        undo(journal, "one", decide(journal, "note", "one", "x"))
    with pytest.raises(Refusal, match="nothing to undo"):
        undo(journal, "one", "unknown")
    assert now() > T0
