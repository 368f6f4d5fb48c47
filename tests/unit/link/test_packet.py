from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.link.objects import to_event, to_response
from telephony.link.packet import END, Packet, split, unescape

NEWCHANNEL = (
    b"Event: Newchannel\r\nPrivilege: call,all\r\nTimestamp: 1795490154.286260\r\nChannel: PJSIP/trunk-0000000c\r\n"
    b"CallerIDName: %s\r\nUniqueid: 1.1\r\nChanVariable: A=1\r\nChanVariable: B=x=y\r\nAccountCode: "
)


def test_an_event_has_a_name_and_a_response_has_none():
    assert Packet(b"Event: Hangup\r\nUniqueid: 1").name == "Hangup"
    assert Packet(b"Response: Success\r\nMessage: x").name == ""
    assert Packet(b"Response: Success\r\nMessage: x").response == "Success"
    assert Packet(b"rubbish").name == ""
    assert Packet(b"rubbish").response is None


def test_headers_are_found_by_their_exact_key():
    packet = Packet(NEWCHANNEL % b"Mario")
    assert packet.get("Channel") == "PJSIP/trunk-0000000c"
    assert packet.get("AccountCode") == ""
    assert packet.get("Chan") is None
    assert packet.get("channel", "-") == "-"
    assert packet.get("Event") == "Newchannel"
    assert packet.all("ChanVariable") == ["A=1", "B=x=y"]
    assert packet.all("Nothing") == []


def test_the_timestamp_is_exact_to_the_microsecond():
    assert Packet(NEWCHANNEL % b"x").timestamp == 1795490154286260
    assert Packet(b"Event: X\r\nTimestamp: soon").timestamp is None
    assert Packet(b"Event: X").timestamp is None


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e", "\n", "\r"])
def test_only_crlf_ends_a_line_so_a_name_cannot_bring_its_own_headers(mark: str):
    packet = Packet(NEWCHANNEL % f"Ann{mark}Uniqueid: 666.6{mark}CallerIDNum: 999".encode())
    assert packet.get("Uniqueid") == "1.1"
    assert packet.get("CallerIDNum") is None
    assert to_event(packet).keys["Uniqueid"] == "1.1"


def test_the_first_of_repeated_headers_counts():
    assert Packet(b"Event: X\r\nQueue: 112\r\nQueue: 999").get("Queue") == "112"


def test_names_are_c_unescaped_where_asterisk_escapes_them():
    packet = Packet(NEWCHANNEL % rb"Ann \"the\" \\ \r\nUniqueid: 6")
    assert packet.get("CallerIDName") == 'Ann "the" \\ \r\nUniqueid: 6'
    assert Packet(rb"Event: VarSet" + b"\r\nVariable: A\r\n" + rb"Value: a\tb").get("Value") == "a\tb"
    assert Packet(rb"Event: X" + b"\r\n" + rb"DestCallerIDName: \'").get("DestCallerIDName") == "'"


def test_what_asterisk_does_not_escape_stays_as_it_is():
    assert Packet(b"Event: QueueEntry\r\n" + rb"CallerIDName: a\nb").get("CallerIDName") == r"a\nb"
    assert Packet(b"Event: X\r\n" + rb"AppData: a\nb").get("AppData") == r"a\nb"
    assert unescape(r"\x \0") == r"\x \0"


def test_invalid_utf8_is_replaced_and_its_bytes_kept_as_evidence():
    packet = Packet(NEWCHANNEL % b"\xc2\xe8\xf2 \xff")
    assert "\ufffd" in (packet.get("CallerIDName") or "")
    assert base64.b64decode(packet.evidence() or "") == packet.raw
    assert Packet(NEWCHANNEL % "Łódź €𝄞".encode()).evidence() is None
    assert Packet(NEWCHANNEL % b"\xed\xa0\x80").get("CallerIDName", "").encode("utf-8")  # no surrogate comes through


def test_a_header_without_a_blank_counts_too():
    packet = Packet(b"Event: UserEvent\r\nUserEvent: X112\r\nPrio:1\r\nEmpty:\r\nOk: 2")
    assert (packet.get("Prio"), packet.get("Empty"), packet.get("Ok")) == ("1", "", "2")


def test_a_stray_blank_line_costs_no_event():
    packets, rest = split(b"\r\n\r\nEvent: A\r\nX: 1\r\n\r\n\r\nEvent: B\r\n\r\nEvent: C\r\nhalf")
    assert [p.name for p in packets] == ["A", "B"]
    assert rest == b"Event: C\r\nhalf"


def test_the_librarys_objects_have_repeated_headers_as_lists_and_keep_blanks():
    event = to_event(Packet(b"Event: AgentCalled\r\nVariable: a=1\r\nVariable: b=2\r\nQueue: 112"))
    assert event.name == "AgentCalled"
    assert event.keys == {"Variable": ["a=1", "b=2"], "Queue": "112"}
    response = to_response(Packet(b"Response: Success\r\nOutput:   Name\r\nOutput: \r\nOutput: end\r\nplain line"))
    assert response.status == "Success"
    assert response.keys["Output"] == ["  Name", "", "end"]
    assert response.follows == ["plain line"]


HEADERS = st.lists(
    st.tuples(
        st.from_regex(r"[A-Za-z]{1,12}", fullmatch=True).filter(lambda k: k not in ("Event", "Response")),
        st.binary(max_size=40).filter(lambda v: b"\r\n" not in v and not v.endswith(b"\r") and not v.startswith(b"\n")),
    ),
    max_size=8,
)


@given(HEADERS)
def test_every_header_reads_as_what_was_sent(headers: list[tuple[str, bytes]]):
    raw = b"Event: Any" + b"".join(b"\r\n" + k.encode() + b": " + v for k, v in headers)
    packet = Packet(raw)
    for key in {k for k, _ in headers}:
        sent = [v.decode("utf-8", "replace") for k, v in headers if k == key]
        if not key.endswith(("CallerIDName", "ConnectedLineName")):
            assert packet.all(key) == sent
            assert packet.get(key) == sent[0]


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(raw: bytes):
    for packet in split(raw + END)[0]:
        packet.headers(), packet.timestamp, packet.evidence(), packet.action_id, packet.response
        to_event(packet), to_response(packet)
