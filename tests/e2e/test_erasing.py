"""Erasing while the centre works: services and consoles go on, and what they show is what is left."""

import json

import pytest

from tests.e2e.centre import PASSWORD
from tests.e2e.test_listening import command
from tests.e2e.test_one_call import sign_in

pytestmark = [pytest.mark.asterisk, pytest.mark.terminal]

GONE, NEXT = "+6281234500031", "+6281234500032"


def answered(centre, exchange, siti, number, name):
    """A call from its ring to its outcome."""
    caller = exchange.caller(talk_s=None, number=number, name=name)
    siti.until(rf"(RINGS HERE|WAITING).*\{number}")
    siti.keys("F3")
    siti.until(rf"TALKING.*\{number}")
    siti.keys("F9")
    siti.until("n informed")
    siti.keys("n")
    centre.until(lambda: centre.rows("SELECT 1 FROM calls WHERE number = ? AND outcome > ''", number), "it is over")
    caller.done()


def test_open_screens_and_services_go_on_with_what_is_left(centre, exchange):
    exchange.softphone("op1")
    siti = sign_in(centre, "siti", "desk-1", "READY")
    answered(centre, exchange, siti, GONE, "Ibu Ratna")
    command(siti, "recent")
    siti.until("Ibu Ratna")
    services = [centre.service_pid(name) for name in ("bridge:lab", "handover")]

    password = centre.data / "password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)
    told = centre.siaga(
        "erase", "--number", GONE, "--reason", "diminta", "--user", "admin", "--password-file", str(password),
        "--yes", "--json",
    )  # fmt: skip
    assert json.loads(told.stdout)["erased"]

    # The list that stands open has him no more, without a restart; neither has what is opened now.
    centre.until(lambda: "Ratna" not in siti.screen() and GONE not in siti.screen(), "the screen has let go of him")
    siti.keys("Escape")
    siti.until("READY")

    # Nobody was restarted, and the next call goes its way.
    answered(centre, exchange, siti, NEXT, "Pak Joko")
    assert [centre.service_pid(name) for name in ("bridge:lab", "handover")] == services
    assert centre.siaga("verify").returncode == 0
    assert [e.kind for e in centre.entries("personal.erased")] == ["personal.erased"]
    files = b"".join(path.read_bytes() for path in centre.data.glob("journal.sqlite*"))
    assert GONE.encode() not in files and b"Ratna" not in files
    assert NEXT.encode() in files
