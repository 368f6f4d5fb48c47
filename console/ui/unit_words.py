"""Units in words: what each is doing, what somebody should know before he sends one, which a typed text may mean."""

from __future__ import annotations

from collections.abc import Sequence

from console.i18n import translate as _
from console.ui import words
from data.text import safe_line
from dispatch.units.names import key, last_part, named, parts
from dispatch.units.queries import FREE, OUT, Unit, natural

OFFERED = 12
"""Units that are offered at once; typing more letters brings the others."""


def standing(unit: Unit) -> str:
    """What a unit is doing: "en route, incident 17", "out of service (flat tyre)", or both."""
    told = []
    if unit.at:
        numbers = ", ".join(str(at.number) for at in unit.at)
        told.append(_("{state}, incident {numbers}").format(state=_state(unit.at[0].state), numbers=numbers))
    if unit.out_since is not None:
        told.append(f"{_state(OUT)} ({safe_line(unit.out_reason or '-', 40)})")
    return "; ".join(told) or _state(FREE)


def _state(code: str) -> str:
    return words.word(words.UNIT_STATES, code)


def warning(told: Sequence[Unit]) -> str:
    """What is to be known of units before they are sent, "" when there is nothing."""
    if not told:
        return ""
    return f"{_('MIND')}: {'; '.join(f'{unit.call_sign} {standing(unit)}' for unit in told)}"


def done(text: str, result: object) -> tuple[str, str]:
    """What is said when something is on record, and how. ``result``: of the request, which may hold units that are on
    something else too or out of service; they are never passed over in silence."""
    told = [each for each in result if isinstance(each, Unit)] if isinstance(result, tuple) else []
    return (f"{warning(told)} | {text}", "warn") if told else (text, "ok")


def spelled(units: Sequence[Unit], agency: str, text: str) -> str:
    """A typed text with the call signs of registered units as they are registered; what names none stays as it is."""
    known = {unit.key: unit.call_sign for unit in units if unit.registered and unit.agency == agency}
    if not known.keys() & set(named(text)):
        return text
    return ", ".join(known.get(key(part), part) for part in parts(text))


def offered(units: Sequence[Unit], agency: str, text: str) -> list[tuple[str, str]]:
    """The registered units of an agency that the typed text may go on to, as (text then, label), free ones first."""
    before, last = last_part(text)
    wanted, taken = key(last), set(named(before))
    fits = [
        unit
        for unit in units
        if unit.registered and unit.agency == agency and wanted in unit.key and unit.key not in taken
    ]
    fits.sort(key=lambda unit: (unit.key != wanted, unit.state != FREE, natural(unit.call_sign)))
    return [(f"{before}{unit.call_sign}", f"{unit.call_sign} {standing(unit)}") for unit in fits[:OFFERED]]
