"""A small projection and helpers for the tests of the journal."""

from pathlib import Path

from data.entry import Draft, draft
from data.journal import Journal
from data.vocabulary.calls import CallArrived, CallEnded, CallOffered
from data.vocabulary.incidents import IncidentNoted


class Counted:
    """Projection of the tests: how many entries a stream has, and the last number seen on it."""

    name = "counted"
    version = 1
    tables = ("counted",)
    ddl = "CREATE TABLE counted(stream TEXT PRIMARY KEY, entries INTEGER NOT NULL, number TEXT)"
    kinds = frozenset({"call.arrived", "call.offered", "call.ended", "incident.noted", "personal.erased"})

    def apply(self, db, entry):
        number = getattr(entry.body, "number", None)
        db.execute(
            "INSERT INTO counted VALUES (:stream, 1, :number) ON CONFLICT(stream)"
            " DO UPDATE SET entries = entries + 1, number = coalesce(excluded.number, number)",
            {"stream": entry.stream, "number": number},
        )


def open_journal(directory: Path, **options) -> Journal:
    return Journal(directory, [Counted()], **options)


def arrived(n: int, number: str | None = "+62811000111") -> Draft:
    return draft(f"call/pbx/{n}", CallArrived(channel=f"PJSIP/trunk-{n}", number=number), id=f"pbx/{n}/call.arrived/1")


def offered(n: int, operator: str) -> Draft:
    return draft(f"call/pbx/{n}", CallOffered(operator=operator, channel=f"{operator}-{n}"), id=f"pbx/{n}/{operator}")


def ended(n: int) -> Draft:
    return draft(f"call/pbx/{n}", CallEnded(outcome="answered"), id=f"pbx/{n}/end")


def note(text: str, id: str | None = None) -> Draft:
    return draft("incident/1", IncidentNoted(text=text), id=id)
