"""Two incidents that are the same event: merge them, with both numbers to confirm and a reason; and part them again."""

from __future__ import annotations

from console.i18n import translate as _
from console.ui import words
from console.ui.carrying import place_of
from console.ui.screens.chase import ChaseScreen
from console.ui.views import IncidentDetail, IncidentRow, Merged
from console.ui.widgets.question import Answers, Ask, numbered, yes_no


class JoiningScreen(ChaseScreen):
    """Merging and parting the chosen incident."""

    def do_merge(self, argument: str) -> None:
        """The number of the other one, then a reason, then a yes with both numbers."""
        detail, desk = self._incident(), self.siaga.desk
        if detail is None:
            return
        if argument:
            self._merge_into(detail, argument)
            return
        prompt = _("{number} is the same as which incident? Number:").format(number=detail.row.number)
        self.question.ask([Ask("into", prompt, required=True)], lambda a: self._merge_into(detail, a["into"]))
        place = place_of(detail)
        if place is not None:
            self.siaga.lookup("same", lambda: desk.nearby(place, detail.row.id), self._hint)

    def _hint(self, near: tuple[IncidentRow, ...]) -> None:
        """The incidents nearby, while the number is asked for."""
        step = self.question.step
        if step is not None and step.name == "into" and near:
            self.say(_("Nearby: {incidents}").format(incidents="; ".join(self._about(row) for row in near[:4])))

    def _about(self, row: IncidentRow) -> str:
        far = f" {words.distance(row.distance_km)}" if row.distance_km is not None else ""
        kind = self.siaga.type_name(row.type) or _("no type yet")
        return f"{row.number} {kind}, {row.place or _('no place yet')}{far}"

    def _merge_into(self, detail: IncidentDetail, text: str) -> None:
        desk, number = self.siaga.desk, text.strip()
        into = next((row for row in self.siaga.snapshot.incidents if str(row.number) == number), None)
        if into is None or into.id == detail.row.id:
            self.say(_("There is no other active incident {number}.").format(number=number), "warn")
            return
        target = into
        self.say(f"{self._about(detail.row)}  ->  {self._about(target)}", "strong")

        def then(answers: Answers) -> None:
            if not answers["sure"]:
                self.say(_("Not merged."), "warn")
                return
            self._do(
                detail.row.id,
                lambda d: desk.merge(detail.row.id, target.id, answers["reason"], detail.version, d),
                _("{number} goes on in {into}, with its calls and agencies.").format(
                    number=detail.row.number, into=target.number
                ),
            )
            self.choose(target.id)

        question = _("Merge {number} into {into}?").format(number=detail.row.number, into=target.number)
        reason = _("{number} is the same as {into}. Reason:").format(number=detail.row.number, into=target.number)
        steps = [Ask("reason", reason, required=True), yes_no(question)]
        self.question.ask(steps, then, lambda: self.say(_("Not merged."), "warn"))

    def choose(self, incident: str) -> None:
        """Put the cursor on that incident. Abstract (a screen's metaclass allows no ABC)."""
        raise NotImplementedError

    def do_separate(self, argument: str) -> None:
        """The chosen one, when it was merged; else one of those merged into it."""
        detail = self._incident()
        if detail is None:
            return
        if detail.merged_number:
            self._part(Merged(detail.row.id, detail.row.number, detail.version), argument)
        elif len(detail.merged) == 1:
            self._part(detail.merged[0], argument)
        elif detail.merged:
            options = numbered([(each.id, str(each.number)) for each in detail.merged])
            by_id = {each.id: each for each in detail.merged}
            self.question.ask(
                [Ask("which", _("Which one?"), options)], lambda a: self._part(by_id[a["which"]], argument)
            )
        else:
            self.say(_("Nothing was merged here."), "warn")

    def _part(self, merged: Merged, start: str) -> None:
        desk = self.siaga.desk
        prompt = _("{number} is an incident of its own. Reason:").format(number=merged.number)

        def then(answers: Answers) -> None:
            self._do(
                merged.id,
                lambda d: desk.separate(merged.id, answers["reason"], merged.version, d),
                _("{number} is active again, with its calls and agencies.").format(number=merged.number),
                undo=False,
            )

        self.question.ask([Ask("reason", prompt, required=True, start=start)], then)
