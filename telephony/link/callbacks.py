"""Listeners and callbacks of the library's interface, run on a thread of their own, each one isolated.

A listener that is slow, raises, or sends an action and waits for its answer harms neither the reader nor another
listener. The bridge does not use them (it takes the inbox); they are here for tools and scripts.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from asterisk.ami import AMIClientListener
from asterisk.ami.event import EventListener

from telephony.link.errors import LinkError
from telephony.link.objects import to_event, to_response
from telephony.link.packet import Packet
from telephony.link.reply import Reply

log = logging.getLogger(__name__)

_KINDS = ("action", "response", "event", "connect", "disconnect", "unknown")


class Callbacks:
    """Who listens to one connection. Its thread starts with the first listener and ends with the connection."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._listeners: tuple[Any, ...] = ()
        self._event_listeners: tuple[Any, ...] = ()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def active(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners or self._event_listeners)

    def add_listener(self, listener: Any = None, **kwargs: Callable[..., None]) -> Any:
        """An object with on_action, on_response, on_event, on_connect, on_disconnect or on_unknown; or functions."""
        if listener is None:
            listener = AMIClientListener(**kwargs)
        with self._lock:
            self._listeners = (*self._listeners, listener)
        self._start()
        return listener

    def remove_listener(self, listener: Any) -> Any:
        """Stop telling ``listener``; raises ValueError when it doesn't listen."""
        with self._lock:
            kept = list(self._listeners)
            kept.remove(listener)
            self._listeners = tuple(kept)
        return listener

    def add_event_listener(self, on_event: Any = None, **kwargs: Any) -> Any:
        """``on_event(event=, source=)`` for each event, or filtered by ``white_list``/``black_list`` of names.

        Raises ValueError for the library's attribute filters: they let through events without the attribute.
        """
        filters = {k for k in kwargs if k not in ("white_list", "black_list") and not k.startswith("on_")}
        if filters:
            raise ValueError(f"attribute filters match events that lack them: {sorted(filters)}")
        listener = EventListener(on_event=on_event, **kwargs) if kwargs else on_event
        with self._lock:
            self._event_listeners = (*self._event_listeners, listener)
        self._start()
        return listener

    def remove_event_listener(self, listener: Any) -> None:
        """Stop telling ``listener``; raises ValueError when it doesn't listen."""
        with self._lock:
            kept = list(self._event_listeners)
            kept.remove(listener)
            self._event_listeners = tuple(kept)

    def after(self, reply: Reply, callback: Callable[..., None]) -> None:
        """Call ``callback(response)`` once ``reply`` is there; not when it fails."""
        self._start()

        def answered(done: Reply) -> None:
            self._queue.put(lambda: self._call_with_response(done, callback))

        reply.on_done(answered)

    def fire(self, kind: str, **what: Any) -> None:
        """Tell the listeners of ``kind``."""
        if self._listeners:
            self._queue.put(lambda: self._tell(kind, **what))

    def packet(self, item: object) -> None:
        """Tell what arrived."""
        if not self.active or not isinstance(item, Packet):
            return
        if item.name:
            self._queue.put(lambda: self._tell_event(item))
        elif item.response is not None:
            self._queue.put(lambda: self._tell("response", response=to_response(item)))
        else:
            self._queue.put(lambda: self._tell("unknown", pack=item.raw.decode("utf-8", "replace")))

    def close(self, code: str) -> None:
        """The connection is over: tell, and end the thread after what is queued."""
        self.fire("disconnect", error=None if code in ("closed", "closed_by_pbx") else LinkError(code))
        with self._lock:
            self._closed = True
        self._queue.put(None)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="ami-callbacks", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            work = self._queue.get()
            if work is None:
                return
            work()

    def _call_with_response(self, reply: Reply, callback: Callable[..., None]) -> None:
        try:
            response = reply.response
        except LinkError as error:
            log.info("no answer for a callback: %s", error)
            return
        self._guard(callback, response)

    def _tell_event(self, packet: Packet) -> None:
        event = to_event(packet)
        self._tell("event", event=event)
        for listener in self._event_listeners:
            self._guard(listener, event=event, source=self._source)

    def _tell(self, kind: str, **what: Any) -> None:
        assert kind in _KINDS
        for listener in self._listeners:
            method = getattr(listener, f"on_{kind}", None)
            # A listener may have only some of them; the library's own base class raises for the others.
            if method is None or getattr(method, "__func__", None) is getattr(AMIClientListener, f"on_{kind}"):
                continue
            self._guard(method, source=self._source, **what)

    def _guard(self, function: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        try:
            function(*args, **kwargs)
        except Exception:  # somebody else's code; one bad listener harms nobody
            log.exception("a listener of the AMI link failed")
