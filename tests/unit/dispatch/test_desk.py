"""The desk on a real journal: repeats, races, derived tables, queries, exports."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from data.errors import Conflict, Refusal
from data.export.sets import present
from data.journal import Journal
from data.rebuild import rebuild
from data.verify import verify
from dispatch import desk
from dispatch.incidents import handovers, queries, rules
from dispatch.incidents.export import ASSIGNMENTS_SET, INCIDENTS_SET
from dispatch.incidents.projection import handover_row, incident_row
from dispatch.incidents.state import fold_all
from tests.unit.dispatch.support import PLACE, T0, asked, open_journal, request

HOSTILE = "\x1b[2J\u202e=1+1[red]\r\n\u2028" + "x" * 10_000


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with open_journal(tmp_path / "d") as opened:
        yield opened


def new(journal: Journal, id: str, **known: object) -> int:
    """Open an incident; its version."""
    return desk.open_incident(journal, asked(), id, **known)[-1].version  # type: ignore[arg-type]


def version(journal: Journal, id: str) -> int:
    found = queries.get(journal, id)
    assert found is not None
    return found.version


def test_numbers_follow_each_other_and_are_what_people_say(journal: Journal) -> None:
    for id in ("a", "b", "c"):
        new(journal, id)
    found = queries.by_number(journal, 2)
    assert found is not None and found.id == "b"
    assert queries.by_number(journal, 99) is None


def test_a_repeat_of_a_request_writes_nothing_and_returns_the_first_answer(journal: Journal) -> None:
    who = asked()
    first = desk.open_incident(journal, who, "a", place=PLACE, type="snake", priority=2)
    assert desk.open_incident(journal, who, "a", place=PLACE, type="snake", priority=2) == first
    send = asked()
    once = desk.hand_over(journal, send, "a", 3, [request("psc-119")])
    again = desk.hand_over(journal, send, "a", 3, [request("psc-119")])
    assert [e.seq for e in again] == [e.seq for e in once]
    assert journal.head()[0] == len(first) + len(once)


def test_another_request_with_an_incidents_id_is_refused(journal: Journal) -> None:
    new(journal, "a")
    with pytest.raises(Refusal, match="id already"):
        new(journal, "a")


def test_an_incident_that_is_not_there_is_refused(journal: Journal) -> None:
    with pytest.raises(Refusal, match="no such incident"):
        desk.note(journal, asked(), "nowhere", "x")


def test_an_unknown_channel_is_refused_before_anything_is_written(journal: Journal) -> None:
    new(journal, "a", place=PLACE)
    pigeon = msgspec.structs.replace(request("psc-119"), channel="pigeon")
    with pytest.raises(Refusal, match="there are: voice"):
        desk.hand_over(journal, asked(), "a", 2, [pigeon])
    with pytest.raises(Refusal, match="there are: voice"):
        desk.reassign(journal, asked(), "a", "h", 2, pigeon, reason="x")


def test_two_dispatchers_at_the_same_moment_have_one_winner(journal: Journal) -> None:
    base = new(journal, "a", place=PLACE)
    desk.hand_over(journal, asked(), "a", base, [request("psc-119")])
    seen = version(journal, "a")
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def take(who: str) -> None:
        start.wait()
        try:
            desk.acknowledge(journal, asked(who), "a", "psc-119", seen, by=who)
            outcomes.append(f"{who} won")
        except Conflict as error:
            outcomes.append(f"lost to {error.params['who']}")

    people = [threading.Thread(target=take, args=(who,)) for who in ("sari", "budi", "dewi", "rina")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    winners = [o.split()[0] for o in outcomes if o.endswith("won")]
    assert len(winners) == 1
    assert sorted(outcomes) == sorted([f"{winners[0]} won"] + [f"lost to {winners[0]}"] * 3)
    found = queries.get(journal, "a")
    assert found is not None and found.handovers["psc-119"].acknowledged_by == winners[0]


def test_incidents_opened_at_the_same_moment_get_different_numbers(journal: Journal) -> None:
    start = threading.Barrier(6)

    def one(id: str) -> None:
        start.wait()
        new(journal, id)

    people = [threading.Thread(target=one, args=(f"i{n}",)) for n in range(6)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(row.number for row in queries.board(journal)) == [1, 2, 3, 4, 5, 6]


def busy_day(journal: Journal) -> None:
    """A day with every kind of entry, hostile text included."""
    base = new(
        journal, "a", place=PLACE, type="house_fire", priority=1, call="call/pbx/1", texts={"narrative": HOSTILE}
    )
    desk.hand_over(journal, asked(), "a", base, [request("damkar-mako"), request("psc-119"), request("pln")])
    desk.send_again(journal, asked(), "a", "pln")
    desk.acknowledge(journal, asked(), "a", "damkar-mako", 99, by=HOSTILE)
    desk.refuse(journal, asked(), "a", "psc-119", 99, reason=HOSTILE, by="Ani")
    desk.reassign(journal, asked(), "a", "pln", 99, request("polres"), reason="salah alamat")
    desk.acknowledge_stand_down(journal, asked(), "a", "pln", 99, by="Dedi")
    desk.en_route(journal, asked(), "a", "damkar-mako", 99, unit=HOSTILE)
    desk.add_unit(journal, asked(), "a", "damkar-mako", 99, unit="P-2")
    slip = asked()
    desk.on_scene(journal, slip, "a", "damkar-mako", 99, unit="P-2")
    desk.undo(journal, asked(), "a", slip.id)
    desk.on_scene(journal, asked(), "a", "damkar-mako", 99)
    desk.finish(journal, asked(), "a", "damkar-mako", 99, result="done", note=HOSTILE)
    desk.note(journal, asked(), "a", HOSTILE)
    desk.set_text(journal, asked(), "a", "caller_name", HOSTILE, base=None)
    desk.set_text(journal, asked(), "a", "caller_number", "+628123456789", base=None)
    desk.set_priority(journal, asked(), "a", 2, base=1)
    desk.set_type(journal, asked(), "a", "gas_leak", 1, base="house_fire")
    desk.attach_call(journal, asked(), "a", "call/pbx/2")
    new(journal, "b", call="call/pbx/3")
    desk.set_place(journal, asked(), "b", PLACE, base=None)
    desk.hand_over(journal, asked(), "b", 99, [request("pmi")])
    desk.merge(journal, asked(), "b", "a", 99, HOSTILE)
    desk.separate(journal, asked(), "b", 99, HOSTILE)
    desk.refuse(journal, asked(), "b", "pmi", 99, reason="penuh")
    desk.merge(journal, asked(), "b", "a", 99, HOSTILE)
    new(journal, "c", origin="walk_in", place=PLACE)
    slip = asked()
    desk.hand_over(journal, slip, "c", 99, [request("pmi")])
    desk.undo(journal, asked(), "c", slip.id)
    desk.close(journal, asked(), "c", 99, "no_response_needed", HOSTILE)
    desk.reopen(journal, asked(), "c", 99, HOSTILE)
    desk.stand_down(journal, asked(), "a", "polres", 99, reason=HOSTILE)


def test_derived_tables_are_what_the_fold_says(journal: Journal) -> None:
    busy_day(journal)
    for id in ("a", "b", "c"):
        incident = fold_all(journal.stream(f"incident/{id}"))
        assert incident is not None and queries.get(journal, id) == incident
        names = list(incident_row(incident))
        row = journal.execute(f"SELECT {', '.join(names)} FROM incidents WHERE id = ?", (id,)).fetchone()
        assert dict(zip(names, row, strict=True)) == incident_row(incident)
        for handover in incident.handovers.values():
            names = list(handover_row(id, handover))
            sql = f"SELECT {', '.join(names)} FROM handovers WHERE incident = ? AND id = ?"
            assert dict(zip(names, journal.execute(sql, (id, handover.id)).fetchone(), strict=True)) == handover_row(
                id, handover
            )
        calls = journal.execute("SELECT call FROM incident_calls WHERE incident = ?", (id,)).fetchall()
        assert {call for (call,) in calls} == set(incident.calls)
    waits = journal.execute("SELECT incident, handover, what FROM handover_waits").fetchall()
    assert waits == [("a", "polres", "stand_down")]


def test_a_rebuild_gives_the_same_rows_and_verify_is_content(journal: Journal, tmp_path: Path) -> None:
    busy_day(journal)
    tables = ("incidents", "incident_calls", "handovers", "handover_waits")
    before = {t: sorted(journal.execute(f"SELECT * FROM {t}").fetchall()) for t in tables}
    rebuild(journal)
    assert {t: sorted(journal.execute(f"SELECT * FROM {t}").fetchall()) for t in tables} == before
    assert verify(journal).ok


def test_a_day_with_every_kind_of_entry_reads_as_a_log(journal: Journal) -> None:
    busy_day(journal)
    kinds = {kind for (kind,) in journal.execute("SELECT DISTINCT kind FROM journal").fetchall()}
    assert kinds == set(journal.projections[0].kinds) - {"handover.overdue"}
    for id in ("a", "b", "c"):
        with journal.snapshot() as reader:
            found = queries.detail(reader, id, {"damkar-mako": "Damkar Mako"})
        assert found is not None
        for line in found.log:
            assert "\x1b" not in line.text and "\u202e" not in line.text and "\u2028" not in line.text
    assert queries.detail(journal, "nowhere") is None  # type: ignore[arg-type]


def test_the_log_names_agencies_and_keeps_codes_for_translation(journal: Journal) -> None:
    busy_day(journal)
    with journal.snapshot() as reader:
        found = queries.detail(reader, "a", {"damkar-mako": "Damkar Mako"})
    assert found is not None
    done = next(line for line in found.log if line.code == "handover.finished_note")
    assert done.message == "{agency} has finished: {result} ({note})"
    assert (done.params["agency"], done.params["result"]) == ("Damkar Mako", "done")
    assert [line.code for line in found.log].count("handover.sent_again") == 1


def test_an_erased_text_is_said_to_be_erased(journal: Journal) -> None:
    new(journal, "a")
    (entry,) = desk.note(journal, asked(), "a", "nama korban")
    journal.execute("DELETE FROM personal WHERE entry_id = ?", (entry.id,))
    with journal.snapshot() as reader:
        found = queries.detail(reader, "a")
    assert found is not None and found.log[-1].text == "note: (erased)"


def test_the_board_shows_late_ones_first_then_by_priority_then_the_oldest(journal: Journal) -> None:
    for number, (id, priority) in enumerate((("low", 4), ("old", 1), ("new", 1), ("late", 3))):
        desk.open_incident(journal, asked(at=T0 + number), id, place=PLACE, type="other", priority=priority)
    desk.hand_over(journal, asked(), "late", 3, [request("psc-119")])
    late = queries.get(journal, "late")
    assert late is not None
    body = handovers.overdue(late, "psc-119", "acknowledgement", 60)
    assert body is not None
    journal.append(rules.drafts(asked(), late.stream, body))
    assert [row.id for row in queries.board(journal)] == ["late", "old", "new", "low"]
    row = queries.board(journal)[0]
    assert (row.overdue, row.stage, row.unacknowledged, row.open_handovers) == ("acknowledgement", "sent", 1, 1)
    desk.acknowledge(journal, asked(), "late", "psc-119", 99, by="Ani")
    assert [row.id for row in queries.board(journal)] == ["old", "new", "late", "low"]


def test_incidents_nearby_same_type_first_then_the_nearest(journal: Journal) -> None:
    def at(lat: float, lon: float, precision_m: float = 50.0) -> desk.Place:
        return msgspec.structs.replace(PLACE, lat=lat, lon=lon, precision_m=precision_m)

    new(journal, "here", place=at(-6.5500, 107.4400), type="snake", priority=2)
    new(journal, "fire", place=at(-6.5560, 107.4400), type="house_fire", priority=1)
    new(journal, "far", place=at(-6.6500, 107.4400), type="house_fire", priority=1)
    new(journal, "vague", place=at(-6.5700, 107.4400, 3000.0), type="other", priority=3)
    new(journal, "done", place=at(-6.5500, 107.4400), type="house_fire", priority=1)
    desk.close(journal, asked(), "done", 99, "done")
    found = queries.nearby(journal, -6.55, 107.44, 1.0, type="house_fire")
    assert [row.id for row in found] == ["fire", "here", "vague"]
    assert found[0].distance_km == pytest.approx(0.66, abs=0.02)
    assert "here" not in [row.id for row in queries.nearby(journal, -6.55, 107.44, 1.0, other_than="here")]
    assert queries.nearby(journal, float("nan"), 0.0, 1.0) == []


def test_the_incident_of_a_call_is_found_also_after_a_merger(journal: Journal) -> None:
    busy_day(journal)
    assert {row.id for row in queries.of_call(journal, "call/pbx/3")} == {"a", "b"}
    assert [row.id for row in queries.closed(journal)] == ["b"]
    assert [row.id for row in queries.of_call(journal, "call/pbx/2")] == ["a"]


@pytest.mark.parametrize("which", [INCIDENTS_SET, ASSIGNMENTS_SET], ids=["incidents", "assignments"])
def test_exports_mask_personal_texts_unless_allowed(journal: Journal, which) -> None:  # type: ignore[no-untyped-def]
    busy_day(journal)
    rows = journal.execute(which.sql, {"since": 0, "until": 2**62}).fetchall()
    assert len(rows) == (3 if which is INCIDENTS_SET else 7)
    masked = [present(which, row, False) for row in rows]
    assert all(len(row) == len(which.columns) for row in masked)
    assert "xxx" not in str(masked) and "Dedi" not in str(masked)
    names = [column.name for column in which.columns]
    open_row = dict(zip(names, present(which, rows[0], True), strict=True))
    if which is INCIDENTS_SET:
        assert dict(zip(names, masked[0], strict=True))["caller_number"] == "***789"
        assert open_row["caller_number"] == "+628123456789"
        assert (open_row["lat"], open_row["lon"]) == (PLACE.lat, PLACE.lon)
    else:
        assert open_row["sent_at"].endswith("Z")
