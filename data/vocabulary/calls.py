"""Calls, the exchange and its operators, as facts; and what a console asks of the exchange, as commands.

Stream of a call: ``call/<pbx>/<linkedid>``; of a command: ``command/<id>``; of an exchange: ``pbx/<name>``; of an
operator's telephone: ``member/<pbx>/<interface>``. Times are the entry's ``at`` (UTC microseconds), which for a fact
of the exchange is the AMI event's own Timestamp.
"""

from __future__ import annotations

from data.vocabulary.record import Record, record


@record("call.arrived", personal=("number", "name", "raw"))
class CallArrived(Record, frozen=True, kw_only=True):
    """t0: a caller's channel came in on a trunk. ``raw`` holds base64 of bytes that were not valid UTF-8."""

    channel: str
    trunk: str | None = None
    dialled: str | None = None
    number: str | None = None
    name: str | None = None
    raw: str | None = None


@record("call.located", personal=("detail",))
class CallLocated(Record, frozen=True, kw_only=True):
    """The trunk sent a caller location. ``radius_m`` is None for a bare point; ``detail`` is the raw location text."""

    lat: float
    lon: float
    radius_m: float | None = None
    source: str | None = None
    confidence: str | None = None
    detail: str | None = None


@record("call.location_text", personal=("text",))
class CallLocationText(Record, frozen=True, kw_only=True):
    """The trunk sent a location that is no position: an address or a reference. ``form``: civic or uri."""

    form: str
    text: str | None = None
    source: str | None = None


@record("call.queued")
class CallQueued(Record, frozen=True, kw_only=True):
    """t1: the caller waits in ``queue``. Comes again when the caller is put back.

    ``because``: ``telephone_dead`` when he is back since the telephone that he talked with died.
    """

    queue: str
    position: int | None = None
    priority: int | None = None
    because: str | None = None


@record("call.unqueued")
class CallUnqueued(Record, frozen=True, kw_only=True):
    """The caller left ``queue`` without an operator having answered (redirected, picked, or gone)."""

    queue: str


@record("call.offered")
class CallOffered(Record, frozen=True, kw_only=True):
    """t2: an operator's telephone is asked to ring. ``operator`` is the member as the exchange names it (PJSIP/op1)."""

    operator: str
    channel: str | None = None
    queue: str | None = None


@record("call.offer_ended")
class CallOfferEnded(Record, frozen=True, kw_only=True):
    """The offer to ``operator`` ended without an answer; ``reason``: noanswer, busy, cancelled, failed."""

    operator: str
    reason: str
    channel: str | None = None


@record("call.answered")
class CallAnswered(Record, frozen=True, kw_only=True):
    """t3: the first operator talks with the caller."""

    operator: str
    channel: str | None = None
    queue: str | None = None


@record("call.operator_joined")
class CallOperatorJoined(Record, frozen=True, kw_only=True):
    """A further operator (transfer, pick-up from a parking place, conference) talks with the caller."""

    operator: str
    channel: str | None = None


@record("call.operator_left")
class CallOperatorLeft(Record, frozen=True, kw_only=True):
    """``operator`` no longer talks with the caller, the call may go on."""

    operator: str
    channel: str | None = None


@record("call.held")
class CallHeld(Record, frozen=True, kw_only=True):
    """The caller hears music and no operator; ``how``: hold or park; ``place`` is the parking space."""

    how: str
    operator: str | None = None
    place: str | None = None


@record("call.resumed")
class CallResumed(Record, frozen=True, kw_only=True):
    """The hold or parking ended; ``operator`` is who talks now, when known."""

    how: str
    operator: str | None = None


@record("call.transferred")
class CallTransferred(Record, frozen=True, kw_only=True):
    """The caller went from one operator to another party; ``method``: blind, attended, redirect."""

    method: str
    from_operator: str | None = None
    target: str | None = None


@record("call.consulted")
class CallConsulted(Record, frozen=True, kw_only=True):
    """``operator`` asks ``party`` (as it was asked for: op2, 113) while the caller is on hold and hears nothing of it.

    ``step``: calling (it rings there), talking, ended (the party hung up; the caller is on hold as before), failed
    (nobody came; ``reason``: noanswer, busy, failed). That the operator took the caller back, or connected the two, is
    told by ``call.resumed`` and ``call.transferred`` (method attended), which end it too.
    """

    step: str
    party: str
    operator: str | None = None
    reason: str | None = None


@record("call.conferenced")
class CallConferenced(Record, frozen=True, kw_only=True):
    """A third party joined the talk; ``party`` is its channel or operator."""

    party: str
    parties: int


@record("call.party_failed")
class CallPartyFailed(Record, frozen=True, kw_only=True):
    """A third party that was called into the talk did not come; ``party`` as it was asked for.

    ``reason``: noanswer, busy, cancelled, failed, not_joined (it answered when the caller was on hold, or it was over).
    """

    party: str
    reason: str


@record("call.party_left")
class CallPartyLeft(Record, frozen=True, kw_only=True):
    """A third party is out of the talk again; the others go on."""

    party: str


@record("call.recording")
class CallRecording(Record, frozen=True, kw_only=True):
    """The exchange started (or stopped) to record; ``file`` as the dialplan names it.

    ``state``: started, stopped; muted: what is said from now on is not in the recording; unmuted: it is again.
    """

    state: str
    file: str | None = None


@record("call.lifted")
class CallLifted(Record, frozen=True, kw_only=True):
    """A caller whose place in the queue was lowered stands in turn again, at ``priority``.

    ``reason``: vicinity (he may be within an area under alert), cleared (his number is not lowered any more), order
    (his place was not lowered: he came before one who was lifted, and stays before him).
    """

    priority: int
    reason: str


@record("call.silent")
class CallSilent(Record, frozen=True, kw_only=True):
    """The silent-call procedure: a caller who says nothing is asked by a recorded voice to press a key.

    ``step``: start (``operator`` has sent him there and is free again), digit (he pressed ``digit``: he cannot speak,
    and waits at the head of the queue), nodigit (he pressed nothing: he waits in the queue again, and is to be called
    back when he goes), hung_up (he hung up while he was asked: to be called back).
    """

    step: str
    digit: str | None = None
    operator: str | None = None


@record("call.ended")
class CallEnded(Record, frozen=True, kw_only=True):
    """The caller's channel is gone. One entry id per call whatever the reason, so two watchers cannot end it twice.

    ``outcome``: answered, abandoned, pbx_lost (waiting when the exchange went down). ``ended_by``: caller, operator,
    pbx, or None when the stream does not show it. ``cause`` is Q.850.
    """

    outcome: str
    ended_by: str | None = None
    cause: int | None = None
    evidence: str | None = None


@record("call.observed", personal=("number", "name"))
class CallObserved(Record, frozen=True, kw_only=True):
    """A snapshot of the exchange showed this call; it began unwatched. ``state``: waiting, ringing, talking."""

    state: str
    channel: str
    number: str | None = None
    name: str | None = None
    queue: str | None = None
    operator: str | None = None
    operator_channel: str | None = None
    began_at: int | None = None
    answered_at: int | None = None


@record("call.recovered", personal=("number", "name"))
class CallRecovered(Record, frozen=True, kw_only=True):
    """The exchange's own archive (CEL) showed a call that nobody saw live; the times are the archive's, UTC micros.

    ``operators``: all who talked with the caller, in order, when there was more than one. ``silent``: the last step of
    the silent-call procedure (digit, nodigit, hung_up), when no operator had the caller after it.
    """

    source: str
    arrived_at: int
    outcome: str
    number: str | None = None
    name: str | None = None
    queue: str | None = None
    operator: str | None = None
    queued_at: int | None = None
    offered_at: int | None = None
    answered_at: int | None = None
    ended_at: int | None = None
    ended_by: str | None = None
    operators: tuple[str, ...] = ()
    silent: str | None = None


@record("call.classified", personal=("reason", "note"))
class CallClassified(Record, frozen=True, kw_only=True):
    """A call-taker's outcome of the call; see ``telephony.calls.outcomes`` for the codes. The last one counts.

    ``reason``: why an outcome was changed afterwards, as somebody typed it; None for one given at the end of the call.
    """

    outcome: str
    incident: str | None = None
    reason: str | None = None
    note: str | None = None


@record("pbx.linked")
class PbxLinked(Record, frozen=True, kw_only=True):
    """A bridge is logged in at the exchange and its picture is complete. ``booted_at``: the exchange's own start."""

    bridge: str
    version: str | None = None
    booted_at: int | None = None


@record("pbx.unlinked")
class PbxUnlinked(Record, frozen=True, kw_only=True):
    """A bridge lost the exchange; until the next ``pbx.linked`` of any bridge, calls are not seen live."""

    bridge: str
    reason: str


@record("pbx.restarted")
class PbxRestarted(Record, frozen=True, kw_only=True):
    """Evidence that the exchange lost its running calls: a Shutdown event, or an uptime shorter than our absence."""

    evidence: str
    booted_at: int | None = None


@record("member.changed")
class MemberChanged(Record, frozen=True, kw_only=True):
    """A telephone's membership of a queue changed; ``state``: added, removed, paused, ready."""

    queue: str
    operator: str
    state: str
    reason: str | None = None


@record("command.requested", personal=("number",))
class CommandRequested(Record, frozen=True, kw_only=True):
    """A person or a service wants the exchange to do something, at the latest at ``deadline`` (UTC micros).

    ``action``: answer, hangup, member_add, member_remove, pause, ready, hold, resume, transfer, three_way, consult,
    complete, call_back, silent
    (see ``telephony.commands.ACTIONS``). The other fields are its arguments; ``target`` is a place of the house: a
    colleague's or an agency's name or number as the exchange knows it; ``number`` is anybody's.
    """

    pbx: str
    action: str
    deadline: int
    call: str | None = None
    operator: str | None = None
    queue: str | None = None
    reason: str | None = None
    number: str | None = None
    target: str | None = None
    seconds: int | None = None


@record("command.claimed")
class CommandClaimed(Record, frozen=True, kw_only=True):
    """One bridge took the command; the entry's id is the same for every bridge, so exactly one succeeds."""

    bridge: str


@record("command.finished")
class CommandFinished(Record, frozen=True, kw_only=True):
    """What came of it; ``result``: done, failed, expired (never executed), unknown (claimant died)."""

    result: str
    reason: str | None = None


@record("command.progress")
class CommandProgress(Record, frozen=True, kw_only=True):
    """How a call-back goes on after its command was done; in the command's own stream.

    ``step``: ringing (the operator's telephone answered, the number is being dialled), answered, ended, or
    operator_failed (the operator's own telephone did not answer). ``status``: with ended, Asterisk's DIALSTATUS
    (ANSWER, BUSY, NOANSWER, CHANUNAVAIL, CONGESTION, CANCEL); ``cause`` Q.850; ``network``: the network's own answer
    (SIP 404 Not Found); ``talked_s``: seconds from the answer to the end.
    """

    step: str
    status: str | None = None
    cause: int | None = None
    network: str | None = None
    talked_s: int | None = None


@record("callback.closed", personal=("note",))
class CallbackClosed(Record, frozen=True, kw_only=True):
    """A lost caller is not to be called back any more; stream ``callback/<pbx>/<linkedid>`` of the first lost call.

    ``result``: not_reached (tried and given up), wrong_number, not_needed. Somebody who was reached leaves the list by
    the outcome of the lost call (``call.classified``), and who gets through by the answer.
    """

    result: str
    note: str | None = None
