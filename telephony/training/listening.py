"""Recordings and supervision in the training PBX: it makes no sound, but tells what a real one would tell."""

from __future__ import annotations

from telephony.training.floor import Outside
from telephony.training.seats import Seats
from telephony.training.shapes import UP, Channel, Headers
from telephony.training.switchboard import ANSWER_S
from telephony.training.telephones import IDLE, IN_USE

MODES = frozenset({"listen", "whisper", "barge"})
REPLAY_S = 5.0
"""Seconds that a replay takes."""


class TrainingPbx(Seats):
    """The whole exchange."""

    def __init__(self, outside: Outside) -> None:
        super().__init__(outside)
        self._jobs: dict[str, dict[str, str]] = {}  # of those who listen: channel -> what it was dialled with

    # ------------------------------------------------------------------ recordings

    def mute(self, channel_name: str, state: str) -> str | None:
        """AMI MixMonitorMute of a caller's channel; the fault as Asterisk words it, or None."""
        if not any(ch.name == channel_name for ch in self.channels()):
            return "No such channel"
        visit = self._visit_of(channel_name)
        if visit is None or visit.channel.name != channel_name:
            return "Cannot set mute flag"
        self._about("MixMonitorMute", visit.channel, [("Direction", "both"), ("State", state)])
        return None

    # ------------------------------------------------------------------ what is dialled

    def originate(
        self, dial: str, context: str, exten: str, uniqueid: str, variables: dict[str, str]
    ) -> str | None:  # fmt: skip
        """AMI Originate, also of what is listened to; the fault, or None."""
        if context == "recall":
            return None if dial == "Local/play@recall/n" and exten == "ear" else "Extension does not exist."
        if context not in ("listen", "replay"):
            return super().originate(dial, context, exten, uniqueid, variables)
        if not dial.startswith("PJSIP/") or any(ch.uniqueid == uniqueid for ch in self.channels()):
            return "Extension does not exist."
        leg = self._called(None, dial, uniqueid, uniqueid)
        self.others[uniqueid] = leg
        self._later(ANSWER_S, lambda: self._taken(leg, context, exten, variables))
        return None

    def _taken(self, leg: Channel, context: str, exten: str, variables: dict[str, str]) -> None:
        leg.state = UP
        self._about("Newstate", leg)
        self._responded(leg, context, exten)
        self._set(leg, IN_USE)
        leg.context, leg.exten = context, exten
        ear = variables.get("X112_EAR", "")
        if context == "replay" or all(ch.name != ear for ch in self.channels()):
            self._later(REPLAY_S if context == "replay" else 0.1, lambda: self._gone(leg))
            return
        leg.exten, leg.application, leg.data = "spy", "ChanSpy", f"{ear},quE"
        self._jobs[leg.uniqueid] = variables
        self._says(leg, "started", exten)

    def _says(self, leg: Channel, step: str, mode: str = "") -> None:
        job = self._jobs[leg.uniqueid]
        head = [("UserEvent", "X112Listen"), ("Job", job.get("__X112_JOB", "")), ("Step", step)]
        about = [("Mode", mode), ("Operator", job["X112_EAR"]), ("Call", job.get("X112_OF", ""))]
        more = [*about, ("By", job.get("X112_BY", ""))] if mode else []
        self._about("UserEvent", leg, [*head, *more], privilege="user")

    def redirect(
        self, channel_name: str, context: str, exten: str, extra: str = "", to: tuple[str, str] = ("", "")
    ) -> str | None:
        """AMI Redirect, also of a supervisor's leg to another mode."""
        leg = next((ch for ch in self.others.values() if ch.name == channel_name), None)
        if context != "listen" or leg is None or leg.uniqueid not in self._jobs or exten not in MODES:
            return super().redirect(channel_name, context, exten, extra, to)
        self._says(leg, "changed", exten)
        return None

    # ------------------------------------------------------------------ the end

    def hangup(self, channel_name: str) -> str | None:
        """AMI Hangup, also of who only listens."""
        leg = next((ch for ch in self.others.values() if ch.name == channel_name and ch.context == "listen"), None)
        if leg is None:
            return super().hangup(channel_name)
        self._gone(leg)
        return None

    def _about(self, name: str, ch: Channel, *more: Headers, privilege: str = "call") -> None:
        super()._about(name, ch, *more, privilege=privilege)
        if name == "Hangup":  # who listened to this telephone hears no more
            for leg in [leg for leg in self.others.values() if leg.data == f"{ch.name},quE"]:
                self._gone(leg)

    def _gone(self, leg: Channel) -> None:
        if self.others.pop(leg.uniqueid, None) is None:
            return
        if leg.uniqueid in self._jobs:
            self._says(leg, "ended")
            del self._jobs[leg.uniqueid]
        self._about("Hangup", leg, [("Cause", "16"), ("Cause-txt", "Normal Clearing")])
        self._set(leg, IDLE)
        self.soon()
