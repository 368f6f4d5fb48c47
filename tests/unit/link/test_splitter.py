from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.link.packet import END
from telephony.link.splitter import KEPT, Oversize, Splitter


def feed(splitter: Splitter, data: bytes, cuts: list[int]) -> list[bytes | int]:
    """What comes out: the packets' bytes, for an oversize one its size."""
    out: list[bytes | int] = []
    at = 0
    for cut in [*sorted(c % (len(data) + 1) for c in cuts), len(data)]:
        for item in splitter.feed(data[at:cut]):
            out.append(item.size if isinstance(item, Oversize) else item.raw)
        at = cut
    return out


PIECES = st.lists(
    st.sampled_from([b"Event: A\r\nX: 1", b"\r\n", b"\r", b"\n", END, b"Event: B\r\n", b"y" * 900, b"z" * 3000]),
    max_size=30,
)


@given(PIECES, st.lists(st.integers(0, 100_000), max_size=20))
def test_the_packets_are_the_same_however_the_bytes_arrive(pieces: list[bytes], cuts: list[int]):
    data = b"".join(pieces)
    whole = Splitter(cap=KEPT)
    parts = Splitter(cap=KEPT)
    assert feed(parts, data, cuts) == feed(whole, data, [])
    assert parts.incomplete == whole.incomplete


@given(st.lists(st.integers(0, 100_000), max_size=20))
def test_a_packet_above_the_cap_is_named_and_costs_nobody_else(cuts: list[int]):
    data = b"Event: A\r\n\r\nEvent: Big\r\n" + b"x\r\n" * 5000 + b"\r\nEvent: B\r\nN: 1\r\n\r\n"
    found = feed(Splitter(cap=KEPT), data, cuts)
    assert found[0] == b"Event: A"
    assert found[1] == len(b"Event: Big\r\n" + b"x\r\n" * 5000) - 2
    assert found[2:] == [b"Event: B\r\nN: 1"]


def test_the_head_of_an_oversize_packet_is_kept_as_evidence():
    splitter = Splitter(cap=10_000)
    for _ in range(100):
        assert splitter.feed(b"Event: Big" + b"z" * 9_990) == []
    [item] = splitter.feed(END)
    assert isinstance(item, Oversize)
    assert item.size == 1_000_000
    assert item.head == (b"Event: Big" + b"z" * KEPT)[:KEPT]


def test_100_mb_without_an_end_do_not_fill_the_memory():
    splitter = Splitter(cap=1 << 20)
    chunk = b"X: " + b"z" * 65_000 + b"\r\n"
    for _ in range(1_600):
        splitter.feed(chunk)
    assert len(splitter._pending) < 1 << 20
    assert splitter.incomplete == 1_600 * len(chunk)


def test_the_work_grows_with_the_length_only():
    """8 times the bytes must not cost 64 times the time; the library's own splitter needs 38 s for 8 MB."""

    def cost(megabytes: int) -> float:
        line = b"Output: " + b"y" * 90 + b"\r\n"
        data = b"Response: Success\r\n" + line * (megabytes * 10_000) + b"\r\n"
        splitter = Splitter(cap=64 << 20)
        began = time.process_time()
        found = [p for at in range(0, len(data), 1024) for p in splitter.feed(data[at : at + 1024])]
        assert len(found) == 1
        return time.process_time() - began

    assert min(cost(8) for _ in range(2)) < 30 * max(min(cost(1) for _ in range(3)), 0.001)


def test_a_cap_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="at least"):
        Splitter(cap=10)
