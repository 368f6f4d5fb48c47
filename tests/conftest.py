"""Fixtures that several folders of tests use."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.lab import Exchange
from tests.lab.places import asterisk_version

# How long an example takes says nothing on a busy machine. Where a change waits for the verdict the examples are always
# the same ones; on a developer's machine they are new ones at every run. SIAGA112_EXAMPLES=5000 looks further than the
# hundred of every run: for whoever has changed something that properties hold, and has the time.
EXAMPLES = int(os.environ.get("SIAGA112_EXAMPLES", "100"))
settings.register_profile(
    "siaga112",
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") in ("true", "1"),
    print_blob=True,
)
settings.load_profile("siaga112")


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
