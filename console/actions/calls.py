"""The part of the action table about calls: answering, holding, passing on, outcomes, and the own telephone."""

from __future__ import annotations

from console.actions.action import AGENCIES, INCIDENT, OUTCOME, OWN_CALL, WAITING_CALL, Action, Argument
from console.actions.roles import CALLTAKER, DISPATCHER, SUPERVISOR
from console.i18n import N_

_CALLS = frozenset({CALLTAKER})

CALLS: tuple[Action, ...] = (
    Action(
        "answer",
        "f3",
        ("jawab", "answer"),
        _CALLS,
        N_("answer"),
        N_("Answer the call that rings here; otherwise the chosen or the oldest waiting call."),
        arguments=(Argument(WAITING_CALL, optional=True),),
    ),
    Action(
        "call_back",
        "",
        ("panggil", "callback", "cb"),
        _CALLS,
        N_("call back"),
        N_("Call back a lost caller: chosen in the list (Enter there), named by the end of the number, or any number."),
        argument=N_("number"),
        footer=False,
    ),
    Action(
        "drop",
        "",
        ("coret", "drop"),
        _CALLS,
        N_("off the list"),
        N_("Take a lost caller off the call-back list, with the reason; Delete in the list."),
        argument=N_("number"),
        footer=False,
    ),
    Action(
        "hold",
        "f4",
        ("tahan", "hold"),
        _CALLS,
        N_("hold"),
        N_("Puts the caller on hold; pressed again, takes back the one who is held longest."),
    ),
    Action(
        "transfer",
        "f5",
        ("oper", "transfer"),
        _CALLS,
        N_("pass"),
        N_(
            "Type a colleague or an agency, Enter; then 3 brings them into the talk, k asks them first while the "
            "caller is on hold (F5 again connects the two, F4 goes back), t passes the caller on."
        ),
        argument=N_("name or number, then 3, k or t"),
    ),
    Action(
        "flag",
        "",
        ("tandai", "flag"),
        frozenset({CALLTAKER, SUPERVISOR}),
        N_("flag"),
        N_(
            "Lower a number's place in the queue for some hours, with a reason: for at most 45 s a call, never refused."
        ),
        argument=N_("number"),
        footer=False,
    ),
    Action(
        "unflag",
        "",
        ("pulihkan", "unflag"),
        frozenset({CALLTAKER, SUPERVISOR}),
        N_("put right"),
        N_("A number waits in turn again, with a reason: its flag ends and its score begins at nothing."),
        argument=N_("number"),
        footer=False,
    ),
    Action(
        "new_incident",
        "f6",
        ("insiden", "new"),
        _CALLS,
        N_("form"),
        N_("The form for the call in hand: an incident once the place is entered; without a call, asks where from."),
    ),
    Action(
        "attach",
        "f7",
        ("AT", "lampir", "attach"),
        _CALLS,
        N_("attach"),
        N_("Attach the call to an incident nearby: F7, then the digit before it."),
        arguments=(Argument(OWN_CALL, optional=True), Argument(INCIDENT)),
    ),
    Action(
        "hand_over",
        "f8",
        ("D", "H", "serah", "handover"),
        frozenset({CALLTAKER, DISPATCHER}),
        N_("hand over"),
        N_("Hand over to agencies: the primary ones are ticked, blank or the digit changes a tick, Enter sends."),
        arguments=(Argument(AGENCIES), Argument(INCIDENT, optional=True)),
    ),
    Action(
        "classify",
        "f9",
        ("hasil", "outcome"),
        _CALLS,
        N_("outcome"),
        N_("Outcome of the call, which also ends it: F9, then the letter."),
        arguments=(Argument(OUTCOME),),
        shortcuts=(("PR", "prank"), ("GH", "silent"), ("IN", "informed")),
    ),
    Action(
        "silent",
        "f12",
        ("DIAM", "tanya", "silent"),
        _CALLS,
        N_("silent"),
        N_("The caller says nothing: a voice asks him to press a key, and your telephone is free for the next call."),
    ),
)

TELEPHONE: tuple[Action, ...] = (
    Action(
        "hang_up",
        "",
        ("putus", "hangup"),
        _CALLS,
        N_("hang up"),
        N_("Ends the talk, its outcome is still to be given; with a third party only you leave."),
        footer=False,
    ),
    Action(
        "ready",
        "",
        ("siap", "ready"),
        _CALLS,
        N_("ready"),
        N_("Your telephone takes calls of the queue."),
        footer=False,
    ),
    Action(
        "pause",
        "",
        ("jeda", "pause"),
        _CALLS,
        N_("pause"),
        N_("Your telephone takes no calls of the queue; the reason by a digit, or typed."),
        argument=N_("reason"),
        footer=False,
    ),
)
