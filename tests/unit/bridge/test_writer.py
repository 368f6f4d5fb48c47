from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from data.administration import ADMINISTRATION
from data.entry import Draft, Entry, draft
from data.journal import Journal, UnprojectedKind
from data.store.connection import StoreBroken, StoreFull
from data.store.lock import StoreLocked
from data.vocabulary.administration import HouseAlarm
from data.vocabulary.calls import CallQueued
from telephony.bridge.writer import Writer
from telephony.calls.projection import CALLS
from telephony.nuisance.area_alerts import AREA_ALERTS
from telephony.nuisance.projection import NUISANCE
from telephony.reconciliation.projection import RECONCILIATION
from tests.unit.link.fake_ami import until


def fact(number: int) -> Draft:
    return draft("call/pwk/1.1", CallQueued(queue=str(number)), id=f"f{number}")


class Trouble:
    """A journal in front of the real one that fails as it is told, for each call to ``append`` in turn."""

    def __init__(self, journal: Journal, *errors: Exception | None) -> None:
        self.journal = journal
        self.errors = list(errors)
        self.poison = ""
        self.calls: list[list[str]] = []

    def append(self, drafts: Sequence[Draft]) -> list[Entry]:
        self.calls.append([d.id for d in drafts])
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        if self.poison in [d.id for d in drafts]:
            raise ValueError("cannot be encoded")
        return self.journal.append(drafts)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path, [ADMINISTRATION, CALLS, NUISANCE, AREA_ALERTS, RECONCILIATION]) as made:
        yield made


def ids(journal: Journal, kind: str = "call.") -> list[str]:
    return [e.id for e in journal.read(0) if e.kind.startswith(kind)]


LOCKED = StoreLocked(Path("lock"), 42, True, 5.0)
FULL = StoreFull("full", where="x")


@pytest.mark.parametrize("errors", [(LOCKED,), (FULL, FULL), (LOCKED, FULL, StoreBroken("io"), None)])
def test_facts_come_in_order_whatever_the_store_says_meanwhile(journal: Journal, errors: tuple[Exception, ...]) -> None:
    told: list[str] = []
    trouble = Trouble(journal, *errors)
    writer = Writer(trouble, "b", on_trouble=lambda state, detail: told.append(state))  # type: ignore[arg-type]
    writer.put([fact(n) for n in range(5)])
    writer.start()
    for number in range(5, 20):
        writer.put([fact(number)])
    assert writer.flush(10)
    assert writer.stop(1)
    assert ids(journal) == [f"f{n}" for n in range(20)]
    assert told[0] in ("store_locked", "disk_full")
    assert told[-1] == "ok"


def test_what_waits_goes_into_one_transaction(journal: Journal) -> None:
    trouble = Trouble(journal)
    writer = Writer(trouble, "b")  # type: ignore[arg-type]
    writer.put([fact(n) for n in range(500)])
    writer.start()
    assert writer.flush(10)
    assert len(trouble.calls) == 1
    writer.stop(1)


def test_a_fact_that_cannot_be_written_keeps_nobody_back_and_is_told(journal: Journal) -> None:
    trouble = Trouble(journal)
    trouble.poison = "f3"
    writer = Writer(trouble, "b")  # type: ignore[arg-type]
    writer.put([fact(n) for n in range(6)])
    writer.start()
    assert writer.flush(10)
    writer.stop(1)
    assert ids(journal) == ["f0", "f1", "f2", "f4", "f5"]
    assert ids(journal, "house") == ["f3/refused"]


def test_a_kind_without_a_table_is_such_a_fact(tmp_path: Path) -> None:
    with Journal(tmp_path, [ADMINISTRATION]) as journal:
        with pytest.raises(UnprojectedKind):
            journal.append([fact(1)])
        writer = Writer(journal, "b")
        writer.put([fact(1), draft("house", HouseAlarm(what="x"), id="after")])
        writer.start()
        assert writer.flush(10)
        writer.stop(1)
        assert ids(journal, "house") == ["f1/refused", "after"]


def test_a_store_that_is_broken_as_a_whole_is_waited_for_not_skipped(journal: Journal) -> None:
    trouble = Trouble(journal, *[StoreBroken("io")] * 7)
    writer = Writer(trouble, "b")  # type: ignore[arg-type]
    writer.put([fact(1), fact(2)])
    writer.start()
    assert writer.flush(15)
    writer.stop(1)
    assert ids(journal) == ["f1", "f2"]
    assert ids(journal, "house") == []


def test_an_end_with_a_locked_store_says_that_something_is_left(journal: Journal) -> None:
    trouble = Trouble(journal, *[LOCKED] * 1000)
    writer = Writer(trouble, "b")  # type: ignore[arg-type]
    writer.start()
    writer.put([fact(1)])
    assert until(lambda: len(trouble.calls) > 1)
    assert not writer.stop(0.1)
    assert [d.id for d in writer.pending()] == ["f1"]


def test_putting_never_waits_for_the_store(journal: Journal) -> None:
    gate = threading.Event()

    class Slow:
        def append(self, drafts: Sequence[Draft]) -> list[Entry]:
            gate.wait(60)
            return journal.append(drafts)

    writer = Writer(Slow(), "b")  # type: ignore[arg-type]
    writer.start()
    for number in range(10_000):
        writer.put([fact(number)])
    assert writer.waiting == 10_000  # nothing is done yet, and nobody had to wait for that
    gate.set()
    assert writer.flush(30)
    writer.stop(1)
    assert ids(journal)[:3] == ["f0", "f1", "f2"]
