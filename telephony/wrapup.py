"""Wrap-up: a moment without calls for an operator whose call is over and has no outcome yet.

Pure. What ought to be is computed from what is, again and again: a telephone that is paused for a wrap-up without a
reason for it is made ready, whoever paused it and whatever was killed meanwhile. Callers come first: nobody waits
because somebody writes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from data.clock import SECOND, Micros
from data.entry import Draft
from telephony import commands
from telephony.commands import WRAPUP

LONG_WAIT_S = 5
"""A caller who has waited so long needs every telephone, though some of those that ring seem to be free."""

SKEW_S = 5
"""The exchange's clock may be ahead of ours by so much."""

AGAIN_S = 15
"""Seconds after which a telephone is made ready once more, should it not have helped."""


class Debt(msgspec.Struct, frozen=True):
    """The last call of an operator, which is over and has no outcome; he left it at ``left_at``."""

    call: str
    left_at: Micros


class Phone(msgspec.Struct, frozen=True):
    """A telephone of the queue, as it is now."""

    operator: str
    paused: bool = False
    reason: str = ""
    """Why it is paused."""
    since: Micros = 0
    """Since when it is paused or ready."""
    busy: bool = False
    """It is in a call, or has one on hold."""
    rings: bool = False
    reachable: bool = True
    attended: bool = True
    """A console with this telephone gives signs of life."""
    debt: Debt | None = None
    begun: bool = False
    """A wrap-up was asked for because of that debt already."""

    @property
    def wrapping(self) -> bool:
        """Paused for a wrap-up, and by nobody for anything else."""
        return self.paused and self.reason == WRAPUP


def plan(
    phones: Iterable[Phone], waiting: Sequence[Micros], at: Micros, wrap_s: float
) -> tuple[list[Phone], list[Phone]]:
    """Which telephones are to be paused for a wrap-up, and which of those that are so are to be made ready.

    ``waiting``: since when each caller waits whom no operator has; ``wrap_s``: how long a wrap-up lasts, 0: there is
    none. A wrap-up is given once for a call, to somebody whose console lives, and only as long as another telephone
    can be reached and no caller waits for this one.
    """
    known = sorted(phones, key=lambda phone: phone.operator)
    ends = [phone for phone in known if phone.wrapping and not _due(phone, at, wrap_s)]
    rest = [phone for phone in known if phone.wrapping and phone not in ends]
    rest.sort(key=lambda phone: (phone.debt.left_at if phone.debt is not None else 0, phone.operator))
    ready = [phone for phone in known if not phone.paused and phone.reachable] + _useful(ends)
    free = sum(not phone.busy for phone in ready)
    long = any(at - since >= LONG_WAIT_S * SECOND for since in waiting)
    while rest and waiting and (long or free < len(waiting)):
        phone = rest.pop(0)
        ends.append(phone)
        ready += _useful([phone])
        free += len(_useful([phone]))
    begins: list[Phone] = []
    for phone in known:
        if phone.paused or phone.busy or phone.rings or phone.begun or not _due(phone, at, wrap_s):
            continue
        others = [other for other in ready if other.operator != phone.operator]
        left = sum(not other.busy for other in others)
        if others and not long and left >= len(waiting):
            begins.append(phone)
            ready = others
    return begins, ends


def _due(phone: Phone, at: Micros, wrap_s: float) -> bool:
    if phone.debt is None or phone.busy or not phone.attended:
        return False
    return -SKEW_S * SECOND <= at - phone.debt.left_at < round(wrap_s * SECOND)


def _useful(phones: Iterable[Phone]) -> list[Phone]:
    return [phone for phone in phones if phone.reachable]


def begin(phone: Phone, *, pbx: str, queue: str, bridge: str, at: Micros) -> Draft:
    """The command that pauses ``phone``; the same of every bridge, so that a call has one wrap-up at most."""
    assert phone.debt is not None
    return _command("pause", phone, begin_id(phone.operator, phone.debt), pbx=pbx, queue=queue, bridge=bridge, at=at)


def end(phone: Phone, *, pbx: str, queue: str, bridge: str, at: Micros) -> Draft:
    """The command that makes ``phone`` ready, the same of every bridge; another one after a while if it is needed."""
    tried = max(0, at - phone.since) // (AGAIN_S * SECOND)
    id = _id(phone.since, pbx, phone.operator, f"ready {tried}")
    return _command("ready", phone, id, pbx=pbx, queue=queue, bridge=bridge, at=at)


def begin_id(operator: str, debt: Debt) -> str:
    """The id of the command by which the wrap-up of that call begins."""
    return _id(debt.left_at, debt.call, operator, "pause")


def _command(action: str, phone: Phone, id: str, *, pbx: str, queue: str, bridge: str, at: Micros) -> Draft:
    return commands.request(
        pbx, action, actor=f"bridge:{bridge}", terminal="", operator=phone.operator, queue=queue, reason=WRAPUP, id=id,
        at=at,
    )  # fmt: skip


def _id(moment: Micros, *parts: str) -> str:
    """Shaped like :func:`data.entry.new_id`, made of what is known: the same for everybody who sees the same."""
    digest = hashlib.sha256("\n".join((WRAPUP, str(moment), *parts)).encode()).hexdigest()
    return f"{moment // 1000:012x}{digest[:16]}"
