"""The state of the operators' telephones: too fleeting for the journal, so it goes to a side table, the latest only."""

from __future__ import annotations

import logging
import threading

from data.clock import Micros
from data.errors import SiagaError
from data.side import SideTables
from telephony.link.packet import Packet
from telephony.seat import CONNECTED, GONE, device_of

log = logging.getLogger(__name__)

# devicestate.h: the numbers of QueueMemberStatus and the words of DeviceStateChange
_BY_NUMBER = (
    "unknown", "not_in_use", "in_use", "busy", "invalid", "unavailable", "ringing", "ring_in_use", "on_hold",
)  # fmt: skip
_BY_WORD = {
    "UNKNOWN": "unknown",
    "NOT_INUSE": "not_in_use",
    "INUSE": "in_use",
    "BUSY": "busy",
    "INVALID": "invalid",
    "UNAVAILABLE": "unavailable",
    "RINGING": "ringing",
    "RINGINUSE": "ring_in_use",
    "ONHOLD": "on_hold",
}
EVENTS = frozenset({"DeviceStateChange", "QueueMemberStatus", "QueueMemberAdded", "QueueMember"})
_NO_TELEPHONE = ("Queue:", "Local/", "MWI:", "Custom:", "confbridge:", "meetme:", "park:", "Calendar:")


def seat_state(packet: Packet) -> tuple[str, str] | None:
    """``(seat:interface, state)`` when the dialplan tells of a seat: connected, gone."""
    if packet.name != "UserEvent" or packet.get("UserEvent") != "X112Seat":
        return None
    operator, step = packet.get("Operator") or "", packet.get("Step") or ""
    return (device_of(f"PJSIP/{operator}")[:120], step) if operator and step in (CONNECTED, GONE) else None


def device_state(packet: Packet) -> tuple[str, str] | None:
    """``(interface, state)`` as the event tells it, None when it is about no telephone."""
    if packet.name == "DeviceStateChange":
        interface, state = packet.get("Device"), _BY_WORD.get(packet.get("State") or "")
    else:
        interface = packet.get("StateInterface") or packet.get("Interface") or packet.get("Location")
        number = packet.get("Status") or ""
        state = _BY_NUMBER[int(number)] if number.isdecimal() and int(number) < len(_BY_NUMBER) else None
    if not interface or state is None or "/" not in interface or interface.startswith(_NO_TELEPHONE):
        return None
    return interface[:120], state


class Devices:
    """Takes states from the watcher and writes the latest of each telephone, on a thread of its own."""

    def __init__(self, side: SideTables, pbx: str) -> None:
        self._side = side
        self._pbx = pbx
        self._latest: dict[str, tuple[str, Micros]] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="devices", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def tell(self, interface: str, state: str, at: Micros) -> None:
        """The telephone is in ``state`` since ``at``; never blocks on the store."""
        with self._changed:
            self._latest[interface] = (state, at)
            self._changed.notify()

    def stop(self) -> None:
        """Write what is left, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        written: dict[str, str] = {}
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._latest or self._closing)
                latest, self._latest = self._latest, {}
                closing = self._closing
            for interface, (state, at) in latest.items():
                if written.get(interface) == state:
                    continue
                try:
                    self._side.set_device_state(self._pbx, interface, state, at)
                    written[interface] = state
                except SiagaError as error:
                    # The next change, or the next snapshot, says it again.
                    log.warning("the state of %s cannot be written: %s", interface, error)
            if closing:
                self._side.close()
                return
