"""The service that keeps the limits: once per hand-over and limit, also when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.clock import SECOND, now
from data.entry import Entry
from data.errors import SiagaError
from data.journal import Journal
from data.settings import SettingsInvalid
from data.store.lock import WriterLock
from data.vocabulary.handover import HandoverOverdue
from dispatch import desk
from dispatch.handover.service import HandoverService
from dispatch.incidents import chase, queries
from dispatch.incidents.projection import INCIDENTS
from dispatch.settings import Dispatch, read_dispatch
from tests.unit.dispatch.support import PLACE, T0, asked, open_journal, request

SETTINGS = Dispatch()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with open_journal(tmp_path / "d") as opened:
        yield opened


def sent(journal: Journal, *agencies: str, priority: int = 1, at: int = T0) -> None:
    base = desk.open_incident(journal, asked(at=at), "a", place=PLACE, type="snake", priority=priority)[-1].version
    desk.hand_over(journal, asked(at=at), "a", base, [request(agency) for agency in agencies])


def late(journal: Journal) -> list[Entry]:
    return [entry for entry in journal.stream("incident/a") if entry.kind == "handover.overdue"]


def said(journal: Journal) -> list[str]:
    return [entry.body.what for entry in late(journal) if isinstance(entry.body, HandoverOverdue)]


def board_row(journal: Journal) -> queries.IncidentRow:
    (row,) = queries.board(journal)
    return row


def service_at(journal: Journal, seconds: float) -> HandoverService:
    return HandoverService(SETTINGS, journal, clock=lambda: T0 + int(seconds * SECOND))


def test_before_the_limit_nothing_is_said_and_the_next_limit_is_known(journal: Journal) -> None:
    sent(journal, "psc-119")
    assert service_at(journal, 59).step() == T0 + 60 * SECOND
    assert late(journal) == []
    assert HandoverService(SETTINGS, journal).waits()[0].limit_s == 60


def test_a_late_acknowledgement_is_said_once_with_the_time_at_which_it_became_late(journal: Journal) -> None:
    sent(journal, "psc-119")
    for seconds in (61, 62, 4000):
        assert service_at(journal, seconds).step() is None
        assert HandoverService(SETTINGS, journal).waits() == []  # what was said is timed no more
    (entry,) = late(journal)
    assert (entry.at, entry.actor, entry.body.what, entry.body.limit_s) == (  # type: ignore[attr-defined]
        T0 + 60 * SECOND,
        "handover",
        "acknowledgement",
        60,
    )


@pytest.mark.parametrize(("priority", "limit"), [(1, 60), (2, 60), (3, 120), (4, 300)])
def test_the_limit_goes_by_priority(journal: Journal, priority: int, limit: int) -> None:
    sent(journal, "psc-119", priority=priority)
    assert service_at(journal, limit - 1).step() == T0 + limit * SECOND
    service_at(journal, limit).step()
    assert len(late(journal)) == 1


def test_a_priority_raised_meanwhile_shortens_the_limit(journal: Journal) -> None:
    sent(journal, "psc-119", priority=4)
    assert service_at(journal, 61).step() is not None
    desk.set_priority(journal, asked(), "a", 1, base=4)
    service_at(journal, 61).step()
    assert len(late(journal)) == 1


def test_without_a_priority_yet_the_strictest_limit_holds(journal: Journal) -> None:
    base = desk.open_incident(journal, asked(), "a", place=PLACE)[-1].version
    desk.hand_over(journal, asked(), "a", base, [request("psc-119")])
    assert HandoverService(SETTINGS, journal).waits()[0].limit_s == 60


def test_who_answered_in_time_is_never_late(journal: Journal) -> None:
    sent(journal, "psc-119", "pln")
    desk.acknowledge(journal, asked(at=T0 + SECOND), "a", "psc-119", 99, by="Ani")
    desk.refuse(journal, asked(at=T0 + SECOND), "a", "pln", 99, reason="x")
    service_at(journal, 10_000).step()
    assert "acknowledgement" not in said(journal)


def test_each_step_has_its_own_limit_until_somebody_is_there(journal: Journal) -> None:
    sent(journal, "psc-119")
    desk.acknowledge(journal, asked(at=T0), "a", "psc-119", 99, by="Ani")
    service_at(journal, 179).step()
    assert late(journal) == []
    service_at(journal, 180).step()
    assert board_row(journal).overdue == "en_route"
    desk.en_route(journal, asked(at=T0 + 200 * SECOND), "a", "psc-119", 99)
    assert board_row(journal).overdue is None, "a step taken is late no more"
    service_at(journal, 200 + 900).step()
    assert said(journal) == ["en_route", "on_scene"]
    desk.on_scene(journal, asked(at=T0 + 1200 * SECOND), "a", "psc-119", 99)
    assert service_at(journal, 100_000).step() is None
    assert board_row(journal).overdue is None


def test_a_limit_of_nought_never_passes(journal: Journal) -> None:
    sent(journal, "psc-119")
    desk.acknowledge(journal, asked(at=T0), "a", "psc-119", 99, by="Ani")
    settings = read_dispatch({"en_route_seconds": {"1": 0}})
    HandoverService(settings, journal, clock=lambda: T0 + 10**6 * SECOND).step()
    assert late(journal) == []


def test_a_stand_down_has_its_own_limit(journal: Journal) -> None:
    sent(journal, "psc-119")
    service_at(journal, 60).step()
    desk.stand_down(journal, asked(at=T0 + 100 * SECOND), "a", "psc-119", 99)
    assert service_at(journal, 219).step() == T0 + 220 * SECOND
    service_at(journal, 220).step()
    service_at(journal, 999).step()
    assert said(journal) == ["acknowledgement", "stand_down"]  # type: ignore[attr-defined]


def test_sending_again_does_not_start_the_limit_anew(journal: Journal) -> None:
    sent(journal, "psc-119")
    desk.send_again(journal, asked(at=T0 + 50 * SECOND), "a", "psc-119")
    service_at(journal, 61).step()
    assert len(late(journal)) == 1


def test_two_services_say_it_once(journal: Journal) -> None:
    sent(journal, *(f"agency-{n}" for n in range(12)))
    both = [threading.Thread(target=service_at(journal, 61).step) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(late(journal)) == 12


def test_a_held_lock_is_survived(tmp_path: Path) -> None:
    with Journal(tmp_path / "d", [INCIDENTS], lock_timeout_s=0.1) as journal:
        sent(journal, "psc-119")
        holder = WriterLock(tmp_path / "d" / "lock", 1.0)
        holder.acquire()
        service = service_at(journal, 61)
        with pytest.raises(SiagaError):
            service.step()
        assert service._try_step() is not None  # logged, and tried again later
        holder.release()
        holder.close()
        assert service._try_step() is None
        assert len(late(journal)) == 1


def test_it_runs_until_it_is_stopped_and_hears_of_new_hand_overs(journal: Journal) -> None:
    settings = read_dispatch({"acknowledge_seconds": {"1": 5}})
    stop = threading.Event()
    running = threading.Thread(target=HandoverService(settings, journal).run, args=(stop,))
    running.start()
    try:
        sent_at = now() - 4 * SECOND
        sent(journal, "psc-119", at=sent_at)  # late in a second
        wait_for(lambda: late(journal))
    finally:
        stop.set()
        running.join(60)
    assert not running.is_alive()
    (entry,) = late(journal)
    limit = sent_at + 5 * SECOND
    assert (entry.at, entry.recorded_at >= limit) == (limit, True), "at its moment, and not before it"


def wait_for(happens, seconds: float = 60.0) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


RUN = """
import sys, threading
from pathlib import Path
from data.journal import Journal
from dispatch.handover.service import HandoverService
from dispatch.incidents.projection import INCIDENTS
from dispatch.settings import read_dispatch
journal = Journal(Path(sys.argv[1]), [INCIDENTS])
settings = read_dispatch({"acknowledge_seconds": {"1": 5}, "stand_down_seconds": 5})
print("up", flush=True)
HandoverService(settings, journal).run(threading.Event())
"""


def start(directory: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(directory)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    return process


@pytest.mark.fault
def test_killed_again_and_again_it_loses_no_limit_and_says_none_twice(journal: Journal, tmp_path: Path) -> None:
    # Limits pass one after the other while the process is killed five times in between.
    base = desk.open_incident(journal, asked(), "a", place=PLACE, type="snake", priority=1)[-1].version
    begin = now()
    for n in range(20):
        at = begin - 5 * SECOND + n * SECOND // 8
        desk.hand_over(journal, asked(at=at), "a", base, [request(f"agency-{n}")])
    for _ in range(5):
        process = start(tmp_path / "d")
        time.sleep(0.15)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    process = start(tmp_path / "d")
    try:
        wait_for(lambda: len(late(journal)) == 20)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    assert sorted(e.body.handover for e in late(journal)) == sorted(f"agency-{n}" for n in range(20))  # type: ignore[attr-defined]


def test_settings_name_every_fault() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read_dispatch(
            {
                "acknowledge_seconds": {"1": 1, "7": 60},
                "stand_down_seconds": 0,
                "nearby_km": -1,
            }
        )
    assert {fault.path for fault in caught.value.faults} == {
        "dispatch.acknowledge_seconds.1",
        "dispatch.acknowledge_seconds.7",
        "dispatch.stand_down_seconds",
        "dispatch.nearby_km",
    }
    with pytest.raises(SettingsInvalid, match="did you mean nearby_km"):
        read_dispatch({"nearby": 1})
    with pytest.raises(SettingsInvalid, match="acknowledge_seconds"):
        read_dispatch({"acknowledge_seconds": {"1": "soon"}})


def test_priorities_that_are_not_set_keep_their_limits() -> None:
    settings = read_dispatch({"acknowledge_seconds": {"4": 600}})
    assert [settings.limit("acknowledgement", p) for p in (1, 2, 3, 4, None)] == [60, 60, 120, 600, 60]


def test_what_is_late_on_the_way_is_shown_to_the_supervisor(journal: Journal) -> None:
    sent(journal, "psc-119")
    desk.acknowledge(journal, asked(at=T0), "a", "psc-119", 99, by="Ani")
    assert chase.unanswered(journal) == []
    service_at(journal, 180).step()
    (row,) = chase.unanswered(journal)
    assert (row.waits_for, row.since, row.overdue) == ("en_route", T0, True)
