"""A supervisor listens, whispers, joins: the letters l, w, b on an operator who talks."""

from __future__ import annotations

from console.i18n import translate as _
from console.ui.screens.base import OperatorScreen
from console.ui.widgets.question import Ask, numbered
from data.entry import new_id


class ListeningActions(OperatorScreen):
    """The actions of the table; the supervisor's telephone is asked for once, and again when it is refused."""

    _telephone = ""

    def chosen_telephone(self) -> str:
        """The telephone of the operator under the cursor, '' when there is none."""
        return ""

    def hears(self, operator: str) -> bool:
        """Whether the supervisor listens to that telephone already."""
        return False

    def do_listen(self, _argument: str) -> None:
        """Nobody hears the supervisor."""
        self._wish("listen")

    def do_whisper(self, _argument: str) -> None:
        """The operator hears him."""
        self._wish("whisper")

    def do_barge(self, _argument: str) -> None:
        """Both hear him."""
        self._wish("barge")

    def do_keep(self, argument: str) -> None:
        """The recordings of an incident are not deleted."""
        self._keep(argument, True)

    def do_unkeep(self, argument: str) -> None:
        """They are, when their time is over."""
        self._keep(argument, False)

    def _keep(self, argument: str, on: bool) -> None:
        text, _blank, reason = argument.strip().removeprefix("#").partition(" ")
        if not text.isdecimal() or len(text) > 9 or not reason.strip():
            self.say(_("The incident's number, then the reason: {word} 17 ...").format(word="keep" if on else "unkeep"))
            return
        desk, decision, number = self.siaga.desk, new_id(), int(text)
        said = (
            _("The recordings of incident {number} are kept.")
            if on
            else _("The recordings of incident {number} are kept no longer than others.")
        ).format(number=number)
        self.siaga.write(lambda: desk.keep(number, reason, on, decision), lambda _r: self.say(said, "ok"))

    def _wish(self, mode: str) -> None:
        operator = self.chosen_telephone()
        if not operator:
            self.say(_("Choose an operator with a telephone in the list first."), "warn")
        elif self._telephone:
            self._listen(mode, operator)
        else:
            desk = self.siaga.desk
            self.siaga.lookup("telephones", desk.listening_telephones, lambda free: self._offer(mode, operator, free))

    def _offer(self, mode: str, operator: str, free: tuple[str, ...]) -> None:
        choices = [(name, name) for name in free if name != operator]
        if not choices:
            self.say(_("Every telephone of the house is in use; one has to be free for you."), "alarm")
            return

        def answered(answers: dict[str, str]) -> None:
            self._telephone = answers["telephone"]
            self._listen(mode, operator)

        self.question.ask([Ask("telephone", _("Which telephone is yours?"), numbered(choices))], answered)

    def _listen(self, mode: str, operator: str) -> None:
        desk, decision, telephone = self.siaga.desk, new_id(), self._telephone
        if self.hears(operator):
            said = {
                "listen": _("{telephone} hears {operator}: nobody hears you."),
                "whisper": _("{telephone} hears {operator}, who hears you; the caller does not."),
                "barge": _("{telephone} hears {operator}: both HEAR YOU."),
            }[mode]
        else:
            said = {
                "listen": _("{telephone} rings: pick it up to hear {operator}; nobody hears you."),
                "whisper": _(
                    "{telephone} rings: pick it up to hear {operator}, who hears you, too; the caller does not."
                ),
                "barge": _("{telephone} rings: pick it up to hear {operator}; both HEAR YOU then."),
            }[mode]
        said = said.format(telephone=telephone, operator=operator)

        def failed(error: Exception) -> None:
            self._telephone = ""
            self.siaga.report_error(error)

        self.siaga.write(lambda: desk.listen(mode, operator, telephone, decision), lambda _r: self.say(said), failed)
