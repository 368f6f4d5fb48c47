"""Fixtures that several folders of tests use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import Exchange
from tests.lab.places import asterisk_version


@pytest.fixture(scope="session", name="asterisk")
def asterisk_fixture() -> str:
    """The version of the real Asterisk; fails, and says what to do, when there is none."""
    return asterisk_version()


@pytest.fixture
def exchange(asterisk: str) -> Iterator[Exchange]:
    """A fresh exchange with four telephones, none of them signed in."""
    with Exchange() as started:
        yield started


@pytest.fixture(scope="module")
def shared_exchange(asterisk: str) -> Iterator[Exchange]:
    """One exchange for all tests of a module that leave it as they found it."""
    with Exchange() as started:
        yield started
