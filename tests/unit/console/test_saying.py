"""The message line: a result that comes late hides nothing that is newer, and no failure goes unsaid."""

from __future__ import annotations

import threading

import pytest

from console.ui.saying import Sayings
from data.errors import Refusal
from tests.unit.console.fake_desk import DISPATCHER, FakeDesk, detail, incident
from tests.unit.console.screens import app, screen_text, shows, typed, until

WRONG = ("wrong time", "alarm")


@pytest.fixture
def line() -> Sayings:
    return Sayings()


def late(line: Sayings, began: int, text: str, kind: str) -> tuple[str, str] | None:
    with line.result(began):
        return line.judged(text, kind)


def test_a_result_is_said_when_nothing_newer_stands_there(line: Sayings) -> None:
    line.judged(*WRONG)
    began = line.began()
    assert late(line, began, "saved", "ok") == ("saved", "ok")
    assert late(line, began, "and this", "text") == ("and this", "text")


def test_a_success_of_an_older_step_leaves_what_answers_the_newest_key(line: Sayings) -> None:
    began = line.began()
    assert line.judged(*WRONG) == WRONG
    assert late(line, began, "saved", "ok") is None
    assert late(line, line.began(), "saved", "ok") == ("saved", "ok"), "a step begun after it is newer"


def test_a_failure_of_an_older_step_is_said_beside_it(line: Sayings) -> None:
    began = line.began()
    line.judged(*WRONG)
    assert late(line, began, "Not saved", "alarm") == ("wrong time | Not saved", "alarm")
    line.judged("On hold", "text")
    assert late(line, began, "Not saved", "alarm") == ("Not saved", "alarm"), "only a warning is worth keeping"


def test_a_failure_is_not_hidden_by_the_success_of_a_step_that_was_begun_before_it_was_said(line: Sayings) -> None:
    first, second = line.began(), line.began()
    assert late(line, first, "refused", "alarm") == ("refused", "alarm")
    assert late(line, second, "saved", "ok") is None


def test_what_was_cleared_is_not_said_again(line: Sayings) -> None:
    began = line.began()
    line.judged(*WRONG)
    line.judged("", "text")
    assert late(line, began, "Not saved", "alarm") == ("Not saved", "alarm")


# ------------------------------------------------------------------ on the screen


class SlowDesk(FakeDesk):
    """Its writes are done when ``go`` is set."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.go, self.error = threading.Event(), error

    def note(self, incident: str, text: str, decision: str) -> None:
        assert self.go.wait(60)
        if self.error is not None:
            raise self.error
        super().note(incident, text, decision)


@pytest.mark.parametrize("error", [None, Refusal("closed", "incident 17 was closed meanwhile")])
async def test_the_answer_to_the_newest_key_outlives_the_result_of_an_older_write(error: Exception | None) -> None:
    desk = SlowDesk(error)
    desk.show(incidents=(incident(),))
    desk.details = {"i1": detail()}
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "House fire")
        await typed(pilot, "f2", *"note . asap", "enter")
        await typed(pilot, "f2", *"alert nowhere 6 landslide", "enter")
        await shows(pilot, "nowhere")
        before = screen_text(pilot.app)
        desk.go.set()
        if error is None:
            await until(pilot, lambda: desk.done("note") and not pilot.app.keyboard.ahead.behind)  # type: ignore[attr-defined]
            assert "Noted" not in screen_text(pilot.app) and "nowhere" in before
        else:
            await shows(pilot, "was closed meanwhile")
        assert "nowhere" in screen_text(pilot.app)
