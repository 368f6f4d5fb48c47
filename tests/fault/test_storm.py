"""The storm, short: no call lost, none told twice, all as the exchange's own records have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fault.storm import Plan, run

pytestmark = [pytest.mark.asterisk, pytest.mark.fault]

SEATS = Plan(calls=60, kills=4, cuts=2, restarts=("kill -9",), rate=3.0, seats=True)
SHORT = Plan(calls=200, kills=10, cuts=6, restarts=("kill -9",), rate=3.0)


def test_200_calls_while_bridges_links_and_the_exchange_break(asterisk: str, tmp_path: Path) -> None:
    """``./run faults`` is the long one."""
    storm = run(SHORT, tmp_path)
    held = storm.held
    what_broke = "\n".join(storm.log)
    assert (storm.kills, storm.cuts, storm.restarts) == (10, 6, 1)
    assert held.calls >= 180, what_broke  # who calls while the exchange is down gets no answer from it
    assert not held.lost, what_broke
    assert not held.doubled, what_broke
    assert not held.outcomes, what_broke
    assert not held.times, what_broke
    assert not storm.differences, storm.reconciled
    for kind in ("answered", "abandoned", "second operator", "transferred", "held", "three-way"):
        assert held.kinds[kind], f"no call was {kind}: {held.kinds}"
    assert storm.recovered, "the bridge was away while calls came"
    assert storm.compared_by_itself


def test_60_calls_with_seats_while_bridges_links_and_the_exchange_break(asterisk: str, tmp_path: Path) -> None:
    """Into seats and by ringing; whoever has one takes callers at his console."""
    storm = run(SEATS, tmp_path)
    held = storm.held
    what_broke = "\n".join(storm.log)
    assert (storm.kills, storm.cuts, storm.restarts) == (4, 2, 1)
    assert storm.seated >= 10, what_broke
    assert not (held.lost or held.doubled or held.outcomes or held.times), (what_broke, held)
    assert not storm.differences, storm.reconciled
