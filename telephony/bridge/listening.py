"""Doing what may be heard or kept silent: mute and recall of a recording, replay, a supervisor who listens.

Nothing here runs a program on the exchange: an excerpt is cut by this process out of the folder of recordings, and the
dialplan plays only what lies in one folder, and into call-takers' telephones only.
"""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import quote

from data.clock import now
from telephony.asterisk.names import LISTEN, RECALL, REPLAY
from telephony.bridge.control import originate
from telephony.bridge.hands import DONE, Hands, Result, failed
from telephony.calls.names import interface_of
from telephony.commands import Command
from telephony.link.errors import ActionFailed
from telephony.link.packet import Packet
from telephony.recordings import excerpts, wave
from telephony.recordings.names import path_of

log = logging.getLogger(__name__)

# ---------------------------------------------------------------------- mute


def mute(doer: Hands, command: Command) -> Result:
    """What is said is not recorded, or is again; as often as one likes."""
    caller = doer.caller(command)
    if caller is None:
        return failed("call_ended")
    state = "1" if command.request.action == "mute" else "0"
    try:
        doer.ask("MixMonitorMute", Channel=caller, Direction="both", State=state)
    except ActionFailed as error:
        log.warning("%s: %s", command.id, error)
        return failed("call_ended" if "No such channel" in error.message else "not_recorded")
    return DONE


def look_mute(doer: Hands, command: Command) -> Result:
    """Repeating it harms nobody; but a mute that is late is not what was asked for any more."""
    late = now() > command.request.deadline and command.request.action == "mute"
    return Result("expired", "deadline") if late else mute(doer, command)


# ---------------------------------------------------------------------- recall and replay


def recall(doer: Hands, command: Command) -> Result:
    """The last seconds of the talk, into the operator's ear, while the caller talks on.

    What is played ends where the exchange has written to: up to two seconds ago (it writes 32 KiB at a time).
    """
    caller, phone = doer.caller(command), doer.phone(command)
    if caller is None or phone is None:
        return failed("call_ended" if caller is None else "not_talking")
    if doer.pbx.recordings is None:
        return failed("recordings_elsewhere")
    if doer.pbx.dial_user is None:
        return failed("no_dial_user")
    file = doer.ask("Getvar", Channel=caller, Variable="X112_REC").get("Value") or ""
    wrong = _excerpt(Path(doer.pbx.recordings), file, command)
    if wrong is not None:
        return failed(wrong)
    variables = {"__X112_EAR": phone, "__X112_FILE": command.id}
    return originate(doer, command, "Local/play@recall/n", (RECALL, "ear"), variables)


def _excerpt(folder: Path, file: str, command: Command) -> str | None:
    """Cut what is to be played; the code of what is wrong, or None."""
    path = path_of(folder, file)
    try:
        sound = wave.tail(path, command.request.seconds or 0) if path is not None else b""
    except OSError as error:
        log.warning("%s: %s", command.id, error)
        sound = b""
    if not sound:
        return "no_recording"
    try:
        excerpts.write(folder / excerpts.FOLDER, command.id, sound)
    except OSError as error:
        log.error("%s: %s", folder / excerpts.FOLDER, error)
        return "no_excerpt"
    return None


def replay(doer: Hands, command: Command) -> Result:
    """A whole recording on the operator's own telephone."""
    telephone, file = command.request.operator or "", command.request.target or ""
    if doer.pbx.telephone(telephone) is None:
        return failed("no_telephone")
    variables = {"X112_FILE": file.removesuffix(".wav"), "X112_JOB": command.id}
    return originate(doer, command, doer.to_ring(telephone), (REPLAY, "s"), variables)


# ---------------------------------------------------------------------- a supervisor who listens


def listen(doer: Hands, command: Command) -> Result:
    """The supervisor's telephone rings and hears the talk; one that hears it already goes on in the mode asked for."""
    asked = command.request
    telephone, mode = asked.operator or "", asked.action
    if doer.pbx.telephone(telephone) is None:
        return failed("no_telephone")
    call = doer.view.calls.get(asked.call or "")
    talking = call.talking if call is not None else {}
    ear = next((channel for channel, who in talking.items() if who == asked.target), None)
    if ear is None:
        return failed("not_talking")
    rows = doer.rows()
    if ear not in rows:
        return failed("not_talking")
    mine = _listening(rows, telephone, ear)
    if mine is not None:
        # Only a leg that listens already: nobody is torn out of a talk. Once more in the same mode changes nothing.
        return doer.redirect(mine, (LISTEN, mode))
    variables = {
        "X112_EAR": ear,
        "X112_OF": (asked.call or "").rpartition("/")[2],
        "X112_BY": quote(command.actor, safe=""),
        "__X112_JOB": command.id,
    }
    return originate(doer, command, doer.to_ring(telephone), (LISTEN, mode), variables)


def _listening(rows: dict[str, Packet], telephone: str, ear: str) -> str | None:
    """The channel on which ``telephone`` listens to the channel ``ear``, if it does."""
    for name, row in rows.items():
        heard = (row.get("ApplicationData") or "").partition(",")[0]
        if row.get("Context") == LISTEN and interface_of(name) == telephone and heard == ear:
            return name
    return None
