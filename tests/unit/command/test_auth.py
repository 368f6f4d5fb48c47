"""Signing in: who may, with which telephone, and what is on record."""

import pytest
from argon2 import Type

from console import auth
from console.compose import open_journal
from data.administration import create_user, disable_user
from data.clock import SECOND, now
from data.errors import Refusal
from data.side import Presence, SideTables
from tests.unit.conftest import SHIPPED_HASHER

PASSWORD = "sangat-rahasia-42"


@pytest.fixture
def house(tmp_path):
    side = SideTables(tmp_path)
    with open_journal(tmp_path, create=True) as journal:
        for login, roles in (("siti", ("calltaker", "dispatcher")), ("budi", ("calltaker",)), ("ani", ("admin",))):
            journal.decide(lambda view, login=login, roles=roles: create_user(view, "x", login, login, roles))
            auth.set_password(journal, "x", login, PASSWORD)
        yield journal, side


def enter(house, login="siti", password=PASSWORD, role="calltaker", terminal="desk-1", endpoint="PJSIP/op1", **more):
    return auth.sign_in(*house, login=login, password=password, role=role, terminal=terminal, endpoint=endpoint, **more)


def last(house):
    journal, _ = house
    return journal.read(0)[-1]


def test_a_sign_in_opens_a_session_and_is_on_record(house):
    session = enter(house)
    assert (session.login, session.role, session.endpoint) == ("siti", "calltaker", "PJSIP/op1")
    assert (last(house).kind, last(house).actor, last(house).terminal) == ("session.opened", "siti", "desk-1")
    auth.sign_out(*house, session)
    assert last(house).kind == "session.closed"
    seq = last(house).seq
    auth.sign_out(*house, session)
    assert last(house).seq == seq, "a repeat does nothing"


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"password": "wrong"}, "wrong_password", "wrong_password"),
        ({"login": "nobody"}, "wrong_password", "unknown_user"),
        ({"login": "\x1b[31m" + "x" * 500}, "wrong_password", "unknown_user"),
    ],
)
def test_a_wrong_attempt_says_little_and_is_on_record(house, change, code, reason):
    with pytest.raises(Refusal) as refusal:
        enter(house, **change)
    assert refusal.value.code == code
    assert (last(house).kind, last(house).body.reason) == ("session.denied", reason)
    assert "\x1b" not in last(house).body.login


def test_a_disabled_user_is_told(house):
    house[0].decide(lambda view: disable_user(view, "ani", "budi", None))
    with pytest.raises(Refusal, match="disabled"):
        enter(house, login="budi")


def test_a_role_that_is_not_theirs_is_refused(house):
    with pytest.raises(Refusal, match="may not sign in as admin"):
        enter(house, role="admin")


def test_too_many_wrong_passwords_lock_the_login_even_for_the_right_one(house):
    for _ in range(3):
        with pytest.raises(Refusal):
            enter(house, password="wrong", failures=3)
    with pytest.raises(Refusal, match="too many wrong passwords"):
        enter(house)
    assert enter(house, login="budi").login == "budi", "the others go on working"


def test_nobody_takes_the_telephone_of_a_colleague_who_is_there(house):
    enter(house)
    with pytest.raises(Refusal, match="in use by siti at desk-1"):
        enter(house, login="budi", terminal="desk-2")
    assert enter(house, login="budi", terminal="desk-2", endpoint="PJSIP/op2")


def test_one_may_move_to_another_desk_with_ones_telephone(house):
    first = enter(house)
    enter(house, terminal="desk-2")
    _, side = house
    assert not side.beat(first.token), "the session at the first desk is over"


def test_the_telephone_of_a_vanished_console_is_free(house):
    _, side = house
    long_ago = now() - 60 * SECOND
    side.open_session(Presence("t", "siti", "calltaker", "desk-1", "PJSIP/op1", long_ago, long_ago))
    assert enter(house, login="budi", terminal="desk-2")


def test_a_desk_is_offered_the_telephone_it_had_last_or_the_first_free_one(house):
    telephones = ["PJSIP/op1", "PJSIP/op2", "PJSIP/op3"]
    assert auth.usual_telephone(*house, "desk-2", telephones) == "PJSIP/op1"
    auth.sign_out(*house, enter(house, login="budi", terminal="desk-2", endpoint="PJSIP/op2"))
    assert auth.usual_telephone(*house, "desk-2", telephones) == "PJSIP/op2"
    enter(house, terminal="desk-1", endpoint="PJSIP/op2")
    assert auth.usual_telephone(*house, "desk-2", telephones) == "PJSIP/op1"
    assert auth.usual_telephone(*house, "desk-2", ["PJSIP/op2"]) is None


@pytest.mark.parametrize("password", ["short", "siti-siti-siti", "aaaaaaaaaaaa"])
def test_weak_passwords_are_refused(house, password):
    with pytest.raises(Refusal) as refusal:
        auth.set_password(house[0], "x", "siti", password)
    assert refusal.value.code == "weak_password"


def test_passwords_are_hashed_with_argon2id_as_its_authors_recommend():
    """RFC 9106, section 4: 64 MiB of memory, three passes, four lanes. The other tests use less."""
    assert (SHIPPED_HASHER.type, SHIPPED_HASHER.memory_cost) == (Type.ID, 64 * 1024)
    assert (SHIPPED_HASHER.time_cost, SHIPPED_HASHER.parallelism) == (3, 4)


def test_an_unknown_login_costs_a_hash_too(house, monkeypatch):
    verified = []
    monkeypatch.setattr(auth, "_HASHER", Counting(auth._HASHER, verified))
    for login in ("siti", "nobody"):
        with pytest.raises(Refusal):
            enter(house, login=login, password="wrong")
    assert len(verified) == 2


class Counting:
    def __init__(self, hasher, verified):
        self._hasher, self._verified = hasher, verified

    def hash(self, password):
        return self._hasher.hash(password)

    def verify(self, hashed, password):
        self._verified.append(hashed)
        return self._hasher.verify(hashed, password)
