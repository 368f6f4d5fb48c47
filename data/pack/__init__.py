"""The reference pack of a region: villages, places, agencies, incident types, as files that a centre edits.

``load_pack`` reads and checks it (or raises with every fault), ``check_pack`` also compares the files' geometry.
The format is described in the README.md of each region's folder.
"""

from data.pack.check import check_pack
from data.pack.load import PackFaulty, load_pack
from data.pack.model import (
    Agency,
    District,
    Fault,
    IncidentType,
    KmMark,
    Office,
    Pack,
    Place,
    Polygon,
    Region,
    Reservoir,
    Road,
    Village,
    covers,
)

__all__ = [
    "Agency",
    "District",
    "Fault",
    "IncidentType",
    "KmMark",
    "Office",
    "Pack",
    "PackFaulty",
    "Place",
    "Polygon",
    "Region",
    "Reservoir",
    "Road",
    "Village",
    "check_pack",
    "covers",
    "load_pack",
]
