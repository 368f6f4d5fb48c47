"""The AMI actions that the training PBX honours, answered in Asterisk's own words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from data.clock import SECOND
from telephony.asterisk.names import CAN_GIVE_BACK, CONSULT, DIAL, LIFTED, NUISANCE, SEAT_LEAVES, SEATED, SEATED_AT
from telephony.training import shapes
from telephony.training.listening import TrainingPbx
from telephony.training.shapes import Headers
from telephony.training.switchboard import HELD, dialled
from telephony.training.telephones import QUEUE

Action = dict[str, str]
Answer = list[bytes]

VERSION = "22.10.1-training"


def dial(exchange: TrainingPbx, action: Action) -> Answer:
    """The answer to the user that may only start calls."""
    if action.get("action", "").lower() != "originate":
        return [_error(action, "Permission denied")]
    return _originate(exchange, action)


def answer(exchange: TrainingPbx, action: Action) -> Answer:
    """The packets that answer ``action`` (keys in lower case), in order; Login and Logoff are the session's."""
    handler = _ACTIONS.get(action.get("action", "").lower())
    if handler is None:
        name = action.get("action", "")
        message = f"Invalid/unknown command: {name}. Use Action: ListCommands to show available commands."
        return [_error(action, message)]
    return handler(exchange, action)


def response(action: Action, status: str, *more: tuple[str, str]) -> bytes:
    """A response; the ActionID is given back when there was one."""
    id_ = [("ActionID", action["actionid"])] if "actionid" in action else []
    return shapes.packet([("Response", status), *id_, *more])


def _ok(action: Action, message: str) -> bytes:
    return response(action, "Success", ("Message", message))


def _error(action: Action, message: str) -> bytes:
    return response(action, "Error", ("Message", message))


def _done(action: Action, fault: str | None, message: str) -> Answer:
    return [_error(action, fault) if fault else _ok(action, message)]


def _list(
    action: Action,
    message: str,
    rows: list[tuple[str, Headers]],
    complete: str,
    *more: tuple[str, str],
    last: bool = False,
) -> Answer:
    """A list: its beginning, an event for each row, its end. ``last``: ActionID comes last in a row, as in queues."""
    id_ = [("ActionID", action["actionid"])] if "actionid" in action else []
    found = [response(action, "Success", ("EventList", "start"), ("Message", message))]
    for name, headers in rows:
        found.append(shapes.packet([("Event", name)], *((headers, id_) if last else (id_, headers))))
    end = [("EventList", "Complete"), ("ListItems", str(len(rows))), *more]
    found.append(shapes.packet([("Event", complete)], id_, end))
    return found


def _ping(exchange: TrainingPbx, action: Action) -> Answer:
    return [response(action, "Success", ("Ping", "Pong"), ("Timestamp", shapes.stamp(exchange.now())))]


def _core_settings(exchange: TrainingPbx, action: Action) -> Answer:
    settings = [("AMIversion", "11.0.0"), ("AsteriskVersion", VERSION), ("SystemName", exchange.system)]
    return [response(action, "Success", *settings)]


def _core_status(exchange: TrainingPbx, action: Action) -> Answer:
    booted = datetime.fromtimestamp(exchange.booted_at // SECOND, UTC)
    day, time = booted.strftime("%Y-%m-%d"), booted.strftime("%H:%M:%S")
    return [
        response(
            action,
            "Success",
            ("CoreStartupDate", day),
            ("CoreStartupTime", time),
            ("CoreReloadDate", day),
            ("CoreReloadTime", time),
            ("CoreCurrentCalls", str(len(exchange.channels()))),
            ("CoreProcessedCalls", str(exchange.finished)),
        )
    ]


def _channels(exchange: TrainingPbx, action: Action) -> Answer:
    rows: list[tuple[str, Headers]] = []
    for ch in exchange.channels():
        seconds = (exchange.now() - ch.began) // SECOND
        duration = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        more = [("Application", ch.application), ("ApplicationData", ch.data), ("Duration", duration)]
        rows.append(("CoreShowChannel", [*shapes.channel(ch), *more, ("BridgeId", ch.bridge)]))
    return _list(action, "Channels will follow", rows, "CoreShowChannelsComplete")


def _queue_status(exchange: TrainingPbx, action: Action) -> Answer:
    wanted, member = action.get("queue", ""), action.get("member", "")
    rows: list[tuple[str, Headers]] = []
    if wanted in ("", HELD) and member == "":
        for position, visit in enumerate(exchange.held(), start=1):
            who = [("Channel", visit.channel.name), ("Uniqueid", visit.channel.uniqueid)]
            rows.append(("QueueEntry", [("Queue", HELD), ("Position", str(position)), *who, ("Wait", "0")]))
    if wanted in ("", QUEUE):
        waiting = [visit for visit in exchange.waiting() if visit.queue == QUEUE]
        zero = ["Holdtime", "TalkTime", "Completed", "Abandoned", "ServiceLevel"]
        rows.append(
            (
                "QueueParams",
                [
                    ("Queue", QUEUE),
                    ("Max", "0"),
                    ("Strategy", "ringall"),
                    ("Calls", str(len(waiting))),
                    *((key, "0") for key in zero),
                    ("ServicelevelPerf", "0.0"),
                    ("ServicelevelPerf2", "0.0"),
                    ("Weight", "0"),
                ],
            )
        )
        for m in exchange.telephones.members.values():
            if member in ("", m.interface):
                status = exchange.telephones.status(m.interface)
                rows.append(("QueueMember", shapes.member_row(m, status, status == "2")))
        for position, visit in enumerate(waiting, start=1):
            ch = visit.channel
            entry = [
                ("Queue", QUEUE),
                ("Position", str(position)),
                ("Channel", ch.name),
                ("Uniqueid", ch.uniqueid),
                ("CallerIDNum", ch.number),
                ("CallerIDName", shapes.escaped(ch.caller_name)),
                ("ConnectedLineNum", ch.connected[0] or "<unknown>"),
                ("ConnectedLineName", shapes.escaped(ch.connected[1])),
                ("Wait", str((exchange.now() - visit.joined_at) // SECOND)),
                ("Priority", str(visit.priority)),
            ]
            if member == "":
                rows.append(("QueueEntry", entry))
    return _list(action, "Queue status will follow", rows, "QueueStatusComplete", last=True)


def _parked(exchange: TrainingPbx, action: Action) -> Answer:
    return _list(action, "Parked calls will follow", [], "ParkedCallsComplete", ("Total", "0"))


def _devices(exchange: TrainingPbx, action: Action) -> Answer:
    words = {"1": "NOT_INUSE", "2": "INUSE", "6": "RINGING"}
    known = {m.interface for m in exchange.telephones.members.values()} | exchange.telephones.states.keys()
    rows: list[tuple[str, Headers]] = [
        ("DeviceStateChange", [("Device", interface), ("State", words[exchange.telephones.status(interface)])])
        for interface in sorted(known)
    ]
    return _list(action, "Device State Changes will follow", rows, "DeviceStateListComplete")


def _getvar(exchange: TrainingPbx, action: Action) -> Answer:
    ch = exchange.channel(action.get("channel", ""))
    variable = action.get("variable", "")
    if "channel" not in action:  # a global variable: how a place is dialled
        return [response(action, "Success", ("Variable", variable), ("Value", _global(exchange, variable)))]
    if ch is None:
        return [_error(action, "No such channel")]
    value = ch.call if variable == "X112_CALL" else ""
    return [response(action, "Success", ("Variable", variable), ("Value", value))]


def _global(exchange: TrainingPbx, variable: str) -> str:
    """A global variable, or a function of the dialplan: how a place is dialled, what there is, whose seat is where."""
    if variable.startswith((f"DIALPLAN_EXISTS({CONSULT},", f"DIALPLAN_EXISTS({SEATED},", CAN_GIVE_BACK)):
        return "1"
    if variable.startswith("CHANNEL_EXISTS("):
        name = variable.removeprefix("CHANNEL_EXISTS(").removesuffix(")")
        return str(int(any(ch.name == name for ch in exchange.channels())))
    if variable.startswith(SEATED_AT):
        return exchange.seated_at(variable.removeprefix(SEATED_AT))
    return dialled(variable.removeprefix(DIAL)) if variable.startswith(DIAL) else ""


def _setvar(exchange: TrainingPbx, action: Action) -> Answer:
    if action.get("variable") == SEAT_LEAVES:
        return _done(
            action, exchange.seat_leaves(action.get("channel", ""), action.get("value") == "1"), "Variable Set"
        )
    if action.get("variable") != LIFTED:
        return [_error(action, "Set failed: the training PBX knows no such variable")]
    return _done(action, exchange.set_lifted(action.get("channel", "")), "Variable Set")


def _change_priority(exchange: TrainingPbx, action: Action) -> Answer:
    priority = action.get("priority", "")
    if not priority.isdecimal() or action.get("immediate", "").lower() not in _TRUE:
        return [_error(action, "Unable to change priority caller on queue: Immediate only")]
    fault = exchange.change_priority(action.get("queue", ""), action.get("caller", ""), int(priority))
    return _done(action, fault, "Priority change for caller on queue")


def _db_get_tree(exchange: TrainingPbx, action: Action) -> Answer:
    found = exchange.nuisance if action.get("family") == NUISANCE else {}
    rows: list[tuple[str, Headers]] = [
        ("DBGetTreeResponse", [("Key", f"/{NUISANCE}/{key}"), ("Val", until)]) for key, until in sorted(found.items())
    ]
    return _list(action, "Result will follow", rows, "DBGetTreeComplete")


def _redirect(exchange: TrainingPbx, action: Action) -> Answer:
    where = action.get("context", ""), action.get("exten", "")
    extra = action.get("extrachannel", ""), (action.get("extracontext", ""), action.get("extraexten", ""))
    fault = exchange.redirect(action.get("channel", ""), *where, *extra)
    return _done(action, fault, "Redirect successful")


def _blind_transfer(exchange: TrainingPbx, action: Action) -> Answer:
    fault = exchange.transfer(action.get("channel", ""), action.get("exten", ""))
    return _done(action, fault, "Transfer succeeded")


def _mute(exchange: TrainingPbx, action: Action) -> Answer:
    state = action.get("state", "")
    if state not in ("0", "1"):
        return [_error(action, "State must be 0 or 1")]
    fault = exchange.mute(action.get("channel", ""), state)
    return [_error(action, fault) if fault else response(action, "Success")]


def _originate(exchange: TrainingPbx, action: Action) -> Answer:
    variables = dict(pair.partition("=")[::2] for pair in action.get("variable", "").split("\n"))
    to = action.get("context", ""), action.get("exten", "")
    fault = exchange.originate(action.get("channel", ""), *to, action.get("channelid", ""), variables)
    return _done(action, fault, "Originate successfully queued")


def _hangup(exchange: TrainingPbx, action: Action) -> Answer:
    return _done(action, exchange.hangup(action.get("channel", "")), "Channel Hungup")


def _queue_withdraw(exchange: TrainingPbx, action: Action) -> Answer:
    fault = exchange.withdraw(action.get("queue", ""), action.get("caller", ""), action.get("withdrawinfo", ""))
    return _done(action, fault, "Withdraw requested successfully")


def _queue_add(exchange: TrainingPbx, action: Action) -> Answer:
    paused = action.get("paused", "").lower() in _TRUE
    fault = exchange.telephones.add(action.get("queue", ""), action.get("interface", ""), paused)
    return _done(action, fault, "Added interface to queue")


def _queue_remove(exchange: TrainingPbx, action: Action) -> Answer:
    fault = exchange.telephones.remove(action.get("queue", ""), action.get("interface", ""))
    return _done(action, fault, "Removed interface from queue")


def _queue_pause(exchange: TrainingPbx, action: Action) -> Answer:
    paused = action.get("paused", "").lower() in _TRUE
    interface, reason = action.get("interface", ""), action.get("reason", "")
    fault = exchange.telephones.pause(action.get("queue"), interface, paused, reason)
    return _done(action, fault, f"Interface {'paused' if paused else 'unpaused'} successfully")


def _list_commands(exchange: TrainingPbx, action: Action) -> Answer:
    return [response(action, "Success", *((name, "(Priv: all)") for name in COMMANDS))]


_TRUE = frozenset({"true", "yes", "1", "on"})
_ACTIONS: dict[str, Callable[[TrainingPbx, Action], Answer]] = {
    "ping": _ping,
    "coresettings": _core_settings,
    "corestatus": _core_status,
    "coreshowchannels": _channels,
    "queuestatus": _queue_status,
    "parkedcalls": _parked,
    "devicestatelist": _devices,
    "getvar": _getvar,
    "redirect": _redirect,
    "setvar": _setvar,
    "queuechangeprioritycaller": _change_priority,
    "dbgettree": _db_get_tree,
    "hangup": _hangup,
    "blindtransfer": _blind_transfer,
    "mixmonitormute": _mute,
    "queueadd": _queue_add,
    "queueremove": _queue_remove,
    "queuepause": _queue_pause,
    "queuewithdrawcaller": _queue_withdraw,
    "listcommands": _list_commands,
}

COMMANDS = (
    "BlindTransfer", "CoreSettings", "CoreShowChannels", "CoreStatus", "DBGetTree", "DeviceStateList", "Events",
    "Getvar", "Hangup", "ListCommands", "Login", "Logoff", "MixMonitorMute", "ParkedCalls", "Ping", "QueueAdd",
    "QueueChangePriorityCaller", "QueuePause", "QueueRemove", "QueueStatus", "QueueWithdrawCaller", "Redirect",
    "Setvar",
)  # fmt: skip
"""Every action that is honoured, as ListCommands names it."""
