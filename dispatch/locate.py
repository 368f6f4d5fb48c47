"""``siaga112 locate``: what a text or a point may mean, and who answers there, as one JSON object."""

from __future__ import annotations

from typing import Any

from rapidfuzz import process

from data.errors import WrongUse
from data.pack import IncidentType, Pack
from data.text import safe_line
from dispatch.places import Gazetteer, Match, Near
from dispatch.recommend import Recommendation, recommend


def locate(
    pack: Pack, text: str, type_code: str | None = None, *, limit: int = 8, gazetteer: Gazetteer | None = None
) -> dict[str, Any]:
    """The object that the command line prints; ``agencies`` belong to the first match.

    When several places are as likely as the first one, the agencies' reasons say for which place they hold. Raises
    WrongUse for a type that the pack does not have.
    """
    type = find_type(pack, type_code)
    gazetteer = gazetteer or Gazetteer(pack)
    matches = gazetteer.search(text, limit)
    agencies: list[dict[str, Any]] = []
    if matches:
        only_if = _only_if(matches)
        agencies = [_agency(r, only_if) for r in recommend(pack, gazetteer.map, matches[0], type)]
    return {"query": safe_line(text, 400), "matches": [_match(match) for match in matches], "agencies": agencies}


def find_type(pack: Pack, code: str | None) -> IncidentType | None:
    """The type with ``code``; None for None. Raises WrongUse naming the nearest codes."""
    if code is None:
        return None
    found = pack.types.get(code)
    if found is None:
        near = [name for name, _, _ in process.extract(code[:100], list(pack.types), limit=3)]
        raise WrongUse(
            f"there is no incident type {safe_line(code, 60)!r}",
            where="--type",
            remedy="did you mean " + ", ".join(near) + "?",
        )
    return found


def _only_if(matches: list[Match]) -> str:
    """When another match is as likely and elsewhere: for which place the agencies hold."""
    first = matches[0]
    rivals = [m for m in matches[1:] if m.score >= first.score and m.district_code != first.district_code]
    return f"; if {describe(first)} is meant" if rivals else ""


def describe(match: Match) -> str:
    """The match in words that tell it from others of the same name, for logs and machine output."""
    parts = [match.name]
    if match.district and match.kind not in ("district", "neighbour_district"):
        parts.append(f"Kec. {match.district}")
    if match.regency:
        parts.append(match.regency)
    return ", ".join(parts)


def _match(match: Match) -> dict[str, Any]:
    return {
        "name": match.name,
        "kind": match.kind,
        "lat": match.lat,
        "lon": match.lon,
        "precision_m": match.precision_m,
        "village": match.village,
        "village_code": match.village_code,
        "district": match.district,
        "district_code": match.district_code,
        "regency": match.regency,
        "score": match.score,
        "near": [_near(near, match) for near in match.near[:6]],
    }


def _near(near: Near, match: Match) -> dict[str, Any]:
    # Tegalwaru is a district here and next door: a district of another regency says whose it is.
    district = near.district if near.regency == match.regency else f"{near.district} ({near.regency})"
    return {"village": near.village, "district": district, "distance_m": near.distance_m}


def _agency(recommendation: Recommendation, only_if: str) -> dict[str, Any]:
    return {
        "id": recommendation.id,
        "name": recommendation.name,
        "kind": recommendation.kind,
        "role": recommendation.role,
        "distance_km": recommendation.distance_km,
        "eta_min": recommendation.eta_min,
        "estimate": recommendation.estimate,
        "reason": recommendation.reason + only_if,
    }
