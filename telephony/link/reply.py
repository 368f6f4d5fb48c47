"""The answer to an action, to be waited for: it comes, or it fails with a reason; it never is silently None."""

from __future__ import annotations

import threading
from collections.abc import Callable

from asterisk.ami import Response

from telephony.link.errors import ActionFailed, LinkError, ReplyTimeout, RightMissing
from telephony.link.objects import to_response
from telephony.link.packet import Packet


class Reply:
    """What the exchange answers to one action. Filled by the link's own thread, waited for by any other."""

    __slots__ = ("_callbacks", "_done", "_error", "_events", "_lock", "_packet", "action", "action_id", "deadline")

    def __init__(self, action: str, action_id: str, deadline: float) -> None:
        self.action = action
        self.action_id = action_id
        self.deadline = deadline
        """On the monotonic clock."""
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._packet: Packet | None = None
        self._events: list[Packet] = []
        self._error: LinkError | None = None
        self._callbacks: list[Callable[[Reply], None]] = []

    @property
    def done(self) -> bool:
        """Whether it has been answered, or has failed."""
        return self._done.is_set()

    def wait(self, timeout: float | None = None) -> Packet:
        """The response, whatever it says (an Error too); for a list, once the list is complete.

        Raises LinkLost when the connection ended, ReplyTimeout when nothing came until the deadline (or within
        ``timeout`` seconds): in both cases it isn't known whether the exchange did it.
        """
        if not self._done.wait(timeout):
            raise ReplyTimeout(f"no answer to {self.action} within {timeout:g} s" if timeout is not None else "")
        if self._error is not None:
            raise self._error
        assert self._packet is not None
        return self._packet

    def ok(self, timeout: float | None = None) -> Packet:
        """Like :meth:`wait`, but an Error of the exchange raises ActionFailed (or RightMissing)."""
        packet = self.wait(timeout)
        if packet.response == "Error":
            message = packet.get("Message", "") or ""
            if message == "Permission denied":
                raise RightMissing("the AMI user may not do this", where=self.action)
            raise ActionFailed(message, where=self.action)
        return packet

    def events(self, timeout: float | None = None) -> list[Packet]:
        """The events of the list that this action asked for, the one that completes it included."""
        self.ok(timeout)
        return list(self._events)

    @property
    def response(self) -> Response:
        """The library's Response object; waits for it, raises like :meth:`wait`."""
        return to_response(self.wait())

    def on_done(self, callback: Callable[[Reply], None]) -> None:
        """Call ``callback`` once it is done (at once when it is), from the thread that completes it."""
        with self._lock:
            if not self._done.is_set():
                self._callbacks.append(callback)
                return
        callback(self)

    # What follows is for the link's own thread.

    def start_list(self, packet: Packet) -> None:
        """The response said that a list follows."""
        self._packet = packet

    def add(self, packet: Packet) -> None:
        """One more event of the list."""
        self._events.append(packet)

    def finish(self, packet: Packet | None = None) -> None:
        """The answer is complete."""
        if packet is not None:
            self._packet = packet
        self._complete()

    def fail(self, error: LinkError) -> None:
        """It will never be answered."""
        if not self._done.is_set():
            self._error = error
            self._complete()

    def _complete(self) -> None:
        with self._lock:
            self._done.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)
