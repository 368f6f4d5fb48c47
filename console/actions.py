"""The one table of what a person can do: keys, footer, help card, command words and documentation come from here.

F-keys are priority bindings of the app, so that they work while a field has the keyboard. Terminals take F10, F11 and
most Ctrl combinations, so these are not used. Letters work only where no field has the keyboard. Every key has a
command word for the command line (F2), Indonesian and English.
"""

from __future__ import annotations

from console.action import (
    AGENCIES,
    AGENCY,
    CLOSE_RESULT,
    CLOSED_INCIDENT,
    FINISH_RESULT,
    HANDOVER,
    INCIDENT,
    LANGUAGE,
    MEANS,
    OUTCOME,
    OWN_CALL,
    TEXT,
    WAITING_CALL,
    Action,
    Argument,
)
from console.actions_alerts import ALERTS
from console.actions_listening import LISTENING
from console.actions_past import PAST
from console.actions_units import UNITS
from console.i18n import N_, translate

CALLTAKER = "calltaker"
DISPATCHER = "dispatcher"
SUPERVISOR = "supervisor"
ADMIN = "admin"
EVERYONE = frozenset({CALLTAKER, DISPATCHER, SUPERVISOR, ADMIN})


_CALLS = frozenset({CALLTAKER})
_CHASE = frozenset({DISPATCHER})
_OFFICE = frozenset({ADMIN})

ACTIONS: tuple[Action, ...] = (
    Action(
        "help",
        "f1",
        ("bantuan", "help"),
        EVERYONE,
        N_("help"),
        N_("This card: keys and commands; language, theme and signing out stand there too."),
    ),
    Action(
        "command",
        "f2",
        (),
        EVERYONE,
        N_("command"),
        N_("The command line. / opens it too when a list, not a field, has the keyboard."),
    ),
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
    Action(
        "acknowledge",
        "a",
        ("terima", "acknowledge"),
        _CHASE,
        N_("acknowledged"),
        N_("The agency took it: the name given, and by which means."),
        arguments=(Argument(HANDOVER), Argument(MEANS, optional=True), Argument(TEXT, label=N_("name"))),
    ),
    Action(
        "refuse",
        "r",
        ("tolak", "refuse"),
        _CHASE,
        N_("refused"),
        N_("The agency does not take it: who said so, and why."),
        arguments=(Argument(HANDOVER), Argument(TEXT, label=N_("reason"))),
    ),
    Action(
        "en_route",
        "e",
        ("OTW", "EN", "jalan", "enroute"),
        _CHASE,
        N_("en route"),
        N_("Somebody of the agency is on the way."),
        arguments=(Argument(HANDOVER), Argument(TEXT, optional=True, label=N_("unit"))),
    ),
    Action(
        "on_scene",
        "o",
        ("TBA", "AR", "tiba", "onscene"),
        _CHASE,
        N_("on scene"),
        N_("Somebody of the agency is there."),
        arguments=(Argument(HANDOVER), Argument(TEXT, optional=True, label=N_("unit"))),
    ),
    Action(
        "finish",
        "f",
        ("SLS", "CL", "selesai", "finish"),
        _CHASE,
        N_("finished"),
        N_("The agency's part is over, with a result."),
        arguments=(Argument(HANDOVER), Argument(FINISH_RESULT), Argument(TEXT, optional=True)),
    ),
    Action(
        "reassign",
        "g",
        ("ganti", "reassign"),
        _CHASE,
        N_("reassign"),
        N_("Give it to another agency with a reason; the first one has to acknowledge the stand-down."),
        arguments=(Argument(HANDOVER), Argument(AGENCY), Argument(TEXT, label=N_("reason"))),
    ),
    Action(
        "stand_down",
        "s",
        ("batal", "standdown"),
        _CHASE,
        N_("stand down"),
        N_("Tell the agency to stop, with a reason."),
        arguments=(Argument(HANDOVER), Argument(TEXT, label=N_("reason"))),
    ),
    Action(
        "stand_down_acknowledged",
        "d",
        ("tahu", "stooddown"),
        _CHASE,
        N_("known"),
        N_("The agency acknowledged that it is to stop."),
        arguments=(Argument(HANDOVER), Argument(TEXT, label=N_("name"))),
    ),
    Action(
        "note",
        "n",
        ("N", "catat", "note"),
        _CHASE,
        N_("note"),
        N_("A line in the incident's log."),
        arguments=(Argument(INCIDENT, optional=True), Argument(TEXT)),
    ),
    Action(
        "close",
        "x",
        ("X", "tutup", "close"),
        _CHASE,
        N_("close"),
        N_("Close the incident with a result."),
        arguments=(
            Argument(INCIDENT, optional=True),
            Argument(CLOSE_RESULT),
            Argument(TEXT, optional=True),
        ),
    ),
    Action(
        "reopen",
        "u",
        ("buka", "reopen"),
        _CHASE,
        N_("reopen"),
        N_("Closed too early: the incident is active again."),
        arguments=(Argument(CLOSED_INCIDENT, optional=True), Argument(TEXT, label=N_("reason"))),
        footer=False,
    ),
    Action(
        "undo",
        "z",
        ("urung", "undo"),
        _CHASE,
        N_("undo"),
        N_("Take back what you did here within the last 10 s; both entries stay."),
    ),
    Action(
        "filter",
        "c",
        ("saring", "filter"),
        _CHASE,
        N_("filter"),
        N_("Show only incidents with these words: area, type, agency, P1, or any text."),
        argument=N_("words"),
    ),
    Action(
        "filter_off",
        "b",
        ("semua", "all"),
        _CHASE,
        N_("all"),
        N_("All incidents again."),
        footer=False,
    ),
    Action(
        "merge",
        "m",
        ("gabung", "merge"),
        _CHASE,
        N_("merge"),
        N_("The incident chosen is the same as another one and goes on there: its number, a reason."),
        arguments=(Argument(INCIDENT),),
    ),
    Action(
        "separate",
        "p",
        ("pisah", "part"),
        _CHASE,
        N_("part"),
        N_("What was merged is an incident of its own after all."),
        footer=False,
    ),
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
    *LISTENING,
    *PAST,
    *ALERTS,
    *UNITS,
    Action(
        "supervise",
        "f12",
        ("pengawas", "supervise"),
        frozenset({DISPATCHER, SUPERVISOR}),
        N_("supervisor"),
        N_("From the incidents to the supervisor's screen and back, for those who have that role."),
        footer=False,
    ),
    *(
        Action(f"show_{name}", digit, names, _OFFICE, label, help, footer=False)
        for digit, name, names, label, help in (
            ("1", "users", ("pengguna", "users"), N_("users"), N_("Who may sign in, with which roles.")),
            ("2", "agencies", ("instansi", "agencies"), N_("agencies"), N_("The agencies of the region's pack.")),
            ("3", "places", ("tempat", "places"), N_("places"), N_("Places, offices and types of the region's pack.")),
            ("4", "exports", ("berkas", "exports"), N_("exports"), N_("What was exported, and what can be.")),
            ("5", "journal", ("jurnal", "journal"), N_("journal"), N_("The entries of the record, never edited.")),
            ("6", "system", ("sistem", "system"), N_("system"), N_("What the doctor finds on this machine.")),
        )
    ),
    Action(
        "user_add",
        "n",
        ("tambah", "add"),
        _OFFICE,
        N_("new user"),
        N_("A new user: login, name, roles, and the password twice."),
        argument=N_("login"),
    ),
    Action("user_roles", "r", ("peran", "roles"), _OFFICE, N_("roles"), N_("Other roles for the user chosen.")),
    Action(
        "user_password",
        "p",
        ("sandi", "password"),
        _OFFICE,
        N_("password"),
        N_("A new password for the user chosen, typed twice."),
    ),
    Action(
        "user_disable",
        "d",
        ("nonaktif", "disable"),
        _OFFICE,
        N_("disable"),
        N_("No sign-in any more for the user chosen, with a reason."),
    ),
    Action("user_enable", "e", ("aktif", "enable"), _OFFICE, N_("enable"), N_("The user chosen may sign in again.")),
    Action(
        "search",
        "s",
        ("cari", "search"),
        _OFFICE,
        N_("search"),
        N_("Words that a row has to have; in the journal kind:call. actor:budi stream:incident/ seq:10-20."),
        argument=N_("text"),
    ),
    Action(
        "verify_row",
        "v",
        ("sahkan", "verify"),
        _OFFICE,
        N_("verify"),
        N_("A named person vouches for the row chosen; the pack's files stay as they are."),
    ),
    Action(
        "export",
        "x",
        ("ekspor", "export"),
        _OFFICE,
        N_("export"),
        N_("Export to a file: what, format, period, masked or not (that needs your password)."),
    ),
    Action("export_cancel", "b", ("hentikan", "stop"), _OFFICE, N_("stop it"), N_("Stop the export that runs.")),
    Action(
        "reveal",
        "f7",
        ("buka", "reveal"),
        _OFFICE,
        N_("reveal"),
        N_("Show the personal data of the entry chosen; that you looked is an entry itself."),
    ),
    Action(
        "card",
        "",
        ("?", "kartu", "card"),
        EVERYONE,
        N_("card"),
        N_("A card of the region's pack: what an incident type is and who answers, an agency, a place."),
        footer=False,
        arguments=(Argument(TEXT, label=N_("word")),),
    ),
    Action(
        "language",
        "",
        ("bahasa", "language"),
        EVERYONE,
        N_("language"),
        N_("Indonesian or English."),
        arguments=(Argument(LANGUAGE, optional=True),),
        footer=False,
    ),
    Action(
        "theme",
        "",
        ("tema", "theme"),
        EVERYONE,
        N_("theme"),
        N_("The next of the themes: normal, high contrast, monochrome."),
        footer=False,
    ),
    Action(
        "sign_out",
        "",
        ("keluar", "signout"),
        EVERYONE,
        N_("sign out"),
        N_("Sign out and leave the console."),
        footer=False,
    ),
)
"""In the order of the footer and the help card."""


def by_id(action_id: str) -> Action:
    """The action of that id. Raises KeyError."""
    for action in ACTIONS:
        if action.id == action_id:
            return action
    raise KeyError(action_id)


def for_role(role: str) -> tuple[Action, ...]:
    """What somebody signed in as ``role`` can do, in order."""
    return tuple(action for action in ACTIONS if role in action.roles)


def as_markdown(role: str = "") -> str:
    """The table for the documentation, in the language spoken now; for one role or for all."""
    lines = [
        f"| {translate('key')} | {translate('command')} | {translate('what it does')} | {translate('who')} |",
        "|---|---|---|---|",
    ]
    for action in for_role(role) if role else ACTIONS:
        words = ", ".join(f"`{word}`" for word in action.commands)
        if action.usage:
            words = f"{words}: {action.usage}".replace("|", "\\|")
        if action.shortcuts:
            words += "; " + ", ".join(f"`{word}`" for word, _value in action.shortcuts)
        who = ", ".join(sorted(action.roles))
        lines.append(f"| {action.key_label} | {words} | {translate(action.help)} | {who} |")
    return "\n".join(lines) + "\n"


def documentation() -> str:
    """The text of docs/keys.md, in English."""
    head = (
        "# Keys and commands\n\n"
        "Written by `python -m console.actions > docs/keys.md` from the one action table; a test keeps it so.\n\n"
        "F-keys work everywhere. Letters work where a list, not a field or a question, has the keyboard.\n"
        "Every key has a command word, Indonesian and English, for the command line (F2, or `/` in a list);\n"
        "a unique prefix is enough.\n"
    )
    parts = [head]
    for role, title in (
        (CALLTAKER, "Call-taker"),
        (DISPATCHER, "Dispatcher"),
        (SUPERVISOR, "Supervisor"),
        (ADMIN, "Admin"),
    ):
        parts.append(f"\n## {title}\n\n{as_markdown(role)}")
    return "".join(parts)


if __name__ == "__main__":
    import sys

    from console.i18n import set_language

    set_language("en")
    sys.stdout.write(documentation())
