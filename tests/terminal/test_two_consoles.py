"""Two real consoles on one incident: one winner and one clear message; and each sees what the other changed."""

from __future__ import annotations

import re
from collections.abc import Callable

from console.auth import set_password
from data.entry import new_id
from dispatch import desk as requests
from tests.lab.waiting import until
from tests.terminal.test_console_process import PASSWORD, Terminal, centre, pytestmark, start
from tests.unit.console.centre import Centre

__all__ = ["centre", "pytestmark", "start"]


def add(centre: Centre, login: str, role: str) -> None:
    from data.vocabulary.administration import UserCreated

    centre.append(f"user/{login}", UserCreated(login=login, roles=(role,), name=login.title()))
    set_password(centre.journal, "test", login, PASSWORD)


def an_incident(centre: Centre) -> str:
    """A house fire that the fire post was told of."""
    incident = new_id()
    place = requests.Place(name="Plered", lat=-6.6423, lon=107.38945)
    asked = requests.asked("budi", "desk-1")
    opened = requests.open_incident(centre.journal, asked, incident, place=place, type="house_fire", priority=1)
    wanted = requests.HandoverRequest(id=new_id(), agency="damkar-plered")
    requests.hand_over(centre.journal, requests.asked("budi", "desk-1"), incident, opened[-1].version, [wanted])
    return incident


def test_two_dispatchers_press_at_the_same_moment(centre: Centre, start: Callable[..., Terminal]) -> None:
    add(centre, "rina", "dispatcher")
    incident = an_incident(centre)
    consoles = {"sari": start("desk-2"), "rina": start("desk-3")}
    for login, console in consoles.items():
        console.sign_in(login)
    for login, console in consoles.items():
        console.shows("dikirim, belum diterima")
        console.press("a", f"kata {login}", "enter")
        console.shows("Lewat apa?")
    for console in consoles.values():
        console.press("t")
    (entry,) = until(
        lambda: [e for e in centre.journal.stream(f"incident/{incident}") if e.kind == "handover.acknowledged"]
    )
    (loser,) = set(consoles) - {entry.actor}
    consoles[entry.actor].shows(f"sudah menerima: kata {entry.actor}")
    consoles[loser].until(
        lambda: re.search(
            rf"{entry.actor}\s+mengubah\s+Damkar,\s+Pos\s+Wilayah\s+I\s+Plered\s+menjadi\s+diterima",
            consoles[loser].look(),
        ),
        "who was first, and what is so now",
    )
    for login, console in consoles.items():
        console.until(lambda c=console: re.search(r"Plered\s+diterima", c.look()), f"{login} sees it acknowledged")
    assert len([e for e in centre.journal.stream(f"incident/{incident}") if e.kind == "handover.acknowledged"]) == 1


def test_a_field_changed_at_another_desk_is_offered_beside_it_and_marked_for_the_dispatcher(
    centre: Centre, start: Callable[..., Terminal]
) -> None:
    add(centre, "tono", "calltaker")
    taker, dispatcher = start("desk-1"), start("desk-2")
    taker.sign_in()
    taker.press("jatiluhur", "enter", "tab", "tab", "tab", "depan SD", "tab", "tab")
    taker.shows("Insiden 1")
    taker.until(
        lambda: centre.journal.execute("SELECT 1 FROM incidents WHERE address = 'depan SD'").fetchone(), "saved"
    )
    dispatcher.sign_in("sari")
    dispatcher.shows("depan SD")
    (incident,) = centre.journal.execute("SELECT id FROM incidents").fetchone()

    def change(text: str, base: str) -> None:
        other = requests.asked("tono", "desk-9")
        requests.set_text(centre.journal, other, incident, "address", text, base=base)

    # In the middle of typing: the operator's text stays, the new value stands beside it; down takes it.
    taker.press("\x1b[Z", "\x1b[Z", " 3")
    taker.shows("depan SD 3")
    change("depan SMP", "depan SD")
    taker.shows("Alamat: depan SMP")
    taker.shows("depan SD 3")
    dispatcher.shows("DIUBAH tadi: depan SD")
    taker.press("down")
    taker.until(lambda: "depan SD 3" not in taker.look() and "depan SMP" in taker.look(), "theirs is taken")
    # Leaving the field keeps the own text instead.
    taker.press(" kanan")
    change("depan SMA", "depan SMP")
    taker.shows("Alamat: depan SMA")
    taker.press("tab")
    taker.until(
        lambda: centre.journal.execute("SELECT 1 FROM incidents WHERE address = 'depan SMP kanan'").fetchone(),
        "mine is kept, on the base of theirs",
    )
    dispatcher.shows("depan SMP kanan")
