"""Hangs up the leg of a call-taker's telephone that died in a talk; the dialplan then puts its caller back at the head.

The rule is :mod:`telephony.lifesigns`; here is what it needs to know, asked of the exchange every two seconds while
somebody talks. Nothing is kept: the leg is hung up with a cause of its own, by its exact name, and what becomes of the
caller is decided by the dialplan, which knows who talks with him by then. So several bridges may do it, each may die
at any moment, and nobody is taken from whoever took him over meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator

from telephony.asterisk.names import GIVES_BACK, TELEPHONE_DEAD
from telephony.bridge.hands import REPLY_S
from telephony.bridge.watcher import Watcher
from telephony.calls.names import interface_of
from telephony.commands import View
from telephony.lifesigns import Signs, Watch, look
from telephony.link.connection import Connection
from telephony.link.errors import ActionFailed, LinkError
from telephony.link.packet import Packet
from telephony.seat import name_of
from telephony.settings import Pbx

log = logging.getLogger(__name__)

LOOK_S = 2.0
"""Seconds between looks."""

_UP = "6"
_ALONE = frozenset({"arrived", "waiting", "ended"})


class LifeKeeper:
    """One exchange's keeper; a thread of its own in the bridge."""

    def __init__(self, pbx: Pbx, watcher: Watcher) -> None:
        self._pbx = pbx
        self._watcher = watcher
        self._watches: dict[str, Watch] = {}
        self._give_back: set[str] = set()  # legs whose caller comes back when they die
        self._looked: Connection | None = None
        self._told = ""

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``."""
        while not stop.wait(LOOK_S):
            connection = self._watcher.connection
            if connection is not self._looked:  # a restarted exchange gives names of channels a second time
                self.forget()
                self._looked = connection
            if connection is None:
                continue
            try:
                self.look(connection, self._watcher.view(), time.monotonic())
                self._told = ""
            except LinkError as error:
                self.forget()
                if error.code != self._told:  # said once as long as it is the same
                    self._told = error.code
                    log.warning("%s: nobody looks whether telephones live: %s", self._pbx.name, error)

    def forget(self) -> None:
        """What was seen so far says nothing any more."""
        self._watches, self._give_back = {}, set()

    def look(self, connection: Connection, view: View, at: float) -> None:
        """Look at every leg once, at ``at`` (seconds, monotonic), and hang up those that died.

        Raises LinkError when the exchange does not answer.
        """
        if all(call.state in _ALONE for call in view.calls.values()):
            self.forget()
            return
        rows = connection.action("CoreShowChannels", timeout=REPLY_S).events()
        channels = [*legs(rows, {call.channel for call in view.calls.values() if call.channel is not None})]
        self._give_back &= {*channels}
        self._watches = {channel: watch for channel, watch in self._watches.items() if channel in self._give_back}
        for channel in channels:
            try:
                if self._gives_back(connection, channel):
                    self._look_at(connection, channel, at)
            except ActionFailed:
                self._watches.pop(channel, None)  # it has just ended

    def _gives_back(self, connection: Connection, channel: str) -> bool:
        """Whether the dialplan has prepared this leg; hanging up another would cost its caller his call."""
        if channel not in self._give_back and _ask(connection, GIVES_BACK, channel) == "1":
            self._give_back.add(channel)
        return channel in self._give_back

    def _look_at(self, connection: Connection, channel: str, at: float) -> None:
        text = _ask(connection, "CHANNEL(rtcp,rxcount)", channel)
        sound = int(text) if text.isdecimal() and len(text) < 12 else None
        before = self._watches.get(channel)
        reached, asked_s = True, 0.0
        if before is not None and sound == before.last.sound:
            reached, asked_s = _reached(connection, name_of(interface_of(channel)))
        watch = self._watches[channel] = look(before, Signs(at, sound, reached, asked_s))
        if watch.dead:
            log.warning("%s: %s sends no sound and does not answer: its leg is hung up", self._pbx.name, channel)
            connection.action("Hangup", timeout=REPLY_S, Channel=channel, Cause=TELEPHONE_DEAD).ok()
            self._watches.pop(channel, None)


def legs(rows: Iterable[Packet], callers: set[str]) -> Iterator[str]:
    """The channels among ``rows`` that may be a call-taker's: telephones that are up, without the ``callers``."""
    for row in rows:
        channel = row.get("Channel") or ""
        if channel.startswith("PJSIP/") and row.get("ChannelState") == _UP and channel not in callers:
            yield channel


def asked_every(connection: Connection, endpoint: str) -> float:
    """Seconds from one question whether the telephone lives to the next, the time for its answer included; 0: never.

    Raises LinkError.
    """
    asked = [_ask(connection, f"PJSIP_AOR({endpoint},{what})") for what in ("qualify_frequency", "qualify_timeout")]
    try:
        frequency, patience = map(float, asked)
    except ValueError:
        return 0.0
    return frequency + patience if frequency > 0 else 0.0


def _reached(connection: Connection, endpoint: str) -> tuple[bool, float]:
    """Whether a contact of the telephone answers, and how often it is asked."""
    every = asked_every(connection, endpoint)
    if every == 0:
        return True, 0.0
    contacts = [each for each in _ask(connection, f"PJSIP_AOR({endpoint},contact)").split(",") if each]
    states = [_ask(connection, f"PJSIP_CONTACT({contact},status)") for contact in contacts]
    # Without any contact it has not said for long that it is there; one that was just given is not asked yet.
    return any(state != "Unreachable" for state in states), every


def _ask(connection: Connection, variable: str, channel: str | None = None) -> str:
    return connection.action("Getvar", timeout=REPLY_S, Channel=channel, Variable=variable).ok().get("Value") or ""
