"""One connection to the exchange, from its banner to its end; a new connection is a new object.

It stands on the AMIClient of asterisk-ami, whose actions, listeners and adapter go on working, and replaces what was
found to lose calls: one thread of its own does all reading and writing on a non-blocking socket (so that a TLS
stream is never used by two threads), splits and queues, and does nothing else.
"""

from __future__ import annotations

import collections
import itertools
import logging
import os
import secrets
import selectors
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

from asterisk.ami import Action, AMIClient

from data.clock import now
from telephony.link.actions import action as make_action
from telephony.link.actions import encode
from telephony.link.callbacks import Callbacks
from telephony.link.dial import dial
from telephony.link.errors import LinkError, LinkLost, LoginRefused, LoginUnanswered, ReplyTimeout
from telephony.link.inbox import Inbox, Item, LinkDown, LinkUp
from telephony.link.packet import Packet
from telephony.link.reply import Reply
from telephony.link.splitter import Oversize, Splitter
from telephony.settings import Pbx

log = logging.getLogger(__name__)

_CHUNK = 1 << 18
_TICK = 0.25
"""Seconds between looks at the clock when nothing arrives."""


class Connection(AMIClient):  # type: ignore[misc]
    """A logged-in connection: everything that arrives goes to ``inbox`` in order, between LinkUp and LinkDown.

    Answers go to the :class:`Reply` of their action, the events of a list that an action asked for as well; these
    do not go to the inbox. Every method may be called from any thread.
    """

    _socket: Any
    _thread: threading.Thread | None
    _ami_version: str | None

    def __init__(self, pbx: Pbx, inbox: Inbox) -> None:
        super().__init__(address=pbx.host, port=pbx.port, timeout=pbx.reply_seconds)
        self.pbx = pbx
        self.finished = threading.Event()
        """Set when the connection is over."""
        self.booted = threading.Event()
        """Set when the exchange said that it is fully booted: before that, it lacks modules and what they can do."""
        self._inbox = inbox
        self._splitter = Splitter(pbx.packet_cap)
        self._ids = itertools.count(1)
        self._id_prefix = f"siaga-{secrets.token_hex(4)}-"
        self._lock = threading.Lock()
        self._out: collections.deque[bytes] = collections.deque()
        self._replies: dict[str, Reply] = {}
        self._lists: dict[str, Reply] = {}
        self._login_id = ""
        self._up = False
        self._closing: tuple[str, str] | None = None
        self._callbacks = Callbacks(self)
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    # -- the life of a connection

    def open(self) -> None:
        """Connect and log in; when this returns, LinkUp stands in the inbox.

        Raises Unreachable, TlsFailed, WrongBanner, LoginRefused or LoginUnanswered; nothing is left open then.
        """
        self.connect()
        reply = self.login(self.pbx.user, self.pbx.secret_value())
        try:
            packet = reply.wait(self.pbx.login_seconds)
        except ReplyTimeout as error:
            self.disconnect()
            raise LoginUnanswered("the exchange does not answer the login", where=self.pbx.name) from error
        except LinkLost as error:
            self.disconnect()
            raise LoginRefused(
                "the exchange closed the connection at the login",
                where=f"user {self.pbx.user}",
                remedy="check the permit list of the user in manager.conf",
            ) from error
        if packet.response != "Success":
            self.disconnect()
            raise LoginRefused(
                packet.get("Message") or "the exchange refuses the login",
                where=f"user {self.pbx.user}",
                remedy="check user and secret of [[pbx]] against manager.conf",
            )

    def connect(self) -> None:
        """Connect and read the banner; without a login Asterisk closes after 10 s."""
        if self._socket is not None:
            raise LinkError("a connection is opened once")
        try:
            self._socket, self._ami_version, rest = dial(self.pbx, self.pbx.connect_seconds)
        except BaseException:
            self.finished.set()
            self._close_pipe()
            raise
        self._socket.setblocking(False)
        self._thread = threading.Thread(target=self._run, args=(rest,), name=f"ami-{self.pbx.name}", daemon=True)
        self._thread.start()

    def login(self, username: str, secret: str, callback: Callable[..., None] | None = None) -> Reply:
        """Send the login, with events on; :meth:`open` is what one usually wants."""
        if self._socket is None:
            self.connect()
        self._login_id = self.next_action_id()
        request = make_action("Login", Username=username, Secret=secret, Events="on")
        return self._send(request, self._login_id, self.pbx.login_seconds, callback)

    def logoff(self, callback: Callable[..., None] | None = None) -> Reply:
        """Say goodbye; the exchange closes."""
        return self.send_action(make_action("Logoff"), callback)

    def disconnect(self) -> None:
        """End the connection at once and wait for its thread. Harmless when it is over already."""
        self._end("closed", "closed by us")
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(5.0)

    # -- actions

    def next_action_id(self) -> str:
        """A new ActionID, unique over all connections of all processes."""
        return self._id_prefix + str(next(self._ids))

    def send_action(
        self, action: Action, callback: Callable[..., None] | None = None, timeout: float | None = None
    ) -> Reply:
        """Send ``action`` with a new ActionID; the answer comes within ``timeout`` seconds or the reply fails.

        ``callback(response)`` is called from a thread of its own. Raises ActionRefused when the action holds what
        must not be sent, LinkLost when the connection is over.
        """
        limit = self.pbx.reply_seconds if timeout is None else timeout
        return self._send(action, self.next_action_id(), limit, callback)

    def action(self, name: str, /, *, timeout: float | None = None, **keys: str | int | None) -> Reply:
        """Send the action ``name`` with the headers given (None: left out)."""
        return self.send_action(make_action(name, None, **keys), timeout=timeout)

    def _send(self, action: Action, action_id: str, timeout: float, callback: Callable[..., None] | None) -> Reply:
        data = encode(action, action_id)
        reply = Reply(str(action.name), action_id, time.monotonic() + timeout)
        if callback is not None:
            self._callbacks.after(reply, callback)
        with self._lock:
            if self.finished.is_set() or self._closing is not None:
                raise LinkLost("there is no connection to the exchange", where=str(action.name))
            self._replies[action_id] = reply
            self._out.append(data)
        self._callbacks.fire("action", action=action)
        self._wake()
        return reply

    def send(self, pack: Any) -> None:
        """Raw text is not sent: an action goes through :meth:`send_action`, where it is checked."""
        raise LinkError("use send_action")

    # -- listeners (they run on a thread of their own; see callbacks.py)

    def add_listener(self, listener: Any = None, **kwargs: Callable[..., None]) -> Any:
        """As in the library; see :class:`telephony.link.callbacks.Callbacks`."""
        return self._callbacks.add_listener(listener, **kwargs)

    def remove_listener(self, listener: Any) -> Any:
        """As in the library."""
        return self._callbacks.remove_listener(listener)

    def add_event_listener(self, on_event: Any = None, **kwargs: Any) -> Any:
        """As in the library, but without its attribute filters, which match events that lack the attribute."""
        return self._callbacks.add_event_listener(on_event, **kwargs)

    def remove_event_listener(self, event_listener: Any) -> None:
        """As in the library."""
        self._callbacks.remove_event_listener(event_listener)

    # -- the connection's own thread

    def _wake(self) -> None:
        with self._lock:
            if self._wake_write >= 0:
                try:
                    os.write(self._wake_write, b"!")
                except BlockingIOError:
                    return  # the pipe is full of wake-ups already

    def _end(self, code: str, reason: str) -> None:
        with self._lock:
            if self._closing is None:
                self._closing = (code, reason)
        self._wake()

    def _run(self, rest: bytes) -> None:
        code, reason = "crashed", "the reader stopped"
        try:
            code, reason = self._loop(rest)
        except Exception as error:  # the end of a connection must be told, whatever ended it
            log.exception("the reader of %s failed", self.pbx.name)
            reason = f"{type(error).__name__}: {error}"
        finally:
            self._finish(code, reason)

    def _loop(self, rest: bytes) -> tuple[str, str]:
        sock = self._socket
        if rest:
            self._arrived(rest)
        silent = 0.0
        next_ping = time.monotonic() + self.pbx.ping_seconds
        unsent = b""
        stuck = 0.0
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_read, selectors.EVENT_READ)
            selector.register(sock, selectors.EVENT_READ)
            while True:
                unsent = self._write(sock, unsent)
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if unsent else 0)
                selector.modify(sock, wanted)
                began = time.monotonic()
                ready = selector.select(min(_TICK, max(0.0, next_ping - began)))
                if any(key.fd == self._wake_read for key, _ in ready):
                    self._drain_pipe()
                # Silence is tested after an empty read only, and a tick counts for a tick however long it took:
                # a process that was stopped for a minute doesn't take the exchange for dead.
                waited = min(time.monotonic() - began, 2 * _TICK)
                data = self._read(sock)
                if data is None:
                    silent += waited
                elif not data:
                    return "closed_by_pbx", "the exchange closed the connection"
                else:
                    silent = 0.0
                    self._arrived(data)
                if self._closing is not None:
                    self._write(sock, unsent)
                    return self._closing
                stuck = stuck + waited if unsent else 0.0
                if self._up and silent >= self.pbx.dead_seconds:
                    return "silent", f"no byte for {self.pbx.dead_seconds:g} s"
                if stuck >= self.pbx.dead_seconds:
                    return "stuck", f"the exchange takes no byte of ours for {self.pbx.dead_seconds:g} s"
                moment = time.monotonic()
                if moment >= next_ping:
                    next_ping = moment + self.pbx.ping_seconds
                    self._tick(moment)

    def _read(self, sock: Any) -> bytes | None:
        """What is there now: None when nothing is, b'' at the end."""
        try:
            data: bytes = sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except OSError as error:
            log.info("%s: %s", self.pbx.name, error)
            return b""
        if isinstance(sock, ssl.SSLSocket):
            # What TLS has decoded already no selector shows.
            parts = [data]
            while data and sock.pending():
                data = sock.recv(_CHUNK)
                parts.append(data)
            return b"".join(parts)
        return data

    def _write(self, sock: Any, unsent: bytes) -> bytes:
        """Send what waits; what the socket doesn't take comes back."""
        while True:
            if not unsent:
                with self._lock:
                    if not self._out:
                        return b""
                    unsent = self._out.popleft()
            try:
                unsent = unsent[sock.send(unsent) :]
            except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return unsent
            except OSError as error:
                # The reader sees the end as well, after what has still arrived.
                log.info("%s: %s", self.pbx.name, error)
                return b""

    def _arrived(self, data: bytes) -> None:
        found = self._splitter.feed(data)
        if not found:
            return
        items: list[Item] = []
        # Who waits for an answer finds everything that came before it in the inbox already.
        answered: list[tuple[Reply, Packet | None]] = []
        for packet in found:
            if isinstance(packet, Oversize):
                log.warning("%s: a packet of %d bytes was thrown away", self.pbx.name, packet.size)
                items.append(packet)
            elif packet.name:
                if packet.name == "FullyBooted":
                    self.booted.set()
                if not (self._lists and self._listed(packet, answered)):
                    items.append(packet)
            elif packet.response is not None:
                self._answered(packet, items, answered)
            else:
                items.append(packet)
        if items:
            self._inbox.put(items)
            if self._callbacks.active:
                for item in items:
                    self._callbacks.packet(item)
        for reply, answer in answered:
            reply.finish(answer)

    def _answered(self, packet: Packet, items: list[Item], answered: list[tuple[Reply, Packet | None]]) -> None:
        self._callbacks.packet(packet)
        action_id = packet.action_id
        with self._lock:
            reply = self._replies.pop(action_id, None) if action_id else None
        if reply is None:
            return  # too late, or to nobody
        if action_id == self._login_id and packet.response == "Success":
            # In order: every event that follows in the stream is of this login.
            self._up = True
            items.append(LinkUp(connection=self, version=self._ami_version or "", at=now()))
            self._callbacks.fire("connect")
        if (packet.get("EventList") or "").lower() == "start":
            reply.start_list(packet)
            self._lists[reply.action_id] = reply
        else:
            answered.append((reply, packet))

    def _listed(self, packet: Packet, answered: list[tuple[Reply, Packet | None]]) -> bool:
        """Whether ``packet`` belongs to a list that somebody asked for."""
        action_id = packet.action_id
        reply = self._lists.get(action_id) if action_id else None
        if reply is None:
            return False
        reply.add(packet)
        if (packet.get("EventList") or "").lower() in ("complete", "cancelled"):
            del self._lists[reply.action_id]
            answered.append((reply, None))
        return True

    def _tick(self, moment: float) -> None:
        """Once a second: a Ping, and the replies whose time is over."""
        overdue = [reply for reply in self._lists.values() if reply.deadline <= moment]
        for reply in overdue:
            del self._lists[reply.action_id]
        with self._lock:
            late = [reply for reply in self._replies.values() if reply.deadline <= moment]
            for reply in late:
                del self._replies[reply.action_id]
            if self._up:
                self._out.append(encode(make_action("Ping"), self.next_action_id()))
        for reply in overdue + late:
            reply.fail(ReplyTimeout("the exchange did not answer in time", where=reply.action))

    def _finish(self, code: str, reason: str) -> None:
        """Shut down, then close; tell the inbox, then everybody who waits.

        The inbox hears of this end before ``finished`` is set: whoever waits for that opens the next connection, and
        its LinkUp must stand behind this LinkDown however the threads are scheduled.
        """
        sock = self._socket
        try:
            sock.shutdown(2)
        except OSError as error:
            log.debug("%s: shutdown: %s", self.pbx.name, error)
        sock.close()
        with self._lock:
            self._closing = self._closing or (code, reason)  # from here on nothing is sent
            waiting = [*self._replies.values(), *self._lists.values()]
            self._replies.clear()
            self._lists.clear()
            self._out.clear()
        try:
            if self._up:
                lost = self._splitter.incomplete
                detail = f"{reason}; {lost} bytes of an incomplete packet were lost" if lost else reason
                self._inbox.put([LinkDown(code=code, reason=detail, at=now())])
        finally:
            self.finished.set()
            self._close_pipe()
            for reply in waiting:
                reply.fail(LinkLost(f"the connection ended: {reason}", where=reply.action))
            self._callbacks.close(code)

    def _drain_pipe(self) -> None:
        try:
            os.read(self._wake_read, 4096)
        except BlockingIOError:
            return

    def _close_pipe(self) -> None:
        with self._lock:
            if self._wake_write >= 0:
                os.close(self._wake_write)
                os.close(self._wake_read)
                self._wake_write = self._wake_read = -1
