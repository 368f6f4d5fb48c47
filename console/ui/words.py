"""How times, durations, states and roles are written on the screen: always a word, in the language spoken now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from console.i18n import N_, language, translate
from data.clock import SECOND, Micros
from telephony.commands import VANISHED, WRAPUP

ABBREVIATIONS = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
"""What Indonesia calls its zones; the tz database has only offsets for some."""

HEARS = {"listen": N_("heard by"), "whisper": N_("whispers:"), "barge": N_("joined by")}
"""A supervisor who takes part in a talk, before his name."""

STATES = {
    "arrived": N_("coming in"),
    "waiting": N_("waiting"),
    "ringing": N_("ringing"),
    "talking": N_("talking"),
    "held": N_("on hold"),
    "passed": N_("passed on"),
    "ended": N_("ended"),
    "calling": N_("calling back"),
    "reached": N_("called back"),
    "ready": N_("ready"),
    "paused": N_("paused"),
    "removed": N_("not signed on"),
    "added": N_("ready"),
    "": N_("unknown"),
    "new": N_("new"),
    "open": N_("open"),
    "active": N_("active"),
    "handed_over": N_("handed over"),
    "sent": N_("sent, not acknowledged"),
    "acknowledged": N_("acknowledged"),
    "refused": N_("refused"),
    "en_route": N_("en route"),
    "on_scene": N_("on scene"),
    "finished": N_("finished"),
    "stood_down": N_("stand-down, not acknowledged"),
    "stand_down_acknowledged": N_("stood down"),
    "withdrawn": N_("withdrawn at once"),
    "moved": N_("goes on with the other incident"),
    "closed": N_("closed"),
    "merged": N_("merged"),
    "acknowledgement": N_("not acknowledged in time"),
    "stand_down": N_("stand-down not acknowledged in time"),
    "refused_open": N_("refused, nobody else has it"),
    "primary": N_("primary"),
    "supporting": N_("supporting"),
}
"""Code -> message id of its word."""

PAUSES = {WRAPUP: N_("wrap-up"), VANISHED: N_("console gone")}
"""Why a bridge has paused a telephone."""

ROLES = {
    "calltaker": N_("call-taker"),
    "dispatcher": N_("dispatcher"),
    "supervisor": N_("supervisor"),
    "admin": N_("administrator"),
}

FIELD_NAMES = {
    "place": N_("Place"),
    "type": N_("Type"),
    "caller_name": N_("Caller"),
    "caller_number": N_("Number"),
    "address": N_("Address"),
    "narrative": N_("What"),
}

ORIGINS = {
    "call": N_("call"),
    "radio": N_("radio"),
    "walk_in": N_("walk-in"),
    "telephone": N_("other telephone"),
    "agency": N_("agency"),
    "other": N_("other"),
}
"""Where an incident comes from."""

UNIT_STATES = {
    "free": N_("free"),
    "asked": N_("asked for"),
    "en_route": N_("en route"),
    "on_scene": N_("on scene"),
    "stood_down": N_("told to stop"),
    "out_of_service": N_("out of service"),
}
"""What a unit is doing, see ``dispatch.units.queries``."""

UNIT_KINDS = {
    "ambulance": N_("ambulance"),
    "fire_engine": N_("fire engine"),
    "patrol": N_("patrol"),
    "rescue": N_("rescue"),
    "other": N_("other"),
    "": N_("typed, not registered"),
}
"""Kinds of units; "" of those that only were typed."""

OUTCOMES = {
    "incident": N_("incident created"),
    "attached": N_("attached to incident"),
    "informed": N_("informed"),
    "prank": N_("prank"),
    "false_emergency": N_("false emergency"),
    "silent": N_("silent"),
    "accidental": N_("accidental"),
    "cut_off": N_("cut off"),
}
"""The outcomes of a call, see ``telephony.calls.outcomes``."""

LOST_BY = {
    "abandoned": N_("gave up"),
    "pbx_lost": N_("lost with the exchange"),
    "cut_off": N_("cut off"),
    "silent": N_("silent"),
}
"""Why a number is to be called back."""

ATTEMPTS = {
    "asked": N_("calling"),
    "ringing": N_("calling"),
    "reached": N_("reached: give an outcome"),
    "operator_failed": N_("your telephone did not answer"),
    "failed": N_("not dialled"),
    "BUSY": N_("busy"),
    "NOANSWER": N_("no answer"),
    "CHANUNAVAIL": N_("cannot be reached"),
    "CONGESTION": N_("no line"),
    "CANCEL": N_("broken off"),
}
"""What came of calling back: the step, or how the network says that it ended."""

CALLBACK_RESULTS = {
    "not_reached": N_("not reached"),
    "wrong_number": N_("wrong number"),
    "not_needed": N_("not needed"),
}
"""How a number leaves the call-back list without its caller having been talked with."""

LATE_WITH = {
    "acknowledgement": N_("not acknowledged"),
    "en_route": N_("not on the way"),
    "on_scene": N_("not on scene"),
    "stand_down": N_("stand-down not known"),
}
"""What an agency is late with, after the word LATE."""

ESTIMATES = {"straight line": N_("straight line"), "round the lake": N_("round the lake")}
PLACE_KINDS = {
    "village": N_("village"),
    "district": N_("district"),
    "region": N_("region"),
    "neighbour_district": N_("district next door"),
    "reservoir": N_("reservoir"),
    "office": N_("office"),
    "road_km": N_("kilometre mark"),
    "coordinates": N_("coordinates"),
    "railway_station": N_("railway station"),
    "toll_gate": N_("toll gate"),
    "rest_area": N_("rest area"),
    "hospital": N_("hospital"),
    "landmark": N_("landmark"),
    "dam": N_("dam"),
}
"""Kinds of places; a pack may have more, which are shown as they are written."""

PAST = OUTCOMES | {
    "incident": N_("incident"),
    "attached": N_("attached"),
    "abandoned": N_("gave up"),
    "pbx_lost": N_("lost with the exchange"),
    "": N_("no outcome"),
}
"""What came of earlier calls, in few letters."""

MEANS = {"telephone": N_("telephone"), "radio": N_("radio"), "terminal": N_("terminal")}
CLOSE_RESULTS = {
    "done": N_("done"),
    "false_report": N_("false report"),
    "referred": N_("referred"),
    "no_response_needed": N_("no response needed"),
    "cancelled": N_("cancelled"),
}
FINISH_RESULTS = {
    "done": N_("done"),
    "nothing_found": N_("nothing found"),
    "called_off": N_("called off"),
    "passed_on": N_("passed on"),
}


class _Zone:
    name = "Asia/Jakarta"
    zone: tzinfo = ZoneInfo("Asia/Jakarta")


def set_zone(name: str) -> None:
    """Show times in this zone (an IANA name). Raises zoneinfo.ZoneInfoNotFoundError."""
    _Zone.zone = ZoneInfo(name)
    _Zone.name = name


class _Agencies:
    name: Callable[[str], str] = staticmethod(str)


def set_agency_names(name: Callable[[str], str]) -> None:
    """Call agencies by these names from now on: id -> name."""
    _Agencies.name = staticmethod(name)


def agency(id: str) -> str:
    """What an agency is called; its id when nobody said how."""
    return _Agencies.name(id)


def local(at: Micros) -> datetime:
    """The instant in the centre's zone."""
    return datetime.fromtimestamp(at / SECOND, UTC).astimezone(_Zone.zone)


def zone_word(at: Micros) -> str:
    """What the zone is called: WIB, WITA, WIT, or its abbreviation."""
    return ABBREVIATIONS.get(_Zone.name) or local(at).strftime("%Z")


def clock(at: Micros) -> str:
    """Time of day, 14:03:22."""
    return local(at).strftime("%H:%M:%S")


def day_and_time(at: Micros) -> str:
    """Date and time of day, 24/11/2026 14:03."""
    return local(at).strftime("%d/%m/%Y %H:%M")


def short_clock(at: Micros, now: Micros) -> str:
    """Time of day, with the date before it when it is not the same day as ``now``."""
    moment = local(at)
    return moment.strftime("%H:%M") if moment.date() == local(now).date() else moment.strftime("%d/%m %H:%M")


def elapsed(since: Micros, now: Micros) -> str:
    """A duration as m:ss, h:mm:ss or days; a clock that runs ahead shows 0:00."""
    seconds = max(0, now - since) // SECOND
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    if hours >= 48:
        return translate("{days} d {hours} h").format(days=hours // 24, hours=hours % 24)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def age(since: Micros, now: Micros) -> str:
    """A duration for a board: m:ss within the first hour, then 1h02; a clock that runs ahead shows 0:00."""
    minutes, second = divmod(max(0, now - since) // SECOND, 60)
    return f"{minutes}:{second:02d}" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02d}"


def state(code: str) -> str:
    """The word for a state; a code that has none is shown as it is."""
    return translate(STATES[code]) if code in STATES else code


SERVICES = ("handover", "bridge", "recordings")
"""How entries name the centre's own services as who did something; a bridge is named with its exchange."""


def actor(name: str) -> str:
    """Who did something: a person's login as it is, a service of the centre as "system"."""
    return translate(N_("system")) if name.partition(":")[0] in SERVICES else name


class _Pauses:
    english: Mapping[str, str] = {}


def set_pause_reasons(english: Mapping[str, str]) -> None:
    """Offer these reasons for a pause from now on: the reason -> its English name."""
    _Pauses.english = dict(english)


def pause_reasons() -> list[tuple[str, str]]:
    """The reasons that are offered for a pause: as they are kept, and as they are called in the language spoken now."""
    return [(reason, pause(reason)) for reason in _Pauses.english]


def pause(reason: str) -> str:
    """Why a telephone is paused; what a person has typed is shown as it is."""
    if language() == "en" and reason in _Pauses.english:
        return _Pauses.english[reason]
    return word(PAUSES, reason)


def pause_reason(typed: str) -> str:
    """The reason that a typed text means: one of those offered by either of its names, else the text itself."""
    wanted = typed.strip()
    for reason, english in _Pauses.english.items():
        if wanted.casefold() in (reason.casefold(), english.casefold()):
            return reason
    return wanted


def word(table: dict[str, str], code: str) -> str:
    """The word of ``code`` in one of the tables above, in the language spoken now."""
    return translate(table[code]) if code in table else code


def priority(value: int) -> str:
    """P1 to P4."""
    return f"P{value}"


def decimal(value: float, digits: int = 1) -> str:
    """A number as people write it: with a comma in Indonesian, with a point in English."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if language() == "id" else text


def distance(km: float | None) -> str:
    """A straight-line distance in km, or nothing when it is not known."""
    if km is None:
        return ""
    return f"{decimal(km)} km" if km < 10 else f"{km:.0f} km"


def metres(value: float) -> str:
    """A distance in m, or in km from 1000 m on."""
    return f"{value:.0f} m" if value < 1000 else distance(value / 1000)
