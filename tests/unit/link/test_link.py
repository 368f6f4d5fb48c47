from __future__ import annotations

import ssl
import subprocess
import threading

import pytest

from telephony.link.errors import LoginRefused, RightMissing, TlsFailed, Unreachable
from telephony.link.inbox import LinkFailed
from telephony.link.link import Link
from tests.unit.link.conftest import Taken, pbx_of
from tests.unit.link.fake_ami import until


def test_it_connects_again_after_a_clean_end_a_reset_and_a_silence(serve, link):
    server = serve()
    _, taken = link(server, dead_seconds=1.5)
    assert taken.has("LinkUp", 1)
    server.conn(1).event("First")
    server.conn(1).fin()
    assert taken.has("LinkUp", 2)
    server.conn(2).reset()
    assert taken.has("LinkUp", 3)
    server.handler = lambda conn, fields: conn is server.conns[2]  # this one is half-open from now on
    assert taken.has("LinkUp", 4)
    server.conn(4).event("Last")
    assert taken.has("Last")
    marks = [kind for kind in taken.kinds() if kind.startswith("Link")]
    assert marks == ["LinkUp", "LinkDown"] * 3 + ["LinkUp"]
    assert taken.kinds().index("First") < taken.kinds().index("LinkDown")


def test_it_retries_from_the_very_first_attempt_on(serve, link):
    server = serve()
    server.refuse()
    _, taken = link(server)
    assert taken.has("LinkFailed", 3)
    failed = [i for i in taken.items if isinstance(i, LinkFailed)]
    assert [f.attempt for f in failed[:3]] == [1, 2, 3]
    assert isinstance(failed[0].error, Unreachable)
    server.listen()
    assert taken.has("LinkUp")


def test_a_refused_login_is_told_and_tried_again(serve, link):
    server = serve()
    server.secret = "other"
    _, taken = link(server)
    assert taken.has("LinkFailed")
    assert isinstance(taken.items[0].error, LoginRefused)
    server.secret = "s3cret"
    assert taken.has("LinkUp")


def test_twenty_restarts_leave_no_thread_and_no_descriptor(serve, link):
    from pathlib import Path

    server = serve()
    _, taken = link(server)
    assert taken.has("LinkUp")
    threads, files = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    for number in range(1, 21):
        server.conn(number).fin()
        assert taken.has("LinkUp", number + 1)
    assert until(lambda: threading.active_count() <= threads)
    assert len(list(Path("/proc/self/fd").iterdir())) <= files + 1


def test_events_of_two_connections_are_never_spliced(serve, link):
    server = serve()
    _, taken = link(server)
    assert taken.has("LinkUp")
    server.conn(1).send(b"Event: A\r\nHalf: ")
    server.conn(1).fin()
    assert taken.has("LinkUp", 2)
    server.conn(2).send(b"Event: B\r\nWhole: 1\r\n\r\n")
    assert taken.has("B")
    assert "A" not in taken.kinds()


def test_stopping_ends_everything(serve, link):
    server = serve()
    made, taken = link(server)
    assert taken.has("LinkUp")
    made.stop()
    assert server.conn().closed.wait(60)
    assert made.connection is None
    assert not [t for t in threading.enumerate() if t.name in ("ami-test", "link-test")]


def test_stopping_during_an_attempt_to_connect_leaves_nothing_behind(serve, link):
    server = serve(banner=None)  # it lets us wait for its banner
    made, taken = link(server, connect_seconds=1.5)
    conn = server.conn()
    made.stop()
    assert conn.closed.wait(60)
    assert until(lambda: not [t for t in threading.enumerate() if t.name in ("ami-test", "link-test")])
    assert "LinkUp" not in taken.kinds()
    assert len(server.conns) == 1


def test_a_missing_right_is_named_and_the_calls_are_watched_all_the_same(serve, link):
    def handler(conn, fields):
        if fields["Action"] != "ListCommands":
            return False
        aid = fields["ActionID"].encode()
        conn.send(b"Response: Success\r\nActionID: " + aid + b"\r\nPing: Keepalive (Priv: <none>)\r\n\r\n")
        return True

    made, taken = link(serve(handler), required=("Ping", "Redirect", "QueueAdd"))
    assert taken.has("LinkFailed")
    failed = next(i for i in taken.items if isinstance(i, LinkFailed))
    assert isinstance(failed.error, RightMissing)
    assert "Redirect, QueueAdd" in str(failed.error)
    assert made.connection is not None


def test_an_exchange_that_is_still_starting_is_asked_for_its_rights_once_more(serve, link):
    """It takes logins before it has loaded its modules, and then lacks their actions for a moment."""
    asked = []

    def handler(conn, fields):
        head = b"Response: Success\r\nActionID: " + fields["ActionID"].encode() + b"\r\n"
        if fields["Action"] == "Login":
            conn.send(head + b"Message: Authentication accepted\r\n\r\n")  # and no FullyBooted yet
        elif fields["Action"] == "ListCommands":
            asked.append(conn)
            more = b"QueueAdd: Add (Priv: agent)\r\n" if len(asked) > 1 else b""
            conn.send(head + more + b"Redirect: Send (Priv: call)\r\n\r\n")
            if len(asked) == 1:
                conn.send(b"Event: FullyBooted\r\nUptime: 1\r\n\r\n")
        else:
            return False
        return True

    made, taken = link(serve(handler), required=("Redirect", "QueueAdd"))
    assert until(lambda: len(asked) == 2)
    assert made.connection.action("Ping").wait(10).response == "Success"
    assert taken.has("FullyBooted")
    assert not [item for item in taken.items if isinstance(item, LinkFailed)]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=exchange",
         "-addext", "subjectAltName=DNS:exchange", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


def tls_context(folder) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_tls_with_the_right_authority_and_name_carries_everything(serve, link, certificate):
    def handler(conn, fields):
        if fields["Action"] == "Flood":
            conn.send(b"".join(b"Event: N\r\nI: %d\r\nPad: %s\r\n\r\n" % (n, b"p" * 200) for n in range(5000)))
        return False

    server = serve(handler, tls=tls_context(certificate))
    made, taken = link(server, tls=True, ca=str(certificate / "cert.pem"), tls_name="exchange")
    assert taken.has("FullyBooted")
    made.connection.action("Flood")
    assert taken.has("N", 5000)
    assert [i.get("I") for i in taken.items if getattr(i, "name", "") == "N"] == [str(n) for n in range(5000)]
    assert made.connection.action("Echo").wait(60).response == "Success"


@pytest.mark.parametrize("more", [{"tls_name": "exchange"}, {"ca": True, "tls_name": "somebody-else"}])
def test_tls_with_a_wrong_authority_or_name_is_refused(serve, certificate, more):
    if more.get("ca"):
        more = more | {"ca": str(certificate / "cert.pem")}
    server = serve(tls=tls_context(certificate))
    made = Link(pbx_of(server, tls=True, **more))
    made.start()
    taken = Taken(made.inbox)
    assert taken.has("LinkFailed")
    made.stop()
    assert isinstance(taken.items[0].error, TlsFailed)
    assert "certificate" in str(taken.items[0].error)


def test_tls_towards_a_plain_port_is_named(serve):
    made = Link(pbx_of(serve(), tls=True))
    made.start()
    taken = Taken(made.inbox)
    assert taken.has("LinkFailed")
    made.stop()
    assert isinstance(taken.items[0].error, TlsFailed)
