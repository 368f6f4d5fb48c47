"""``siaga112 recordings`` and ``siaga112 play``: who hears a recording, how long it is kept, what is kept longer."""

from __future__ import annotations

import getpass
import json
import shlex
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from console import configuration
from console.compose import incidents_of, open_journal
from console.main import data_option
from console.proving import prove
from data.clock import SECOND, now
from data.errors import Refusal, SiagaError, WrongUse
from data.journal import Journal
from telephony import listening
from telephony.recordings import queries, retention
from telephony.recordings.names import path_of

F = TypeVar("F", bound=Callable[..., object])

MAY = ("supervisor", "admin")
"""Roles that may hear any recording, and keep some for longer."""

PLAYERS = ("aplay -q", "paplay", "pw-play", "play -q", "ffplay -autoexit -nodisp -loglevel error")
"""Programs that play a WAV, the first that is installed is taken."""


def _proof(command: F) -> F:
    """The options by which somebody proves who he is."""
    file = click.Path(path_type=Path, exists=True, dir_okay=False)
    command = click.option("--password-file", type=file, help="Read the password here; otherwise it is asked for.")(
        command
    )
    return click.option("--user", "login", required=True, help="Who does it: a supervisor or an admin.")(command)


def _prove(journal: Journal, login: str, password_file: Path | None) -> str:
    """The login, proved by its password, with a role of :data:`MAY`. Raises Refusal."""
    from console.auth import roles_of  # noqa: PLC0415

    prove(journal, login, password_file)
    if not set(roles_of(journal, login)) & set(MAY):
        raise Refusal("not_your_right", "{login} may not do that: it needs the role supervisor or admin", login=login)
    return login


def _incident(journal: Journal, number: int) -> str:
    """The id of the incident with that number. Raises WrongUse."""
    from dispatch.incidents.queries import by_number  # noqa: PLC0415

    found = by_number(journal, number)
    if found is None:
        raise WrongUse(f"there is no incident {number}", where="INCIDENT")
    return found.id


@click.group()
def recordings() -> None:
    """List recordings and who heard them, keep those of an incident, delete those whose time is over."""


@recordings.command("list")
@click.argument("call")
@data_option
def show(call: str, data_directory: Path) -> None:
    """One call's recording: its state, its mutes, and who was given it. One JSON object."""
    with open_journal(data_directory) as journal:
        row = _row(journal, call)
        found = {
            **msgspec.to_builtins(row),
            "mutes": queries.mutes(journal, row.call),
            "accesses": msgspec.to_builtins(queries.accesses(journal, row.call)),
            "incidents": sorted(incidents_of(journal, row.call)),
        }
    click.echo(json.dumps(found, ensure_ascii=False))


def _row(journal: Journal, call: str) -> queries.RecordingRow:
    """The recording of a call, named by its stream or by its linkedid. Raises WrongUse."""
    row = queries.recording(journal, call) if call.startswith("call/") else queries.by_linkedid(journal, call)
    if row is None:
        raise WrongUse(f"there is no recording of a call {call!r}", where="CALL", remedy="siaga112 export calls")
    return row


@recordings.command()
@click.argument("incident", type=int)
@click.option("--reason", required=True, help="Why; it stands in the record.")
@_proof
@data_option
def hold(incident: int, reason: str, login: str, password_file: Path | None, data_directory: Path) -> None:
    """Keep the recordings of INCIDENT (its number), calls that are attached later too, until the hold is released."""
    with open_journal(data_directory) as journal:
        actor, id = _prove(journal, login, password_file), _incident(journal, incident)
        journal.decide(lambda view: retention.hold(view, id, reason=reason, actor=actor))
    click.echo(f"the recordings of incident {incident} are kept")


@recordings.command()
@click.argument("incident", type=int)
@click.option("--reason", required=True, help="Why; it stands in the record.")
@_proof
@data_option
def release(incident: int, reason: str, login: str, password_file: Path | None, data_directory: Path) -> None:
    """Lift the hold on INCIDENT (its number): its recordings are deleted when their time is over."""
    with open_journal(data_directory) as journal:
        actor, id = _prove(journal, login, password_file), _incident(journal, incident)
        journal.decide(lambda view: retention.release(view, id, reason=reason, actor=actor))
    click.echo(f"the hold on incident {incident} is lifted")


@recordings.command()
@data_option
def holds(data_directory: Path) -> None:
    """Incidents whose recordings are kept: one JSON object a line."""
    from dispatch.incidents.queries import get  # noqa: PLC0415

    with open_journal(data_directory) as journal:
        for row in queries.holds(journal):
            found = get(journal, row.incident)
            number = found.number if found is not None else None
            since = datetime.fromtimestamp(row.since / SECOND, UTC).isoformat(timespec="seconds")
            line = {"incident": number, "since": since, "who": row.who, "reason": row.reason}
            click.echo(json.dumps(line, ensure_ascii=False))


@recordings.command()
@click.option("--dry-run", is_flag=True, help="Only name what would be deleted.")
@data_option
def prune(dry_run: bool, data_directory: Path) -> None:
    """Delete recordings older than keep_days, but none of an incident on hold. The service does it every hour."""
    settings = configuration.load(data_directory / configuration.FILE).telephony
    folders = {pbx.name: pbx.recordings for pbx in settings.pbx}
    if settings.keep_days <= 0:
        click.echo("keep_days is 0: recordings are kept for ever")
        return
    with open_journal(data_directory) as journal:
        if dry_run:
            found = retention.expired(journal, now(), settings.keep_days, incidents_of)
        else:
            actor = f"os:{getpass.getuser()}"
            found = retention.prune(journal, folders, now(), settings.keep_days, incidents_of, actor=actor)
    for row in found:
        click.echo(f"{row.call} {row.file} {row.bytes} bytes sha256 {row.sha256}")
    click.echo(f"{len(found)} recordings {'would be ' if dry_run else ''}deleted")


@click.command()
@click.argument("call")
@click.option("--reason", required=True, help="Why; it stands in the record.")
@click.option("--player", help=f"The program that plays it; else the first of: {', '.join(PLAYERS)}.")
@_proof
@data_option
def play(
    call: str, reason: str, player: str | None, login: str, password_file: Path | None, data_directory: Path
) -> None:  # fmt: skip
    """Play the recording of CALL (its stream, or its linkedid) on this machine; who, which and why are on record."""
    settings = configuration.load(data_directory / configuration.FILE).telephony
    with open_journal(data_directory) as journal:
        actor = _prove(journal, login, password_file)
        row = listening.to_play(_row(journal, call))
        folder = next((pbx.recordings for pbx in settings.pbx if pbx.name == row.pbx), None)
        path = path_of(folder, row.file or "") if folder else None
        if path is None or not path.is_file():
            where = str(path or "recordings of [[pbx]]")
            raise SiagaError("the recording is not on this machine", where=where, remedy="mount the exchange's folder")
        words = _player(player)
        journal.append([listening.access(row.call, "player", actor=actor, terminal="", reason=reason)])
    if subprocess.run([*words, str(path)], check=False).returncode:
        raise SiagaError("the player could not play it", where=shlex.join(words))


def _player(named: str | None) -> list[str]:
    """The program and its options. Raises WrongUse when there is none."""
    for each in [named] if named else PLAYERS:
        words = shlex.split(each)
        if words and shutil.which(words[0]):
            return words
    raise WrongUse(
        f"{named!r} is not installed" if named else "no program is installed that plays sound",
        where="--player", remedy="apt-get install alsa-utils",
    )  # fmt: skip
