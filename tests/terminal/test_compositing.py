"""Repainting a part paints what a repaint of the whole screen would."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from textual._compositor import Compositor
from textual.geometry import Region, Size

from console.ui.terminal.compositing import FrugalCompositor
from tests.unit.console.fake_desk import ME, FakeDesk, incident, my_call, waiting
from tests.unit.console.screens import app, shows


@some.composite
def places(draw: Any, size: Size) -> Region:
    x, y = draw(some.integers(0, size.width - 1)), draw(some.integers(0, size.height - 1))
    return Region(x, y, draw(some.integers(1, size.width - x)), draw(some.integers(1, size.height - y)))


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_what_changed_is_painted_as_in_a_picture_of_the_whole(size: tuple[int, int]) -> None:
    desk = FakeDesk()
    async with app(desk, ME).run_test(size=size) as pilot:
        desk.show(mine=my_call(), waiting=(waiting("call/pbx/2"),), incidents=(incident(),))
        await shows(pilot, "BICARA")
        compositor = pilot.app.screen._compositor
        assert isinstance(compositor, FrugalCompositor)
        whole = compositor._render_chops(compositor.size.region, lambda _y: True)

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(changed=some.sets(places(compositor.size), min_size=1, max_size=5))
        def painted(changed: set[Region]) -> None:
            compositor._dirty_regions = set(changed)
            update = compositor.render_partial_update()
            assert update is not None
            assert not compositor._dirty_regions
            assert update.spans == list(Compositor._regions_to_spans(changed))
            for y, left, right in update.spans:
                touched = [cut for cut, end in pairwise(compositor.cuts[y]) if cut < right and end > left]
                assert [update.chops[y][cut] for cut in touched] == [whole[y][cut] for cut in touched]

        painted()
        assert compositor.render_partial_update() is None


async def test_only_the_widgets_that_are_seen_there_are_asked() -> None:
    desk = FakeDesk()
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "F3")
        screen = pilot.app.screen
        asked = []
        for widget in screen.query("*"):
            lines = widget.render_lines
            widget.render_lines = lambda crop, lines=lines, widget=widget: (asked.append(widget.id), lines(crop))[1]
        compositor = screen._compositor
        compositor._dirty_regions = {Region(0, 0, 80, 1), compositor.visible_widgets[screen.query_one("#keys")][0]}
        compositor.render_partial_update()
        assert asked == ["head", "keys"] or asked == ["keys", "head"]
