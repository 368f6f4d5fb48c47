"""Asking somebody while the caller is on hold, and connecting the two (a transfer with consultation).

The operator dials on his own leg; the caller stands in the queue of the held meanwhile, and whoever takes him out of
it (:meth:`~telephony.bridge.hands.Hands.take_out`) is the only one who moves him, to the operator or to the one asked.
So nothing here can be done twice, and whatever fails leaves the caller on hold in the operator's hands.
"""

from __future__ import annotations

from telephony.asterisk.names import CONSULT, DIAL, HELD_QUEUE, HOLD, HOLD_ASK
from telephony.bridge.control import in_time, together
from telephony.bridge.hands import ALREADY, DONE, Hands, Result, failed
from telephony.calls.names import interface_of, short_call
from telephony.commands import Command
from telephony.link.packet import Packet


def consult(doer: Hands, command: Command, *, again: bool = False) -> Result:
    """The caller goes on hold (or stays there), and the operator's telephone calls the target."""
    caller, target, rows = doer.caller(command), command.request.target or "", doer.rows()
    row, leg = _legs(doer, command, rows)
    if caller is None or row is None:
        return failed("call_ended")
    phone = leg.get("Channel") if leg is not None else None
    if phone is None or leg is None:
        return failed("not_talking")
    if (refused := _no_way(doer, target)) is not None:
        return refused
    if together(rows, caller, phone):
        return doer.redirect(caller, (HOLD, "caller"), (phone, CONSULT, target))
    if _asks(row, leg):
        return ALREADY if leg.get("Exten") == target else failed("asking")
    return doer.take_out(
        HELD_QUEUE, caller, info=f"ask:{target}", to=(HOLD_ASK, target), taken=lambda _row: None,
        lost=failed("not_held"), absent=failed("not_held"), again=again,
    )  # fmt: skip


def _no_way(doer: Hands, target: str) -> Result | None:
    """Why nobody of that name can be asked, as far as the exchange's configuration goes."""
    if not doer.global_variable(DIAL + target):
        return failed("bad_target")
    if doer.global_variable(f"DIALPLAN_EXISTS({CONSULT},{target},1)") != "1":
        return failed("old_dialplan")
    return None


def look_consult(doer: Hands, command: Command) -> Result:
    """An operator who is asking was sent to do so."""
    row, leg = _legs(doer, command, doer.rows())
    if row is None:
        return failed("call_ended")
    if leg is not None and _asks(row, leg):
        return DONE if leg.get("Exten") == command.request.target else failed("asking")
    return consult(doer, command, again=True) if in_time(command) else Result("expired", "deadline")


def _legs(doer: Hands, command: Command, rows: dict[str, Packet]) -> tuple[Packet | None, Packet | None]:
    """The caller's channel and the operator's, which is parted from the caller's while he is on hold."""
    row = rows.get(doer.caller(command) or "")
    phone = rows.get(doer.phone(command) or "")
    if row is None or phone is not None:
        return row, phone
    here = (leg for leg in rows.values() if leg.get("Linkedid") == row.get("Linkedid"))
    waits = (leg for leg in here if leg.get("Context") in (HOLD, CONSULT) and leg is not row)
    operator = command.request.operator
    return row, next((leg for leg in waits if interface_of(leg.get("Channel") or "") == operator), None)


def _asks(caller: Packet, phone: Packet) -> bool:
    """The telephone calls, or talks with, somebody while the caller is on hold.

    (A telephone that has its caller back still stands where it asked from.)
    """
    on_hold = caller.get("Context") in (HOLD, HOLD_ASK) and not caller.get("BridgeId")
    return on_hold and phone.get("Context") == CONSULT


def complete(doer: Hands, command: Command, *, again: bool = False) -> Result:
    """Caller and the one asked are connected, the operator's telephone is free.

    Should the one asked hang up just then, the dialplan leaves the caller on hold.
    """
    caller = doer.caller(command)
    row, leg = _legs(doer, command, doer.rows())
    if caller is None or row is None:
        return failed("call_ended")
    if _completed(row) is ALREADY:
        return ALREADY
    if leg is None or not _asks(row, leg):
        return failed("nobody_asked")
    if not leg.get("BridgeId"):
        return failed("not_answered")
    return doer.take_out(
        HELD_QUEUE, caller, info="complete", to=(HOLD, "complete"), taken=_completed,
        lost=ALREADY, absent=failed("not_held"), again=again,
    )  # fmt: skip


def look_complete(doer: Hands, command: Command) -> Result:
    """The dialplan connects them by itself when a bridge died in the middle; look, and do what is left."""
    row = doer.rows().get(doer.caller(command) or "")
    if row is None:
        return failed("call_ended")
    result = _completed(row)
    if result is not None:
        return DONE if result is ALREADY else result
    return complete(doer, command, again=True) if in_time(command) else Result("expired", "deadline")


def _completed(row: Packet) -> Result | None:
    if row.get("Context") == HOLD and row.get("Exten") == "complete":
        return ALREADY
    return failed("not_held") if row.get("BridgeId") else None


def end_consultation(doer: Hands, call: str, operator: str) -> Result:
    """A telephone that still talks with somebody it asked, though the caller of ``call`` is gone, is hung up."""
    linkedid = call.rpartition("/")[2]
    for channel, row in doer.rows().items():
        own = interface_of(channel) == operator and row.get("Context") == CONSULT
        if own and short_call(row.get("Linkedid") or "") == linkedid:
            doer.ask("Hangup", Channel=channel, Cause="16")
            return DONE
    return Result("done", "already_gone")
