"""The watcher: takes what the exchange says out of the inbox, in order, and makes facts of it.

After every login the events that come are held back, a snapshot of the exchange is taken, the journal's fold of the
open calls is read and compared with the snapshot in the light of the events, and then the events go on. So a bridge
that begins in the middle of a call, or has not seen the exchange for a while, tells the same story as one that was
there, and says where it does not know.

Bytes that nobody understands go to the log, where they are evidence for a while; an alarm, which stays in the journal
for ever, only names them: a caller's number may be among them.
"""

from __future__ import annotations

import base64
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable

import msgspec

from data.clock import SECOND, Micros, now
from data.entry import Draft, draft
from data.errors import SiagaError
from data.journal import Journal
from data.text import safe_line
from data.vocabulary.administration import HouseAlarm
from data.vocabulary.calls import PbxRestarted, PbxUnlinked
from telephony.bridge import memory
from telephony.bridge.devices import EVENTS as DEVICE_EVENTS
from telephony.bridge.devices import Devices, device_state, seat_state
from telephony.bridge.snapshot import Clock, Picture, read_clock, take
from telephony.bridge.writer import Writer
from telephony.calls.reconcile import reconcile
from telephony.calls.reducer import link_down, link_up, reduce
from telephony.calls.state import CallsState
from telephony.commands import CallView, View
from telephony.link.connection import Connection
from telephony.link.errors import ActionFailed, LinkError, RightMissing
from telephony.link.inbox import Backlog, Inbox, Item, LinkDown, LinkFailed, LinkUp
from telephony.link.packet import Packet
from telephony.link.splitter import Oversize
from telephony.settings import Pbx

log = logging.getLogger(__name__)

AGAIN_S = 5.0
"""Seconds after which a picture is asked for again that the exchange refused."""

SETTLE_S = 0.05
"""Seconds for events to come that tell exactly what a list, which comes another way, has shown roughly already."""

BOOT_WAIT_S = 1.0
"""Seconds to wait for FullyBooted behind a login; an exchange that is still starting says it later."""


class Watcher:
    """Reduces one exchange's events into facts for the writer; one thread, in order."""

    def __init__(
        self,
        pbx: Pbx,
        journal: Journal,
        writer: Writer,
        devices: Devices,
        inbox: Inbox,
        bridge: str,
        *,
        on_state: Callable[[str, str | None], None],
        alive: Callable[[str], bool],
        on_linked: Callable[[Micros | None, Micros | None], None],
    ) -> None:
        """``on_state(state, detail)`` is told how the link is: linked, unlinked, unreachable, ...

        ``alive(bridge)``: whether another bridge gives signs of life. ``on_linked(since, booted_at)``: the picture
        after a login is complete; before that, the exchange was last seen at ``since`` (None: never).
        """
        self._pbx = pbx
        self._journal = journal
        self._writer = writer
        self._devices = devices
        self._inbox = inbox
        self._bridge = bridge
        self._on_state = on_state
        self._alive = alive
        self._on_linked = on_linked
        self._ahead: deque[Item] = deque()
        self._lock = threading.Lock()
        self._state = CallsState(pbx.name, intake_contexts=pbx.intake_contexts)
        self._clock = Clock()
        self._up: LinkUp | None = None
        self._held: list[Packet] | None = None
        self._held_since = 0.0
        self._synced = threading.Event()
        self._again_at = math.inf  # when to take a picture again, on the monotonic clock
        self._told_failure = ""
        self._told_garbage = False

    # -- what others ask

    @property
    def connection(self) -> Connection | None:
        """The connection, once the picture of the exchange is complete; None otherwise."""
        up = self._up
        if up is None or not self._synced.is_set() or up.connection.finished.is_set():
            return None
        return up.connection

    def view(self) -> View:
        """What the rules of commands need to know, as of now."""
        with self._lock:
            calls = {
                live.call.stream: CallView(
                    state=live.call.state,
                    channel=live.call.channel,
                    number=live.call.number,
                    held_by=live.call.held_by,
                    held_how=live.call.held_how,
                    parties=live.parties,
                    consulting=live.call.consulting,
                    consulted=live.call.consulted,
                    talking=dict(live.call.talking),
                    offers={channel: offer.operator for channel, offer in live.call.offers.items()},
                )
                for live in self._state.by_key.values()
            }
            ended = {call.stream: CallView(state="ended", channel=call.channel) for call in self._state.closed.values()}
            return View(calls=ended | calls, members=dict(self._state.members), pauses=dict(self._state.pauses))

    def look_again(self) -> None:
        """Take a picture of the exchange soon, though the link is up; for any thread."""
        self._again_at = 0.0

    # -- the thread

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``, and then on what is still in the inbox."""
        while True:
            self._ahead.extend(self._inbox.take(0.2))
            if not self._ahead and stop.is_set():
                return
            self._work()
            moment = time.monotonic()
            if moment > self._again_at or (self._held is not None and moment - self._held_since > BOOT_WAIT_S):
                self._again_at = math.inf
                self._synchronise(None)

    def _work(self) -> None:
        drafts: list[Draft] = []
        while self._ahead:
            item = self._ahead.popleft()
            if isinstance(item, Packet) and item.name != "FullyBooted":
                if self._held is None:
                    self._reduce(item, drafts)
                else:
                    self._held.append(item)
                continue
            self._writer.put(drafts)
            drafts = []
            if isinstance(item, Packet):
                # The boot was uptime seconds before now; the reducer would date it by the next event that comes.
                text = item.get("Uptime") or ""
                self._synchronise(int(text) if text.isdecimal() and len(text) < 12 else None)
            else:
                self._mark(item)
        self._writer.put(drafts)

    def _reduce(self, packet: Packet, drafts: list[Draft]) -> None:
        name = packet.name
        if not name:
            self._garbage(packet)
            return
        if name in DEVICE_EVENTS:
            found = device_state(packet)
            if found is not None:
                self._devices.tell(*found, packet.timestamp or now())
        seat = seat_state(packet)
        if seat is not None:
            self._devices.tell(*seat, packet.timestamp or now())
        try:
            with self._lock:
                drafts += reduce(self._state, packet)
        except Exception:
            # A defect of ours about one event must not end the watch over all the others.
            log.exception("%s: this packet cannot be reduced: %s", self._pbx.name, _evidence(packet.raw))
            self._alarm("reduce_failed", f"{self._pbx.name}: {safe_line(packet.name, 60)}", now())

    def _mark(self, item: Item) -> None:
        match item:
            case LinkUp():
                self._up = item
                self._held, self._held_since = [], time.monotonic()
                self._told_failure, self._told_garbage = "", False
                self._on_state("synchronising", None)
            case LinkDown():
                self._link_down(item)
            case LinkFailed():
                self._link_failed(item)
            case Backlog(waiting=waiting, at=at):
                self._alarm("backlog", f"{waiting} packets of {self._pbx.name} waited to be worked on", at)
            case Oversize(size=size, head=head):
                log.error("%s: a packet of %d bytes: %s", self._pbx.name, size, _evidence(head))
                self._alarm("oversize_packet", f"{self._pbx.name}: {size} bytes", now())

    def _link_down(self, down: LinkDown) -> None:
        self._release()
        self._synced.clear()
        self._again_at = math.inf
        self._up = None
        with self._lock:
            drafts = link_down(self._state, self._clock.pbx_time(down.at), self._bridge, f"{down.code}: {down.reason}")
        self._writer.put(drafts)
        self._on_state("unlinked", f"{down.code}: {down.reason}")

    def _link_failed(self, failed: LinkFailed) -> None:
        error = failed.error
        if failed.attempt:
            self._on_state(error.code, str(error))
        if error.code != self._told_failure:
            self._told_failure = error.code
            self._alarm(error.code, f"{self._pbx.name}: {error}", failed.at)

    def _garbage(self, packet: Packet) -> None:
        if packet.response is None and not self._told_garbage:
            self._told_garbage = True
            log.error("%s: this is no packet: %s", self._pbx.name, _evidence(packet.raw))
            self._alarm("garbage", f"{self._pbx.name}: {len(packet.raw)} bytes that are no packet", now())

    def _alarm(self, what: str, detail: str, at: Micros) -> None:
        body = HouseAlarm(what=what, detail=detail[:500])
        self._writer.put([draft("house", body, actor=f"bridge:{self._bridge}", at=at)])

    # -- the picture after a login

    def _synchronise(self, uptime: int | None) -> None:
        """Compare the exchange, the journal and the events that were held back; then go on with these.

        ``uptime``: seconds since the exchange started, None when it does not say.
        """
        up = self._up
        if up is None:
            return
        if self._held is None:
            self._held = []
        try:
            self._clock = read_clock(up.connection)
            at = self._clock.pbx_time(now())
            booted_at = None if uptime is None else at - uptime * SECOND
            picture = self._picture(up, at, booted_at)
        except LinkError as error:
            log.warning("%s: no picture of the exchange: %s", self._pbx.name, error)
            # It is asked again on a new connection; the events so far are true without it.
            self._release()
            up.connection.disconnect()
            return
        time.sleep(SETTLE_S)
        self._gather()
        state = self._remembered(at)
        drafts = self._gone_bridges(at)
        since = self._last_seen()
        with self._lock:
            self._state = state
            known_boot = state.booted_at
            facts = []
            if not self._synced.is_set():
                version = picture.version if picture else None
                facts += link_up(state, at, self._bridge, version=version, booted_at=booted_at)
            if picture is not None:
                facts += reconcile(state, picture.snapshot, self._held)
        drafts += (_same_for_all(fact, known_boot) for fact in facts)
        for interface, device in picture.devices.items() if picture else ():
            self._devices.tell(interface, device, at)
        self._writer.put(drafts)
        self._release()
        if not self._synced.is_set():
            self._on_linked(since, booted_at)
        self._synced.set()
        self._on_state("linked", None)

    def _picture(self, up: LinkUp, at: Micros, booted_at: Micros | None) -> Picture | None:
        """The snapshot; None when the exchange refuses it: to watch the calls without it is better than not to watch.

        Raises LinkError when the link is the trouble.
        """
        try:
            return take(up.connection, self._pbx.queue, taken_at=at, booted_at=booted_at)
        except (ActionFailed, RightMissing) as error:
            self._alarm("no_snapshot", f"{self._pbx.name}: {error}", at)
            self._again_at = time.monotonic() + AGAIN_S
            return None

    def _gather(self) -> None:
        """Hold what came while the picture was taken as well, so that the picture can be read in its light."""
        assert self._held is not None
        self._ahead.extend(self._inbox.take(0, most=1_000_000))
        others: deque[Item] = deque()
        while self._ahead and not isinstance(self._ahead[0], LinkUp | LinkDown):
            item = self._ahead.popleft()
            if isinstance(item, Packet) and item.name != "FullyBooted":
                self._held.append(item)
            else:
                others.append(item)
        self._ahead.extendleft(reversed(others))

    def _remembered(self, at: Micros) -> CallsState:
        try:
            return memory.remember(self._journal, self._pbx, at, self._writer.pending())
        except SiagaError as error:
            log.error(
                "%s: the journal cannot be read, going on with what this process knows: %s", self._pbx.name, error
            )
            return self._state

    def _last_seen(self) -> Micros | None:
        try:
            return memory.last_seen(self._journal, self._pbx)
        except SiagaError as error:
            log.error("%s: %s", self._pbx.name, error)
            return None

    def tell_of_gone_bridges(self) -> None:
        """Say of every killed bridge that it lost the exchange; for any thread, now and then."""
        self._writer.put(self._gone_bridges(self._clock.pbx_time(now())))

    def _gone_bridges(self, at: Micros) -> list[Draft]:
        """A bridge that was killed could not say that it lost the exchange: say it, so that no link stays for ever."""
        try:
            linked = memory.linked_bridges(self._journal, self._pbx)
        except SiagaError as error:
            log.error("%s: %s", self._pbx.name, error)
            return []
        stream = f"pbx/{self._pbx.name}"
        return [
            Draft(
                id=f"{self._pbx.name}/{bridge}/gone/{since}",
                stream=stream,
                body=PbxUnlinked(bridge=bridge, reason="the bridge is gone"),
                at=at,
                actor=f"bridge:{self._bridge}",
            )
            for bridge, since in linked.items()
            if bridge != self._bridge and not self._alive(bridge)
        ]

    def _release(self) -> None:
        """Let the events go on that were held back."""
        held, self._held = self._held or [], None
        drafts: list[Draft] = []
        for packet in held:
            self._reduce(packet, drafts)
        self._writer.put(drafts)


def _evidence(raw: bytes) -> str:
    return base64.b64encode(raw[:2048]).decode("ascii")


def _same_for_all(fact: Draft, known_boot: Micros | None) -> Draft:
    """A restart told by an uptime in whole seconds: two bridges date it a second apart, but after the same boot."""
    if isinstance(fact.body, PbxRestarted) and fact.body.booted_at is not None and known_boot is not None:
        return msgspec.structs.replace(fact, id=f"{fact.stream}/restarted/after/{known_boot}")
    return fact
