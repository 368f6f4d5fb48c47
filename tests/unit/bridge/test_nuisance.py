"""What the bridge tells the exchange of lowered numbers, and whom it lifts: the pure rules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from telephony.bridge.nuisance import changes, lifts
from telephony.nuisance.queries import Alert, InQueue

KEY = "6281200000007"
HERE = Alert(-6.55, 107.44, 1000, until=1)


def waits(since: int, priority: int = 10, key: str | None = None, *, inside: bool = False) -> InQueue:
    lat, lon = (-6.551, 107.441) if inside else (None, None)
    return InQueue(f"call/p/{since}", f"PJSIP/trunk-{since}", since, since, priority, key, lat, lon)


keys = st.text("0123456789", min_size=5, max_size=20)


@given(st.dictionaries(keys, st.integers(0, 2**40)), st.dictionaries(keys, st.text(max_size=5)))
def test_after_the_changes_the_store_is_as_wanted(wanted: dict[str, int], there: dict[str, str]) -> None:
    store = dict(there)
    for item in changes(wanted, there):
        key, _, until = item.partition(":")
        if until:
            store[key] = until
        else:
            del store[key]
    assert store == {key: str(until) for key, until in wanted.items()}
    assert changes(wanted, store) == []


def test_who_is_near_a_live_incident_is_lifted_and_who_is_elsewhere_is_not() -> None:
    near, far = waits(1, 1, KEY, inside=True), waits(2, 1, "628999")
    assert [(lift.caller, lift.why) for lift in lifts([far, near], [HERE], {KEY: 1, "628999": 1})] == [
        (near, "vicinity")
    ]
    assert lifts([far, near], [], {KEY: 1, "628999": 1}) == []


def test_who_is_not_lowered_any_more_is_lifted() -> None:
    one = waits(1, 1, KEY)
    assert [lift.why for lift in lifts([one], [], {})] == ["cleared"]


def test_who_came_before_him_stays_before_him_and_who_was_put_back_to_the_head_is_left_alone() -> None:
    early, back, him, late = waits(1), waits(2, 100), waits(3, 1, KEY, inside=True), waits(4)
    found = lifts([late, him, back, early], [HERE], {KEY: 1})
    assert [(lift.caller.since, lift.why) for lift in found] == [(1, "order"), (3, "vicinity")]


@given(st.lists(st.tuples(st.sampled_from([1, 10, 20, 100]), st.booleans()), max_size=12))
def test_after_lifting_everybody_who_was_lifted_overtakes_nobody(people: list[tuple[int, bool]]) -> None:
    queue = [waits(n, priority, KEY, inside=inside) for n, (priority, inside) in enumerate(people)]
    places = {caller.call: (-caller.priority, caller.since) for caller in queue}
    lifted = lifts(queue, [HERE], {KEY: 1})
    for turn, lift in enumerate(lifted):
        places[lift.caller.call] = (-20, 1000 + turn)  # the exchange puts him behind the others of that priority
    for lift in lifted:
        for other in queue:
            if other.since < lift.caller.since and other.priority in (10, 100):
                assert places[other.call] < places[lift.caller.call]
