"""What all tests without an exchange and without a terminal share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from console import auth

SHIPPED_HASHER = auth._HASHER
"""What the program hashes passwords with."""


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Passwords are hashed with the least argon2id allows: a hash is made to be slow, and hundreds are made here. What
    it is made with stands in the hash itself; one test holds what the program really uses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        auth._nobody.cache_clear()
        yield
    auth._nobody.cache_clear()
