"""What a person does about areas under alert on a screen: putting one under alert, ending that."""

from __future__ import annotations

from collections.abc import Sequence

from console.command_line.alert_line import split_alert
from console.i18n import translate as _
from console.ui import words
from console.ui.alert_views import AreaAlertRow, running
from console.ui.draw.alerts import reach
from console.ui.errors import sentence
from console.ui.screens.base import OperatorScreen
from console.ui.widgets.question import Answers, Ask, numbered
from data.entry import new_id
from data.errors import Refusal
from data.text import plain_letters, safe_line
from dispatch.places.alert_areas import AlertArea, sure
from telephony.nuisance.area_rules import check_hours

HOURS = "6"
"""Hours of an alert that are offered."""


class AreaAlerting:
    """The actions about areas under alert, for a dispatcher's or a supervisor's screen."""

    def __init__(self, screen: OperatorScreen) -> None:
        self._screen = screen

    def begin(self, argument: str) -> None:
        """Put an area under alert; the line as typed, what is missing is asked."""
        screen, line = self._screen, split_alert(argument)
        if not line.area:
            ask = Ask("area", _("Which area is under alert?"), required=True)
            screen.question.ask([ask], lambda answers: self.begin(answers["area"]))
            return
        if line.hours and self._hours(line.hours) is None:
            return
        desk = screen.siaga.desk
        screen.siaga.lookup(
            "alert_areas",
            lambda: desk.alert_areas(line.area),
            lambda areas: self._found(line.area, line.hours, line.reason, areas),
        )

    def _found(self, typed: str, hours: str, reason: str, areas: Sequence[AlertArea]) -> None:
        screen = self._screen
        if not screen.stands:
            return
        if not areas:
            said = _("There is no area {text} here: name a village, district, place, kilometre mark or coordinates.")
            screen.say(said.format(text=safe_line(typed, 40)), "alarm")
            return
        if screen.question.asking:
            screen.say(_("No alert was raised: another question is open."), "warn")
            return
        one, known = sure(areas), {each.key: each for each in areas}
        steps = []
        if one is None:
            options = numbered([(each.key, area_label(each)) for each in areas])
            steps.append(Ask("area", _("Which one?"), options))
        if not reason:
            steps.append(Ask("reason", _("Why is there an alert?"), required=True))
        if not hours:
            steps.append(Ask("hours", _("For how many hours?"), required=True, start=HOURS))

        def then(answers: Answers) -> None:
            area = one if one is not None else known[answers["area"]]
            count = self._hours(hours or answers["hours"])
            if count is not None:
                self._raise(area, reason or answers["reason"], count)

        if steps:
            screen.question.ask(steps, then)
        else:
            then({})

    def _hours(self, text: str) -> float | None:
        """The hours as a number; None after saying why they are none."""
        try:
            return check_hours(float(text.replace(",", ".")))
        except ValueError:
            said = _("{text} is no number of hours.").format(text=safe_line(text, 40))
        except Refusal as refusal:
            said = sentence(refusal)
        self._screen.say(said, "alarm")
        return None

    def _raise(self, area: AlertArea, reason: str, hours: float) -> None:
        screen = self._screen
        desk, decision, begun = screen.siaga.desk, new_id(), screen.siaga.now()
        row = AreaAlertRow(
            stream="", area=area.name, kind=area.kind, since=begun, until=begun + round(hours * 3600 * 1_000_000),
            by="", reason=reason, radius_m=area.radius_m, margin_m=area.margin_m, bounded=bool(area.outline),
            whole=area.whole,
        )  # fmt: skip
        said = _("{area} is under alert until {when}: {reach}.").format(
            area=area.name, when=words.short_clock(row.until, begun), reach=reach(row)
        )
        screen.siaga.write(lambda: desk.raise_alert(area, reason, hours, decision), lambda _r: screen.say(said, "ok"))

    def end(self, argument: str) -> None:
        """End the alert of the area named, or of the only one."""
        screen = self._screen
        rows = running(screen.siaga.snapshot.area_alerts, screen.siaga.now())
        wanted = plain_letters(argument)
        found = [row for row in rows if wanted in plain_letters(row.area)]
        exact = [row for row in found if wanted == plain_letters(row.area)]
        found = exact if len(exact) == 1 else found
        if not found:
            names = ", ".join(safe_line(row.area, 30) for row in rows) or _("none")
            screen.say(_("No such area is under alert; there are: {names}.").format(names=names), "warn")
        elif len(found) == 1:
            self.end_one(found[0])
        else:
            kinds = [(row.stream, f"{row.area} ({words.word(words.PLACE_KINDS, row.kind)})") for row in found]
            steps = [Ask("area", _("Which one?"), numbered(kinds)), _why_over(_("the area"))]
            known = {row.stream: row for row in found}
            screen.question.ask(steps, lambda answers: self._end(known[answers["area"]], answers["reason"]))

    def end_one(self, row: AreaAlertRow) -> None:
        """End the alert of ``row``, with a reason."""
        self._screen.question.ask([_why_over(row.area)], lambda answers: self._end(row, answers["reason"]))

    def _end(self, row: AreaAlertRow, reason: str) -> None:
        screen = self._screen
        desk, decision = screen.siaga.desk, new_id()
        said = _("{area} is not under alert any more.").format(area=row.area)
        screen.siaga.write(lambda: desk.end_alert(row, reason, decision), lambda _r: screen.say(said, "ok"))


def _why_over(area: str) -> Ask:
    return Ask("reason", _("Why is {area} not under alert any more?").format(area=safe_line(area, 30)), required=True)


def area_label(area: AlertArea) -> str:
    """The name with what it is and where, to tell namesakes apart."""
    parts = [words.word(words.PLACE_KINDS, area.kind)]
    if area.kind not in {"district", "neighbour_district", "region"} and area.district:
        parts.append(area.district)
    if area.kind == "neighbour_district":
        parts.append(area.regency)
    return f"{area.name} ({', '.join(parts)})"
