"""Errors as one line for the operator: what is wrong and what to do, in the language spoken now."""

from __future__ import annotations

import re
from collections.abc import Mapping

from console.i18n import translate as _
from console.ui import words
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
            text = _(error.template).format(**in_words(error.params))
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


_CODES: dict[str, dict[str, str]] = {
    "state": words.STATES,
    "wanted": words.STATES,
    "field": words.FIELD_NAMES,
    "outcome": words.OUTCOMES,
    "role": words.ROLES,
}
"""Parameters whose values are codes, with their words."""


_AGENCY_STATE = re.compile(r"([^ ,()]+) \((\w+)\)")


def _named(found: re.Match[str]) -> str:
    return f"{words.agency(found[1])} ({words.state(found[2])})"


def in_words(params: Mapping[str, object]) -> dict[str, str]:
    """Parameters of a refusal as text: codes become words, the instant ``at`` becomes local time in ``when``."""
    shown = {key: safe_line(words.word(_CODES.get(key, {}), str(value))) for key, value in params.items()}
    if "agency" in shown:
        shown["agency"] = safe_line(words.agency(str(params["agency"])))
    if "agencies" in shown:  # "id (state), id (state)"
        shown["agencies"] = safe_line(_AGENCY_STATE.sub(_named, str(params["agencies"])))
    at = params.get("at")
    if isinstance(at, int) and "when" in shown:
        shown["when"] = words.clock(at)
    return shown
