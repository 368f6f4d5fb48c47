"""Consoles that vanish: a telephone whose operator's screen is dead should ring for nobody, except as the last one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from data.clock import SECOND, Micros
from data.entry import Draft
from data.side import Presence
from telephony import commands
from telephony.bridge.executor import last_ready_alarm


def vanished(
    sessions: Iterable[Presence],
    members: Mapping[tuple[str, str], str],
    at: Micros,
    *,
    vanish_s: float,
    pbx: str,
    queue: str,
    bridge: str,
) -> list[Draft]:
    """Commands that pause the telephones of consoles without a sign of life for ``vanish_s`` seconds.

    The last one that is ready is never paused: an alarm instead. The ids depend on the session and its last sign of
    life, so two bridges, or one that asks every second, ask once. Pure.
    """
    ready = {operator for (name, operator), state in members.items() if name == queue and state != "paused"}
    drafts: list[Draft] = []
    for session in sorted(sessions, key=lambda s: s.seen_at):
        operator = session.endpoint
        if operator is None or operator not in ready or at - session.seen_at <= round(vanish_s * SECOND):
            continue
        if ready == {operator}:
            cause = _id(session, pbx, "last")
            drafts.append(last_ready_alarm(bridge, operator, cause))
            continue
        drafts.append(
            commands.request(
                pbx,
                "pause",
                actor=f"bridge:{bridge}",
                terminal=session.terminal,
                operator=operator,
                queue=queue,
                reason=commands.VANISHED,
                id=_id(session, pbx, ",".join(sorted(ready))),
                at=at,
            )
        )
        ready.discard(operator)
    return drafts


def _id(session: Presence, pbx: str, why: str) -> str:
    """Shaped like :func:`data.entry.new_id`, made of what is known: the same for everybody who sees the same."""
    digest = hashlib.sha256(f"{session.token}\n{pbx}\n{why}".encode()).hexdigest()
    return f"{session.seen_at // 1000:012x}{digest[:16]}"
