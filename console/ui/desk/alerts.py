"""The facade's part about areas under alert: which area is meant, putting it under alert, ending that."""

from __future__ import annotations

from console import auth
from console.actions.alerts import RAISING
from console.ui.alert_views import AreaAlertRow
from console.ui.desk.base import DeskBase
from data.clock import now
from data.errors import Refusal
from data.projection import Database
from data.vocabulary.nuisance import VicinityAlert
from dispatch.places.alert_areas import AlertArea
from telephony.nuisance import area_rules
from telephony.nuisance.area_alerts import running


class DeskAlerts(DeskBase):
    """What is done about areas under alert; see ``console.ui.desk.api``."""

    def alert_areas(self, text: str) -> tuple[AlertArea, ...]:
        """Areas that ``text`` may mean, with their shapes."""
        return self._finder.alert_areas(text, self._vicinity.radius_m)

    def raise_alert(self, area: AlertArea, reason: str, hours: float, decision: str) -> None:
        """Put an area under alert."""
        who = self._raiser()
        body = VicinityAlert(
            lat=area.lat, lon=area.lon, radius_m=area.radius_m, until=0, area=area.name, area_kind=area.kind,
            outline=area.outline, margin_m=area.margin_m, whole=area.whole,
        )  # fmt: skip
        at = now()
        self._journal.decide(
            lambda view: area_rules.begin(
                area.key, body, reason, hours, actor=who.login, terminal=who.terminal, at=at, id=decision,
                running=running(view, at),
            ),
            id=decision,
        )  # fmt: skip

    def end_alert(self, row: AreaAlertRow, reason: str, decision: str) -> None:
        """End the alert that was looked at."""
        who = self._raiser()
        at = now()
        self._journal.decide(
            lambda view: area_rules.end(
                row.stream, row.since, reason, actor=who.login, terminal=who.terminal, at=at, id=decision,
                running=running(view, at),
            ),
            id=decision,
        )  # fmt: skip

    def _raiser(self) -> auth.Session:
        """Who asks. Raises Refusal for somebody who may not put an area under alert (any more)."""
        who = self._who
        if not RAISING & set(auth.roles_of(self._journal, who.login)):
            raise Refusal("not_your_role", "{login} may not sign in as {role}", login=who.login, role="dispatcher")
        return who

    @staticmethod
    def read_area_alerts(db: Database) -> tuple[AreaAlertRow, ...]:
        """The areas under alert now."""
        return tuple(
            AreaAlertRow(
                stream=each.stream, area=each.area, kind=each.kind, since=each.since, until=each.until, by=each.actor,
                reason=each.reason, radius_m=each.radius_m, margin_m=each.margin_m, bounded=each.bounded,
                whole=each.whole,
            )
            for each in running(db, now())
        )  # fmt: skip
