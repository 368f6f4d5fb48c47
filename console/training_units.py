"""Units for the demo: a few of some agencies, marked as training by their call signs. No real ones are known."""

from __future__ import annotations

from itertools import count

from data.pack import Pack
from dispatch.units.rules import Wanted

LETTERS = {"fire": "P", "ambulance": "A", "police": "T"}
"""Kind of agency -> the letter of its units: pompa, ambulans, patroli."""

AGENCIES_EACH, UNITS_EACH = 2, 2
"""Agencies of each kind that have some, and how many each has."""


def training_units(pack: Pack) -> list[Wanted]:
    """LAT-P1, LAT-P2, ... of the first agencies of each kind in the pack."""
    wanted = []
    for kind, letter in LETTERS.items():
        numbers = count(1)
        agencies = [agency.id for agency in pack.agencies.values() if agency.kind == kind][:AGENCIES_EACH]
        wanted += [Wanted(id, f"LAT-{letter}{next(numbers)}") for id in agencies for _ in range(UNITS_EACH)]
    return wanted
