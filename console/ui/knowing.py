"""What the call-taker's screen asks beside the picture, so that no ring waits for it: numbers' pasts, the level."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from console.i18n import translate as _
from console.ui.views import LevelNow, Past
from data.clock import SECOND, Micros

if TYPE_CHECKING:
    from console.ui.app import SiagaApp

CALLS_KEPT = 30
"""Calls whose numbers' pasts are remembered."""

LEVEL_EVERY_US = 5 * SECOND
"""The service level is asked for no more often."""


class Knowing:
    """Asks once for each call, off the event loop. ``changed`` is called when an answer has come."""

    def __init__(self, app: SiagaApp, changed: Callable[[], None]) -> None:
        self._app, self._changed = app, changed
        self._pasts: OrderedDict[str, Past | None] = OrderedDict()
        self._level_at: Micros = 0
        self._level: LevelNow | None = None

    def past(self, call: str) -> Past | None:
        """The past of the call's number; None while it is being looked up."""
        if call not in self._pasts:
            self._pasts[call] = None
            while len(self._pasts) > CALLS_KEPT:
                self._pasts.popitem(last=False)
            desk = self._app.desk
            self._app.lookup(f"past {call}", lambda: desk.past(call), lambda found: self._came(call, found))
        return self._pasts[call]

    def known(self, call: str) -> Past | None:
        """The past of the call's number if it was asked for and has come; nothing is looked up."""
        return self._pasts.get(call)

    def _came(self, call: str, found: Past) -> None:
        self._pasts[call] = found
        self._changed()

    def level(self, now: Micros) -> str:
        """The service level of the last hour as text, "" while there is none."""
        if not 0 <= now - self._level_at < LEVEL_EVERY_US:
            self._level_at = now
            self._app.lookup("level", self._app.desk.level, self._level_came)
        level = self._level
        if level is None or level.percent is None:
            return ""
        return _("1 h: {percent} % in {limit} s").format(percent=f"{level.percent:.0f}", limit=level.limit_s)

    def _level_came(self, found: LevelNow) -> None:
        self._level = found
