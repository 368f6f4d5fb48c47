"""What the exchange does not allow, and what a hostile caller can't do to it."""

from __future__ import annotations

import socket
import ssl

import pytest

from tests.lab import AmiClient, AmiError, Exchange
from tests.lab.ami import first

pytestmark = pytest.mark.asterisk


def refused(session: AmiClient, action: str, **fields: str) -> str:
    """The reason for which ``action`` is refused."""
    answer = session.try_action(action, **fields)[0]
    assert first(answer, "Response") == "Error", answer
    return first(answer, "Message")


NEEDED = {
    "CoreStatus": {},
    "CoreShowChannels": {},
    "QueueStatus": {"Queue": "112"},
    "ParkedCalls": {},
    "DeviceStateList": {},
    "DBGetTree": {"Family": "nuisance"},
    "Status": {},
    "Ping": {},
}
"""What the bridge asks for its picture of the exchange after a login."""


@pytest.mark.parametrize("action", NEEDED)
def test_the_bridge_gets_its_picture(shared_exchange: Exchange, action: str) -> None:
    shared_exchange.ami("siaga112").action(action, **NEEDED[action])


def test_the_bridge_works_on_members(shared_exchange: Exchange) -> None:
    session = shared_exchange.ami("siaga112")
    member = {"Queue": "112", "Interface": "PJSIP/op4"}
    session.action("QueueAdd", MemberName="op4", StateInterface="PJSIP/op4", Paused="true", **member)
    session.action("QueuePause", Paused="false", **member)
    session.action("QueueRemove", **member)


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("Command", {"Command": "core show channels"}),
        ("Originate", {"Channel": "Local/112@from-trunk", "Application": "System", "Data": "id"}),
        ("Originate", {"Channel": "Local/112@from-trunk", "Context": "waiting", "Exten": "s", "Priority": "1"}),
        ("UpdateConfig", {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"}),
        ("UserEvent", {"UserEvent": "X112End"}),
        ("MixMonitor", {"Channel": "PJSIP/x", "File": "x.wav", "Command": "id"}),
        ("DBDel", {"Family": "held", "Key": "x"}),
        ("DBPut", {"Family": "held", "Key": "x", "Val": "1"}),
        ("DBPut", {"Family": "nuisance", "Key": "6281200000001", "Val": "1"}),
        ("DBDelTree", {"Family": "nuisance"}),
        ("GetConfig", {"Filename": "manager.conf"}),
        ("ModuleLoad", {"LoadType": "reload"}),
        ("DialplanExtensionAdd", {"Context": "waiting", "Extension": "s", "Priority": "1", "Application": "NoOp"}),
    ],
)
def test_the_bridge_may_not(shared_exchange: Exchange, action: str, fields: dict[str, str]) -> None:
    assert refused(shared_exchange.ami("siaga112"), action, **fields) == "Permission denied"


@pytest.mark.parametrize("function", ["SHELL(id)", "FILE(/etc/passwd)", "CURL(http://127.0.0.1/)", "ENV(HOME)"])
def test_no_function_of_the_dialplan_reaches_the_machine(shared_exchange: Exchange, function: str) -> None:
    answer = shared_exchange.ami("siaga112").try_action("Getvar", Variable=function)[0]
    assert first(answer, "Value") == ""


@pytest.mark.parametrize("application", ["System", "TrySystem", "AGI", "ExternalIVR", "SendText"])
def test_the_exchange_has_no_application_that_reaches_the_machine(shared_exchange: Exchange, application: str) -> None:
    assert "Your application(s) is (are) not registered" in shared_exchange.cli(f"core show application {application}")


def test_the_dialling_user_starts_calls_and_nothing_else(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    session = exchange.ami("siaga112-dial")
    with exchange.operator("op1"):
        session.action(
            "Originate", Channel="PJSIP/op1", Application="Wait", Data="1", Async="true", ChannelId="lab-call-1"
        )
        exchange.harness.event("Newstate", Uniqueid="lab-call-1", ChannelStateDesc="Up")
        exchange.harness.event("Hangup", Uniqueid="lab-call-1")
    denied = {"Channel": "PJSIP/op1", "Application": "System", "Data": "id"}
    assert "Access Forbidden" in refused(session, "Originate", **denied)
    for action in ("CoreShowChannels", "DBDel", "Redirect", "QueueAdd", "Hangup"):
        assert refused(session, action, Channel="x", Family="claim", Key="x", Queue="112") == "Permission denied"


def test_wrong_secrets_are_refused_and_the_wrong_user_too(shared_exchange: Exchange) -> None:
    for user, secret in (("siaga112", "wrong-wrong-wrong"), ("nobody", shared_exchange.ami_secret)):
        with pytest.raises(AmiError, match="Authentication failed"):
            AmiClient(shared_exchange.ami_port, user, secret)


def test_ami_over_tls_answers_a_client_that_knows_the_certificate() -> None:
    with Exchange(tls=True) as exchange:
        assert exchange.tls_port is not None
        trust = ssl.create_default_context(cafile=str(exchange.certificate))
        with (
            socket.create_connection(("127.0.0.1", exchange.tls_port), 30) as plain,
            trust.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            assert secure.recv(100).startswith(b"Asterisk Call Manager/")
            assert secure.version() in {"TLSv1.2", "TLSv1.3"}


def test_the_bridge_is_spared_the_noise(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    exchange.sign_in("op1")
    with exchange.ami("siaga112") as lean, exchange.ami("harness") as all_of_it, exchange.operator("op1"):
        caller = exchange.caller(talk_s=None)
        call = first(lean.event("AgentConnect"), "Uniqueid")
        caller.hang_up()
        lean.event("Hangup", Uniqueid=call)
        all_of_it.event("Hangup", Uniqueid=call)
    exchange.sign_out("op1")
    names = {first(p, "Event") for p in lean.packets if "Event" in p}
    assert not names & {"Newexten", "VarSet", "RTCPSent", "CEL", "Cdr", "MusicOnHoldStart", "NewConnectedLine"}
    needed = {"Newchannel", "QueueCallerJoin", "AgentCalled", "AgentConnect", "BridgeEnter", "AgentComplete", "Hangup"}
    assert needed | {"UserEvent", "DeviceStateChange", "QueueMemberStatus", "FullyBooted"} <= names
    assert {first(p, "Queue") for p in lean.events("QueueMemberStatus")} == {"112"}
    assert len(lean.raw) * 2 < len(all_of_it.raw)


HOSTILE = {
    "markup": "[b][/x][@click=app.quit]x[/]",
    "formula": "=1+1;@SUM(A1)",
    "dialplan": "${SHELL(id)}$[1+1]",
    "quotes": 'a"b\\"c\\',
    "separators": "a|b,c;d&e^f",
    "bidi": "\u202eKRADEMUL\u202c\u2066x",
    "lines": "a\u2028b\u2029c\u0085d",
    "escape": "\x1b]0;owned\x07\x1b[2J",
    "c1": "\u009b2J",
    "long": "A" * 10_000,
    "emoji": "Budi \U0001f525" * 10,
    "nothing": "",
}


def test_hostile_names_arrive_and_break_nothing(shared_exchange: Exchange) -> None:
    """Every name rings, the stream stays whole, and no word of it becomes a header, a variable or a command."""
    exchange = shared_exchange
    exchange.sign_in("op1")
    with exchange.ami("siaga112") as ami, exchange.operator("op1", ring_s=0.05, sound=False):
        for number, (kind, name) in enumerate(HOSTILE.items()):
            mark = len(ami.packets)
            caller = exchange.caller(talk_s=None, number=f"+6281{number:04}", name=name, sound=False)
            joined = ami.event("AgentConnect", 60, mark, CallerIDNum=f"+6281{number:04}")
            caller.hang_up()
            ami.event("Hangup", 60, mark, Uniqueid=first(joined, "Uniqueid"))
            shown = first(joined, "CallerIDName")
            assert "\r" not in shown, kind
            assert "\n" not in shown, kind
            assert "uid=" not in shown, kind
    exchange.sign_out("op1")
    for packet in ami.packets:
        assert "Event" in packet or "Response" in packet, packet
        assert not [key for key in packet if not key.replace("-", "").isalnum()], packet
    numbers = {f"+6281{number:04}" for number in range(len(HOSTILE))}
    rows = [row for row in exchange.cel_rows() if row.event == "CHAN_START" and row.number in numbers]
    assert len(rows) == len(HOSTILE), "the archive keeps its columns"


@pytest.mark.parametrize(
    "number",
    [
        "%0D%0AAction%3A%20Logoff",
        "%0d%0a%0d%0aEvent%3A%20Hangup%0d%0aUniqueid%3A%20x",
        "1%0AEvent:%20Hangup",
        "%00",
        "%1b%5b2J",
        "+62811%7f",
    ],
)
def test_a_number_with_line_ends_in_it_starts_no_line_and_is_a_call_all_the_same(
    shared_exchange: Exchange, number: str
) -> None:
    exchange = shared_exchange
    with exchange.ami("siaga112") as ami:
        mark = len(ami.packets)
        caller = exchange.caller(talk_s=None, number=number)
        joined = ami.event("QueueCallerJoin", 60, mark)
        assert first(joined, "CallerIDNum") == "anonymous"
        caller.hang_up()
        ami.event("Hangup", 60, mark, Uniqueid=first(joined, "Uniqueid"))
        ami.action("Ping")
    for packet in ami.packets[mark:]:
        assert "Event" in packet or "Response" in packet, packet
        assert "Action" not in packet
        assert len(packet.get("Event", [])) <= 1
        assert "Privilege" in packet or "Response" in packet


def test_line_ends_in_an_asserted_identity_start_no_line(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    asserted = "P-Asserted-Identity: <sip:%0D%0AAction%3A%20Logoff@sbc.invalid>"
    with exchange.ami("siaga112") as ami:
        caller = exchange.caller(talk_s=None, number="+62811", headers=(asserted,))
        joined = ami.event("QueueCallerJoin")
        assert first(joined, "CallerIDNum") == "anonymous"
        caller.hang_up()
        ami.event("Hangup", Uniqueid=first(joined, "Uniqueid"))
    assert not [packet for packet in ami.packets if "Action" in packet]


def test_the_asserted_identity_of_the_network_is_the_number(shared_exchange: Exchange) -> None:
    with shared_exchange.ami("siaga112") as ami:
        asserted = 'P-Asserted-Identity: "Siti" <sip:+6281377778888@sbc.invalid>'
        caller = shared_exchange.caller(talk_s=None, number="anonymous", name="Anonymous", headers=(asserted,))
        assert first(ami.event("QueueCallerJoin"), "CallerIDNum") == "+6281377778888"
        caller.hang_up()


def test_line_ends_in_the_called_number_reach_no_event(shared_exchange: Exchange) -> None:
    with shared_exchange.ami("harness") as ami:
        caller = shared_exchange.caller(talk_s=0.3, dialled="112%0D%0AAction%3A%20Logoff")
        assert caller.wait() != 0, "the exchange knows no such number"
        ami.action("Ping")
    assert not [packet for packet in ami.packets if "Action" in packet]


def test_only_the_trunk_may_bring_calls(shared_exchange: Exchange) -> None:
    """Neither a stranger's address nor an odd header from there gets in."""
    for number in ("+62811", "%0D%0Ax"):
        with shared_exchange.ami("siaga112") as ami:
            stranger = shared_exchange.caller(talk_s=0.3, number=number, address="127.0.0.3")
            assert stranger.wait() != 0
            assert not ami.events("Newchannel")
