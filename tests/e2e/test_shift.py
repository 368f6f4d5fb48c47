"""A shift of 300 calls: nothing lost, and every figure that the centre shows equals one counted independently.

Counted here in SQL over the journal's own entries (never over the derived tables that the product asks) and in the
exchange's records (CDR).
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyte
import pytest

from console import auth
from console.compose import open_journal
from console.demo import LOGIN
from console.pty_terminal import PtyTerminal
from data.clock import SECOND
from data.journal import Journal
from data.side import SideTables

pytestmark = pytest.mark.terminal

ROOT = Path(__file__).parents[2]
CALLS = 300
WIB = timezone(timedelta(hours=7))
PRANK = ("prank", "false_emergency")

FACTS = """
    SELECT a.stream, a.at AS arrived,
        (SELECT min(at) FROM journal WHERE stream = a.stream AND kind = 'call.answered') AS answered,
        (SELECT at FROM journal WHERE stream = a.stream AND kind = 'call.ended') AS ended,
        (SELECT body ->> '$.outcome' FROM journal WHERE stream = a.stream AND kind = 'call.ended') AS outcome,
        (SELECT body ->> '$.outcome' FROM journal WHERE stream = a.stream AND kind = 'call.classified'
            ORDER BY seq DESC LIMIT 1) AS classified
    FROM journal a WHERE a.kind = 'call.arrived'
"""


def siaga(*words: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    run = subprocess.run(
        [sys.executable, "-m", "console.main", *map(str, words)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert not check or run.returncode == 0, run.stderr + run.stdout
    return run


class Shift:
    """What is left of the shift: its data directory, the demo's own result, and the facts of each call."""

    def __init__(self, directory: Path, result: dict[str, Any], journal: Journal) -> None:
        self.directory, self.result, self._journal = directory, result, journal
        self.calls = self.sql(FACTS)

    def sql(self, text: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return list(self._journal.execute(text, parameters).fetchall())

    def one(self, text: str) -> Any:
        return self.sql(text)[0][0]

    def report(self, what: str) -> dict[str, list[dict[str, Any]]]:
        tables: dict[str, list[dict[str, Any]]]
        tables = json.loads(siaga("report", what, "--format", "json", "--data", self.directory).stdout)["tables"]
        return tables

    def csv(self, what: str, tmp_path: Path) -> list[dict[str, str]]:
        out = tmp_path / f"{what}.csv"
        siaga("export", what, "--format", "csv", "-o", out, "--data", self.directory)
        return list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    directory = tmp_path_factory.mktemp("shift") / "data"
    words = ["demo", "--headless", "--calls", CALLS, "--seed", 11, "--rate", 2, "--data", directory]
    run = siaga(*words)
    with open_journal(directory) as journal:
        yield Shift(directory, json.loads(run.stdout.splitlines()[-1]), journal)


def group(classified: str | None) -> str:
    return "prank" if classified in PRANK else "ghost" if classified == "silent" else "genuine"


def test_nothing_is_lost_or_doubled_and_the_record_is_whole(shift: Shift) -> None:
    result = shift.result
    assert (result["calls"], result["lost"], result["duplicated"]) == (CALLS, 0, 0)
    assert result["answered"] + result["abandoned"] == CALLS
    assert result["incidents"] >= CALLS / 6
    assert result["not_handled"] == 0
    rows = csv.reader((shift.directory / "training" / "Master.csv").open(newline="", encoding="utf-8"))
    theirs = {row[19].rpartition("-")[2] for row in rows}
    assert theirs == {stream.rpartition("/")[2] for stream, *_ in shift.calls}
    verify = siaga("verify", "--data", shift.directory)
    assert verify.stdout.startswith("ok: ")


def test_the_last_line_of_the_demo(shift: Shift) -> None:
    fates = Counter(outcome for *_, outcome, _ in shift.calls)
    given = Counter(group(classified) for *_, classified in shift.calls)
    assert shift.result["answered"] == fates["answered"]
    assert shift.result["abandoned"] == fates["abandoned"]
    assert (shift.result["ghost"], shift.result["prank"]) == (given["ghost"], given["prank"])
    assert shift.result["incidents"] == shift.one("SELECT count(*) FROM journal WHERE kind = 'incident.opened'")
    assert shift.result["handovers"] == shift.one(
        "SELECT count(DISTINCT stream || (body ->> '$.handover')) FROM journal WHERE kind = 'handover.sent'"
    )


def supervisors_screen(shift: Shift) -> str:
    """The supervisor's console on a real terminal, once it shows figures."""
    side = SideTables(shift.directory)
    with open_journal(shift.directory) as journal:
        session = auth.open_session(journal, side, login=LOGIN, role="supervisor", terminal="supervisor", endpoint=None)
    side.close()
    words = ["console", "--terminal", "supervisor", "--lang", "en", "--data", str(shift.directory)]
    terminal = PtyTerminal(
        [sys.executable, "-m", "console.main", *words], columns=160, rows=50, env={"SIAGA112_SESSION": session.token}
    )
    try:
        deadline = time.monotonic() + 120
        while True:  # a picture may still be on its way: what is asked for has to stand in one
            screen = pyte.Screen(160, 50)
            pyte.ByteStream(screen).feed(terminal.output)
            text = "\n".join(screen.display)
            if re.search(r"This shift +\d\d:(?s:.*)Waiting calls +\d", text) and "LATE" in text:
                return text
            assert time.monotonic() < deadline, text
            time.sleep(0.2)
    finally:
        terminal.close()


def test_every_figure_on_the_supervisors_screen(shift: Shift) -> None:
    screen = supervisors_screen(shift)
    for label in ("This hour", "This shift"):
        found = re.search(rf"{label} +(\d\d):(\d\d) +([\d .-]+?) +(\d+)/(\d+) +(\d+) +(\d+) +(\d+) +(\d+) ", screen)
        assert found, screen
        hour, minute, level, before, after, ghost, prank, still_open, lost = found.groups()
        since = datetime.now(WIB).replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        if since > datetime.now(WIB):
            since -= timedelta(days=1)
        since_us = round(since.timestamp()) * SECOND
        calls = [row for row in shift.calls if row[1] >= since_us]
        waits = [
            (answered - arrived) / SECOND
            for _, arrived, answered, _, _, classified in calls
            if answered is not None and group(classified) == "genuine"
        ]
        percents = [
            f"{100 * sum(w <= limit for w in waits) / len(waits):.1f}" if waits else "-" for limit in (10, 15, 20)
        ]
        assert level.split() == [str(len(calls)), str(len(waits)), *percents], label
        gone = [(ended - arrived) / SECOND for _, arrived, answered, ended, _, _ in calls if answered is None]
        assert (int(before), int(after)) == (sum(w <= 15 for w in gone), sum(w > 15 for w in gone))
        answered_as = Counter(group(classified) for _, _, answered, _, _, classified in calls if answered is not None)
        assert (int(ghost), int(prank)) == (answered_as["ghost"], answered_as["prank"])
        assert (int(still_open), int(lost)) == (0, 0)
    waiting = shift.one(
        """SELECT count(*) FROM journal s WHERE kind = 'handover.sent' AND NOT EXISTS (SELECT 1 FROM journal a WHERE
            a.stream = s.stream AND a.kind IN ('handover.acknowledged', 'handover.refused', 'handover.stood_down')
            AND a.body ->> '$.handover' = s.body ->> '$.handover')"""
    )
    late = shift.one(
        """SELECT count(DISTINCT stream || (body ->> '$.handover')) FROM journal WHERE kind = 'handover.overdue'
            AND body ->> '$.what' = 'acknowledgement'"""
    )
    assert re.search(rf"Hand-overs without an answer +{waiting}\b", screen), screen
    assert re.search(rf"\b{late} hand-overs LATE", screen), screen
    assert re.search(r"Waiting calls +0\b", screen), screen


def test_every_export_holds_every_row_once(shift: Shift, tmp_path: Path) -> None:
    calls = shift.csv("calls", tmp_path)
    assert {row["linkedid"] for row in calls} == {stream.rpartition("/")[2] for stream, *_ in shift.calls}
    by_id = {row["linkedid"]: row for row in calls}
    for stream, arrived, answered, ended, outcome, classified in shift.calls:
        row = by_id[stream.rpartition("/")[2]]
        assert (row["outcome"], row["classified"] or None) == (outcome, classified)
        assert [row[f"{name}_at"] for name in ("arrived", "answered", "ended")] == [
            iso(at) for at in (arrived, answered, ended)
        ]
        assert row["number"] == "" or row["number"].startswith("***"), "masked"
    incidents = shift.csv("incidents", tmp_path)
    opened = shift.sql("SELECT substr(stream, 10), body ->> '$.number' FROM journal WHERE kind = 'incident.opened'")
    assert sorted((row["id"], int(row["number"])) for row in incidents) == sorted(opened)
    assert Counter(row["type"] for row in incidents) == Counter(
        kind for (kind,) in shift.sql("SELECT body ->> '$.type' FROM journal WHERE kind = 'incident.type_set'")
    )
    assignments = shift.csv("assignments", tmp_path)
    sent = shift.sql("SELECT body ->> '$.handover', body ->> '$.agency' FROM journal WHERE kind = 'handover.sent'")
    assert sorted((row["handover"], row["agency"]) for row in assignments) == sorted(sent)
    assert sum(int(row["handovers"]) for row in incidents) == len(assignments)
    entries = shift.csv("journal", tmp_path)
    # The exports themselves, and the supervisor's look, are entries too.
    assert [int(row["seq"]) for row in entries] == list(range(1, len(entries) + 1))
    assert [(int(row["seq"]), row["hash"]) for row in entries[:5000]] == [
        (seq, hash if isinstance(hash, str) else hash.hex())
        for seq, hash in shift.sql("SELECT seq, hash FROM journal ORDER BY seq LIMIT 5000")
    ]


def iso(at: int | None) -> str:
    if at is None:
        return ""
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%dT%H:%M:%S}.{at % SECOND:06d}Z"


def test_every_report_counts_the_same(shift: Shift) -> None:
    fates = Counter(outcome for *_, outcome, _ in shift.calls)
    answering = shift.report("answering")
    counted = {row["fate"]: row["calls"] for row in answering["calls"]}
    assert counted == {
        "all": CALLS,
        "answered": fates["answered"],
        "abandoned": fates["abandoned"],
        "pbx_lost": 0,
        "open": 0,
    }
    waits = sorted(
        answered - arrived
        for _, arrived, answered, _, _, classified in shift.calls
        if answered is not None and group(classified) == "genuine"
    )
    genuine = next(row for row in answering["answered"] if row["group"] == "genuine")
    assert genuine["answered"] == len(waits)
    for percent in (50, 90, 99):
        nearest = waits[-(-percent * len(waits) // 100) - 1]
        assert genuine[f"p{percent}_s"] == pytest.approx(nearest / SECOND, abs=0.001)

    given = Counter(classified or "unclassified" for *_, classified in shift.calls)
    outcomes = {row["outcome"]: row["calls"] for row in shift.report("nuisance")["outcomes"]}
    assert {code: count for code, count in outcomes.items() if count} == given
    assert sum(outcomes.values()) == CALLS

    [handovers] = shift.report("handover")["handovers"]
    sent = shift.one("SELECT count(*) FROM journal WHERE kind = 'handover.sent'")
    assert (handovers["sent"], handovers["acknowledged"], handovers["unanswered"]) == (sent, 0, sent)
    by_agency = {row["agency"]: row["sent"] for row in shift.report("handover")["by_agency"]}
    assert by_agency == dict(
        shift.sql("SELECT body ->> '$.agency', count(*) FROM journal WHERE kind = 'handover.sent' GROUP BY 1")
    )

    areas = shift.report("areas")
    assert {row["district_code"]: row["incidents"] for row in areas["districts"]} == dict(
        shift.sql(
            "SELECT body ->> '$.district_code', count(*) FROM journal WHERE kind = 'incident.place_set' GROUP BY 1"
        )
    )
    assert {row["type"]: row["incidents"] for row in areas["types"]} == dict(
        shift.sql("SELECT body ->> '$.type', count(*) FROM journal WHERE kind = 'incident.type_set' GROUP BY 1")
    )

    [person] = [row for row in shift.report("operators")["people"] if row["person"] == LOGIN]
    assert person["first_answers"] == fates["answered"]
    # Rings in the queue, and calls that were chosen without having rung just before: F3 has a call put through anew.
    assert person["offered"] == shift.one(
        "SELECT count(*) FROM journal o WHERE kind = 'call.offered' AND (body ->> '$.queue' NOT LIKE 'claim_%'"
        " OR NOT EXISTS (SELECT 1 FROM journal e WHERE e.stream = o.stream AND e.kind = 'call.offer_ended'"
        " AND e.body ->> '$.reason' = 'cancelled' AND o.at - e.at BETWEEN 0 AND 2000000))"
    )
