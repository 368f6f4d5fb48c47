"""``python -m telephony.training --data DIR``: the training PBX on its own, until it is interrupted."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from data.errors import SiagaError
from telephony.training.server import run


def main(arguments: list[str] | None = None) -> int:
    """Run it; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m telephony.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data directory")
    parser.add_argument("--seed", type=int, default=1, help="the same seed plays the same calls")
    parser.add_argument("--calls", type=int, default=0, metavar="N", help="calls to play; 0: until it is ended")
    parser.add_argument("--rate", type=float, default=0.2, metavar="R", help="calls a second")
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0: a free one")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    try:
        run(options.data, calls=options.calls, seed=options.seed, rate=options.rate, stop=stop, port=options.port)
    except SiagaError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
