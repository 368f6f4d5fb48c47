"""The facade's part about units of agencies: which there are, and which of those just sent are elsewhere too."""

from __future__ import annotations

import logging

from console.actions.roles import CALLTAKER
from console.ui.desk.base import DeskBase
from data.projection import Database
from dispatch.incidents.projection import load
from dispatch.units.queries import Unit, doubled, everything

log = logging.getLogger("siaga112.console")


class DeskUnits(DeskBase):
    """What is known of units; see ``console.ui.desk.api``."""

    def read_units(self, db: Database) -> tuple[Unit, ...]:
        """The units with what each is doing; none for a call-taker, whose screen has none."""
        session = self._session
        return () if session is None or session.role == CALLTAKER else tuple(everything(db))

    def doubled_in(self, incident: str, *handovers: str) -> tuple[Unit, ...]:
        """Of the units that these hand-overs name, those that are on something else too, or out of service. It is asked
        behind what is on record already, so an error here is no failure of that."""
        try:
            with self._journal.snapshot() as view:
                found, known = load(view, incident), everything(view)
        except Exception:
            log.warning("it is done, but the units cannot be read now", exc_info=True)
            return ()
        parts = [found.handovers[id] for id in handovers if id in found.handovers] if found is not None else []
        return tuple(unit for part in parts for unit in doubled(known, part.agency, part.unit or "", part.id))
