"""The training PBX, the real bridge and a real journal: what a demo does, without its screens."""

from __future__ import annotations

import csv
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from console.compose import projections
from data.clock import SECOND, now
from data.entry import draft
from data.journal import Journal
from data.side import SideTables
from data.vocabulary.calls import CommandRequested
from telephony.bridge.service import Bridge
from telephony.calls import queries
from telephony.commands import request
from telephony.seat import CONNECTED, GONE, device_of
from telephony.settings import Pbx, Telephony
from telephony.training.server import folder, run, told, wait_for
from tests.calls import all_calls

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
        body = CommandRequested(pbx="latihan", action=action, deadline=now() + 60 * SECOND, **arguments)
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
        endpoint = wait_for(tmp_path, 60)
        pbx = Pbx(name="latihan", port=endpoint.port, user=endpoint.user, secret=endpoint.secret)
        with Journal(tmp_path, projections()) as journal:
            bridge = Bridge(Telephony(pbx=(pbx,)), pbx, journal, SideTables(tmp_path), name="bridge-1")
            threads.append(threading.Thread(target=bridge.run, args=(stop,)))
            threads[-1].start()
            console, until = Console(journal), time.monotonic() + 300
            console.ask("member_add", operator=OPERATOR, queue="112")
            while len(ended := _ended(journal)) < CALLS_PLAYED:
                assert time.monotonic() < until, ended
                console.work()
                time.sleep(0.02)
            stop.set()
            for thread in threads:
                thread.join(60)
            calls = all_calls(journal)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
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


@pytest.mark.parametrize("seated", [False, True])
def test_a_talk_is_controlled_as_on_a_real_exchange(tmp_path: Path, seated: bool) -> None:
    stop = threading.Event()
    threads = [
        threading.Thread(target=run, args=(tmp_path,), kwargs={"calls": 1, "seed": 4, "rate": 20.0, "stop": stop})
    ]
    threads[0].start()
    try:
        at = wait_for(tmp_path, 60)
        more = {"dial_user": at.dial_user, "dial_secret": at.dial_secret, "seats": (OPERATOR,) if seated else ()}
        pbx, side = Pbx(name="latihan", port=at.port, user=at.user, secret=at.secret, **more), SideTables(tmp_path)
        with Journal(tmp_path, projections()) as journal:
            bridge = Bridge(Telephony(pbx=(pbx,)), pbx, journal, side, name="bridge-1")
            threads.append(threading.Thread(target=bridge.run, args=(stop,)))
            threads[-1].start()

            def do(action: str, **what: str) -> tuple[str | None, str | None]:
                draft = request("latihan", action, actor="siti", terminal="t1", operator=OPERATOR, **what)
                journal.append([draft])
                row = _until(lambda: (r := queries.command(journal, draft.id)) is not None and r.result and r)
                return row.result, row.result_reason

            def seat() -> str | None:
                return side.device_states("latihan").get(device_of(OPERATOR))

            if seated:
                assert do("seat") == ("done", None)
                _until(lambda: seat() == CONNECTED)
            assert do("member_add") == ("done", None)
            call = _until(lambda: queries.waiting_calls(journal))[0].call
            becomes = partial(_becomes, journal, call)
            assert do("answer", call=call) == ("done", None)
            becomes("talking")
            folded = queries.folded(journal, call)
            assert folded is not None and list(folded.talking.values()) == [OPERATOR]
            [leg] = folded.talking
            assert leg.startswith("Local/op1@seat-" if seated else OPERATOR)
            assert do("hold", call=call) == ("done", None)
            becomes("held")
            assert do("resume", call=call) == ("done", None)
            becomes("talking")
            assert do("consult", call=call, target="damkar") == ("done", None)
            _until(lambda: (c := queries.folded(journal, call)) is not None and c.consulted)
            assert do("resume", call=call) == ("done", None)
            becomes("talking")
            assert do("three_way", call=call, target="damkar") == ("done", None)
            _until(lambda: (c := queries.folded(journal, call)) is not None and c.parties == 3)
            assert do("transfer", call=call, target="113") == ("failed", "conference")
            assert do("hangup", call=call) == ("done", None)
            becomes("alone")
            if seated:
                assert seat() == CONNECTED, "it outlives its calls"
                assert do("unseat") == ("done", None)
                _until(lambda: seat() == GONE)
            stop.set()
            for thread in threads:
                thread.join(60)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)


def _until(condition: Callable[[], Any]) -> Any:
    until = time.monotonic() + 60
    while not (value := condition()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return value


def _becomes(journal: Journal, call: str, state: str) -> None:
    _until(lambda: (row := queries.call(journal, call)) is not None and row.state == state)


def _ended(journal: Journal) -> list[str]:
    return [call.linkedid for call in all_calls(journal) if call.outcome is not None]
