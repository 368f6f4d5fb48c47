"""Errors as one line for the operator: what is wrong and what to do, in the language spoken now."""

from __future__ import annotations

from console.i18n import translate as _
from data.errors import Refusal, SiagaError
from data.store.connection import StoreFull
from data.store.lock import StoreLocked
from data.text import safe_line


class RoleNeeded(SiagaError):
    """The user has several roles and has to name one. ``roles``: which."""

    code = "role_needed"

    def __init__(self, roles: tuple[str, ...]) -> None:
        super().__init__("choose a role")
        self.roles = roles


def sentence(error: Exception) -> str:
    """What to tell the operator about ``error``."""
    if isinstance(error, StoreLocked):
        who = _("process {pid}").format(pid=error.pid) if error.pid else _("another process")
        state = _(" (stopped)") if error.stopped else ""
        return _("Not saved: {who}{state} holds the journal. Your text stays here; tell the admin this number.").format(
            who=who, state=state
        )
    if isinstance(error, StoreFull):
        return _("Not saved: the disk is full. Your text stays here; tell the admin to free some space now.")
    if isinstance(error, Refusal):
        try:
            text = _(error.template).format(**{key: safe_line(str(value)) for key, value in error.params.items()})
        except (KeyError, IndexError, ValueError):
            text = error.message
        return safe_line(text, 400)
    if isinstance(error, SiagaError):
        return safe_line(_("Not done: {what}").format(what=error), 400)
    return safe_line(
        _("Something went wrong here ({what}); nothing was lost. Try again, and tell the admin.").format(
            what=type(error).__name__
        ),
        400,
    )
