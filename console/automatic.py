"""The automatic operator of ``demo --headless``: takes the calls of the training PBX by pressing a real console's keys.

It follows the journal to know what came of a key, and treats each call as its story asks (the training PBX says what
the caller says). Everything it does goes through the console's keyboard.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from console.pty_terminal import PtyTerminal
from data.entry import Entry
from data.follow import Follower
from data.journal import Journal
from data.vocabulary import calls as v
from data.vocabulary.incidents import IncidentOpened
from telephony.calls.outcomes import BY_CODE
from telephony.training.server import told
from telephony.training.stories import Story

log = logging.getLogger(__name__)

KEY_S = 30.0
"""Seconds in which a key has to have its effect in the journal: patience, so that a busy machine costs no call."""


AGAIN_S = 3.0
"""Seconds after which F3 or F9 is pressed again, when nothing came of it: the call was not on the screen yet."""

REACTION_S = 0.2
"""A quick person's reaction: no key sooner than that after something new is on the screen, unless calls come faster."""


class AutomaticOperator:
    """Works at ``terminal`` with the telephone ``operator`` (PJSIP/op1) until ``stop``.

    ``reaction_s``: seconds from something new until the key that it asks for. ``handled``: calls that were treated as
    their story asks; ``failed``: those where a key had no effect.
    """

    def __init__(
        self, terminal: PtyTerminal, journal: Journal, operator: str, directory: Path, after: int, reaction_s: float
    ) -> None:
        self._reaction_s = reaction_s
        self._terminal = terminal
        self._operator = operator
        self._directory = directory
        self._follower = Follower(journal, after)
        self._ringing: dict[str, None] = {}
        self._talking: str | None = None
        self._seen: list[Entry] = []
        self._asked = False
        self._give_up: threading.Event | None = None
        self.handled = 0
        self.failed: list[str] = []

    def run(self, stop: threading.Event, *, at_once: bool = False) -> None:
        """Take call after call. ``at_once``: also the call under way is left when ``stop`` is set."""
        self._give_up = stop if at_once else None
        try:
            while not stop.is_set():
                self._read(0.2)
                if self._talking is None and self._ringing:
                    self._answer()
                if self._talking is not None:
                    self._treat(self._talking)
        finally:
            self._follower.close()

    # --- one call

    def _answer(self) -> None:
        """F3, as a person does: not before the screen can show the ring, and once more when nothing came of it."""
        time.sleep(self._reaction_s)
        self._asked = False
        self._terminal.press("f3")
        self._wait(lambda: self._asked or self._over(), AGAIN_S)
        if self._asked:
            self._wait(self._over, KEY_S / 3)

    def _over(self) -> bool:
        return self._talking is not None or not self._ringing

    def _treat(self, call: str) -> None:
        story = self._story(call)
        time.sleep(self._reaction_s)
        outcome = story.outcome if story is not None and story.outcome in BY_CODE else "cut_off"
        if story is not None and outcome == "incident" and not self._open_incident(call, story):
            self._gone_wrong(call, "no incident came of it")
            self._give_outcome(call, "cut_off")
        elif self._give_outcome(call, outcome):
            self.handled += 1
        else:
            self._gone_wrong(call, f"it did not get the outcome {outcome}")
        self._talking = None

    def _story(self, call: str) -> Story | None:
        """What this caller says."""
        linkedid = call.rsplit("/", 1)[1]
        return next((line.story for line in told(self._directory) if line.linkedid.endswith(linkedid)), None)

    def _gone_wrong(self, call: str, what: str) -> None:
        self.failed.append(call)
        log.warning("%s: %s", call, what)

    def _open_incident(self, call: str, story: Story) -> bool:
        """Place, type, hand-over; each key waits for what the one before wrote."""
        self._terminal.press(f"{story.place}, {story.district}", "enter")
        opened = self._entry(lambda e: isinstance(e.body, IncidentOpened) and e.body.call == call)
        if opened is None:
            return False
        position = self._terminal.length
        self._terminal.press(str(story.type), "enter")
        if self._entry(lambda e: e.kind == "incident.type_set" and e.stream == opened.stream) is None:
            return False
        try:
            self._terminal.wait_for("[x]", KEY_S, position)
        except TimeoutError:
            return False
        time.sleep(self._reaction_s)
        self._terminal.press("f8", "enter")
        return self._entry(lambda e: e.kind == "handover.sent" and e.stream == opened.stream) is not None

    def _give_outcome(self, call: str, outcome: str) -> bool:
        if not self._outcomes_offered():
            return False
        self._terminal.press(BY_CODE[outcome].letter)
        classified = self._entry(lambda e: e.kind == "call.classified" and e.stream == call)
        return classified is not None and self._entry(lambda e: e.kind == "call.ended" and e.stream == call) is not None

    def _outcomes_offered(self) -> bool:
        """F9, and once more as long as the screen does not ask for the letter."""
        deadline = time.monotonic() + KEY_S
        while time.monotonic() < deadline:
            position = self._terminal.length
            self._terminal.press("f9")
            try:
                self._terminal.wait_for("F9 ", AGAIN_S, position)
            except TimeoutError:
                continue
            return True
        return False

    # --- what the journal says

    def _entry(self, wanted: Callable[[Entry], bool]) -> Entry | None:
        """An entry of this call's time that is wanted, or None when it does not come within ``KEY_S``."""
        self._wait(lambda: any(map(wanted, self._seen)))
        return next(filter(wanted, self._seen), None)

    def _wait(self, test: Callable[[], bool], patience_s: float = KEY_S) -> bool:
        deadline = time.monotonic() + patience_s
        while not test():
            if time.monotonic() >= deadline or (self._give_up is not None and self._give_up.is_set()):
                return False
            self._read(0.2)
        return True

    def _read(self, timeout_s: float) -> None:
        for entry in self._follower.wait(timeout_s):
            self._seen.append(entry)
            match entry.body:
                case v.CallOffered(operator=operator) if operator == self._operator:
                    self._ringing[entry.stream] = None
                case v.CallOfferEnded(operator=operator) if operator == self._operator:
                    self._ringing.pop(entry.stream, None)
                case v.CallAnswered(operator=operator):
                    self._ringing.pop(entry.stream, None)
                    if operator == self._operator:
                        self._talking = entry.stream
                        self._seen = [entry]
                case v.CommandRequested(action="answer", operator=operator) if operator == self._operator:
                    self._asked = True
                case v.CallEnded():
                    self._ringing.pop(entry.stream, None)
