"""The part of the action table about what is heard: recordings at a call-taker's desk, listening at a supervisor."""

from __future__ import annotations

from console.actions.action import Action
from console.i18n import N_

CALLS = frozenset({"calltaker"})
SUPERVISORS = frozenset({"supervisor"})

LISTENING: tuple[Action, ...] = (
    Action(
        "mute",
        "",
        ("bisu", "mute"),
        CALLS,
        N_("not recorded"),
        N_("What is said from now on is not recorded; it ends by itself after a while, and with the talk."),
        footer=False,
    ),
    Action(
        "unmute",
        "",
        ("rekam", "unmute"),
        CALLS,
        N_("recorded"),
        N_("What is said is recorded again."),
        footer=False,
    ),
    Action(
        "recall",
        "",
        ("ulang", "recall"),
        CALLS,
        N_("recall"),
        N_("Hear the last 10 (or so many) seconds again, you alone, while the caller talks; it is on record."),
        argument=N_("seconds"),
        footer=False,
    ),
    Action(
        "replay",
        "",
        ("putar", "replay"),
        CALLS,
        N_("replay"),
        N_("Hear the whole recording of your call on your telephone once it is over, with the reason, on record."),
        argument=N_("reason"),
        footer=False,
    ),
    *(
        Action(mode, key, names, SUPERVISORS, label, help)
        for mode, key, names, label, help in (
            (
                "listen",
                "l",
                ("dengar", "listen"),
                N_("listen"),
                N_("Hear the talk of the operator chosen on your own telephone; nobody hears you. It is on record."),
            ),
            (
                "whisper",
                "w",
                ("bisik", "whisper"),
                N_("whisper"),
                N_("As listening, and the operator hears you, the caller does not."),
            ),
            ("barge", "b", ("ikut", "barge"), N_("join"), N_("As listening, and both hear you.")),
        )
    ),
    Action(
        "keep",
        "",
        ("simpan", "keep"),
        SUPERVISORS,
        N_("keep recordings"),
        N_("The recordings of an incident are evidence and are not deleted: its number, then the reason."),
        argument=N_("number reason"),
        footer=False,
    ),
    Action(
        "unkeep",
        "",
        ("lepas", "unkeep"),
        SUPERVISORS,
        N_("keep no longer"),
        N_("The recordings of an incident are deleted when their time is over: its number, then the reason."),
        argument=N_("number reason"),
        footer=False,
    ),
)
"""In the order of the footer and the help card."""
