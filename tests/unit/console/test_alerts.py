"""What is spoken, and what is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.alerts import STALE_US, Alerts
from console.configuration import Centre as CentreSettings
from console.configuration import Configuration, ConsoleSettings
from console.ui.views import FieldChange
from data.clock import now
from data.entry import new_id
from data.vocabulary.handover import HandoverOverdue
from dispatch.settings import Dispatch
from telephony.settings import Telephony
from tests.unit.console.centre import Centre


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    yield made
    made.close()


def settings(language: str = "id") -> Configuration:
    return Configuration(
        centre=CentreSettings(language=language), telephony=Telephony(), dispatch=Dispatch(), console=ConsoleSettings()
    )


def said(centre: Centre, language: str = "id", later: int = 0) -> list[str]:
    """What would be said of everything in the journal."""
    texts: list[str] = []
    alerts = Alerts(
        centre.journal,
        centre.side,
        settings(language),
        say=lambda text, _l: texts.append(text),
        clock=lambda: now() + later,
    )
    for entry in centre.journal.read(0, 1000):
        if text := alerts.text(entry):
            texts.append(text)
    return texts


def change(name: str, text: str) -> FieldChange:
    return FieldChange(name, text, "", new_id(), best=True)


def open_fire(centre: Centre) -> None:
    desk, _ = centre.desk("budi", "calltaker", "desk-1")
    desk.save("i1", "", [change("place", "jatiluhur"), change("type", "house fire")])


def test_a_priority_one_incident_is_spoken_once(centre: Centre) -> None:
    open_fire(centre)
    assert said(centre) == ["Prioritas satu, insiden 1: Kebakaran rumah, Jatiluhur"]
    assert said(centre, "en") == ["Priority one, incident 1: House fire, Jatiluhur"]


def test_a_lower_priority_is_not(centre: Centre) -> None:
    desk, _ = centre.desk("budi", "calltaker", "desk-1")
    kind = next(kind for kind in desk.types("") if kind.priority > 1)
    desk.save("i1", "", [change("place", "jatiluhur"), change("type", kind.code)])
    assert said(centre) == []


def test_an_agency_that_is_late_is_named(centre: Centre) -> None:
    open_fire(centre)
    desk, _ = centre.desk("budi", "calltaker", "desk-1")
    agency = desk.recommend(desk.places("jatiluhur")[0], "house_fire")[0]
    desk.hand_over("i1", [agency], "d1")
    centre.append("incident/i1", HandoverOverdue(handover="d1-0", what="acknowledgement", limit_s=60))
    assert said(centre)[1:] == [f"{agency.name} belum menerima insiden 1"]


def test_what_is_old_when_it_comes_is_not_spoken(centre: Centre) -> None:
    open_fire(centre)
    assert said(centre, later=STALE_US + 1) == []


def test_the_service_follows_the_journal_and_ends_when_told(centre: Centre) -> None:
    texts: list[str] = []
    heard, stop = threading.Event(), threading.Event()

    def say(text: str, _language: str) -> None:
        texts.append(text)
        heard.set()

    alerts = Alerts(centre.journal, centre.side, settings(), say=say)
    thread = threading.Thread(target=alerts.run, args=(stop,))
    thread.start()
    try:
        for number in range(100):
            desk, _ = centre.desk("budi", "calltaker", "desk-1")
            desk.save(f"i{number}", "", [change("place", "jatiluhur"), change("type", "house fire")])
            if heard.wait(0.3):
                break
        assert texts
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()
