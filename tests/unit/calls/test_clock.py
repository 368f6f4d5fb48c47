"""The exchange's clock is set while a call goes on: the call is one call, and ends as it ended."""

from __future__ import annotations

import re

import pytest

from telephony.calls.reducer import reduce
from telephony.calls.state import CallsState
from telephony.link.packet import Packet
from telephony.link.splitter import Splitter
from tests.captures import stream
from tests.unit.calls.support import calls, run

NAMES = ("answered", "abandoned-queue", "second-operator", "transfer-ami-blind", "hold-by-park")
STAMP = re.compile(rb"(?m)^Timestamp: (\d+)")


def stepped(data: bytes, after: int, seconds: int) -> list[Packet]:
    """The packets of a capture, those from number ``after`` on stamped ``seconds`` later (negative: earlier)."""
    blocks = data.split(b"\r\n\r\n")
    late = [STAMP.sub(lambda found: b"Timestamp: %d" % (int(found[1]) + seconds), block) for block in blocks[after:]]
    joined = b"\r\n\r\n".join([*blocks[:after], *late]) + b"\r\n\r\n"
    return [packet for packet in Splitter().feed(joined) if isinstance(packet, Packet)]


@pytest.mark.parametrize("seconds", [-3600, -1, 3600])
@pytest.mark.parametrize(
    "name", ["answered", "abandoned-queue", "second-operator", "transfer-ami-blind", "hold-by-park"]
)
def test_a_clock_that_is_set_makes_no_second_call_and_no_other_outcome(name: str, seconds: int) -> None:
    data = stream(name)
    whole = {key: (c.outcome, c.operators, c.ended_by) for key, c in calls(run(stepped(data, 0, 0))).items()}
    for after in range(0, data.count(b"\r\n\r\n"), 7):
        state, drafts = CallsState("p"), []
        for packet in stepped(data, after, seconds):
            drafts += reduce(state, packet)
        found = calls(drafts)
        assert {key: (c.outcome, c.operators, c.ended_by) for key, c in found.items()} == whole, after
        assert all(c.held_us >= 0 for c in found.values())
        ids = [draft.id for draft in drafts]
        assert len(ids) == len(set(ids))
