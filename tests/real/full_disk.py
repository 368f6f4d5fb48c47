"""A centre on a small disk of its own, which can be filled: a program that a test talks to, line by line.

It runs in a mount namespace; what it is asked stands on standard input, what it answers (JSON) on standard output.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from tests.real.bridge_process import Centre, until


def fill(folder: Path) -> None:
    """Take whatever is free, down to the last page."""
    number = len(list(folder.glob("filler-*")))
    fd = os.open(folder / f"filler-{number}", os.O_WRONLY | os.O_CREAT)
    for size in (1 << 20, 1 << 12):
        try:
            while True:
                os.write(fd, b"x" * size)
        except OSError:
            continue
    os.close(fd)


def main() -> None:
    """``full_disk FOLDER PORT SECRET``."""
    folder, port, secret = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with Centre(folder / "data", port, secret) as centre:
        centre.bridge()
        print(json.dumps("linked"), flush=True)
        for line in sys.stdin:
            what, _, more = line.strip().partition(" ")
            answer: object = None
            if what == "fill":
                fill(folder)
                answer = os.statvfs(folder).f_bavail
            elif what == "free":
                for filler in folder.glob("filler-*"):
                    filler.unlink()
                answer = os.statvfs(folder).f_bavail > 0
            elif what == "state":  # of the bridge, once it is none of those named
                answer = until(lambda m=more: _state(centre, m.split()))
            elif what == "ended":
                answer = until(lambda m=more: len(centre.entries("call.ended")) >= int(m))
            elif what == "stories":
                answer = {call.number or "?": centre.story(call.call) for call in centre.calls()}
            elif what == "alarms":
                answer = [entry.body.what for entry in centre.entries("house.alarm")]  # type: ignore[attr-defined]
            elif what == "ids":
                ids = [entry.id for entry in centre.entries()]
                answer = len(ids) == len(set(ids))
            print(json.dumps(answer), flush=True)


def _state(centre: Centre, but: list[str]) -> str | None:
    """What the bridge last said of itself; ``silent`` when it cannot even say that."""
    [service] = centre.side.services()
    silent = time.time() - service.seen_at / 1e6 > 3
    state = "silent" if silent else service.state
    return None if state in but else state


if __name__ == "__main__":
    main()
