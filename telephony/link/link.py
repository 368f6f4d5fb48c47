"""The link that stays: connects, and connects again, from the very first attempt on; one Connection at a time."""

from __future__ import annotations

import logging
import random
import threading
import time

from data.clock import now
from data.errors import SiagaError
from telephony.link.connection import Connection
from telephony.link.errors import LinkError, RightMissing
from telephony.link.inbox import Inbox, LinkFailed
from telephony.settings import Pbx

log = logging.getLogger(__name__)

WRITE_CLASSES = {
    "CoreShowChannels": "reporting",
    "DeviceStateList": "reporting",
    "Getvar": "call",
    "Hangup": "call",
    "ParkedCalls": "call",
    "QueueAdd": "agent",
    "QueuePause": "agent",
    "QueueRemove": "agent",
    "QueueStatus": "",
    "QueueWithdrawCaller": "",
    "Redirect": "call",
}
"""The write class of manager.conf that gives each action that a bridge needs; "": every user has it."""

REQUIRED_ACTIONS = tuple(WRITE_CLASSES)
"""What a bridge asks of an exchange; its AMI user needs the rights for these."""


BOOT_S = 20.0
"""Seconds for an exchange that has just started to get all its modules."""


class Link:
    """Keeps one connection to ``pbx`` up; what arrives, and what becomes of the link, stands in ``inbox`` in order.

    ``start`` and ``stop`` it once. Every exchange and every connection has an object of its own.
    """

    def __init__(self, pbx: Pbx, inbox: Inbox | None = None, *, required: tuple[str, ...] = ()) -> None:
        self.pbx = pbx
        self.inbox = inbox if inbox is not None else Inbox()
        self._required = required
        self._stop = threading.Event()
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name=f"link-{pbx.name}", daemon=True)

    @property
    def connection(self) -> Connection | None:
        """The connection that is up now, if one is."""
        connection = self._connection
        return connection if connection is not None and not connection.finished.is_set() else None

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Disconnect and stop for good. An attempt to connect that is under way ends by itself, unheard."""
        self._stop.set()
        connection = self._connection
        if connection is not None:
            connection.disconnect()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            attempt += 1
            began = time.monotonic()
            error = self._connect_once()
            if error is not None:
                log.warning("%s: %s", self.pbx.name, error)
                self.inbox.put([LinkFailed(error=error, attempt=attempt, at=now())])
            elif time.monotonic() - began > self.pbx.retry_most_seconds:
                attempt = 0
                continue  # it was up for a while; one that dies at once is not tried without a pause
            pause = min(self.pbx.retry_most_seconds, self.pbx.retry_seconds * 2 ** min(attempt - 1, 16))
            # Two bridges that lost the exchange together shouldn't knock together for ever.
            self._stop.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311 - no secret depends on it

    def _connect_once(self) -> LinkError | None:
        """Connect, and stay until the connection is over; the error when it never was up."""
        try:
            connection = Connection(self.pbx, self.inbox)
            self._connection = connection
            if self._stop.is_set():
                return None
            connection.open()
        except LinkError as error:
            return error
        except SiagaError as error:  # the secret's file can't be read
            failed = LinkError(error.message, where=error.where, remedy=error.remedy)
            failed.code = error.code
            return failed
        missing = self._missing_rights(connection)
        if missing is not None:
            # Watching without being able to act is better than not watching: say so, and stay.
            log.error("%s: %s", self.pbx.name, missing)
            self.inbox.put([LinkFailed(error=missing, attempt=0, at=now())])
        log.info("%s: linked", self.pbx.name)
        connection.finished.wait()
        return None

    def _missing_rights(self, connection: Connection) -> LinkError | None:
        """ListCommands names the actions that this user may use: say now which one is missing, not in an emergency."""
        if not self._required:
            return None
        try:
            missing = self._not_allowed(connection)
            if missing and not connection.booted.is_set():
                # An exchange that is starting takes logins before it has its modules, and their actions.
                until = time.monotonic() + BOOT_S
                while time.monotonic() < until and not connection.finished.is_set() and not connection.booted.wait(0.2):
                    pass
                missing = self._not_allowed(connection)
        except RightMissing as error:
            return error
        except LinkError as error:
            log.info("%s: %s", self.pbx.name, error)
            return None  # the connection's own end is told by LinkDown
        if not missing:
            return None
        classes = sorted({name for action in missing if (name := WRITE_CLASSES.get(action, ""))})
        remedy = f"add to the user's write classes in manager.conf: {', '.join(classes)}"
        return RightMissing(
            f"the AMI user may not use {', '.join(missing)}",
            where=f"user {self.pbx.user}",
            remedy=remedy if classes else "is a module of the exchange not loaded?",
        )

    def _not_allowed(self, connection: Connection) -> list[str]:
        allowed = {key for key, _ in connection.action("ListCommands").ok().headers()}
        return [name for name in self._required if name not in allowed]
