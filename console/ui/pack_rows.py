"""The rows of a region's pack that somebody can vouch for: agencies, places, offices, types. Pure.

A sign-off holds a digest of what was shown when it was given: if the pack's file is edited afterwards, the row says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from console.i18n import N_
from console.ui.office.views import PackRow
from data.administration import RowVerified
from data.errors import Refusal
from data.pack import Agency, IncidentType, Office, Pack, Place
from data.text import plain_letters, safe_line

AGENCIES, PLACES, OFFICES, TYPES = "agencies.toml", "places.csv", "offices.csv", "types.toml"


def _agency(pack: Pack, row: Agency) -> PackRow:
    office = row.office
    position = f"{office.lat:.5f}, {office.lon:.5f}" if office else ""
    return PackRow(
        AGENCIES, row.id, row.name, row.kind,
        (
            (N_("id"), row.id), (N_("kind"), row.kind), (N_("number"), row.number),
            (N_("covers"), ", ".join(area_name(pack, code) for code in row.covers)),
            (N_("office"), office.name if office else ""), (N_("position"), position),
            (N_("position known to"), office.position_known_to if office else ""),
        ),
        marked=row.verified,
    )  # fmt: skip


def _place(pack: Pack, row: Place) -> PackRow:
    return PackRow(
        PLACES, row.name, row.name, row.kind,
        (
            (N_("kind"), row.kind), (N_("position"), f"{row.lat:.5f}, {row.lon:.5f}"),
            (N_("exact to"), f"{row.precision_m:g} m"), (N_("village"), area_name(pack, row.village_code)),
        ),
        marked=row.verified,
    )  # fmt: skip


def _office(pack: Pack, row: Office) -> PackRow:
    return PackRow(
        OFFICES, row.name, row.name, row.kind,
        (
            (N_("kind"), row.kind), (N_("address"), row.address), (N_("position"), f"{row.lat:.5f}, {row.lon:.5f}"),
            (N_("position known to"), row.position_known_to), (N_("village"), area_name(pack, row.village_code)),
        ),
        marked=row.verified,
    )  # fmt: skip


def _type(_pack: Pack, row: IncidentType) -> PackRow:
    return PackRow(
        TYPES, row.code, f"{row.name_id} / {row.name_en}", "type",
        (
            (N_("code"), row.code), (N_("priority"), f"P{row.priority}"), (N_("key words"), ", ".join(row.words)),
            (N_("words that nobody has checked"), ", ".join(row.unverified_words)),
            (N_("primary agencies"), ", ".join(row.primary)), (N_("supporting agencies"), ", ".join(row.support)),
        ),
        marked=row.verified,
    )  # fmt: skip


_FILES: dict[str, Callable[[Pack], Iterator[PackRow]]] = {
    AGENCIES: lambda pack: (_agency(pack, row) for row in pack.agencies.values()),
    PLACES: lambda pack: (_place(pack, row) for row in pack.places),
    OFFICES: lambda pack: (_office(pack, row) for row in pack.offices),
    TYPES: lambda pack: (_type(pack, row) for row in pack.types.values()),
}


def area_name(pack: Pack, code: str) -> str:
    """An area by its name with the code, or the code of one outside the region."""
    if code == pack.region.code:
        return pack.region.name
    district, village = pack.districts.get(code), pack.villages.get(code)
    if district is not None:
        return f"Kec. {district.name}"
    return f"{village.name}, Kec. {village.district}" if village is not None else code


def pack_rows(
    pack: Pack, signed: Mapping[tuple[str, str], RowVerified], files: Sequence[str], text: str = ""
) -> tuple[PackRow, ...]:
    """The rows of ``files`` in which every word of ``text`` occurs, with what was signed off."""
    wanted = plain_letters(safe_line(text, 200)).split()
    found = []
    for file in files:
        for row in _FILES[file](pack):
            if wanted:
                held = plain_letters(" ".join((row.title, row.kind, file, *(value for _, value in row.facts))))
                if not all(word in held for word in wanted):
                    continue
            found.append(_with_sign(row, signed.get((file, row.key))))
    return tuple(found)


def _with_sign(row: PackRow, sign: RowVerified | None) -> PackRow:
    if sign is None:
        return row
    return PackRow(
        row.file, row.key, row.title, row.kind, row.facts, row.marked, sign.at, sign.actor, sign.by or "",
        sign.note or "", changed=sign.digest is not None and sign.digest != _digest(row),
    )  # fmt: skip


def _digest(row: PackRow) -> str:
    text = "\n".join((row.title, row.kind, *(f"{name}={value}" for name, value in row.facts)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_of(pack: Pack, file: str, key: str) -> str:
    """The digest of a row as it is now. Raises Refusal when the pack has no such row."""
    for row in _FILES[file](pack) if file in _FILES else ():
        if row.key == key:
            return _digest(row)
    raise Refusal(
        "no_such_row", "the pack has no row {key} in {file}", key=safe_line(key, 60), file=safe_line(file, 40)
    )
