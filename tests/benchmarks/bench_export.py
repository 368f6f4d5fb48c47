"""A million incidents to csv: against a bare loop of the csv module over the same rows, and the memory it takes.

Each run is a process of its own, so that its peak memory is its own. The ratio is of processor time: on a machine that
does other things meanwhile the clock says little. The rows are laid into the derived table by SQL:
what is measured is the export, not the journal. ``SIAGA112_BENCH_ROWS`` sets another number of rows.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.rows import Row

ROWS = int(os.environ.get("SIAGA112_BENCH_ROWS", "1000000"))
RUNS = 3

_FILL = """
    INSERT INTO incidents
    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :rows),
    t(n, at) AS (SELECT n, 1795490000000000 + n * 31000123 FROM n)
    SELECT printf('%016x%012x', n * 7919, n), 9, n, iif(n % 50, 'closed', 'active'), iif(n % 50, 'closed', 'sent'),
        'call', iif(n % 3, 'house_fire', 'traffic_accident'), 1 + n % 4, 'Kp. Cianting RT 03/RW ' || n % 20,
        -6.5 - (n % 997) / 4000.0, 107.4 + (n % 991) / 4000.0, 1441.0, 'Citalang', '32.14.01.2010', 'Purwakarta',
        '32.14.01', 'Kabupaten Purwakarta', 'Jl. Veteran No. ' || n % 300, iif(n % 9, 'Ibu Siti', '=1+1'),
        '+62812' || (10000000 + n), 'Rumah terbakar di belakang pasar, api besar, ' || n || ' orang di dalam',
        n % 5, at, 'siti', NULL, at + 9123456, at + 12345678, at + 31000001, at + 55000002, at + 600000003,
        at + 3600000004, 'budi', 'done', 'selesai', NULL, at + 3600000004, 1, 2, iif(n % 50, 0, 1), 0, NULL, '{}'
    FROM t
"""

_RUN = """
import csv, json, resource, sys, time
from pathlib import Path
from console.compose import export_sets, open_journal
from data.export.write import export
how, folder = sys.argv[1], Path(sys.argv[2])
out = folder / ("out." + how)
with open_journal(folder / "d") as journal:
    began, worked = time.perf_counter(), time.process_time()
    if how == "bare":
        set_ = export_sets()["incidents"]
        with out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([c.name for c in set_.columns])
            for row in journal.execute(set_.sql, {"since": 0, "until": 2**62}):
                writer.writerow(row)
    else:
        name, _, unmasked = how.partition("-")
        export(journal, export_sets()["incidents"], name, out, actor="bench", unmasked=bool(unmasked))
    took, cpu = time.perf_counter() - began, time.process_time() - worked
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": took, "cpu": cpu, "peak_mb": peak, "bytes": out.stat().st_size}))
out.unlink()
"""


def _measure(how: str, folder: Path) -> dict[str, float]:
    run = subprocess.run([sys.executable, "-c", _RUN, how, str(folder)], capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(run.stdout)
    return measured


def run() -> list[Row]:
    """Seconds and peak memory of csv (masked, unmasked) and ndjson; the ratio to the bare loop."""
    from console.compose import open_journal

    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_journal(folder / "d", create=True) as journal, journal.transaction() as session:
            session.execute(_FILL, {"rows": ROWS})
        runs: dict[str, list[dict[str, float]]] = {}
        for _ in range(RUNS):  # in turns, so that a slow minute of the machine hits all alike
            for how in ("bare", "csv", "csv-unmasked", "ndjson"):
                runs.setdefault(how, []).append(_measure(how, folder))
        bare = statistics.median(r["seconds"] for r in runs["bare"])
        bare_cpu = statistics.median(r["cpu"] for r in runs["bare"])
        rows.append(Row("bare csv loop", bare, "s", "", RUNS, f"{ROWS:,} incidents"))
        for how, label in (("csv", "csv, masked"), ("csv-unmasked", "csv, unmasked"), ("ndjson", "ndjson, masked")):
            took = statistics.median(r["seconds"] for r in runs[how])
            ratio = statistics.median(r["cpu"] for r in runs[how]) / bare_cpu
            peak = max(r["peak_mb"] for r in runs[how])
            rows.append(Row(f"export {label}", took, "s", "", RUNS, f"{took / bare:.2f} x the bare loop by the clock"))
            if how != "ndjson":
                rows.append(Row(f"export {label}, ratio", ratio, "x", "<= 1.3", RUNS))
            rows.append(Row(f"export {label}, peak memory", peak, "MB", "< 100", RUNS))
    return rows
