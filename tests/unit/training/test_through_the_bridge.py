"""The training PBX, the real bridge and a real journal: what a demo does, without its screens."""

from __future__ import annotations

import csv
import threading
import time
from pathlib import Path

from data.administration import ADMINISTRATION
from data.clock import SECOND, now
from data.entry import draft
from data.journal import Journal
from data.side import SideTables
from data.vocabulary.calls import CommandRequested
from telephony.bridge.service import Bridge
from telephony.calls import queries
from telephony.calls.projection import CALLS
from telephony.settings import Pbx, Telephony
from telephony.training.server import folder, run, told, wait_for

CALLS_PLAYED = 9
OPERATOR = "PJSIP/op1"


class Console:
    """Asks by commands, as a console does: sign in, answer the oldest caller, hang up."""

    def __init__(self, journal: Journal) -> None:
        self._journal, self._count = journal, 0
        self._hung_up: set[str] = set()
        self._asked = ""

    def ask(self, action: str, **arguments: str) -> None:
        self._count += 1
        self._asked = f"c{self._count}"
        body = CommandRequested(pbx="latihan", action=action, deadline=now() + 5 * SECOND, **arguments)
        self._journal.append([draft(f"command/{self._asked}", body, actor="siti", terminal="t1")])

    def work(self) -> None:
        asked = queries.command(self._journal, self._asked)
        if asked is None or asked.result is None:
            return
        mine, waiting = queries.active_call(self._journal, OPERATOR), queries.waiting_calls(self._journal)
        if mine is not None and mine.call not in self._hung_up:
            self._hung_up.add(mine.call)
            self.ask("hangup", call=mine.call)
        elif mine is None and waiting:
            self.ask("answer", call=waiting[0].call, operator=OPERATOR)


def test_every_call_of_the_exchanges_records_is_in_the_journal_once(tmp_path: Path) -> None:
    stop = threading.Event()
    played = {"calls": CALLS_PLAYED, "seed": 3, "rate": 20.0, "stop": stop}
    exchange = threading.Thread(target=run, args=(tmp_path,), kwargs=played)
    exchange.start()
    threads = [exchange]
    try:
        endpoint = wait_for(tmp_path)
        pbx = Pbx(name="latihan", port=endpoint.port, user=endpoint.user, secret=endpoint.secret)
        with Journal(tmp_path, [ADMINISTRATION, CALLS]) as journal:
            bridge = Bridge(Telephony(pbx=(pbx,)), pbx, journal, SideTables(tmp_path), name="bridge-1")
            threads.append(threading.Thread(target=bridge.run, args=(stop,)))
            threads[-1].start()
            console, until = Console(journal), time.monotonic() + 60
            console.ask("member_add", operator=OPERATOR, queue="112")
            while len(ended := _ended(journal)) < CALLS_PLAYED:
                assert time.monotonic() < until, ended
                console.work()
                time.sleep(0.02)
            stop.set()
            for thread in threads:
                thread.join(20)
            calls = queries.calls_between(journal)
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
    assert [call.linkedid for call in calls] == [line.linkedid for line in told(tmp_path)]
    with (folder(tmp_path) / "Master.csv").open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        records = list(csv.reader(file))
    assert {record[19].rpartition("-")[2] for record in records} == {call.linkedid for call in calls}
    talked = {record[19].rpartition("-")[2] for record in records if record[14] == "ANSWERED"}
    assert talked == {call.linkedid for call in calls if call.outcome == "answered"}
    assert talked
    for call, line in zip(calls, told(tmp_path), strict=True):
        assert call.number == line.story.caller
        assert (call.lat, call.lon, call.radius_m) == (line.story.lat, line.story.lon, line.story.radius_m)


def _ended(journal: Journal) -> list[str]:
    return [call.linkedid for call in queries.last_calls(journal) if call.outcome is not None]
