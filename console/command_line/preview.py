"""What a line will do, in one sentence, before anybody presses Enter."""

from __future__ import annotations

from console.command_line import resolve
from console.command_line.alert_line import described
from console.command_line.grammar import SENDING
from console.command_line.world import CommandFault, Intent, World
from console.i18n import N_
from console.i18n import translate as _
from console.ui import words
from data.text import safe_line
from dispatch.units.names import named
from dispatch.units.queries import Unit, doubled

SENTENCES = {
    "answer": N_("Answer {call}"),
    "attach": N_("Attach {call} to {incident}"),
    "hand_over": N_("Hand {incident} over to {agencies}"),
    "classify": N_("End {call} as: {choice}"),
    "acknowledge": N_("{agency} acknowledged {number} by {choice}: {text}"),
    "refuse": N_("{agency} refused {number}: {text}"),
    "en_route": N_("{agency} is en route to {number} {text}"),
    "add_unit": N_("{agency} sends to {number} too: {text}"),
    "on_scene": N_("{agency} is on scene of {number} {text}"),
    "finish": N_("{agency} is finished with {number}: {choice} {text}"),
    "reassign": N_("{number} from {agency} to {agencies}: {text}"),
    "stand_down": N_("Stand {agency} down from {number}: {text}"),
    "stand_down_acknowledged": N_("{agency} knows that it is stood down from {number}: {text}"),
    "note": N_("Note on {incident}: {text}"),
    "close": N_("Close {incident}: result {choice} {text}"),
    "reopen": N_("Reopen {incident}: {text}"),
    "card": N_("Show the card of: {text}"),
    "language": N_("Speak {choice}"),
    "merge": N_("{chosen} is the same as {incident} and goes on there"),
    "call_back": N_("Call back {text}"),
    "drop": N_("Take {text} off the call-back list"),
    "filter": N_("Show only incidents with: {text}"),
    "transfer": N_("Connect the caller with: {text}"),
    "recall": N_("Play the last {text} seconds to you alone"),
    "recent": N_("{call} becomes {choice}, because: {text}"),
    "number": N_("Show the calls of {text}"),
    "alert": N_("Put under alert: {text}"),
    "alert_end": N_("End the alert of: {text}"),
    "units": N_("Show the units: {text}"),
    "replay": N_("Play the whole call on your telephone, because: {text}"),
}
"""Action -> message id of the sentence; an action without one shows its help."""

TRANSFERS = {"3": N_("Bring into the talk: {text}"), "t": N_("Pass the caller on to: {text}")}
"""What the key at the end of a line of F5 makes of it."""

SHOW_CALL = N_("Show {call} in the list")

DEFAULT_MEANS = "telephone"
"""How an agency acknowledged when the line does not say; the preview does say it."""


def preview(intent: Intent, world: World) -> str:
    """The sentence for an intent; for a word alone, what its key does."""
    sentence = SENTENCES.get(intent.action.id)
    if intent.direct or sentence is None:
        text = _(intent.action.help)
        return safe_line(f"{text} [{intent.argument}]" if intent.argument else text, 300)
    if intent.action.id == "recent" and not intent.choice:
        sentence = SHOW_CALL
    argument = intent.argument
    if intent.action.id == "transfer":
        words_typed, _blank, how = argument.rpartition(" ")
        if words_typed and how.casefold() in TRANSFERS:
            sentence, argument = TRANSFERS[how.casefold()], words_typed
    if intent.action.id == "alert":
        argument = described(argument)
    handover = intent.handover
    number = handover.number if handover is not None else 0
    row = next((row for row in world.incidents if handover is not None and row.id == handover.incident), None)
    call = intent.call or world.in_hand
    filled = _(sentence).format(
        call=resolve.call_label(call) if call is not None else "",
        incident=resolve.incident_label(intent.incident, world) if intent.incident is not None else "",
        number=resolve.incident_label(row, world) if row is not None else number,
        agency=handover.agency_name if handover is not None else "",
        agencies=", ".join(each.with_unit for each in intent.agencies),
        choice=_choice(intent),
        text=intent.text or (_unit(intent) if intent.action.id in SENDING else _named(argument, world)),
        chosen=resolve.incident_label(world.chosen, world) if world.chosen is not None else "",
    )
    return safe_line(filled, 300).strip()


def doubled_units(intent: Intent, world: World) -> tuple[Unit, ...]:
    """The units that the line would send, or ask for, and that are on something else or out of service."""
    if intent.direct:
        return ()
    part = intent.handover
    if part is not None and intent.action.id in SENDING:
        meant = intent.text or (part.unit if intent.action.id == "en_route" else "")
        known = named(part.unit) if intent.action.id == "on_scene" else ()
        told = doubled(world.units, part.agency, meant, part.handover)
        return tuple(unit for unit in told if unit.key not in known)
    if intent.action.id in {"hand_over", "reassign"}:
        return tuple(unit for each in intent.agencies for unit in doubled(world.units, each.id, each.unit))
    return ()


def _unit(intent: Intent) -> str:
    """The unit that a hand-over has already, when the line names no other."""
    part = intent.handover
    return (part.under_way or part.unit) if part is not None else ""


def fault_line(fault: CommandFault, *, named: bool = True) -> str:
    """What is wrong, and (``named``) what would be possible, in one sentence."""
    possible = " · ".join(fault.possible) if named else ""
    return safe_line(f"{fault.message} {possible}", 400).strip()


def _named(argument: str, world: World) -> str:
    """A number as people know it: with the name of the one lost call that it is the end of."""
    found = [call for call in world.lost if argument and call.number.endswith(argument)]
    return resolve.call_label(found[0]) if len(found) == 1 else argument


def _choice(intent: Intent) -> str:
    code = intent.choice or (DEFAULT_MEANS if intent.action.id == "acknowledge" else "")
    outcome = intent.action.id in {"classify", "recent"}
    tables = words.OUTCOMES if outcome else words.CLOSE_RESULTS | words.FINISH_RESULTS
    word = words.word(tables | words.MEANS, code)
    return f"{word} #{intent.number}" if intent.number else word
