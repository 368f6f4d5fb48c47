"""What the exchange itself wrote down: CEL, queue_log, CDR."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from telephony.asterisk.names import CEL_COLUMNS

MICROS = 1_000_000


@dataclass(frozen=True)
class CelRow:
    """One channel event. ``at`` is UTC microseconds; ``fields`` are the columns by name."""

    event: str
    at: int
    channel: str
    uniqueid: str
    linkedid: str
    number: str
    fields: dict[str, str]

    def extra(self) -> dict[str, object]:
        """The event's own details."""
        text = self.fields["extra"]
        return dict(json.loads(text)) if text else {}


@dataclass(frozen=True)
class QueueLogRow:
    """One line of queue_log; ``at`` is whole seconds."""

    at: int
    call: str
    queue: str
    agent: str
    event: str
    data: tuple[str, ...]


def cel_rows(path: Path) -> list[CelRow]:
    """The archive, in the order in which it was written."""
    if not path.exists():
        return []
    rows = []
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        for line in csv.reader(lines):
            fields = dict(zip(CEL_COLUMNS, line, strict=True))
            seconds, _, micros = fields["time"].partition(".")
            at = int(seconds) * MICROS + int(micros.ljust(6, "0"))
            rows.append(
                CelRow(
                    fields["event"],
                    at,
                    fields["channel"],
                    fields["uniqueid"],
                    fields["linkedid"],
                    fields["number"],
                    fields,
                )
            )
    return rows


def queue_log(path: Path) -> list[QueueLogRow]:
    """All lines of queue_log."""
    if not path.exists():
        return []
    rows = []
    for line in path.read_text("utf-8", "replace").split("\n"):
        if line:
            at, call, queue, agent, event, *data = line.split("|")
            rows.append(QueueLogRow(int(at), call, queue, agent, event, tuple(data)))
    return rows


_CDR = (
    *(
        "accountcode",
        "src",
        "dst",
        "dcontext",
        "clid",
        "channel",
        "dstchannel",
        "lastapp",
        "lastdata",
        "start",
        "answer",
    ),
    *(
        "end",
        "duration",
        "billsec",
        "disposition",
        "amaflags",
        "uniqueid",
        "userfield",
        "peeraccount",
        "linkedid",
        "sequence",
    ),
)


def cdr_rows(path: Path) -> list[dict[str, str]]:
    """The call detail records, columns by name."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        return [dict(zip(_CDR, line, strict=False)) for line in csv.reader(lines)]
