"""kill -9 of anything on the way, in the middle of a shift: no call is lost, none is doubled, typed text comes back."""

import os
import signal
import time

import pytest

from tests.e2e.compare import against_the_exchange
from tests.e2e.handing import open_and_hand_over
from tests.e2e.test_one_call import sign_in

pytestmark = [pytest.mark.asterisk, pytest.mark.terminal, pytest.mark.fault]

CALLS = 40
KILLS = 5


def test_forty_calls_while_bridge_and_console_are_killed_five_times_each(centre, exchange):
    for phone in ("op1", "op2"):
        exchange.operator(phone, "hangup_after", ring_s=0.2, talk_s=0.6)
    siti = sign_in(centre, "siti", "desk-1", "READY")
    sign_in(centre, "budi", "desk-2", "READY")
    callers, each = [], CALLS // KILLS
    for round in range(KILLS):
        # However long the round before took: it is in the middle of calls that everything is killed.
        callers.append(exchange.caller(talk_s=4.0, number=f"+6281234500{round}", calls=each, rate=1.6))
        known = round * each + each // 2
        centre.until(lambda n=known: centre.rows("SELECT count(*) FROM calls")[0][0] >= n, "calls keep coming")
        centre.kill_service("bridge:lab")
        # What is typed and not saved survives the console.
        typed = f"asap hitam {round}"
        siti.until("Place")
        siti.type(typed)
        centre.until(lambda text=typed: text in str(centre.drafts("desk-1")), "the typed text is kept within a second")
        os.kill(siti.pid, signal.SIGKILL)
        siti.close()
        siti = sign_in(centre, "siti", "desk-1", "READY")
        siti.until(typed)
        siti.keys("C-u")
        siti.until_gone(typed)
    for crowd in callers:
        crowd.done(timeout=120)
    over = "SELECT count(*) FROM calls WHERE outcome IS NOT NULL"
    centre.until(lambda: centre.rows(over)[0][0] >= CALLS, "every call is over, seen live or recovered")
    unseen = "SELECT count(*) FROM calls WHERE observed AND NOT recovered"
    centre.until(lambda: centre.rows(unseen)[0][0] == 0, "the exchange's archive completes what was not seen")
    result = against_the_exchange(centre, exchange)
    assert result == {"calls": CALLS, "lost": 0, "doubled": 0}
    assert centre.siaga("verify").returncode == 0


def test_a_handover_service_that_dies_says_late_once_and_not_twice(centre, exchange):
    incident = open_and_hand_over(centre)
    centre.kill_service("handover")
    centre.until(lambda: centre.entries("handover.overdue"), "the limit is said after the restart")
    centre.kill_service("handover")
    time.sleep(2)
    (overdue,) = centre.entries("handover.overdue")
    assert overdue.stream == incident and overdue.body.what == "acknowledgement"
