"""The part of the action table that every screen has."""

from __future__ import annotations

from console.actions.action import LANGUAGE, TEXT, Action, Argument
from console.actions.roles import EVERYONE
from console.i18n import N_

FIRST: tuple[Action, ...] = (
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
)

EVERYWHERE: tuple[Action, ...] = (
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
