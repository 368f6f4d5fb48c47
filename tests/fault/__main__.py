"""The long storm: prints what breaks, and then the table; exit status 1 when anything differs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.__main__ import commit, machine
from tests.fault.storm import Plan, kept_folder, run
from tests.lab.places import asterisk_version

# Calls that come while the exchange is being restarted never reach it: so many that 1,000 do.
LONG = Plan(calls=1040, kills=30, cuts=30, restarts=("core restart now", "kill -9"))


def main() -> int:
    """Run it as told."""
    ask = argparse.ArgumentParser(prog="./run faults", description=__doc__)
    ask.add_argument("--calls", type=int, default=LONG.calls)
    ask.add_argument("--kills", type=int, default=LONG.kills)
    ask.add_argument("--cuts", type=int, default=LONG.cuts)
    ask.add_argument("--rate", type=float, default=LONG.rate, help="calls a second")
    ask.add_argument("--seed", type=int, default=LONG.seed)
    ask.add_argument("--no-restarts", action="store_true", help="leave the exchange alive")
    ask.add_argument("--keep", type=Path, help="keep the record in this folder")
    told = ask.parse_args()
    restarts = () if told.no_restarts else LONG.restarts
    plan = Plan(told.calls, told.kills, told.cuts, restarts, told.rate, told.seed)
    console = Console(width=120, highlight=False)
    console.print(f"commit {commit()}; {machine()}; {asterisk_version()}")
    with kept_folder(told.keep) as folder:
        storm = run(plan, folder, lambda line: console.print(line, markup=False))
    table = Table("", "")
    for name, value in storm.table():
        table.add_row(name, str(value))
    console.print(table)
    held = storm.held
    for line in (*held.lost, *held.doubled, *held.outcomes, *held.times):
        console.print(line, markup=False)
    for one in storm.differences:
        console.print(json.dumps(one), markup=False)
    return 0 if held.clean and not storm.differences else 1


if __name__ == "__main__":
    sys.exit(main())
