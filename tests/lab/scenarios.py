"""SIPp scenarios as text: a caller on the trunk, and a call-taker's telephone.

Times are milliseconds and stand literally in the scenario, which is written anew for every caller. What the caller says
about himself comes in by ``-key``, so that SIPp does not take brackets in a name for its own keywords.
"""

from __future__ import annotations

from dataclasses import dataclass

HANG_UP = "MESSAGE"
"""The request by which a test tells a caller to hang up now; the exchange sends none."""

_HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="{name}">\n'
_FOOT = "</scenario>\n"


@dataclass(frozen=True)
class Location:
    """A caller's place as the network sends it (RFC 6442, PIDF-LO): a point, a circle, an address, or a reference."""

    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    civic: tuple[tuple[str, str], ...] = ()
    """Elements of RFC 5139, as (("country", "ID"), ("A1", "Jawa Barat"), ("RD", "Jl. Veteran"))."""
    reference: str | None = None


def _sdp(direction: str = "sendrecv", version: int = 1) -> str:
    return "\n".join(
        (
            f"v=0\no=- 112 {version} IN IP[local_ip_type] [local_ip]",
            "s=-\nc=IN IP[media_ip_type] [media_ip]\nt=0 0",
            "m=audio [media_port] RTP/AVP 8 101\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000",
            f"a=fmtp:101 0-15\na=ptime:20\na={direction}",
        )
    )


def _send(message: str, **attributes: object) -> str:
    marks = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<send{marks}><![CDATA[\n{message}\n]]></send>\n"


def _message(first: str, headers: list[str], body: str = "", content: str = "application/sdp") -> str:
    kind = [f"Content-Type: {content}"] if body else []
    return "\n".join([first, *headers, *kind, "Content-Length: [len]", "", body])


# ------------------------------------------------------------------ the caller


def _caller_request(method: str, sequence: int, *, in_dialog: bool, extra: list[str] | None = None, **body: str) -> str:
    target = "[next_url]" if in_dialog else "sip:[service]@[remote_ip]:[remote_port]"
    peer = "[peer_tag_param]" if in_dialog else ""
    headers = [
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "From: [cname]<sip:[cnum]@[local_ip]:[local_port]>;tag=[pid]c[call_number]",
        f"To: <sip:[service]@[remote_ip]:[remote_port]>{peer}",
        "Call-ID: [call_id]",
        f"CSeq: {sequence} {method}",
        "Contact: <sip:caller@[local_ip]:[local_port]>",
        "Max-Forwards: 70",
        *(extra or []),
    ]
    return _message(f"{method} {target} SIP/2.0", headers, **body)


_CALLER_OK = _message(
    "SIP/2.0 200 OK",
    [
        "[last_Via:]",
        "[last_From:]",
        "[last_To:]",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        "Contact: <sip:caller@[local_ip]:[local_port]>",
    ],
)
_CALLER_OK_SDP = _message(
    "SIP/2.0 200 OK",
    [
        "[last_Via:]",
        "[last_From:]",
        "[last_To:]",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        "Contact: <sip:caller@[local_ip]:[local_port]>",
    ],
    _sdp(),
)


def caller(
    *,
    talk_ms: int | None,
    location: Location | None,
    sound: str | None,
    press: tuple[tuple[int, str], ...],
    headers: tuple[str, ...] = (),
) -> str:
    """A caller: dials, is answered, speaks; hangs up after ``talk_ms``, or when :data:`HANG_UP` comes (None: then only,
    unless the other side is first).

    ``press`` are keys pressed by SIP INFO: (ms after the answer or the key before, key); ``headers`` are further lines
    of the INVITE.
    """
    extra, body, content = _with_location(location)
    extra = [*extra, *headers]
    text = _HEAD.format(name="caller")
    text += _send(_caller_request("INVITE", 1, in_dialog=False, extra=extra, body=body, content=content), retrans=500)
    for code in (100, 180, 183):
        text += f'<recv response="{code}" optional="true"/>\n'
    text += '<recv response="200" rrs="true"/>\n' + _send(_caller_request("ACK", 1, in_dialog=True))
    if sound is not None:
        text += f'<nop><action><exec rtp_stream="{sound},-1,8"/></action></nop>\n'
    # Noted last before he listens: whoever has seen it may hang up, or tell him to, which SIPp does not expect before.
    text += '<nop><action><log message="answered"/></action></nop>\n'
    for number, (after_ms, key) in enumerate(press, 2):
        text += f'<pause milliseconds="{after_ms}"/>\n'
        info = _caller_request(
            "INFO", number, in_dialog=True, body=f"Signal={key}\nDuration=160\n", content="application/dtmf-relay"
        )
        text += _send(info, retrans=500) + '<recv response="200"/>\n'
    # (SIPp looks at the time limit of the first of several alternatives only, so both have it.)
    # Until the other side hangs up, he is told to, or for talk_ms; a re-INVITE (resumed from hold) is answered.
    limit = "" if talk_ms is None else f' timeout="{max(talk_ms, 1)}" ontimeout="3"'
    text += f'<label id="1"/>\n<recv request="INVITE" optional="true"{limit} next="2"/>\n'
    text += f'<recv request="{HANG_UP}" optional="true"{limit} next="3"/>\n'
    text += f'<recv request="BYE"{limit} next="4"/>\n<label id="2"/>\n'
    text += _send(_CALLER_OK_SDP, retrans=500) + '<recv request="ACK" next="1"/>\n<label id="3"/>\n'
    text += '<nop><action><log message="hangs up"/></action></nop>\n'
    text += _send(_caller_request("BYE", 90, in_dialog=True), retrans=500)
    text += '<recv response="200" next="5"/>\n<label id="4"/>\n' + _send(_CALLER_OK)
    text += '<nop><action><log message="was hung up on"/></action></nop>\n<label id="5"/>\n<nop/>\n'
    return text + _FOOT


def _with_location(location: Location | None) -> tuple[list[str], str, str]:
    """Headers, body and content type of the INVITE."""
    if location is None:
        return [], _sdp(), "application/sdp"
    if location.reference is not None:
        return [f"Geolocation: <{location.reference}>", "Geolocation-Routing: no"], _sdp(), "application/sdp"
    pidf = _PIDF.format(info=_location_info(location))
    body = "\n".join(
        (
            "--b112\nContent-Type: application/sdp\n",
            _sdp(),
            "\n--b112\nContent-Type: application/pidf+xml\nContent-ID: <loc1@sbc.invalid>\n",
            pidf,
            "--b112--",
        )
    )
    headers = ["Geolocation: <cid:loc1@sbc.invalid>", "Geolocation-Routing: yes", "MIME-Version: 1.0"]
    return headers, body, "multipart/mixed;boundary=b112"


def _location_info(location: Location) -> str:
    if location.civic:
        lines = "".join(f"<ca:{tag}>{value}</ca:{tag}>" for tag, value in location.civic)
        return f'<ca:civicAddress xml:lang="id">{lines}</ca:civicAddress>'
    place = f"<gml:pos>{location.lat:.6f} {location.lon:.6f}</gml:pos>"
    frame = 'srsName="urn:ogc:def:crs:EPSG::4326"'
    if location.radius_m is None:
        shape = f"<gml:Point {frame}>{place}</gml:Point>"
    else:
        radius = f'<gs:radius uom="urn:ogc:def:uom:EPSG::9001">{location.radius_m}</gs:radius>'
        shape = f"<gs:Circle {frame}>{place}{radius}</gs:Circle>"
    return shape + '<con:confidence pdf="normal">95</con:confidence>'


_PIDF = """<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" \
xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml" \
xmlns:gs="http://www.opengis.net/pidflo/1.0" xmlns:con="urn:ietf:params:xml:ns:geopriv:conf" \
xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr" entity="pres:caller@example.invalid">
<dm:device id="dev1"><gp:geopriv><gp:location-info>{info}</gp:location-info>
<gp:usage-rules><gp:retransmission-allowed>yes</gp:retransmission-allowed></gp:usage-rules><gp:method>GPS</gp:method>
</gp:geopriv><dm:timestamp>2026-11-24T02:00:00Z</dm:timestamp><dm:deviceID>mac:8asd7d7d70cf</dm:deviceID></dm:device>
</presence>
"""


# ------------------------------------------------------------------ the call-taker's telephone

_PHONE = "Contact: <sip:[me]@[local_ip]:[local_port];transport=[transport]>"
_INVITED = """<recv request="INVITE" crlf="true" rrs="true"><action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="hfrom"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="hto"/>
<ereg regexp="&lt;(sip:[^&gt;]+)&gt;" search_in="hdr" header="Contact:" assign_to="whole,rcontact"/>
<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="number"/>
<ereg regexp="answer-after=0" search_in="hdr" header="Call-Info:" assign_to="auto"/>
</action></recv>
"""
_USED = '<Reference variables="hfrom,hto,whole,rcontact,number,auto"/>\n'


def _reply(code: int, reason: str, *, tag: bool, body: str = "", of_invite: bool = False) -> str:
    mark = ";tag=[pid]o[call_number]" if tag else ""
    sequence = "CSeq: [$number] INVITE" if of_invite else "[last_CSeq:]"
    headers = [
        "[last_Via:]",
        "[last_From:]",
        f"[last_To:]{mark}",
        "[last_Call-ID:]",
        sequence,
        "[last_Record-Route:]",
        _PHONE,
    ]
    return _message(f"SIP/2.0 {code} {reason}", headers, body)


def _phone_request(method: str, sequence: int, extra: list[str] | None = None, body: str = "") -> str:
    headers = [
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "From:[$hto];tag=[pid]o[call_number]",
        "To:[$hfrom]",
        "Call-ID: [call_id]",
        f"CSeq: {sequence} {method}",
        _PHONE,
        "Max-Forwards: 70",
        *(extra or []),
    ]
    return _message(f"{method} [$rcontact] SIP/2.0", headers, body)


def _reinvite(sequence: int, direction: str) -> str:
    text = _send(_phone_request("INVITE", sequence, body=_sdp(direction, sequence)), retrans=500)
    text += '<recv response="100" optional="true"/>\n<recv response="200"/>\n'
    return text + _send(_phone_request("ACK", sequence))


def _cancelled() -> str:
    """The offer is withdrawn: 200 to the CANCEL, 487 to the INVITE."""
    text = _send(_reply(200, "OK", tag=True)) + _send(_reply(487, "Request Terminated", tag=True, of_invite=True))
    return text + '<recv request="ACK"/>\n'


BEHAVIOURS = ("answer", "desk", "noanswer", "busy", "decline", "hangup_after", "hold", "refer")


def telephone(behaviour: str, *, ring_ms: int, talk_ms: int, target: str, sound: str | None) -> str:
    """A telephone: ``behaviour`` is one of :data:`BEHAVIOURS`.

    answer: rings ``ring_ms``, answers, waits for the end · desk: rings until it is told to answer by itself (Call-Info
    answer-after=0) or the offer ends · noanswer: rings, whatever · busy (486), decline (603) · hangup_after: hangs up
    ``talk_ms`` after its answer · hold: 1 s after the answer holds for ``talk_ms``, then resumes · refer: ``talk_ms``
    after its answer transfers the caller to ``target`` (blind, by REFER).
    """
    if behaviour not in BEHAVIOURS:
        raise ValueError(f"{behaviour!r} is none of {', '.join(BEHAVIOURS)}")
    text = _HEAD.format(name=f"telephone-{behaviour}") + _INVITED
    if behaviour in {"busy", "decline"}:
        code, reason = (486, "Busy Here") if behaviour == "busy" else (603, "Decline")
        return text + _send(_reply(code, reason, tag=True), retrans=500) + '<recv request="ACK"/>\n' + _USED + _FOOT
    if behaviour == "desk":
        text += '<nop test="auto" next="12"/>\n'
    text += _send(_reply(180, "Ringing", tag=True))
    limit = f' timeout="{max(ring_ms, 1)}" ontimeout="12"' if behaviour not in {"noanswer", "desk"} else ""
    text += f'<recv request="CANCEL"{limit}/>\n' + _cancelled() + '<nop next="19"/>\n<label id="12"/>\n'
    text += _send(_reply(200, "OK", tag=True, body=_sdp(), of_invite=True), retrans=500)
    # The offer may have been withdrawn while the answer was on its way: then the far end sends ACK and BYE at once.
    text += '<recv request="CANCEL" optional="true" next="17"/>\n<recv request="ACK" next="18"/>\n<label id="17"/>\n'
    text += _send(_reply(200, "OK", tag=True)) + '<recv request="ACK"/>\n<label id="18"/>\n'
    text += '<nop><action><log message="answered"/></action></nop>\n'
    if sound is not None:
        text += f'<nop><action><exec rtp_stream="{sound},-1,8"/></action></nop>\n'
    if behaviour == "hold":
        text += _hold(talk_ms)
    elif behaviour == "refer":
        text += _refer(talk_ms, target)
    else:
        text += _until_bye(talk_ms if behaviour == "hangup_after" else None)
    return text + '<label id="19"/>\n<nop/>\n' + _USED + _FOOT


def _until_bye(limit_ms: int | None = None) -> str:
    """Waits for the far end's BYE, answering re-INVITEs; with ``limit_ms`` hangs up itself then."""
    limit = "" if limit_ms is None else f' timeout="{max(limit_ms, 1)}" ontimeout="24"'
    text = f'<label id="21"/>\n<recv request="INVITE" optional="true"{limit} next="22"/>\n'
    text += f'<recv request="BYE"{limit} next="23"/>\n<label id="22"/>\n'
    text += _send(_reply(200, "OK", tag=False, body=_sdp()), retrans=500) + '<recv request="ACK" next="21"/>\n'
    text += '<label id="24"/>\n' + _send(_phone_request("BYE", 90), retrans=500) + '<recv response="200" next="19"/>\n'
    return text + '<label id="23"/>\n' + _send(_reply(200, "OK", tag=False))


def _hold(talk_ms: int) -> str:
    text = '<pause milliseconds="1000"/>\n' + _reinvite(11, "sendonly") + f'<pause milliseconds="{talk_ms}"/>\n'
    return text + _reinvite(12, "sendrecv") + _until_bye()


def _refer(talk_ms: int, target: str) -> str:
    extra = [f"Refer-To: <sip:{target}@[remote_ip]:[remote_port]>", "Referred-By: <sip:[me]@[local_ip]>"]
    text = f'<pause milliseconds="{talk_ms}"/>\n' + _send(_phone_request("REFER", 11, extra), retrans=500)
    text += '<recv response="202"/>\n<label id="31"/>\n<recv request="NOTIFY" optional="true" next="32"/>\n'
    text += '<recv request="BYE" next="33"/>\n<label id="32"/>\n' + _send(_reply(200, "OK", tag=False), next="31")
    return text + '<label id="33"/>\n' + _send(_reply(200, "OK", tag=False))
