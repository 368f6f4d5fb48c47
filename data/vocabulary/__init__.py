"""Everything that can be said in the journal: importing this package registers every kind of entry."""

from data.vocabulary import (
    administration,
    calls,
    handover,
    incidents,
    nuisance,
    reconciliation,
    recordings,
    supervision,
    units,
)
from data.vocabulary.record import KINDS, Record, record, upcast, upcaster

__all__ = [
    "KINDS",
    "Record",
    "administration",
    "calls",
    "handover",
    "incidents",
    "nuisance",
    "reconciliation",
    "record",
    "recordings",
    "supervision",
    "units",
    "upcast",
    "upcaster",
]
