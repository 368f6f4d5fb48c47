"""The action table as docs/keys.md."""

from __future__ import annotations

from console.actions import ACTIONS, for_role
from console.actions.roles import ADMIN, CALLTAKER, DISPATCHER, SUPERVISOR
from console.i18n import translate


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
