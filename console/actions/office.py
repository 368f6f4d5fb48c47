"""The part of the action table about the supervisor's and the admin's screens."""

from __future__ import annotations

from console.actions.action import Action
from console.actions.roles import ADMIN, DISPATCHER, SUPERVISOR
from console.i18n import N_

_OFFICE = frozenset({ADMIN})

SUPERVISE: tuple[Action, ...] = (
    Action(
        "supervise",
        "f12",
        ("pengawas", "supervise"),
        frozenset({DISPATCHER, SUPERVISOR}),
        N_("supervisor"),
        N_("From the incidents to the supervisor's screen and back, for those who have that role."),
        footer=False,
    ),
)

OFFICE: tuple[Action, ...] = (
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
)
