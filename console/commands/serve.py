"""``siaga112 serve``, and the services that it runs as processes of their own."""

from __future__ import annotations

import logging
import os
from functools import partial
from pathlib import Path

import click

from console import configuration, processes
from console.compose import incidents_of, open_journal
from console.main import data_option, log_to
from data.errors import WrongUse
from data.side import SideTables

log = logging.getLogger(__name__)


@click.command()
@data_option
@click.option("--verbose", is_flag=True, help="Log to standard error instead of DIR/log (systemd keeps it).")
def serve(data_directory: Path, verbose: bool) -> None:
    """Run the centre's services: a bridge for each exchange, hand-overs, recordings, the spoken alerts.

    Each is a process of its own, started again when it dies. SIGTERM ends them in order.
    """
    settings = configuration.load(data_directory / configuration.FILE)
    if os.environ.get("SIAGA112_CHILD"):
        processes.end_with_parent()
    logs = None if verbose else data_directory / "log"
    log_to(None if logs is None else logs / "serve.log")
    open_journal(data_directory).close()  # migrations and stale tables once, before several processes open it
    stop = processes.stop_event()
    names = [f"bridge:{pbx.name}" for pbx in settings.telephony.pbx] + ["handover"]
    if any(pbx.recordings for pbx in settings.telephony.pbx):
        names.append("recordings")
    if settings.console.speech:
        names.append("alerts")
    arguments = ["--data", str(data_directory)]
    services = {
        name: partial(
            processes.start,
            ["service", name, *arguments],
            None if logs is None else logs / f"{name.replace(':', '-')}.out",
        )
        for name in names
    }
    processes.Supervisor(services).run(stop)


@click.command()
@click.argument("name")
@data_option
def service(name: str, data_directory: Path) -> None:
    """Run one service: bridge:PBX, handover, recordings or alerts. Started by serve; ends with it."""
    settings = configuration.load(data_directory / configuration.FILE)
    if os.environ.get("SIAGA112_CHILD"):
        processes.end_with_parent()
    log_to(data_directory / "log" / f"{name.replace(':', '-')}.log")
    stop = processes.stop_event()
    kind, _, which = name.partition(":")
    with open_journal(data_directory) as journal:
        side = SideTables(data_directory)
        if kind == "bridge":
            from telephony.bridge.service import Bridge  # noqa: PLC0415

            for pbx in settings.telephony.pbx:
                if pbx.name == which:
                    Bridge(settings.telephony, pbx, journal, side, name=f"{which}/{os.getpid()}").run(stop)
                    return
            raise WrongUse(f"there is no exchange {which!r} in the configuration", where=name)
        if name == "handover":
            from dispatch.handover.service import HandoverService  # noqa: PLC0415

            HandoverService(
                settings.dispatch, journal, beat=lambda state: side.set_service("handover", os.getpid(), state)
            ).run(stop)
        elif name == "recordings":
            from telephony.recordings.service import RecordingsService  # noqa: PLC0415

            RecordingsService(
                settings.telephony,
                journal,
                incidents_of=incidents_of,
                beat=lambda state, detail: side.set_service("recordings", os.getpid(), state, detail),
            ).run(stop)
        elif name == "alerts":
            from console.alerts import Alerts  # noqa: PLC0415

            Alerts(journal, side, settings).run(stop)
        else:
            raise WrongUse(f"there is no service {name!r}")


@click.command()
@click.option("--calls", type=click.IntRange(0), default=0, help="Calls to play; 0: until ended.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), default=0.2, show_default=True, help="Calls a second."
)
@data_option
def training(calls: int, seed: int, rate: float, data_directory: Path) -> None:
    """Run the training PBX. Started by demo; ends with it."""
    from telephony.training.server import run  # noqa: PLC0415

    if os.environ.get("SIAGA112_CHILD"):
        processes.end_with_parent()
    log_to(data_directory / "log" / "training.log")
    run(data_directory, calls=calls, seed=seed, rate=rate, stop=processes.stop_event())
