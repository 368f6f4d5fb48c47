"""What a dispatcher does about an incident: every step of the chase, asked inline because a key was pressed for it.

A step can be undone for ten seconds (``z``). Merging and parting stand in :mod:`console.ui.screens.joining`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from console.actions.roles import DISPATCHER
from console.command_line.world import OPEN_STATES, may
from console.i18n import translate as _
from console.ui import unit_words, words
from console.ui.screens.base import OperatorScreen
from console.ui.views import AgencyChoice, HandoverRow, IncidentDetail
from console.ui.widgets.question import SEVERAL, Answers, Ask, numbered, yes_no
from data.clock import SECOND, Micros
from data.entry import new_id
from dispatch.units.names import named
from dispatch.units.queries import doubled

BUSY_STATES = OPEN_STATES | {"stood_down"}
"""An agency in such a state cannot be asked again."""

UNDO_S = 10
"""Seconds for which a step can be undone; ``dispatch`` decides, this only tells of it."""


class ChaseScreen(OperatorScreen):
    """The actions on the incident that is chosen; the screen says which one that is."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self._agencies: tuple[AgencyChoice, ...] = ()
        self._undoable: tuple[str, str, Micros] | None = None

    def detail_chosen(self) -> IncidentDetail | None:
        """The chosen incident as it is shown, or None. Abstract (a screen's metaclass allows no ABC)."""
        raise NotImplementedError

    # ------------------------------------------------------------------ asking

    def _incident(self) -> IncidentDetail | None:
        detail = self.detail_chosen()
        if detail is None:
            self.say(_("Choose an incident first."), "warn")
        return detail

    def _chase(
        self,
        action: str,
        steps: Callable[[HandoverRow], Iterable[Ask]],
        then: Callable[[IncidentDetail, HandoverRow, Answers], None],
    ) -> None:
        """Ask which hand-over (only when several fit) and then the steps, and do it."""
        detail = self._incident()
        if detail is None:
            return
        fitting = [row for row in detail.handovers if may(action, row.state, row.under_way)]
        if not fitting:
            self.say(_("No agency of this incident is in a state for that."), "warn")
            return

        def ask_rest(row: HandoverRow) -> None:
            wanted = list(steps(row))
            if wanted:
                self.question.ask(wanted, lambda answers: then(detail, row, answers))
            else:
                then(detail, row, {})

        if len(fitting) == 1:
            ask_rest(fitting[0])
            return
        options = numbered([(row.id, f"{row.agency_name} ({words.state(row.state)})") for row in fitting])
        rows = {row.id: row for row in fitting}
        self.question.ask([Ask("handover", _("Which agency?"), options)], lambda a: ask_rest(rows[a["handover"]]))

    def _do(self, incident: str, work: Callable[[str], object], done: str, *, undo: bool = True) -> None:
        """Do it, and say ``done``; with ``undo`` it can be taken back for a while."""
        decision = new_id()

        def ended(result: object) -> None:
            self.was_done(incident, decision, done, undo=undo, result=result)

        self.siaga.write(lambda: work(decision), ended)

    def was_done(self, incident: str, decision: str, text: str, *, undo: bool = True, result: object = None) -> None:
        """It is on record: say so, and that it can be undone."""
        if undo and self.role == DISPATCHER:
            self._undoable = (incident, decision, self.siaga.now())
            text = _("{done}  (z undoes, {seconds} s)").format(done=text, seconds=UNDO_S)
        super().was_done(incident, decision, text, undo=undo, result=result)

    def do_undo(self, _argument: str) -> None:
        """Take back what this console did a moment ago; both entries stay."""
        undoable, desk = self._undoable, self.siaga.desk
        self._undoable = None
        if undoable is None or self.siaga.now() - undoable[2] > UNDO_S * SECOND:
            self.say(_("Nothing of the last {seconds} s can be undone.").format(seconds=UNDO_S), "warn")
            return
        incident, undoes, _at = undoable
        self._do(incident, lambda d: desk.undo(incident, undoes, d), _("Undone; both entries stay."), undo=False)

    # ------------------------------------------------------------------ actions

    def do_acknowledge(self, argument: str) -> None:
        """The agency took it: name, then means."""
        desk = self.siaga.desk

        def steps(row: HandoverRow) -> list[Ask]:
            means = tuple((key, code, _(words.MEANS[code])) for key, code in (("t", "telephone"), ("r", "radio")))
            name = Ask(
                "by", _("{agency} acknowledged. Name:").format(agency=row.agency_name), required=True, start=argument
            )
            return [name, Ask("means", _("By which means?"), means)]

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                detail.row.id,
                lambda d: desk.acknowledge(detail.row.id, row.id, answers["by"], answers["means"], detail.version, d),
                _("{agency} has it: {by}").format(agency=row.agency_name, by=answers["by"]),
            )

        self._chase("acknowledge", steps, then)

    def do_refuse(self, argument: str) -> None:
        """The agency does not take it."""
        desk = self.siaga.desk

        def steps(row: HandoverRow) -> list[Ask]:
            who = _("{agency} refused. Name:").format(agency=row.agency_name)
            return [Ask("by", who, start=argument), Ask("reason", _("Reason:"), required=True)]

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                detail.row.id,
                lambda d: desk.refuse(detail.row.id, row.id, answers["by"], answers["reason"], detail.version, d),
                _("{agency} refused; reassign with g.").format(agency=row.agency_name),
            )

        self._chase("refuse", steps, then)

    def do_en_route(self, argument: str) -> None:
        """Somebody is on the way."""
        self._sent("en_route", argument, self.siaga.desk.en_route, _("{agency} is en route."))

    def do_add_unit(self, argument: str) -> None:
        """A further unit of an agency that is on the way or there."""
        self._sent("add_unit", argument, self.siaga.desk.add_unit, _("{agency} sends {unit} too."))

    def do_on_scene(self, argument: str) -> None:
        """Somebody is there."""
        self._sent("on_scene", argument, self.siaga.desk.on_scene, _("{agency} is on scene."))

    def _sent(self, action: str, argument: str, write: Callable[[str, str, str, int, str], object], done: str) -> None:
        """A step that names a unit. One that is on something else, or out of service, is named before it is done."""

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            units = self.siaga.snapshot.units
            unit = unit_words.spelled(units, row.agency, answers["unit"])
            meant = unit or (row.unit if action == "en_route" else "")
            known = named(row.unit) if action == "on_scene" else ()
            told = [each for each in doubled(units, row.agency, meant, row.id) if each.key not in known]

            def go(sure: Answers) -> None:
                if not sure["sure"]:
                    self.say(_("Not entered."), "warn")
                    return
                self._do(
                    detail.row.id,
                    lambda d: write(detail.row.id, row.id, unit, detail.version, d),
                    done.format(agency=row.agency_name, unit=unit),
                )

            if told:
                said = unit_words.warning(told)
                self.say(said, "alarm")
                self.question.ask([yes_no(_("Enter it all the same?"))], go)
            else:
                go({"sure": "yes"})

        self._chase(action, lambda row: [self._unit(action, row, argument)], then)

    def _unit(self, action: str, row: HandoverRow, start: str) -> Ask:
        prompt = _("{agency}: unit or crew (may be empty):").format(agency=row.agency_name)
        if action == "add_unit":
            prompt = _("{agency} sends as well (beside {unit}):").format(agency=row.agency_name, unit=row.unit or "-")
        elif row.unit:
            empty = row.under_way or row.unit
            prompt = _("{agency}: unit or crew (empty: {unit}):").format(agency=row.agency_name, unit=empty)
        units = self.siaga.snapshot.units
        return Ask(
            "unit",
            prompt,
            start=start,
            required=action == "add_unit",
            suggest=lambda text: unit_words.offered(units, row.agency, text),
            free=True,
        )

    def do_finish(self, _argument: str) -> None:
        """The agency's part is over."""
        desk = self.siaga.desk

        def steps(row: HandoverRow) -> list[Ask]:
            results = numbered([(code, _(label)) for code, label in words.FINISH_RESULTS.items()])
            return [
                Ask("result", _("{agency}: result?").format(agency=row.agency_name), results),
                Ask("note", _("Note (may be empty):")),
            ]

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                detail.row.id,
                lambda d: desk.finish(detail.row.id, row.id, answers["result"], answers["note"], detail.version, d),
                _("{agency} is finished.").format(agency=row.agency_name),
            )

        self._chase("finish", steps, then)

    def do_reassign(self, _argument: str) -> None:
        """Another agency instead, with a reason."""
        desk, agencies = self.siaga.desk, {choice.id: choice for choice in self._agencies}
        detail = self.detail_chosen()

        def steps(row: HandoverRow) -> list[Ask]:
            busy = {each.agency for each in detail.handovers if each.state in BUSY_STATES} if detail else set[str]()
            others = [(c.id, c.name) for c in agencies.values() if c.id not in busy | {row.agency}]
            to = Ask("agency", _("Instead of {agency}?").format(agency=row.agency_name), numbered(others))
            return [to, Ask("reason", _("Reason:"), required=True)] if others else []

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            choice = agencies.get(answers.get("agency", ""))
            if choice is None:
                self.say(_("No other agency is recommended here: it takes a place and a type."), "warn")
                return
            self._do(
                detail.row.id,
                lambda d: desk.reassign(detail.row.id, row.id, choice, answers["reason"], detail.version, d),
                _("Given to {new}; {old} has to acknowledge the stand-down.").format(
                    new=choice.name, old=row.agency_name
                ),
            )

        self._chase("reassign", steps, then)

    def do_stand_down(self, argument: str) -> None:
        """Tell the agency to stop."""
        desk = self.siaga.desk

        def steps(row: HandoverRow) -> list[Ask]:
            prompt = _("Stand {agency} down. Reason:").format(agency=row.agency_name)
            return [Ask("reason", prompt, required=True, start=argument)]

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                detail.row.id,
                lambda d: desk.stand_down(detail.row.id, row.id, answers["reason"], detail.version, d),
                _("{agency} has to acknowledge the stand-down.").format(agency=row.agency_name),
            )

        self._chase("stand_down", steps, then)

    def do_stand_down_acknowledged(self, argument: str) -> None:
        """The agency knows that it is to stop."""
        desk = self.siaga.desk

        def steps(row: HandoverRow) -> list[Ask]:
            prompt = _("{agency} knows of the stand-down. Name:").format(agency=row.agency_name)
            return [Ask("by", prompt, required=True, start=argument)]

        def then(detail: IncidentDetail, row: HandoverRow, answers: Answers) -> None:
            self._do(
                detail.row.id,
                lambda d: desk.stand_down_acknowledged(detail.row.id, row.id, answers["by"], detail.version, d),
                _("{agency} is stood down.").format(agency=row.agency_name),
            )

        self._chase("stand_down_acknowledged", steps, then)

    def do_hand_over(self, _argument: str) -> None:
        """F8: agencies for the incident, several in one go; the primary ones are ticked when nobody has it yet."""
        detail, desk = self._incident(), self.siaga.desk
        if detail is None:
            return
        busy = {row.agency for row in detail.handovers if row.state in BUSY_STATES}
        free = {choice.id: choice for choice in self._agencies if choice.id not in busy}
        if not free:
            self.say(_("No other agency is recommended here: it takes a place and a type."), "warn")
            return
        options = numbered([(c.id, f"{c.name} ({words.state(c.role)})") for c in free.values()])
        ticked = frozenset(c.id for c in free.values() if c.role == "primary" and not busy)

        def then(answers: Answers) -> None:
            chosen = [free[id] for id in answers["agencies"].split(SEVERAL)]
            names = ", ".join(choice.name for choice in chosen)
            self._do(
                detail.row.id,
                lambda d: desk.hand_over(detail.row.id, chosen, d),
                _("Handed over to {names}. They have to acknowledge.").format(names=names),
            )

        prompt = _("Hand over to? Enter sends:")
        self.question.ask([Ask("agencies", prompt, options, ticks=ticked)], then)

    def do_note(self, argument: str) -> None:
        """A line in the log."""
        detail, desk = self._incident(), self.siaga.desk
        if detail is None:
            return

        def then(answers: Answers) -> None:
            self._do(detail.row.id, lambda d: desk.note(detail.row.id, answers["text"], d), _("Noted."), undo=False)

        if argument:
            then({"text": argument})
        else:
            self.question.ask(
                [Ask("text", _("Note on {number}:").format(number=detail.row.number), required=True)], then
            )

    def do_close(self, _argument: str) -> None:
        """Close with a result."""
        detail, desk = self._incident(), self.siaga.desk
        if detail is None:
            return
        results = numbered([(code, _(label)) for code, label in words.CLOSE_RESULTS.items()])
        steps = [
            Ask("result", _("Close {number}: result?").format(number=detail.row.number), results),
            Ask("note", _("Note (may be empty):")),
        ]

        def then(answers: Answers) -> None:
            self._do(
                detail.row.id,
                lambda d: desk.close_incident(detail.row.id, answers["result"], answers["note"], detail.version, d),
                _("Incident {number} is closed.").format(number=detail.row.number),
            )

        self.question.ask(steps, then)

    def do_reopen(self, argument: str) -> None:
        """Closed too early."""
        detail, desk = self._incident(), self.siaga.desk
        if detail is None:
            return
        if detail.row.state not in {"closed", "merged"}:
            self.say(_("incident {number} is not closed").format(number=detail.row.number), "warn")
            return
        prompt = _("Reopen {number}. Reason:").format(number=detail.row.number)

        def then(answers: Answers) -> None:
            self._do(
                detail.row.id,
                lambda d: desk.reopen(detail.row.id, answers["reason"], detail.version, d),
                _("Incident {number} is active again.").format(number=detail.row.number),
                undo=False,
            )

        self.question.ask([Ask("reason", prompt, required=True, start=argument)], then)
