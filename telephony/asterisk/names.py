"""Names that the exchange's configuration and our programs share. Whoever speaks to the exchange uses these.

The templates beside this file are written with them; ``tests/real/test_exchange.py`` shows each at work.
"""

from __future__ import annotations

CALL_VARIABLE = "X112_CALL"
"""Channel variable, set at intake and inherited by every leg: the Uniqueid of the caller's channel. AMI carries it on
every event of every leg (``ChanVariable: X112_CALL=...``)."""

WAITING = "waiting"
"""Context, extension ``s``: back into the queue; channel variable QUEUE_PRIO says where (100 is the head)."""

CLAIMED = "claimed"
"""Context: the caller is put through to one operator, whose telephone is asked to answer by itself. The extension is
the operator's endpoint (op1) or number (101). A telephone that does not answer: back to the head of the queue.

Who may send a caller here has taken him by AMI ``QueueWithdrawCaller Queue=112 Caller=<channel>
WithdrawInfo=<extension>``: one Success for several consoles, only while he waits. Should the Redirect never come, the
dialplan puts him through itself."""

TRANSFER = "transfer"
"""Context for blind and attended transfer: an operator's endpoint or number, an agency's id or number."""

DIAL = "X112_DIAL_"
"""Prefix of global variables of the dialplan: how a place is dialled (``X112_DIAL_113`` = ``PJSIP/damkar``). What has
none is no place of the house, and nobody is transferred to it."""

CONFERENCE = "conference"
"""Context for a third party: Originate its telephone here, extension ``join``, variable X112_JOIN = a channel in the
talk and ``__X112_CALL`` = the call; it joins the running talk when it answers."""

HOLD = "hold"
"""Context: Redirect the caller to extension ``caller`` and (ExtraChannel) the operator to ``operator``. Who takes the
caller out of :data:`HELD_QUEUE` (QueueWithdrawCaller, WithdrawInfo=resume) redirects him to ``resume``."""

HELD_QUEUE = "held"
"""Queue without members in which callers on hold stand."""

CONSULT = "consult"
"""Context: Redirect the caller to :data:`HOLD` ``caller`` and (ExtraChannel) the operator here; the extension is a
place of the house, whom he asks while the caller is on hold. Who takes the caller out of :data:`HELD_QUEUE`
(WithdrawInfo=complete) redirects him to :data:`HOLD` ``complete``, which connects him with whoever was asked."""

HOLD_ASK = "hold-ask"
"""Context: whoever takes a caller out of :data:`HELD_QUEUE` (WithdrawInfo=ask:<place>) redirects him here, extension
<place>; the operator then asks there, and the caller is on hold again."""

SILENT = "silent"
"""Context, extension ``s``: asks a silent caller to press a key; a key puts the caller at the head of the queue."""

OPERATOR = "X112_OPERATOR_"
"""Prefix of global variables of the dialplan: the telephones of call-takers (``X112_OPERATOR_op1`` = ``PJSIP/op1``)."""

RECALL = "recall"
"""Context: Originate ``Local/play@recall/n`` to its extension ``ear`` with ``__X112_EAR`` (a call-taker's channel) and
``__X112_FILE`` (an excerpt, raw samples, without its .sln): he, and nobody else, hears it."""

REPLAY = "replay"
"""Context: Originate a telephone to its extension ``s`` with ``X112_FILE``, a recording without its .wav."""

LISTEN = "listen"
"""Context: Originate a supervisor's telephone to its extension ``listen``, ``whisper`` or ``barge`` with ``X112_EAR``
(a call-taker's channel), ``X112_OF`` (the call), ``__X112_JOB`` and ``X112_BY``; a Redirect of his leg within it is a
change of the mode."""

SEATED = "seated"
"""Context: Originate an operator's telephone to the extension of his name, asked to answer by itself, and it stays
connected: his seat. A seat with the channel variable :data:`SEAT_LEAVES` = 1 ends when it is free."""

SEATED_AT = "X112_SEATED_"
"""Prefix of global variables of the dialplan: the channel of a call-taker's seat (``X112_SEATED_op1``), '' without."""

SEAT = "seat"
"""Context: ``Local/<name>@seat/n`` is the way into the seat; that channel's first half is the operator's leg."""

SEAT_LEAVES = "X112_LEAVE"
"""Channel variable of a seat: 1 when it is to end as soon as it is free."""

GIVES_BACK = "X112_GIVES_BACK"
"""Channel variable: 1 on a call-taker's leg, or seat, whose caller comes back to the head of the queue when it ends
with :data:`TELEPHONE_DEAD`. Without it he would be hung up on."""

CAN_GIVE_BACK = "DIALPLAN_EXISTS(gives-back,s,1)"
"""What an exchange, asked for this variable, answers with 1 when its dialplan knows :data:`GIVES_BACK`."""

TELEPHONE_DEAD = "44"
"""Cause (Q.850) of the end of a telephone's leg that died: Asterisk's own where no sound comes (rtp_timeout), and AMI
``Hangup`` with it does the same."""

BACK_DEAD = "telephone-dead"
"""What X112Waiting says in ``Back`` of a caller who is back because the telephone that he talked with died."""

CALLBACK = "callback"
"""Context: Originate the operator's telephone here; the extension is the number to call."""

NUISANCE = "nuisance"
"""Family of astdb with the numbers whose place in the queue is lowered: <key> = <until, seconds since 1970>."""

NUISANCE_WRITE = "nuisance-write"
"""Context, extension ``set``: writes that family, from the variable X112_SET (``<key>:<until>&...``, without <until>
the entry goes). Originate ``Local/set@nuisance-write`` into its extension ``done``."""

LIFTED = "X112_LIFTED"
"""Channel variable: 1 when a bridge has put a lowered caller back among the others."""

PRIORITY_LOW = 1
"""QUEUE_PRIO of a caller whose number stands in :data:`NUISANCE`; the dialplan ends it after NUISANCE_S seconds."""
PRIORITY_NORMAL = 10
PRIORITY_LIFTED = 20
PRIORITY_HEAD = 100
"""QUEUE_PRIO of a caller who was put back, or who pressed a key in the silent-call procedure."""


_CLAIM = "claim_"


def claim_queue(endpoint: str) -> str:
    """The queue with this operator as its one member, through which a claimed call is put through."""
    return f"{_CLAIM}{endpoint}"


def is_claim_queue(queue: str) -> bool:
    """Whether a caller who enters this queue is on his way to the operator who claimed him, and does not wait."""
    return queue.startswith(_CLAIM)


CEL_FILE = "cel-custom/siaga112.csv"
"""The archive of the exchange, below its log directory, one event a line, complete up to a kill -9."""

CEL_COLUMNS = (
    "event",
    "time",
    "name",
    "number",
    "exten",
    "context",
    "channel",
    "application",
    "data",
    "uniqueid",
    "linkedid",
    "peer",
    "kind",
    "extra",
)
"""Columns of :data:`CEL_FILE`. ``event`` is Asterisk's (CHAN_START, BRIDGE_ENTER, ...) or one of our dialplan's own:
X112Intake (a 112 call begins), X112Location, X112Recording, X112Claim, X112Transfer, X112Hold, X112Conference,
X112Silent, X112Consult, X112Nuisance (the place is lowered); ``kind`` then repeats its name. ``time`` is UTC seconds
with microseconds, as AMI's Timestamp. ``extra`` is JSON or empty; our own details are its key "extra"."""

CDR_FILE = "cdr-csv/Master.csv"
"""Asterisk's call detail records, below its log directory. They only count calls (whole seconds, lost at kill -9); the
field ``userfield`` holds the call's X112_CALL."""

QUEUE_LOG = "queue_log"
"""Asterisk's own log of queues, below its log directory: outcomes, whole seconds."""
