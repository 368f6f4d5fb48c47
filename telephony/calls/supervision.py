"""A supervisor who listens, as the dialplan tells it (X112Listen)."""

from __future__ import annotations

import re
from urllib.parse import unquote

from data.entry import Draft
from data.vocabulary import supervision as v
from data.vocabulary.record import Record
from telephony.calls.names import call_stream, interface_of, known
from telephony.calls.packets import Happening

_JOB = re.compile(r"[0-9A-Za-z-]{1,64}\Z")
_MODES = frozenset({"listen", "whisper", "barge"})


def listens(h: Happening) -> None:
    """Somebody begins to listen, goes on in another mode, or hears no more; the command named Job asked for it."""
    job, step, mode = (h.packet.get(name) or "" for name in ("Job", "Step", "Mode"))
    body = _body(h, step, mode if mode in _MODES else "")
    if body is None or not _JOB.match(job):
        return
    stream = f"supervision/{h.state.pbx}/{job}"
    id = h.state.fact_id(stream, body.KIND, h.at)
    h.out.append(Draft(id=id, stream=stream, body=body, at=h.at, actor=h.state.actor))


def _body(h: Happening, step: str, mode: str) -> Record | None:
    if step == "ended":
        return v.SupervisionEnded()
    if step == "changed" and mode:
        return v.SupervisionChanged(mode=mode)
    telephone, operator = known(h.packet.get("Channel"), 120), known(h.packet.get("Operator"), 120)
    call = known(h.packet.get("Call"), 120)
    if step != "started" or not mode or telephone is None or operator is None or call is None:
        return None
    return v.SupervisionStarted(
        call=call_stream(h.state.pbx, call),
        operator=interface_of(operator),
        telephone=interface_of(telephone),
        mode=mode,
        by=known(unquote(h.packet.get("By") or ""), 80),
    )
