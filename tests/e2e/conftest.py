"""A centre on a real exchange: its services as processes, its consoles in real terminals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.centre import Centre
from tests.lab import Exchange


@pytest.fixture
def centre(request: pytest.FixtureRequest, exchange: Exchange, tmp_path: Path) -> Iterator[Centre]:
    """A centre whose services run; nobody is signed in. ``@pytest.mark.centre(limit=600)``: with these settings."""
    marker = request.node.get_closest_marker("centre")
    opened = Centre(tmp_path, exchange, **(marker.kwargs if marker is not None else {}))
    try:
        opened.serve()
        yield opened
    finally:
        opened.close()
