from __future__ import annotations

import pytest
from asterisk.ami import Action, SimpleAction
from hypothesis import given
from hypothesis import strategies as st

from telephony.link.actions import MAX_LINE, action, encode
from telephony.link.errors import ActionRefused


def test_an_action_is_written_header_by_header():
    data = encode(SimpleAction("Redirect", Channel="PJSIP/trunk-1", Priority=1), "id-7")
    assert data == b"Action: Redirect\r\nChannel: PJSIP/trunk-1\r\nPriority: 1\r\nActionID: id-7\r\n\r\n"


def test_repeated_headers_and_variables_can_be_said():
    data = encode(Action("Originate", {"Codecs": ["alaw", "ulaw"]}, {"A": "1", "B": "Doe, John"}), "1")
    assert b"Codecs: alaw\r\nCodecs: ulaw\r\nVariable: A=1\r\nVariable: B=Doe, John\r\n" in data


@pytest.mark.parametrize("evil", ["a\r\nAction: Command", "a\nSecret: x", "a\rb", "a\0b", "a\r\n\r\nAction: Logoff"])
@pytest.mark.parametrize("where", ["value", "key", "name", "variable", "variable's name", "list", "login"])
def test_a_line_break_or_nul_never_reaches_the_wire(evil: str, where: str):
    made = {
        "value": Action("Setvar", {"Value": evil}),
        "key": Action("Setvar", {evil: "1"}),
        "name": Action(evil),
        "variable": Action("Originate", {}, {"N": evil}),
        "variable's name": Action("Originate", {}, {evil: "1"}),
        "list": Action("Originate", {"Codecs": ["alaw", evil]}),
        "login": Action("Login", {"Username": evil, "Secret": "x"}),
    }[where]
    with pytest.raises(ActionRefused) as caught:
        encode(made, "1")
    assert caught.value.code == "action_refused"


def test_a_line_may_have_1022_bytes_and_not_one_more():
    room = MAX_LINE - len("Value: ")
    assert encode(action("Setvar", Value="x" * room), "1")
    with pytest.raises(ActionRefused, match="1023 bytes"):
        encode(action("Setvar", Value="x" * (room + 1)), "1")
    with pytest.raises(ActionRefused):
        encode(action("Setvar", Value="é" * room), "1")


def test_text_that_utf8_cannot_carry_is_refused():
    with pytest.raises(ActionRefused):
        encode(action("Setvar", Value="\udcff"), "1")


def test_keys_without_a_value_are_left_out_and_the_action_stays_as_it_was():
    made = action("QueueAdd", Queue="112", MemberName=None)
    encode(made, "1")
    encode(made, "2")
    assert made.keys == {"Queue": "112"}


def test_only_text_and_whole_numbers_are_values():
    with pytest.raises(ActionRefused, match="float"):
        encode(Action("X", {"A": 1.5}), "1")


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_accepted_is_one_packet_with_the_headers_asked_for(key: str, value: str):
    try:
        data = encode(Action("Setvar", {key: value}), "1")
    except ActionRefused:
        return
    head, body, *rest = data.decode().split("\r\n")
    assert head == "Action: Setvar"
    if key.lower() not in ("action", "actionid"):
        assert body == f"{key}: {value}"
        assert rest == ["ActionID: 1", "", ""]
    assert data.count(b"\r\n\r\n") == 1
    assert b"\n" not in data.replace(b"\r\n", b"")
