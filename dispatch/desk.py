"""What a console asks for: each function runs one rule on the present state inside the journal's lock.

Every request carries an :class:`Asked` whose ``id`` was made when the key was pressed: repeating the same request
(a retry after a killed process or a time-out) writes nothing and returns the first answer's entries. All functions
return the entries that the request wrote (none when everything was so already) and raise Refusal or Conflict when the
rules say no, StoreLocked or StoreFull when nothing could be written. Nothing is ever partly done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from data.clock import Micros, now
from data.entry import Draft, Entry, new_id
from data.errors import Refusal
from data.journal import Journal
from data.projection import Reader
from data.vocabulary.incidents import IncidentMerged
from dispatch.incidents import handovers, merging, rules, undoing
from dispatch.incidents.handovers import HandoverRequest
from dispatch.incidents.projection import load
from dispatch.incidents.queries import next_number
from dispatch.incidents.rules import Asked
from dispatch.incidents.state import PREFIX, Incident, Place, fold_all
from dispatch.incidents.vicinity import USUAL, Limits, with_alerts

__all__ = ["Asked", "HandoverRequest", "Place", "asked"]

P = ParamSpec("P")


def asked(
    actor: str, terminal: str, *, id: str | None = None, at: Micros | None = None, vicinity: Limits = USUAL
) -> Asked:
    """Who asks, now; make it once when the key is pressed and keep it for repeats. ``vicinity``: the settings of alerts
    around incidents."""
    return Asked(id=id or new_id(), actor=actor, terminal=terminal, at=now() if at is None else at, vicinity=vicinity)


def _on_one(
    rule: Callable[Concatenate[Incident, Asked, P], list[Draft]],
) -> Callable[Concatenate[Journal, Asked, str, P], list[Entry]]:
    """The request that runs ``rule`` on one incident: ``(journal, asked, incident's id, what the rule takes)``."""

    @wraps(rule)
    def request(journal: Journal, asked: Asked, incident: str, /, *args: P.args, **more: P.kwargs) -> list[Entry]:
        return _decide(journal, asked, lambda reader: rule(_known(reader, incident), asked, *args, **more))

    return request


def _decide(journal: Journal, asked: Asked, rule: Callable[[Reader], list[Draft]]) -> list[Entry]:
    """Run ``rule`` inside the lock; with what it decides go the alerts for the surroundings of an incident."""

    def whole(reader: Reader) -> list[Draft]:
        return with_alerts(rule(reader), lambda incident: load(reader, incident), asked.vicinity)

    return journal.decide(whole, id=asked.id)


set_place = _on_one(rules.set_place)
set_type = _on_one(rules.set_type)
set_priority = _on_one(rules.set_priority)
set_text = _on_one(rules.set_text)
attach_call = _on_one(rules.attach_call)
note = _on_one(rules.note)
close = _on_one(rules.close)
reopen = _on_one(rules.reopen)

hand_over = _on_one(handovers.hand_over)
send_again = _on_one(handovers.send_again)
acknowledge = _on_one(handovers.acknowledge)
refuse = _on_one(handovers.refuse)
en_route = _on_one(handovers.en_route)
on_scene = _on_one(handovers.on_scene)
add_unit = _on_one(handovers.add_unit)
finish = _on_one(handovers.finish)
stand_down = _on_one(handovers.stand_down)
acknowledge_stand_down = _on_one(handovers.acknowledge_stand_down)
reassign = _on_one(handovers.reassign)


def open_incident(journal: Journal, asked: Asked, incident: str, **known: Any) -> list[Entry]:
    """Open the incident with the id ``incident`` (made by the caller); ``known``: see ``rules.open_incident``."""

    def rule(reader: Reader) -> list[Draft]:
        if load(reader, incident) is not None:
            raise Refusal("id_taken", "there is an incident with that id already")
        return rules.open_incident(asked, incident, next_number(reader), **known)

    return _decide(journal, asked, rule)


def merge(journal: Journal, asked: Asked, incident: str, into: str, base_version: int, reason: str) -> list[Entry]:
    """``incident`` is the same as ``into`` and goes on there, with its calls and what agencies were asked."""

    def rule(reader: Reader) -> list[Draft]:
        return merging.merge(_known(reader, incident), _known(reader, into), asked, base_version, reason)

    return _decide(journal, asked, rule)


def separate(
    journal: Journal, asked: Asked, incident: str, base_version: int, reason: str | None = None
) -> list[Entry]:
    """``incident`` was merged into another and is not the same after all."""

    def rule(reader: Reader) -> list[Draft]:
        found = _known(reader, incident)
        return merging.separate(found, _known(reader, merging.merged_into(found)), asked, base_version, reason)

    return _decide(journal, asked, rule)


def undo(journal: Journal, asked: Asked, incident: str, decision: str) -> list[Entry]:
    """Undo what the request with the id ``decision`` did to ``incident`` a moment ago."""

    def rule(reader: Reader) -> list[Draft]:
        found, stream = _known(reader, incident), reader.stream(PREFIX + incident)
        made = [entry for entry in stream if entry.id.rpartition("/")[0] == decision]
        if any(isinstance(entry.body, IncidentMerged) for entry in made):
            undoing.may_undo(asked, made)
            return merging.separate(found, _known(reader, merging.merged_into(found)), asked, made[-1].version)
        before = fold_all(entry for entry in stream if not made or entry.version < made[0].version)
        return undoing.undo(found, before, asked, made)

    return _decide(journal, asked, rule)


def _known(reader: Reader, incident: str) -> Incident:
    found = load(reader, incident)
    if found is None:
        raise Refusal("no_such_incident", "there is no such incident")
    return found
