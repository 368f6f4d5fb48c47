"""What all tests without an exchange and without a terminal share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from console import auth

SHIPPED_HASHER = auth._HASHER
"""What the program hashes passwords with."""


def pytest_collection_finish() -> None:
    """What was imported is no garbage: going through it again and again is a fifth of what hundreds of screens cost."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Passwords are hashed with the least argon2id allows: a hash is made to be slow, and hundreds are made here. What
    it is made with stands in the hash itself; one test holds what the program really uses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        auth._nobody.cache_clear()
        yield
    auth._nobody.cache_clear()
