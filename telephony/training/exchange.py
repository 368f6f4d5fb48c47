"""The exchange that the training PBX plays: callers, telephones, queues, and the events of it all.

It knows neither sockets nor wall clocks: see ``Outside``.
The order of the events is the recorded one (tests/captures: claimed, claimed-back, abandoned-queue, hangup-by-console).
"""

from __future__ import annotations

import re
from functools import partial

from data.clock import SECOND
from telephony.asterisk.names import PRIORITY_HEAD, PRIORITY_NORMAL, claim_queue
from telephony.training import shapes
from telephony.training.floor import Floor, Outside
from telephony.training.shapes import RING, RINGING, UP, Channel
from telephony.training.stories import Story
from telephony.training.telephones import IDLE, IN_USE, QUEUE, RINGS, Telephones
from telephony.training.visits import Visit, channel_name, endpoint_of

TRUNK = "PJSIP/trunk"
RING_S = 15.0
"""Seconds a telephone rings before the next round."""
AUTO_ANSWER_S = 0.02
"""Seconds a telephone takes that is told to answer by itself."""
RETRY_S = 1.0
WITHDRAW_S = 1.0
"""How often a queue looks whether a caller is to be withdrawn."""
TELEPHONE = re.compile(r"op[0-9]{1,3}|1[0-9]{2}")
"""Extensions of [claimed]."""


class Exchange(Floor):
    """Callers who arrive, wait, are chosen, talk and go."""

    def __init__(self, outside: Outside) -> None:
        super().__init__(outside)
        self.telephones = Telephones(self)

    # ------------------------------------------------------------------ a caller arrives and waits

    def soon(self) -> None:
        """Look for free telephones in a moment, when everything of this moment is told."""
        self._later(0.0, self._serve)

    def arrive(self, story: Story, uniqueid: str) -> Visit:
        """The caller of ``story`` is on the trunk: intake, recording, queue."""
        ch = Channel(
            uniqueid=uniqueid,
            linkedid=uniqueid,
            name=channel_name(TRUNK, uniqueid),
            state=RING,
            number=story.caller,
            caller_name=story.name,
            context="from-trunk",
            exten="112",
            began=self.now(),
        )
        visit = self.visits[uniqueid] = Visit(story=story, channel=ch, part_since=ch.began)
        visit.recording = f"{uniqueid}.wav"
        self._about("Newchannel", ch)
        ch.call, ch.context, ch.exten = uniqueid, "arrived", "s"
        self._locate(visit)
        ch.state = UP
        self._about("Newstate", ch)
        self._about("MixMonitorStart", ch)
        self._user(ch, "X112Recording", State="started", File=visit.recording)
        self._wait(visit, priority=self.first_priority(visit))
        self._plan(visit, "patience", story.patience, lambda: self._caller_gives_up(visit))
        return visit

    def _locate(self, visit: Visit) -> None:
        story, ch = visit.story, visit.channel
        if story.lat is None or story.lon is None:
            return
        ch.lat, ch.lon = f"{story.lat:.6f}", f"{story.lon:.6f}"
        shape = f'shape="Circle",crs="2d",pos="{ch.lat} {ch.lon}",radius="{story.radius_m}"'
        encoded = "".join(c if c.isalnum() or c in "._-" else f"%{ord(c):02X}" for c in shape)
        self._user(
            ch, "X112Location", Format="GML", Lat=ch.lat, Lon=ch.lon, Info=encoded, Confidence="", Method="Cell",
            Source="", Usage="", DeviceId="", Header="",
        )  # fmt: skip

    def first_priority(self, visit: Visit) -> int:
        """With which priority a caller comes into the queue."""
        return PRIORITY_NORMAL

    def _wait(
        self, visit: Visit, *, head: bool = False, why: str = "", priority: int = PRIORITY_NORMAL
    ) -> None:  # fmt: skip
        """Into the queue, where the call may be claimed."""
        ch = visit.channel
        visit.priority = PRIORITY_HEAD if head else priority
        visit.queue_status = ""
        ch.context, ch.exten, ch.application, ch.data = "waiting", "s", "Queue", f"{QUEUE},ct,,,,,answering"
        self._user(ch, "X112Waiting", QueuePriority=str(visit.priority), Back=why)
        self._join_queue(visit, QUEUE)
        self.soon()

    def _join_queue(self, visit: Visit, queue: str) -> None:
        visit.queue, visit.joined_at = queue, self.now()
        ahead = [v for v in self.waiting() if v.queue == queue]
        position = ahead.index(visit) + 1
        more = [("Queue", queue), ("Position", str(position)), ("Count", str(len(ahead)))]
        self._about("QueueCallerJoin", visit.channel, more, privilege="agent")
        self._about("MusicOnHoldStart", visit.channel, [("Class", "default")])

    def waiting(self) -> list[Visit]:
        """The callers in queues, in the order in which they are served."""
        found = [visit for visit in self.visits.values() if visit.queue is not None]
        return sorted(found, key=lambda visit: (-visit.priority, visit.joined_at))

    def _serve(self) -> None:
        """Ring every free telephone for the first caller for whom none rings."""
        for visit in self.waiting():
            if visit.queue != QUEUE or visit.legs:
                continue
            free = self.telephones.free()
            for interface in free:
                self._ring(visit, interface, QUEUE)
            if free:
                self._plan(visit, "ring", RING_S, partial(self._ring_over, visit))

    def _ring(self, visit: Visit, interface: str, queue: str) -> Channel:
        uniqueid = self.next_uniqueid()
        endpoint = interface.partition("/")[2]
        leg = Channel(
            uniqueid=uniqueid,
            linkedid=visit.channel.uniqueid,
            name=channel_name(interface, uniqueid),
            number=endpoint,
            caller_name=endpoint,
            connected=(visit.channel.number, visit.channel.caller_name),
            application="AppQueue",
            data="(Outgoing Line)",
            began=self.now(),
        )
        self._about("Newchannel", leg)
        leg.call, leg.lat, leg.lon = visit.channel.call, visit.channel.lat, visit.channel.lon
        leg.exten = visit.channel.exten
        visit.legs[interface] = leg
        called = [("Queue", queue), ("Interface", interface), ("MemberName", interface)]
        self._dial("AgentCalled", visit, leg, *called, privilege="agent")
        self._dial("DialBegin", visit, leg, ("DialString", endpoint))
        leg.state = RINGING
        self._about("Newstate", leg)
        self.telephones.set(interface, RINGS)
        return leg

    def _ring_over(self, visit: Visit) -> None:
        """Nobody answered this round."""
        for interface, leg in list(visit.legs.items()):
            more = [("Queue", visit.queue or QUEUE), ("Interface", interface), ("MemberName", interface)]
            rang = ("RingTime", str((self.now() - leg.began) // 1000 // 1000 * 1000))
            self._dial("AgentRingNoAnswer", visit, leg, *more, rang, privilege="agent")
            self._dial("DialEnd", visit, leg, ("DialStatus", "NOANSWER"))
            self._hangup_leg(visit, interface)
        if visit.queue == QUEUE:
            self._plan(visit, "ring", RETRY_S, self._serve)

    def _hangup_leg(self, visit: Visit, interface: str) -> None:
        leg = visit.legs.pop(interface)
        self._about("Hangup", leg, [("Cause", "0"), ("Cause-txt", "Unknown")])
        self._let_go(interface)

    # ------------------------------------------------------------------ a call-taker chooses the call

    def withdraw(self, queue: str, channel_name: str, info: str) -> str | None:
        """AMI QueueWithdrawCaller: granted to one of several; the fault as Asterisk words it, or None.

        Who is not redirected soon is put through by the dialplan, as ``info`` says.
        """
        if queue != QUEUE:
            return "Unable to request withdraw from queue: No such queue"
        visit = self._visit_of(channel_name)
        if visit is None or visit.queue != queue:
            return "Unable to request withdraw from queue: No such caller"
        if visit.withdrawn:
            return "Unable to request withdraw from queue: Already requested"
        visit.withdrawn = True
        self._plan(visit, "withdraw", WITHDRAW_S, lambda: self._withdrawn(visit, info))
        return None

    def _withdrawn(self, visit: Visit, info: str) -> None:
        """Nobody redirected the caller: the dialplan does it, or puts him back when it knows no such telephone."""
        if TELEPHONE.fullmatch(info):
            self.redirect(visit.channel.name, "claimed", info)
            return
        self._leave_queue(visit, abandoned=True)
        self._wait(visit, head=True, why="queue-WITHDRAW")

    def redirect(self, channel_name: str, context: str, exten: str) -> str | None:
        """AMI Redirect of a waiting caller to [claimed]; the fault as Asterisk words it, or None."""
        visit = self._visit_of(channel_name)
        if visit is None:
            return f"Channel does not exist: {channel_name}"
        if context != "claimed" or visit.talk is not None:
            return "Redirect failed: the training PBX redirects waiting callers to the context claimed only"
        self._leave_queue(visit, abandoned=True)
        self._close_part(visit, "NO ANSWER")
        endpoint = endpoint_of(exten)
        visit.channel.context, visit.channel.exten = "claimed", exten
        self._user(visit.channel, "X112Claim", Operator=endpoint)
        self._claim(visit, endpoint)
        return None

    def _claim(self, visit: Visit, endpoint: str) -> None:
        """A chosen call rings at its operator's telephone, which takes it by itself; or is back at the head."""
        queue, interface = claim_queue(endpoint), f"PJSIP/{endpoint}"
        visit.channel.data = f"{queue},ctnb(autoanswer^s^1),,,6,,answering"
        self._join_queue(visit, queue)
        if self.telephones.status(interface) == RINGS:
            self._stop_ringing(interface)
        if self._may_take(interface):
            self._ring(visit, interface, queue)
            self._plan(visit, "ring", AUTO_ANSWER_S, lambda: self._answer(visit, interface))
        else:
            self._plan(visit, "ring", 0.002, lambda: self._claim_failed(visit))

    def _stop_ringing(self, interface: str) -> None:
        """The telephone rings for another waiting caller; its owner has chosen this one."""
        for visit in self.visits.values():
            leg = visit.legs.get(interface)
            if leg is not None and visit.queue == QUEUE:
                self._dial("DialEnd", visit, leg, ("DialStatus", "NOANSWER"))
                self._hangup_leg(visit, interface)

    def _may_take(self, interface: str) -> bool:
        """Whether a chosen call may ring there: on a free telephone, and, as in Asterisk's queues of chosen calls
        (ringinuse), on one whose callers are all on hold; the queue of 112 itself rings that one for nobody."""
        status = self.telephones.status(interface)
        busy = [v.third or v.asked for v in self.visits.values()]
        busy += [v.talk for v in self.visits.values() if not v.held or v.asked is not None]
        heard = any(leg is not None and leg.interface == interface for leg in busy)
        return status == IDLE or (status == IN_USE and not heard and self._has_leg(interface))

    def _has_leg(self, interface: str) -> bool:
        return any(v.talk is not None and v.talk.interface == interface for v in self.visits.values())

    def _let_go(self, interface: str) -> None:
        """One leg less on that telephone: it is free when no other one is left."""
        self.telephones.set(interface, IN_USE if self._has_leg(interface) else IDLE)

    def _claim_failed(self, visit: Visit) -> None:
        """The chosen telephone is not free: back at the head of the queue."""
        claimant = endpoint_of(visit.channel.exten)
        self._leave_queue(visit, abandoned=True)
        self._user(visit.channel, "X112ClaimEnd", Operator=claimant, Status="TIMEOUT")
        self._wait(visit, head=True, why=f"{claimant}-TIMEOUT")

    def _leave_queue(self, visit: Visit, *, abandoned: bool) -> None:
        """Out of the queue: the telephones that rang stop, and (by every way but a talk) the queue says abandoned."""
        self._cancel(visit, "ring")
        self._cancel(visit, "withdraw")
        self._cancel(visit, "lift")
        visit.withdrawn = False
        queue, ch = visit.queue or QUEUE, visit.channel
        position = [v for v in self.waiting() if v.queue == queue].index(visit) + 1
        self._about("MusicOnHoldStop", ch)
        for leg in visit.legs.values():
            for _ in range(2):  # Asterisk says it twice
                self._dial("DialEnd", visit, leg, ("DialStatus", "CANCEL"))
        visit.queue = None
        count = sum(v.queue == queue for v in self.visits.values())
        more = [("Queue", queue), ("Position", str(position))]
        if abandoned:
            held = str((self.now() - visit.joined_at) // SECOND)
            gave_up = [*more, ("OriginalPosition", str(position)), ("HoldTime", held)]
            self._about("QueueCallerAbandon", ch, gave_up, privilege="agent")
        for interface in list(visit.legs):
            self._hangup_leg(visit, interface)
        self._about("QueueCallerLeave", ch, [*more, ("Count", str(count))], privilege="agent")

    def _answer(self, visit: Visit, interface: str) -> None:
        leg, ch = visit.legs.pop(interface), visit.channel
        queue = visit.answered_in = visit.queue or QUEUE
        leg.state = UP
        ch.connected = (leg.number, leg.caller_name)
        self._about("Newstate", leg)
        self._dial("DialEnd", visit, leg, ("DialStatus", "ANSWER"))
        self.telephones.set(interface, IN_USE)
        waited = (self.now() - visit.joined_at) // SECOND
        self._leave_queue(visit, abandoned=False)
        self._user(leg, "X112Agent", Member=leg.member)
        connect = [("Queue", queue), ("Interface", leg.member), ("MemberName", interface)]
        times = [("HoldTime", str(waited)), ("RingTime", str((self.now() - leg.began) // SECOND))]
        self._dial("AgentConnect", visit, leg, *connect, *times, privilege="agent")
        name = f"{ch.uniqueid}-{leg.uniqueid}"
        for count, one in enumerate((leg, ch), start=1):
            one.bridge = name
            self.emit("BridgeEnter", "call", shapes.bridge(name, count), shapes.channel(one))
        visit.talk, visit.talk_since, visit.answered = leg, self.now(), True
        self._cancel(visit, "patience")
        self._plan(visit, "talk", visit.story.talk, lambda: self._caller_hangs_up(visit))

    # ------------------------------------------------------------------ the end

    def _caller_gives_up(self, visit: Visit) -> None:
        if visit.talk is None:
            self._caller_hangs_up(visit)

    def _caller_hangs_up(self, visit: Visit) -> None:
        """The caller's own BYE."""
        if visit.channel.uniqueid not in self.visits:
            return
        self._about("HangupRequest", visit.channel)
        if visit.talk is not None:
            self._part(visit, first=visit.channel, reason="caller")
        self._finish(visit)

    def hangup(self, channel_name: str) -> str | None:
        """AMI Hangup of a caller's or an operator's channel; no telephone asked, so no HangupRequest."""
        visit = self._visit_of(channel_name)
        if visit is not None:
            if visit.talk is not None:
                self._part(visit, first=visit.channel, reason="caller")
            self._finish(visit)
            return None
        for visit in self.visits.values():
            if visit.talk is not None and visit.talk.name == channel_name:
                self._part(visit, first=visit.talk, reason="caller")
                self._finish(visit)
                return None
            for interface, leg in visit.legs.items():
                if leg.name == channel_name:
                    self._dial("DialEnd", visit, leg, ("DialStatus", "NOANSWER"))
                    self._hangup_leg(visit, interface)
                    return None
        return "No such channel"

    def _part(self, visit: Visit, *, first: Channel, reason: str) -> None:
        """The two who talk part; ``first`` leaves the bridge first."""
        leg, ch = visit.talk, visit.channel
        if leg is None:
            return
        self._complete(visit, leg, reason)
        second = ch if first is leg else leg
        for count, one in ((1, first), (0, second)):
            self.emit("BridgeLeave", "call", shapes.bridge(one.bridge, count), shapes.channel(one))
            one.bridge = ""
        visit.queue_status = "CONTINUE"

    def _complete(self, visit: Visit, leg: Channel, reason: str) -> None:
        if visit.bridges:  # held or passed on: the queue has let go of the talk
            return
        interface = leg.interface
        more = [("Queue", visit.answered_in), ("Interface", leg.member), ("MemberName", interface)]
        times = [("HoldTime", "0"), ("TalkTime", str((self.now() - visit.talk_since) // SECOND)), ("Reason", reason)]
        self._dial("AgentComplete", visit, leg, *more, *times, privilege="agent")

    def _finish(self, visit: Visit) -> None:
        """The caller's channel ends; whatever still belongs to it, too."""
        ch, leg = visit.channel, visit.talk
        cause = "16" if visit.answered else "0"
        if visit.queue is not None:
            self._leave_queue(visit, abandoned=True)
        for plan in list(visit.plans):
            self._cancel(visit, plan)
        self._about("SoftHangupRequest", ch, [("Cause", "16")])
        talked = str((self.now() - visit.talk_since) // 1000) if visit.answered else ""
        self._user(
            ch, "X112End", Cause=cause, Queue=visit.queue_status, Abandoned="" if visit.answered else "TRUE",
            Wait="", Talk=talked, Rec=visit.recording,
        )  # fmt: skip
        self._close_part(visit, "ANSWERED" if visit.answered else "NO ANSWER", leg)
        end = [("Cause", cause), ("Cause-txt", "Normal Clearing" if visit.answered else "Unknown")]
        if leg is not None:
            visit.talk = None
            self._about("Hangup", leg, [("Cause", "16"), ("Cause-txt", "Normal Clearing")])
            self.telephones.worked(leg.interface)
            self._let_go(leg.interface)
        self._about("Hangup", ch, end)
        del self.visits[ch.uniqueid]
        self.finished += 1
        self._ended(visit, visit.cdrs)
        self.soon()
