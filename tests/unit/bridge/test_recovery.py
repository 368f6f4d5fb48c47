"""After a gap: from when on the archive is read, what is recovered, and the comparison that closes the gap."""

from __future__ import annotations

from pathlib import Path

from data.clock import SECOND, now
from data.entry import draft
from data.vocabulary.calls import CallArrived, CallEnded, CallObserved, PbxLinked
from data.vocabulary.reconciliation import ReconcileFinished
from telephony.bridge.memory import last_seen
from telephony.settings import Pbx
from tests.unit.bridge.conftest import House
from tests.unit.bridge.test_archive import call, write
from tests.unit.link.fake_ami import until

PWK = Pbx(name="pwk", secret="s")
T = 1_795_000_000 * SECOND


def linked(house: House, at: int) -> None:
    house.journal.append([draft("pbx/pwk", PbxLinked(bridge="pwk/1"), at=at)])


def compared(house: House, at: int) -> None:
    house.journal.append([draft("reconcile/pwk", ReconcileFinished(bridge="pwk/1", since=T, until=at, calls=0), at=at)])


def test_a_bridge_that_died_before_the_comparison_leaves_its_gap_to_the_next(house: House) -> None:
    assert last_seen(house.journal, PWK) is None
    linked(house, T)
    assert last_seen(house.journal, PWK) == T
    compared(house, T + 3 * SECOND)
    assert last_seen(house.journal, PWK) == T + 3 * SECOND
    house.journal.append(
        [
            draft("call/pwk/1.0", CallArrived(channel="c"), at=T + 60 * SECOND),
            draft("call/pwk/1.0", CallEnded(outcome="abandoned", evidence="Hangup"), at=T + 70 * SECOND),
        ]
    )
    assert last_seen(house.journal, PWK) == T + 60 * SECOND
    linked(house, T + 600 * SECOND)  # after ten minutes without a bridge; and killed at once
    linked(house, T + 601 * SECOND)
    house.journal.append([draft("call/pwk/2.0", CallArrived(channel="c"), at=T + 602 * SECOND)])
    house.journal.append(
        [draft("call/pwk/2.0", CallEnded(outcome="abandoned", evidence="Hangup"), at=T + 603 * SECOND)]
    )
    assert last_seen(house.journal, PWK) == T + 60 * SECOND, "nobody has looked into those ten minutes"
    compared(house, T + 700 * SECOND)
    assert last_seen(house.journal, PWK) == T + 700 * SECOND


def test_a_call_of_which_nobody_saw_all_is_read_from_its_beginning(house: House) -> None:
    linked(house, T)
    seen_late = CallObserved(state="waiting", channel="c", began_at=T + 40 * SECOND)
    house.journal.append([draft("call/pwk/1.0", seen_late, at=T + 50 * SECOND)])
    compared(house, T + 100 * SECOND)
    assert last_seen(house.journal, PWK) == T + 40 * SECOND, "it goes on"
    house.journal.append(
        [draft("call/pwk/1.0", CallEnded(outcome="abandoned", evidence="Hangup"), at=T + 110 * SECOND)]
    )
    assert last_seen(house.journal, PWK) == T + 40 * SECOND, "and the archive has not completed it"
    compared(house, T + 120 * SECOND)
    assert last_seen(house.journal, PWK) == T + 120 * SECOND, "the archive cannot"


def archive_with_a_call(folder: Path, began: int) -> Path:
    key = f"lab-{began // SECOND}.7"
    (folder / "cel-custom").mkdir()
    return write(folder / "cel-custom" / "siaga112.csv", call(began, key))


def test_a_gap_is_made_good_and_closed_by_a_comparison(house: House, tmp_path: Path) -> None:
    began = now() - 200 * SECOND
    linked(house, began - 100 * SECOND)
    house.bridge(cel_file=str(archive_with_a_call(tmp_path, began)))
    [recovered] = house.has("call.recovered")
    assert recovered.body.outcome == "answered"
    [finished] = house.has("reconcile.finished")
    assert (finished.body.calls, finished.body.recovered, finished.body.differences) == (1, 1, 0)
    assert not house.entries("house.alarm")


def test_what_the_archive_has_otherwise_is_an_alarm(house: House, tmp_path: Path) -> None:
    began = now() - 200 * SECOND
    linked(house, began - 100 * SECOND)
    stream = f"call/pwk/{began // SECOND}.7"
    house.journal.append(
        [
            draft(stream, CallArrived(channel="c"), at=began),
            draft(stream, CallArrived(channel="c"), at=began),
            draft(
                stream, CallEnded(outcome="abandoned", ended_by="operator", evidence="Hangup"), at=began + 5 * SECOND
            ),
        ]
    )
    house.bridge(cel_file=str(archive_with_a_call(tmp_path, began)))
    [finished] = house.has("reconcile.finished")
    assert (finished.body.doubled, finished.body.end, finished.body.outcome) == (1, 1, 0), "the outcome is mended"
    [alarm] = house.has("house.alarm")
    assert alarm.body.what == "records_differ"
    assert stream.rsplit("/", 1)[1] in (alarm.body.detail or "")


def test_after_the_clock_was_set_back_the_archive_of_a_day_is_read(house: House, tmp_path: Path) -> None:
    linked(house, now() + 3600 * SECOND)
    house.bridge(cel_file=str(archive_with_a_call(tmp_path, now() - 1800 * SECOND)))
    house.has("call.recovered")


def test_an_exchange_that_has_had_no_call_has_no_archive_and_that_is_no_alarm(house: House, tmp_path: Path) -> None:
    house.bridge(cel_file=str(tmp_path / "siaga112.csv"))
    house.has("pbx.linked")
    missing = House(tmp_path / "other")
    try:
        missing.bridge(cel_file=str(tmp_path / "nowhere" / "siaga112.csv"))
        [alarm] = missing.has("house.alarm")
        assert alarm.body.what == "archive_unreadable"
    finally:
        missing.close()
    assert not until(lambda: house.entries("house.alarm"), 0.1)
