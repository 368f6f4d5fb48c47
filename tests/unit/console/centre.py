"""A small centre on a real journal: users, an exchange's facts as a bridge appends them, and the facade on top."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from console.auth import open_session
from console.compose import projections, region_path
from console.ui.desk.desk import Desk
from console.ui.finding import Finder
from console.ui.views import Identity
from data.clock import SECOND, now
from data.entry import Draft, draft
from data.journal import Journal
from data.pack import load_pack
from data.side import SideTables
from data.vocabulary.administration import UserCreated
from data.vocabulary.calls import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallOffered,
    CallQueued,
    MemberChanged,
    PbxLinked,
)
from telephony.settings import Pbx

PBX = Pbx(name="pbx-1", secret="x", telephones={"PJSIP/op1": "101", "PJSIP/op2": "102"})


@cache
def finder() -> Finder:
    """The pack of Purwakarta, once for all tests."""
    return Finder(load_pack(region_path("purwakarta")))


class Centre:
    """A journal in ``directory`` with two users, and what a test wants to happen there."""

    def __init__(self, directory: Path, lock_timeout_s: float = 5.0, exchanges: tuple[Pbx, ...] = (PBX,)) -> None:
        self.directory, self.exchanges = directory, exchanges
        self.journal = Journal(directory, projections(), lock_timeout_s=lock_timeout_s)
        self.side = SideTables(directory, lock_timeout_s=lock_timeout_s)
        for login, role in (("budi", "calltaker"), ("sari", "dispatcher"), ("adi", "admin")):
            self.append(f"user/{login}", UserCreated(login=login, roles=(role,), name=login.title()))
        self.append("pbx/pbx-1", PbxLinked(bridge="b1"))

    def append(self, stream: str, body: object, at: int | None = None, id: str | None = None) -> None:
        made: Draft = draft(stream, body, actor="bridge:b1", at=at, id=id)  # type: ignore[arg-type]
        self.journal.append([made])

    def desk(self, login: str, role: str, terminal: str, endpoint: str | None = None) -> tuple[Desk, Identity]:
        """A facade with its session open."""
        desk = Desk(self.journal, self.side, finder(), list(self.exchanges), terminal)
        session = open_session(self.journal, self.side, login=login, role=role, terminal=terminal, endpoint=endpoint)
        identity = desk.adopt(session)
        if endpoint:
            body = MemberChanged(queue="112", operator=endpoint, state="added")
            self.append(f"member/pbx-1/{endpoint}", body)
        return desk, identity

    def ring(
        self, call: str = "1", number: str = "081234567890", name: str = "Ibu Sri", operator: str = "PJSIP/op1",
        pbx: str = "pbx-1",
    ) -> str:  # fmt: skip
        """A caller arrives, waits, and a telephone rings."""
        stream, at = f"call/{pbx}/{call}", now() - 2 * SECOND
        self.append(stream, CallArrived(channel=f"PJSIP/trunk-{call}", number=number, name=name, dialled="112"), at)
        self.append(stream, CallQueued(queue="112", position=1), at + SECOND // 10)
        self.append(stream, CallOffered(operator=operator, channel=f"{operator}-{call}", queue="112"), at + SECOND // 5)
        return stream

    def answer(self, stream: str, operator: str = "PJSIP/op1") -> None:
        """The operator talks with the caller."""
        self.append(stream, CallAnswered(operator=operator, channel=f"{operator}-{stream[-1]}", queue="112"))

    def end(self, stream: str, outcome: str = "answered") -> None:
        """The caller's channel is gone."""
        self.append(stream, CallEnded(outcome=outcome, ended_by="caller"), id=f"{stream}/end")

    def close(self) -> None:
        self.side.close()
        self.journal.close()
