"""How a call-taker's seat is named: a telephone that is called once and stays connected (see ``seats`` of [[pbx]])."""

from __future__ import annotations

from telephony.asterisk.names import SEATED

CONNECTED = "connected"
GONE = "gone"


def name_of(interface: str) -> str:
    """PJSIP/op1 -> op1, as the dialplan names the telephone, and its seat."""
    return interface.partition("/")[2]


def dialplan_of(interface: str) -> str:
    """What an exchange, asked for this variable, answers with 1 when its dialplan can give that telephone a seat."""
    return f"DIALPLAN_EXISTS({SEATED},{name_of(interface)},1)"


def device_of(interface: str) -> str:
    """Under which name the state of a seat (connected, gone) stands among the states of telephones."""
    return f"seat:{interface}"
