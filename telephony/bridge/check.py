"""Now and then, while the link is up: does the exchange still have the calls that the journal has, and no others?

An exchange under load may drop events, and an event filter may be wrong. The list of channels and the events do not
come at the same moment, so a difference counts only when it is still there some seconds later; then the watcher
takes a whole picture, as after a login.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from telephony.calls.names import short_call
from telephony.calls.packets import call_variable
from telephony.commands import View
from telephony.link.packet import Packet

AGAIN_S = 3.0
"""Seconds after which a difference is looked at again."""


def differences(view: View, rows: Iterable[Packet]) -> set[str]:
    """What the calls that are open here and the exchange's list of channels do not share. Pure."""
    channels: set[str] = set()
    callers: set[str] = set()
    for row in rows:
        if row.name != "CoreShowChannel":
            continue
        channel, uniqueid = row.get("Channel") or "", row.get("Uniqueid") or ""
        channels.add(channel)
        call = call_variable(row)
        if call and call == uniqueid:
            callers.add(short_call(call))
    open_calls = {stream: call for stream, call in view.calls.items() if call.state != "ended"}
    gone = {stream for stream, call in open_calls.items() if call.channel and call.channel not in channels}
    known = {stream.rpartition("/")[2] for stream in open_calls}
    return gone | {f"unknown {call}" for call in callers - known}


class Check:
    """When to look, and whether what was seen was seen before."""

    def __init__(self, every_s: float) -> None:
        self._every = every_s
        self._due = time.monotonic() + every_s
        self._seen: set[str] = set()

    @property
    def due(self) -> bool:
        """Whether it is time to look."""
        return time.monotonic() >= self._due

    def look(self, found: set[str]) -> set[str]:
        """Take what :func:`differences` found now; returns what is to be put right (seen twice in a row)."""
        lasting = found & self._seen
        self._seen = found - lasting
        self._due = time.monotonic() + (min(AGAIN_S, self._every) if self._seen else self._every)
        return lasting

    def forget(self) -> None:
        """The link was lost: what was seen means nothing any more."""
        self._seen = set()
        self._due = time.monotonic() + self._every
