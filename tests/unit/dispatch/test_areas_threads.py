"""Several threads ask the map of a region while another one builds it: as in a console that has just started."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, threading
from console.compose import region_path
from data.pack import load_pack
from dispatch.places.areas import AreaMap

sys.setswitchinterval(0.0005)
pack = load_pack(region_path("purwakarta"))

for _ in range(4):
    areas = AreaMap(pack)
    def ask():
        for n in range(40):
            lat, lon = -6.52 - n / 1000, 107.30 + n / 500
            areas.round_the_lakes((lat, lon), (-6.56, 107.44))
            areas.area(lat, lon)
    threads = [threading.Thread(target=areas.warm), *(threading.Thread(target=ask) for _ in range(3))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("answered")
"""
"""A process of its own: what went wrong was its end by a segmentation fault."""


def test_threads_that_ask_while_the_map_is_built_are_all_answered() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "answered\n", "")
