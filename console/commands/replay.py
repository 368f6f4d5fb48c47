"""``siaga112 replay``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from data.errors import SiagaError


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each 112 call.")
def replay(file: Path, as_json: bool) -> None:
    """Send a captured AMI stream through the reducer and print the 112 calls in it."""
    from telephony.replay import replay as calls_of  # noqa: PLC0415

    try:
        found = False
        for call in calls_of(file):
            found = True
            if as_json:
                click.echo(json.dumps(call))
            else:
                click.echo(
                    f"{call['linkedid']}  {call['outcome'] or 'open':9}  {call['operator'] or '-':12}"
                    f"  ring {call['ring_at'] or '-'}  answer {call['answer_at'] or '-'}  end {call['end_at'] or '-'}"
                )
        if not found:
            click.echo(f"siaga112: {file}: there is no call of 112 in it (is it a stream of AMI events?)", err=True)
    except OSError as error:
        raise SiagaError(f"the capture cannot be read: {error.strerror}", where=str(file)) from error
