"""Control of a talk in the training PBX: hold and resume, transfer, a third party, calling back.

Agencies and the network always answer, after a moment; so does a colleague whose telephone is free. The order of the
events is the recorded one (tests/captures: console-hold, blind-to-agency, three-way).
"""

from __future__ import annotations

import re

from telephony.training import shapes
from telephony.training.exchange import WITHDRAW_S, Exchange
from telephony.training.shapes import RINGING, UP, Channel
from telephony.training.telephones import IDLE, IN_USE, RINGS
from telephony.training.visits import Visit, channel_name, endpoint_of

HELD = "held"
"""The queue of the callers on hold."""

ANSWER_S = 1.5
"""Seconds after which whoever is called answers."""

CALL_BACK_S = 8.0
"""Seconds that somebody who is called back talks."""

_PLACE = re.compile(r"op[0-9]{1,3}|1[0-9]{2}|[a-z][a-z0-9_]{1,31}|\+?[0-9]{3,20}")
_COLLEAGUE = re.compile(r"op[0-9]{1,3}")


def dialled(place: str) -> str:
    """How a place of the house is dialled ('' when it is none): PJSIP/op2, PJSIP/damkar, PJSIP/113@trunk."""
    if not _PLACE.fullmatch(place):
        return ""
    colleague = endpoint_of(place)
    if _COLLEAGUE.fullmatch(colleague) and place not in _AGENCIES:
        return f"PJSIP/{colleague}"
    return f"PJSIP/{place}@trunk" if place.lstrip("+").isdecimal() else f"PJSIP/{place}"


_AGENCIES = frozenset({"110", "113", "115", "118", "119", "123", "129"})
"""Numbers of agencies all over Indonesia; other three-digit ones that begin with 1 are colleagues (101 is op1)."""


class Switchboard(Exchange):
    """The exchange with what a call-taker does in a talk."""

    # ------------------------------------------------------------------ hold

    def redirect(self, channel_name: str, context: str, exten: str, extra: str = "") -> str | None:
        """AMI Redirect: into [claimed] as before, and both legs of a talk into [hold] (``extra``: the telephone's)."""
        visit = self._visit_of(channel_name)
        if visit is None or context != "hold":
            return super().redirect(channel_name, context, exten)
        if exten == "resume" and visit.held:
            self._resume(visit)
            return None
        alone = visit.third is None or not visit.third.bridge
        talks = visit.talk is not None and visit.talk.name == extra and not visit.held and alone
        if exten != "caller" or not talks:
            return "Redirect failed: the training PBX holds callers who talk, and gives held ones back"
        self._hold(visit)
        return None

    def _hold(self, visit: Visit) -> None:
        leg, ch = visit.talk, visit.channel
        assert leg is not None
        self._leave_bridge(ch, leg)
        visit.held = True
        ch.context, ch.exten, ch.data = "hold", "caller", f"{HELD},c"
        leg.context, leg.exten, leg.application, leg.data = "hold", "operator", "Wait", "3600"
        self._user(ch, "X112Hold")

    def withdraw(self, queue: str, channel_name: str, info: str) -> str | None:
        """QueueWithdrawCaller, also of a caller on hold: granted once, and resumed by the dialplan if need be."""
        visit = self._visit_of(channel_name)
        if queue != HELD:
            return super().withdraw(queue, channel_name, info)
        if visit is None or not visit.held:
            return "Unable to request withdraw from queue: No such caller"
        if visit.withdrawn:
            return "Unable to request withdraw from queue: Already requested"
        visit.withdrawn = True
        self._plan(visit, "withdraw", WITHDRAW_S, lambda: self._resume(visit))
        return None

    def _resume(self, visit: Visit) -> None:
        self._cancel(visit, "withdraw")
        visit.held = visit.withdrawn = False
        leg, ch = visit.talk, visit.channel
        assert leg is not None
        ch.exten = "resume"
        self._user(ch, "X112Resume")
        self._enter_bridge(visit, leg, ch)

    def held(self) -> list[Visit]:
        """The callers on hold."""
        return [visit for visit in self.visits.values() if visit.held]

    # ------------------------------------------------------------------ bridges

    def _leave_bridge(self, *legs: Channel) -> None:
        left = len([ch for ch in self.channels() if ch.bridge == legs[0].bridge])
        for count, one in enumerate(legs, start=1):
            self.emit("BridgeLeave", "call", shapes.bridge(one.bridge, left - count), shapes.channel(one))
            one.bridge = ""

    def _enter_bridge(self, visit: Visit, *legs: Channel) -> None:
        """A new bridge for ``legs``."""
        visit.bridges += 1
        name = f"{visit.channel.uniqueid}-{visit.bridges}"
        for count, one in enumerate(legs, start=1):
            one.bridge = name
            self.emit("BridgeEnter", "call", shapes.bridge(name, count), shapes.channel(one))

    # ------------------------------------------------------------------ transfer

    def transfer(self, phone: str, exten: str) -> str | None:
        """AMI BlindTransfer by the telephone ``phone``; the fault, or None. Nobody there: the head of the queue."""
        visit = next((v for v in self.visits.values() if v.talk is not None and v.talk.name == phone), None)
        if visit is None or visit.held or visit.talk is None:
            return "Failed to transfer call"
        leg, ch = visit.talk, visit.channel
        both = [*shapes.channel(leg, "Transferer"), *shapes.channel(ch, "Transferee")]
        where = [("IsExternal", "Yes"), ("Context", "transfer"), ("Extension", exten)]
        self.emit("BlindTransfer", "call", [("Result", "Success")], both, shapes.bridge(leg.bridge, 2), where)
        ch.context, ch.exten = "transfer", exten
        self._part(visit, first=leg, reason="transfer")
        self._lose(visit)
        self._cancel(visit, "talk")
        ch.context, ch.exten, ch.application, ch.data = "transfer-to", "s", "Dial", dialled(exten)
        target = endpoint_of(exten) if _COLLEAGUE.fullmatch(endpoint_of(exten)) and exten not in _AGENCIES else exten
        self._user(ch, "X112Transfer", Target=target)
        if not dialled(exten) or not self._reaches(dialled(exten)):
            self._plan(visit, "transfer", 0.05, lambda: self._wait(visit, head=True, why="transfer-BUSY"))
            return None
        other = self._called(visit, dialled(exten), self.next_uniqueid(), visit.channel.uniqueid)
        self._dial("DialBegin", visit, other, ("DialString", target))
        visit.third = other
        self._plan(visit, "transfer", ANSWER_S, lambda: self._transferred(visit, other))
        return None

    def _transferred(self, visit: Visit, other: Channel) -> None:
        other.state = UP
        self._about("Newstate", other)
        self._dial("DialEnd", visit, other, ("DialStatus", "ANSWER"))
        self._set(other, IN_USE)
        visit.third, visit.talk, visit.talk_since = None, other, self.now()
        self._enter_bridge(visit, other, visit.channel)
        self._plan(visit, "talk", visit.story.talk, lambda: self._caller_hangs_up(visit))

    def _lose(self, visit: Visit) -> None:
        """The operator's leg ends, the caller stays."""
        leg = visit.talk
        assert leg is not None
        visit.talk = None
        self._about("Hangup", leg, [("Cause", "16"), ("Cause-txt", "Normal Clearing")])
        self._let_go(leg.interface)
        self.telephones.worked(leg.interface)

    def _called(self, visit: Visit | None, dial: str, uniqueid: str, linkedid: str) -> Channel:
        """A telephone that we call begins to ring."""
        interface = "PJSIP/trunk" if dial.endswith("@trunk") else dial
        colleague = _COLLEAGUE.fullmatch(interface.partition("/")[2])
        leg = Channel(
            uniqueid=uniqueid, linkedid=linkedid, name=channel_name(interface, self.next_uniqueid()),
            context="from-operator" if colleague else "from-agency", application="AppDial2", data="(Outgoing Line)",
            began=self.now(),
        )  # fmt: skip
        self._about("Newchannel", leg)
        if visit is not None:
            leg.call = visit.channel.call
        leg.state = RINGING
        self._about("Newstate", leg)
        self._set(leg, RINGS)
        return leg

    def _reaches(self, dial: str) -> bool:
        """Whether whoever is dialled so would answer now."""
        return self.telephones.status(dial) == IDLE

    def _set(self, leg: Channel, status: str) -> None:
        if _COLLEAGUE.fullmatch(leg.interface.partition("/")[2]):
            self.telephones.set(leg.interface, status)

    # ------------------------------------------------------------------ what is dialled

    def originate(
        self, dial: str, context: str, exten: str, uniqueid: str, variables: dict[str, str]
    ) -> str | None:  # fmt: skip
        """AMI Originate of a third party or of a call-back; the fault, or None."""
        if not dial.startswith("PJSIP/") or any(ch.uniqueid == uniqueid for ch in self.channels()):
            return "Extension does not exist."
        if context == "conference":
            visit = self._visit_of(variables.get("X112_JOIN", ""))
            if visit is None:
                return "Extension does not exist."
            self._third_party(visit, dial, uniqueid, variables.get("X112_PARTY", ""))
            return None
        if context == "callback":
            self._call_back(dial, exten, uniqueid, variables.get("__X112_JOB", ""))
            return None
        return "Extension does not exist."

    def _third_party(self, visit: Visit, dial: str, uniqueid: str, party: str) -> None:
        leg = self._called(visit, dial, uniqueid, uniqueid)
        self.emit("DialBegin", "call", shapes.channel(leg, "Dest"), [("DialString", dial.partition("/")[2])])
        visit.third = leg
        self._plan(visit, "third", ANSWER_S, lambda: self._joins(visit, leg, party))

    def _joins(self, visit: Visit, leg: Channel, party: str) -> None:
        leg.state = UP
        self._about("Newstate", leg)
        self.emit("DialEnd", "call", shapes.channel(leg, "Dest"), [("DialStatus", "ANSWER")])
        self._responded(leg, "conference", "join")
        leg.context, leg.exten = "conference", "join"
        self._user(leg, "X112Conference", Step="answered", Party=party)
        bridge = visit.channel.bridge
        if not bridge:  # on hold, or nobody is there any more
            self._user(leg, "X112Conference", Step="left", Party=party, Result="FAILURE")
            self._third_gone(visit)
            return
        leg.bridge = bridge
        self._set(leg, IN_USE)
        count = len([ch for ch in self.channels() if ch.bridge == bridge])
        self.emit("BridgeEnter", "call", shapes.bridge(bridge, count), shapes.channel(leg))

    def _responded(self, leg: Channel, context: str, exten: str) -> None:
        about = f"ChanVariable({leg.name})"
        more = [(about, f"X112_CALL={leg.call}"), (about, "X112_LAT="), (about, "X112_LON=")]
        headers = [
            ("Response", "Success"), ("Channel", leg.name), ("Context", context), ("Exten", exten), ("Reason", "4"),
            ("Uniqueid", leg.uniqueid), ("CallerIDNum", "<unknown>"), ("CallerIDName", "<unknown>"),
        ]  # fmt: skip
        self.emit("OriginateResponse", "call", headers, more)

    def _third_gone(self, visit: Visit) -> None:
        leg, visit.third = visit.third, None
        if leg is None:
            return
        self._cancel(visit, "third")
        self._cancel(visit, "transfer")
        if leg.bridge:
            self._leave_bridge(leg)
        self._about("Hangup", leg, [("Cause", "16"), ("Cause-txt", "Normal Clearing")])
        self._set(leg, IDLE)

    def _call_back(self, operator: str, number: str, uniqueid: str, job: str) -> None:
        leg = self._called(None, operator, uniqueid, uniqueid)
        self.emit("DialBegin", "call", shapes.channel(leg, "Dest"), [("DialString", operator.partition("/")[2])])
        self.others[uniqueid] = leg
        talking: list[bool] = []

        def step(name: str, **more: str) -> None:
            self._about("UserEvent", leg, [("UserEvent", "X112Callback"), ("Job", job), ("Step", name), *more.items()],
                        privilege="user")  # fmt: skip

        def taken() -> None:
            if uniqueid not in self.others:
                return
            leg.state = UP
            self._about("Newstate", leg)
            self._responded(leg, "callback", number)
            self._set(leg, IN_USE)
            leg.context, leg.exten = "callback", number
            step("operator")
            self._later(ANSWER_S, answered)
            self._later(ANSWER_S + CALL_BACK_S, over)

        def answered() -> None:
            if uniqueid in self.others:
                talking.append(True)
                step("answered")

        def over() -> None:
            if self.others.pop(uniqueid, None) is None:
                return  # hung up before
            del self._over[leg.name]
            if leg.state == UP:
                status = "ANSWER" if talking else "CANCEL"
                step("ended", Status=status, Cause="16", Sip="", Secs=str(int(CALL_BACK_S) if talking else 0))
            self._about("Hangup", leg, [("Cause", "16"), ("Cause-txt", "Normal Clearing")])
            self._set(leg, IDLE)
            self.soon()

        self._over[leg.name] = over
        self._later(ANSWER_S, taken)

    # ------------------------------------------------------------------ the end

    def hangup(self, channel_name: str) -> str | None:
        """AMI Hangup: with a third party the talk goes on; a caller on hold is back at the head; a call-back ends."""
        if channel_name in self._over:
            self._over[channel_name]()
            return None
        for visit in self.visits.values():
            if visit.third is not None and visit.third.name == channel_name:
                self._third_gone(visit)
                if visit.talk is None:
                    self._finish(visit)
                return None
            if visit.talk is None or visit.talk.name != channel_name:
                continue
            if visit.held:
                visit.held = visit.withdrawn = False
                self._cancel(visit, "withdraw")
                self._lose(visit)
                self._wait(visit, head=True, why="hold")
                return None
            if visit.third is not None and visit.third.bridge:
                self._complete(visit, visit.talk, "agent")
                self._leave_bridge(visit.talk)
                self._lose(visit)
                return None
        return super().hangup(channel_name)

    def _part(self, visit: Visit, *, first: Channel, reason: str) -> None:
        if visit.held:
            visit.queue_status = "CONTINUE"
            return
        super()._part(visit, first=first, reason=reason)

    def _finish(self, visit: Visit) -> None:
        visit.held = False
        self._third_gone(visit)
        if visit.channel.bridge:
            self._leave_bridge(visit.channel)
        super()._finish(visit)

    def channels(self) -> list[Channel]:
        """Every channel, for CoreShowChannels."""
        third = [visit.third for visit in self.visits.values() if visit.third is not None]
        return [*super().channels(), *third, *self.others.values()]
