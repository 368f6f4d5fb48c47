"""The region that ships, read once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.pack import Pack, load_pack
from dispatch.places import Gazetteer


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack(Path(__file__).parents[3] / "data" / "regions" / "purwakarta")


@pytest.fixture(scope="session")
def gazetteer(pack: Pack) -> Gazetteer:
    built = Gazetteer(pack)
    built.warm()
    return built
