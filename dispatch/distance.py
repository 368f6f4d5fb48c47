"""Distances on the ellipsoid. They are straight lines: never driving distances, and called estimates on screens."""

from __future__ import annotations


def geodesic_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Kilometres between two points (latitude, longitude) on the ellipsoid WGS 84."""
    from geopy.distance import geodesic  # noqa: PLC0415 - 25 ms that no screen has to wait for at its start

    return float(geodesic(here, there).km)
