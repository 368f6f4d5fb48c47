"""Starting the console: journal, facade, app; and leaving the terminal as it was whatever happens."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from console import auth
from console.compose import open_journal, region_path
from console.configuration import Configuration
from console.ui import words
from console.ui.app import SiagaApp
from console.ui.desk.desk import Desk
from console.ui.draw.calls import Limits
from console.ui.finding import Finder
from console.ui.office.office import Office
from console.ui.terminal.lifeline import Lifeline
from data.pack import load_pack
from data.side import SideTables
from telephony.calls.outcomes import OUTCOMES

SWITCH_S = 0.0005
"""Seconds after which a busy thread lets another run (Python's own: 5 ms). A ring must not wait for a repaint."""

WARM_S = 10.0
"""Seconds that a console which ends at once waits for the map that is still being built."""


def run_console(
    directory: Path,
    settings: Configuration,
    *,
    terminal: str,
    language: str,
    session: auth.Session | None = None,
    narrator: Callable[[str], str] | None = None,
) -> int:
    """Run a console on this terminal until somebody signs out. ``session``: of somebody signed in already.
    ``narrator``: call -> what its caller says, in the demo.

    Returns the exit status. Raises SiagaError when the journal or the region's pack can't be opened.
    """
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)  # the terminal is asked for its size; an inherited one would be kept for ever
    words.set_zone(settings.centre.timezone)
    sys.setswitchinterval(SWITCH_S)
    gc.disable()  # nothing of a start is garbage; its rounds would take a tenth of it
    finder = Finder(load_pack(region_path(settings.centre.region)))
    words.set_agency_names(finder.agency_name)
    words.set_pause_reasons(settings.console.pause_reasons)
    with open_journal(directory) as journal:
        side = SideTables(directory)
        desk = Desk(
            journal,
            side,
            finder,
            settings.telephony.pbx,
            terminal,
            failures=settings.console.sign_in_failures,
            lock_s=settings.console.lock_out_seconds,
            near_km=settings.dispatch.nearby_km,
            surge=settings.dispatch.surge,
            nuisance=settings.telephony.nuisance,
            vicinity=settings.dispatch.vicinity,
            wrap_up_s=settings.telephony.wrap_up_seconds,
            narrator=narrator,
        )
        lifeline = Lifeline()
        warming = _warmer(finder)
        app = SiagaApp(
            desk,
            language=language,
            identity=desk.adopt(session) if session is not None else None,
            outcomes={outcome.letter: outcome.code for outcome in OUTCOMES},
            limits=Limits(waiting_s=settings.console.answer_red_seconds),
            centre=settings.centre.name,
            office=Office(journal, side, finder.pack, settings, lambda: desk.session),
            begun=lifeline.start,
            first_screen=warming.start,
        )
        app.run()
        desk.close()
        side.close()
    lifeline.close()
    if warming.is_alive():
        warming.join(WARM_S)  # an interpreter that ends while a thread is in GEOS dies of SIGSEGV (seen 1 in 50)
    if app.leaving:
        with contextlib.suppress(OSError):  # the terminal may be gone
            print(app.leaving, file=sys.stderr)
    return app.return_code or 0


def _warmer(finder: Finder) -> threading.Thread:
    """The thread that builds the pack's polygons (0.2 s) while the first screen stands already: keys are answered
    meanwhile; a place that is looked up sooner waits for them.

    The garbage collector is off until then (see ``run_console``), and what never changes is taken out of its rounds: a
    full round over polygons and Textual's classes stops the console for up to 70 ms (measured); without them it takes a
    few.
    """

    def warm() -> None:
        try:
            finder.warm()
        finally:
            gc.freeze()
            gc.enable()

    return threading.Thread(target=warm, name="console-warm", daemon=True)
