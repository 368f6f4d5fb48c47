"""Control of a running talk: hold and resume, transfer, a third party, calling back.

What dials does so as a second AMI user that may do nothing else (``dial_user`` of [[pbx]]); the exchange itself says
how a place is dialled (:data:`telephony.asterisk.names.DIAL`), so that no number of ours is dialled at random.
"""

from __future__ import annotations

from contextlib import ExitStack

from data.clock import now
from telephony.asterisk.names import CALLBACK, CONFERENCE, DIAL, HELD_QUEUE, HOLD, SILENT, TRANSFER
from telephony.bridge import hands
from telephony.bridge.dialling import dialling
from telephony.bridge.hands import ALREADY, DONE, Hands, Result, failed
from telephony.commands import Command
from telephony.link.actions import action
from telephony.link.errors import ActionFailed, LinkError
from telephony.link.packet import Packet

RING_S = 30
"""Seconds that a third party's or the operator's own telephone rings."""

CHANNEL_ID = "siaga-{}"
"""Uniqueid of the channel that a command makes, by the command's id."""

TEL_112 = "112 <112>"
"""What the telephone of somebody whom we call shows."""

# ---------------------------------------------------------------------- hold and resume


def hold(doer: Hands, command: Command) -> Result:
    """Caller and operator part; the operator's telephone stays connected, in silence."""
    caller, phone = doer.caller(command), doer.phone(command)
    if caller is None:
        return failed("call_ended")
    rows = doer.rows()
    row = rows.get(caller)
    if row is None:
        return failed("call_ended")
    if row.get("Context") == HOLD and not row.get("BridgeId"):
        return ALREADY
    # Only these two, and only while they talk with each other: nobody is torn out of another talk.
    if phone is None or not together(rows, caller, phone):
        return failed("not_talking")
    return doer.redirect(caller, (HOLD, "caller"), (phone, HOLD, "operator"))


def look_hold(doer: Hands, command: Command) -> Result:
    """A caller who stands in the hold context was put there."""
    caller = doer.caller(command)
    row = doer.rows().get(caller) if caller else None
    if row is None:
        return failed("call_ended")
    if row.get("Context") == HOLD and not row.get("BridgeId"):
        return DONE
    return hold(doer, command) if in_time(command) else Result("expired", "deadline")


def resume(doer: Hands, command: Command, *, again: bool = False) -> Result:
    """Who takes the caller out of the queue of the held talks with him: one of several."""
    caller = doer.caller(command)
    if caller is None:
        return failed("call_ended")
    return doer.take_out(
        HELD_QUEUE, caller, info="resume", to=(HOLD, "resume"), taken=_resumed,
        lost=ALREADY, absent=failed("not_held"), again=again,
    )  # fmt: skip


def look_resume(doer: Hands, command: Command) -> Result:
    """The dialplan resumes by itself when a bridge died in the middle; look, and do what is left."""
    caller = doer.caller(command)
    row = doer.rows().get(caller) if caller else None
    if row is None:
        return failed("call_ended")
    if row.get("BridgeId"):
        return DONE
    return resume(doer, command, again=True) if in_time(command) else Result("expired", "deadline")


def _resumed(row: Packet) -> Result | None:
    if row.get("Context") == HOLD and row.get("Exten") == "complete":
        return failed("not_held")  # connected with somebody whom the operator had asked
    if row.get("BridgeId") or (row.get("Context") == HOLD and row.get("Exten") == "resume"):
        return ALREADY
    return None


def together(rows: dict[str, Packet], one: str, other: str) -> bool:
    """Whether two channels are in the same bridge."""
    bridges = {row.get("BridgeId") for name in (one, other) if (row := rows.get(name)) is not None}
    return len(bridges) == 1 and bool(next(iter(bridges))) and one in rows and other in rows


def in_time(command: Command) -> bool:
    """Whether the command may still be begun."""
    return now() <= command.request.deadline


# ---------------------------------------------------------------------- silent call


def silent(doer: Hands, command: Command) -> Result:
    """The caller is asked to press a key; the operator's telephone is free for the next call."""
    caller, phone = doer.caller(command), doer.phone(command)
    row = doer.rows().get(caller or "")
    if caller is None or row is None:
        return failed("call_ended")
    if row.get("Context") == SILENT:
        return ALREADY
    # A Redirect would tear him out of whatever talk he is in, so only out of the one with this operator.
    if phone is None or not together(doer.rows(), caller, phone):
        return failed("not_talking")
    return doer.redirect(caller, (SILENT, "s"))


def look_silent(doer: Hands, command: Command) -> Result:
    """A second Redirect would ask the caller from the beginning: only while he still talks with the operator."""
    caller, phone = doer.caller(command), doer.phone(command)
    rows = doer.rows()
    row = rows.get(caller or "")
    if row is None:
        return failed("call_ended")
    if row.get("Context") == SILENT:
        return DONE
    if phone is not None and together(rows, caller or "", phone):
        return silent(doer, command) if in_time(command) else Result("expired", "deadline")
    return Result("unknown", "claimant_lost")


# ---------------------------------------------------------------------- transfer


def transfer(doer: Hands, command: Command) -> Result:
    """The caller goes to a colleague or an agency; when nobody takes him there, he is back at the head of the queue."""
    phone, target = doer.phone(command), command.request.target or ""
    if phone is None:
        return failed("not_talking")
    if not doer.global_variable(DIAL + target):
        return failed("bad_target")
    doer.in_time()
    try:
        # Harmless when it comes twice: the operator is out of the talk then, and the exchange says so.
        doer.ask("BlindTransfer", Channel=phone, Context=TRANSFER, Exten=target)
    except ActionFailed:
        return failed("not_talking")
    return DONE


def look_transfer(doer: Hands, command: Command) -> Result:
    """Done when the operator is out of the talk and the caller on his way."""
    caller, phone = doer.caller(command), doer.phone(command)
    rows = doer.rows()
    row = rows.get(caller or "")
    if row is None:
        return failed("call_ended")
    if phone is not None and together(rows, caller or "", phone):
        return transfer(doer, command) if in_time(command) else Result("expired", "deadline")
    moved = row.get("Context") in (TRANSFER, "transfer-to") or (row.get("BridgeId") and phone not in rows)
    return DONE if moved else Result("unknown", "claimant_lost")


# ---------------------------------------------------------------------- what dials


def three_way(doer: Hands, command: Command) -> Result:
    """The agency's telephone rings; when it answers it is in the talk, which goes on when the operator leaves."""
    caller, target = doer.caller(command), command.request.target or ""
    if caller is None:
        return failed("call_ended")
    row = doer.rows().get(caller)
    if row is None or not row.get("BridgeId"):
        return failed("call_ended" if row is None else "not_talking")
    dialled = doer.global_variable(DIAL + target)
    if not dialled:
        return failed("bad_target")
    call = doer.ask("Getvar", Channel=caller, Variable="X112_CALL").get("Value") or ""
    variables = {"X112_JOIN": caller, "X112_PARTY": target, "__X112_CALL": call}
    return originate(doer, command, dialled, (CONFERENCE, "join"), variables)


def call_back(doer: Hands, command: Command) -> Result:
    """The operator's telephone rings, then the number; what becomes of it are ``command.progress`` entries."""
    operator, number = command.request.operator or "", command.request.number or ""
    if doer.pbx.telephone(operator) is None:
        return failed("no_telephone")
    return originate(doer, command, doer.to_ring(operator), (CALLBACK, number), {"__X112_JOB": command.id})


def end_call_back(doer: Hands, call_back: str) -> Result:
    """The call that the command of that id began ends, whoever of its two parties is in it by now."""
    for channel, row in doer.rows().items():
        if row.get("Uniqueid") == CHANNEL_ID.format(call_back):
            try:
                doer.ask("Hangup", Channel=channel, Cause="16")
            except ActionFailed:
                break  # it has just ended by itself
            return DONE
    return Result("done", "already_gone")


def look_originate(doer: Hands, command: Command) -> Result:
    """A call that was begun is there as long as it lasts; one that is not there is not begun again."""
    ids = {row.get("Uniqueid") for row in doer.rows().values()}
    return DONE if channel_id(command) in ids else Result("unknown", "claimant_lost")


def channel_id(command: Command) -> str:
    """The Uniqueid of the channel that the command makes: while it lives the exchange refuses a second one."""
    return CHANNEL_ID.format(command.id)


def originate(
    doer: Hands, command: Command, channel: str, to: tuple[str, str], variables: dict[str, str],
    functions: tuple[str, ...] = (),
) -> Result:  # fmt: skip
    """Ring ``channel`` as the AMI user that may only do that, and send it ``to`` (context, extension).

    ``functions``: dialplan functions to be set on it first, ``FUNCTION(...)=value``.
    """
    pbx = doer.pbx
    if pbx.dial_user is None:
        return failed("no_dial_user")
    with ExitStack() as stack:
        try:
            dialler = stack.enter_context(dialling(pbx))
        except LinkError as error:
            hands.log.warning("%s: %s: %s", pbx.name, pbx.dial_user, error)
            return failed("dial_user_refused")
        doer.in_time()
        request = action(
            "Originate", variables, Channel=channel, Context=to[0], Exten=to[1], Priority="1", Async="true",
            ChannelId=channel_id(command), CallerID=TEL_112, Timeout=str(RING_S * 1000), Variable=functions or None,
        )  # fmt: skip
        dialler.send_action(request, timeout=hands.REPLY_S).ok()
    return DONE
