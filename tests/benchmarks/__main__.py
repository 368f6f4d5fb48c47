"""``python -m tests.benchmarks [NAME ...]``: run the benchmarks (all, or those named) and print one table."""

from __future__ import annotations

import importlib
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.rows import Row

HERE = Path(__file__).parent


def machine() -> str:
    """The machine in one line."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} x {model}, {memory:.0f} GiB, {system}"


def commit() -> str:
    """The commit that is measured."""
    run = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=HERE)
    return run.stdout.strip() or "unknown"


def main(names: list[str]) -> int:
    """Run and print; exit status 2 for a name that is no benchmark."""
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    console = Console(width=130)
    console.print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit()}; {machine()}")
    table = Table("measured", "value", "unit", "target", "runs", "note")
    for name in names or known:
        console.print(f"[dim]{name} ...[/dim]")
        rows: list[Row] = importlib.import_module(f"tests.benchmarks.bench_{name}").run()
        for row in rows:
            table.add_row(
                row.name,
                f"{row.value:,.3g}" if row.value < 100 else f"{row.value:,.0f}",
                row.unit,
                row.target,
                str(row.runs),
                row.note,
            )
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
