"""``siaga112 demo``."""

from __future__ import annotations

import shutil
import signal
import sys
from pathlib import Path

import click

from console.main import log_to
from data.errors import WrongUse


@click.command()
@click.option("--headless", is_flag=True, help="No screen: an automatic operator presses the keys of a real console.")
@click.option(
    "--calls", type=click.IntRange(1), help="Calls of the training PBX (headless: default 12; else until you leave)."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed plays the same calls.")
@click.option(
    "--rate", type=click.FloatRange(0, min_open=True), help="Calls a second (headless: 1; call-taker: 0.1; else 0.25)."
)
@click.option(
    "--role", type=click.Choice(["calltaker", "dispatcher", "supervisor", "admin"]), default="calltaker",
    show_default=True, help="Whose screen; an automatic colleague takes the calls for any but the call-taker.",
)  # fmt: skip
@click.option(
    "--lang", type=click.Choice(["id", "en"]), default="id", show_default=True, help="Language of the screens."
)
@click.option(
    "--data", "data_directory", type=click.Path(path_type=Path, file_okay=False), help="Keep the demo's data here."
)
def demo(
    headless: bool, calls: int | None, seed: int, rate: float | None, role: str, lang: str, data_directory: Path | None
) -> None:
    """Everything on this machine, nothing to configure: training PBX, services, a console signed in.

    It refuses any other PBX. With --headless the last line is one JSON object.
    """
    from console import demo as centre  # noqa: PLC0415

    if not headless and not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise WrongUse("the demo needs a terminal", remedy="or say --headless")
    # An orderly end on SIGTERM too: the services and the training PBX end with the demo.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = data_directory or centre.throw_away_directory()
    log_to(directory / "log" / "demo.log")
    number = calls or (12 if headless else 0)
    pace = rate or (1.0 if headless else 0.1 if role == "calltaker" else 0.25)
    status = 0
    try:
        with centre.Demo(directory, calls=number, seed=seed, rate=pace, language=lang, speech=not headless) as running:
            if headless:
                result = centre.headless(running, number, pace)
                centre.print_result(result)
                status = 0 if result.lost == result.duplicated == 0 else 1
            else:
                status = centre.interactive(running, role, lang, pace)
    finally:
        if data_directory is None:
            shutil.rmtree(directory, ignore_errors=True)
    sys.exit(status)
