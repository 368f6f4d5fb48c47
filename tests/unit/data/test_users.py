"""Users are created, changed and disabled by rules that name what is wrong."""

import pytest

from data.administration import (
    ADMINISTRATION,
    create_user,
    disable_user,
    enable_user,
    set_roles,
    user,
    users,
)  # fmt: skip
from data.credentials import get_hash, set_hash
from data.errors import Refusal
from data.journal import Journal
from data.verify import verify


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path, [ADMINISTRATION]) as opened:
        opened.decide(lambda view: create_user(view, "setup", "admin", "Ibu Admin", ("admin",)))
        yield opened


def test_a_user_has_roles_and_a_password_hash_outside_the_chain(journal):
    journal.decide(lambda view: create_user(view, "admin", "siti", "Siti", ("calltaker", "dispatcher")))
    set_hash(journal, "admin", "siti", "$argon2id$made-up")
    assert user(journal, "siti").roles == ("calltaker", "dispatcher")
    assert get_hash(journal, "siti") == "$argon2id$made-up"
    assert all("argon2" not in row[0] for row in journal.execute("SELECT body FROM journal").fetchall())
    assert verify(journal).ok


@pytest.mark.parametrize(
    ("login", "roles", "code"),
    [("Admin!", ("admin",), "bad_login"), ("admin", ("admin",), "login_taken"), ("budi", ("king",), "bad_roles"),
     ("budi", (), "bad_roles"), ("", ("admin",), "bad_login"), ("a" * 40, ("admin",), "bad_login")],
)  # fmt: skip
def test_an_impossible_user_is_refused(journal, login, roles, code):
    with pytest.raises(Refusal) as refusal:
        journal.decide(lambda view: create_user(view, "admin", login, "", roles))
    assert refusal.value.code == code
    assert len(users(journal)) == 1


def test_the_last_admin_stays(journal):
    with pytest.raises(Refusal, match="last active admin"):
        journal.decide(lambda view: disable_user(view, "admin", "admin", None))
    with pytest.raises(Refusal, match="last active admin"):
        journal.decide(lambda view: set_roles(view, "admin", "admin", ("calltaker",)))


def test_disabling_and_enabling(journal):
    journal.decide(lambda view: create_user(view, "admin", "budi", "Budi", ("calltaker",)))
    journal.decide(lambda view: disable_user(view, "admin", "budi", "left"))
    assert user(journal, "budi").disabled
    with pytest.raises(Refusal):
        journal.decide(lambda view: disable_user(view, "admin", "budi", None))
    journal.decide(lambda view: enable_user(view, "admin", "budi"))
    assert not user(journal, "budi").disabled


def test_a_password_for_nobody_is_refused(journal):
    with pytest.raises(Refusal, match="no user"):
        set_hash(journal, "admin", "nobody", "x")
    assert get_hash(journal, "nobody") is None
