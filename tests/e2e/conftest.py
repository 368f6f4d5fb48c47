"""A centre on a real exchange: its services as processes, its consoles in real terminals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.centre import Centre
from tests.lab import Exchange


@pytest.fixture
def centre(exchange: Exchange, tmp_path: Path) -> Iterator[Centre]:
    """A centre whose services run; nobody is signed in."""
    opened = Centre(tmp_path, exchange)
    try:
        opened.serve()
        yield opened
    finally:
        opened.close()
