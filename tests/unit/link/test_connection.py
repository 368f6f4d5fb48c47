from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from asterisk.ami import AMIClientAdapter, SimpleAction

from telephony.link.connection import Connection
from telephony.link.errors import (
    ActionFailed,
    ActionRefused,
    LinkError,
    LinkLost,
    LoginRefused,
    LoginUnanswered,
    ReplyTimeout,
    RightMissing,
    Unreachable,
    WrongBanner,
)
from telephony.link.inbox import Inbox, LinkDown, LinkUp
from telephony.link.packet import Packet
from telephony.link.splitter import Oversize
from tests.unit.link.conftest import pbx_of
from tests.unit.link.fake_ami import listing, until


def attempt(server, error, **more):
    before = threading.active_count()
    with pytest.raises(error) as caught:
        Connection(pbx_of(server, **more), Inbox()).open()
    assert until(lambda: threading.active_count() <= before + 1), "a thread was left behind"
    return caught.value


# ---------------------------------------------------------------- connecting


def test_a_login_is_told_in_order_before_its_events(serve, connect):
    server = serve()
    _, taken = connect(server)
    assert taken.has("FullyBooted")
    assert taken.kinds()[:2] == ["LinkUp", "FullyBooted"]
    up = taken.items[0]
    assert isinstance(up, LinkUp)
    assert up.version == "11.0.0"
    assert dict(server.conn().actions[0])["Events"] == "on"


@pytest.mark.parametrize(
    ("banner", "said"),
    [(b"HTTP/1.1 400 Bad\r\n", "HTTP/1.1"), (None, "says nothing"), (b"x" * 300, "xxx"), (b"\xff\xfe\r\n", "answers")],
)
def test_what_is_no_ami_is_named(serve, banner, said):
    server = serve(banner=banner)
    error = attempt(server, WrongBanner, connect_seconds=0.2)
    assert said in str(error)
    assert str(server.port) in str(error)


def test_a_server_that_closes_before_its_banner_is_named(serve):
    server = serve(banner=None)
    threading.Thread(target=lambda: server.conn().fin(), daemon=True).start()
    assert "closes" in str(attempt(server, WrongBanner))


def test_a_closed_port_is_unreachable(serve):
    server = serve()
    server.refuse()
    assert "cannot connect" in str(attempt(server, Unreachable))


def test_a_wrong_secret_says_so_and_names_the_user(serve):
    error = attempt(serve(), LoginRefused, secret="wrong")
    assert "Authentication failed" in str(error)
    assert "siaga112" in str(error)
    assert "wrong" not in str(error)


def test_a_login_that_is_never_answered_is_named_and_the_connection_closed(serve):
    server = serve()
    server.mute = True
    assert attempt(server, LoginUnanswered, login_seconds=0.2).code == "login_unanswered"
    assert server.conn().closed.wait(60)


def test_a_connection_closed_at_the_login_is_named(serve):
    server = serve(lambda conn, fields: conn.fin() or True)
    assert "permit" in str(attempt(server, LoginRefused))


def test_a_connection_is_opened_once(serve, connect):
    connection, _ = connect(serve())
    with pytest.raises(LinkError):
        connection.connect()
    assert len([t for t in threading.enumerate() if t.name == "ami-test"]) == 1


# ---------------------------------------------------------------- its end


def test_all_complete_packets_before_the_end_are_delivered_then_the_end(serve, connect):
    server = serve()
    _, taken = connect(server)
    burst = b"".join(b"Event: B\r\nN: %d\r\n\r\n" % n for n in range(200))
    server.conn().send(burst + b"Event: Partial\r\nN: 1\r\n")
    server.conn().fin()
    assert taken.has("LinkDown")
    assert taken.kinds().count("B") == 200
    down = taken.items[-1]
    assert isinstance(down, LinkDown)
    assert down.code == "closed_by_pbx"
    assert "incomplete" in down.reason
    assert "Partial" not in taken.kinds()


def test_a_reset_ends_the_connection_and_fails_what_was_asked(serve, connect):
    server = serve(lambda conn, fields: fields["Action"] == "Slow")
    connection, taken = connect(server, reply_seconds=30)
    reply = connection.action("Slow")
    assert until(lambda: "Slow" in server.conn().names())
    server.conn().reset()
    with pytest.raises(LinkLost):
        reply.wait(60)
    assert taken.has("LinkDown")
    with pytest.raises(LinkLost):
        connection.action("Ping")


def test_an_idle_link_lives_on_its_pings(serve, connect):
    server = serve()
    connection, taken = connect(server, dead_seconds=1)
    assert until(lambda: server.conn().names().count("Ping") > 30, 60)
    assert not connection.finished.is_set()
    assert "LinkDown" not in taken.kinds()


def test_a_half_open_peer_is_dead_after_silence(serve, connect):
    server = serve()
    connection, taken = connect(server, dead_seconds=0.6)
    server.mute = True
    assert connection.finished.wait(60)
    assert taken.has("LinkDown")
    assert taken.items[-1].code == "silent"
    assert server.conn().closed.wait(60)


def test_events_alone_keep_the_link_alive(serve, connect):
    server = serve(lambda conn, fields: fields["Action"] == "Ping")
    connection, _ = connect(server, dead_seconds=2)
    for _ in range(40):
        server.conn().event("Tick")
        time.sleep(0.06)
    assert not connection.finished.is_set()


def test_a_peer_that_stops_reading_is_found_out(serve, connect):
    server = serve(small_buffer=True)
    connection, taken = connect(server, dead_seconds=0.6)
    conn = server.conn()
    stop = threading.Event()

    def chatter():
        while not stop.is_set():
            try:
                conn.event("Tick")
            except OSError:
                return
            time.sleep(0.05)

    threading.Thread(target=chatter, daemon=True).start()
    conn.reading.clear()
    with contextlib.suppress(LinkLost):
        for _ in range(20_000):
            connection.action("UserEvent", Data="x" * 900)
    assert connection.finished.wait(60)
    stop.set()
    conn.reading.set()
    assert taken.has("LinkDown")
    assert taken.items[-1].code == "stuck"


def test_closing_shuts_down_so_that_the_other_side_sees_it_at_once(serve, connect):
    server = serve()
    connection, taken = connect(server)
    connection.disconnect()
    assert server.conn().closed.wait(60)
    assert taken.has("LinkDown")
    connection.disconnect()
    assert taken.kinds().count("LinkDown") == 1


def test_a_process_that_was_stopped_does_not_take_the_exchange_for_dead(serve):
    """SIGSTOP for longer than dead_seconds, then SIGCONT: still linked, and what came meanwhile is delivered."""
    server = serve()
    code = (
        "import sys, time\n"
        "from telephony.link.connection import Connection\n"
        "from telephony.link.inbox import Inbox\n"
        "from telephony.settings import Pbx\n"
        f"pbx = Pbx(name='t', port={server.port}, secret='s3cret', ping_seconds=0.1, dead_seconds=1.5)\n"
        "inbox = Inbox(); c = Connection(pbx, inbox); c.open()\n"
        "print('up', flush=True)\n"
        "names = []\n"
        "while 'Last' not in names:\n"
        "    names += [getattr(i, 'name', type(i).__name__) for i in inbox.take(0.1)]\n"
        "print(names, c.finished.is_set(), flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
        os.kill(child.pid, signal.SIGSTOP)
        server.conn().event("Meanwhile")
        time.sleep(2)
        os.kill(child.pid, signal.SIGCONT)
        time.sleep(0.5)
        server.conn().event("Last")
        out, _ = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert "'Meanwhile'" in out
    assert "LinkDown" not in out
    assert out.strip().endswith("False")


# ---------------------------------------------------------------- actions and answers


def test_every_send_has_a_new_id_so_one_action_can_be_sent_twice(serve, connect):
    held = []

    def handler(conn, fields):
        if fields["Action"] != "Status":
            return False
        held.append(fields["ActionID"])
        if len(held) == 2:
            for number, action_id in enumerate(held):
                conn.send(f"Response: Success\r\nActionID: {action_id}\r\nMessage: {number}\r\n\r\n".encode())
        return True

    connection, _ = connect(serve(handler))
    action = SimpleAction("Status")
    first, second = connection.send_action(action), connection.send_action(action)
    assert first.wait().get("Message") == "0"
    assert second.wait().get("Message") == "1"
    assert len(set(held)) == 2


def test_answers_find_their_askers_from_many_threads(serve, connect):
    connection, _ = connect(serve(), reply_seconds=30)
    wrong = []

    def work():
        for _ in range(100):
            reply = connection.action("Echo")
            if reply.wait(60).action_id != reply.action_id:
                wrong.append(reply)

    threads = [threading.Thread(target=work) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert wrong == []
    assert connection._replies == {}


def test_an_answer_that_does_not_come_is_a_timeout_and_is_forgotten(serve, connect):
    connection, _ = connect(serve(lambda conn, fields: fields["Action"] == "Nope"), reply_seconds=0.1)
    reply = connection.action("Nope")
    with pytest.raises(ReplyTimeout):
        reply.wait(60)
    assert connection._replies.keys() <= {k for k in connection._replies if k}  # nothing of it remains
    assert reply.action_id not in connection._replies


def test_an_error_of_the_exchange_and_a_missing_right_are_told_apart(serve, connect):
    def handler(conn, fields):
        message = {"Redirect": "No such channel", "Originate": "Permission denied"}.get(fields["Action"])
        if message is None:
            return False
        conn.send(f"Response: Error\r\nActionID: {fields['ActionID']}\r\nMessage: {message}\r\n\r\n".encode())
        return True

    connection, _ = connect(serve(handler))
    with pytest.raises(ActionFailed, match="No such channel"):
        connection.action("Redirect").ok()
    with pytest.raises(RightMissing, match="Originate"):
        connection.action("Originate").ok()
    assert connection.action("Redirect").response.is_error()


def test_an_event_list_comes_whole_and_not_among_the_events(serve, connect):
    def handler(conn, fields):
        if fields["Action"] != "QueueStatus":
            return False
        conn.event("Newchannel", Uniqueid="1")
        listing(conn, fields["ActionID"], [b"Event: QueueEntry\r\nPosition: %d" % n for n in range(3)], "Done")
        conn.event("Hangup", Uniqueid="1")
        return True

    connection, taken = connect(serve(handler))
    events = connection.action("QueueStatus").events(5)
    assert [e.name for e in events] == ["QueueEntry"] * 3 + ["Done"]
    assert taken.has("Hangup")
    assert taken.kinds() == ["LinkUp", "FullyBooted", "Newchannel", "Hangup"]


def test_a_list_that_is_never_completed_fails(serve, connect):
    def handler(conn, fields):
        if fields["Action"] != "QueueStatus":
            return False
        conn.send(f"Response: Success\r\nActionID: {fields['ActionID']}\r\nEventList: start\r\n\r\n".encode())
        return True

    connection, _ = connect(serve(handler), reply_seconds=0.1)
    with pytest.raises(ReplyTimeout):
        connection.action("QueueStatus").events(5)
    assert connection._lists == {}


def test_an_injection_is_refused_before_anything_is_sent(serve, connect):
    server = serve()
    connection, _ = connect(server)
    with pytest.raises(ActionRefused):
        connection.action("Setvar", Value="Ann\r\n\r\nAction: Command\r\nCommand: core stop now")
    with pytest.raises(LinkError):
        connection.send("Action: Command\r\n\r\n")
    connection.action("Echo").wait(60)
    assert set(server.conn().names()) <= {"Login", "Ping", "Echo"}
    assert set(connection._replies) == set()


def test_many_large_actions_arrive_whole_though_the_peer_reads_late(serve, connect):
    server = serve(small_buffer=True)
    connection, _ = connect(server, dead_seconds=60, reply_seconds=60)
    server.conn().reading.clear()
    replies = [connection.action("UserEvent", Seq=n, Data="x" * 900) for n in range(3000)]
    server.conn().reading.set()
    assert all(r.wait(60).response == "Success" for r in replies)
    seen = [dict(f) for f in server.conn().actions if dict(f)["Action"] == "UserEvent"]
    assert [f["Seq"] for f in seen] == [str(n) for n in range(3000)]
    assert {len(f["Data"]) for f in seen} == {900}


# ---------------------------------------------------------------- what arrives


def test_text_that_comes_byte_by_byte_is_whole(serve, connect):
    server = serve()
    _, taken = connect(server)
    for byte in "Event: Y\r\nName: Łódź €𝄞 żółw\r\n\r\n".encode():
        server.conn().send(bytes([byte]))
    assert taken.has("Y")
    assert taken.items[-1].get("Name") == "Łódź €𝄞 żółw"


def test_a_packet_above_the_cap_is_reported_in_its_place(serve, connect):
    server = serve()
    _, taken = connect(server, packet_cap=65_536)
    server.conn().event("Before")
    server.conn().send(b"Event: Huge\r\n" + b"X: y\r\n" * 100_000 + b"\r\n")
    server.conn().event("After")
    assert taken.has("After")
    assert taken.kinds()[-3:] == ["Before", "Oversize", "After"]
    assert isinstance(taken.items[-2], Oversize)
    assert taken.items[-2].head.startswith(b"Event: Huge")


def test_garbage_between_events_is_handed_on_and_harms_nothing(serve, connect):
    server = serve()
    _, taken = connect(server)
    server.conn().send(b"\x00\xff no header at all\r\n\r\n")
    server.conn().event("Next")
    assert taken.has("Next")
    assert [i.raw for i in taken.items if isinstance(i, Packet) and not i.name] == [b"\x00\xff no header at all"]


def test_nobody_takes_and_nothing_is_dropped_but_an_alarm_is_raised(serve, connect):
    server = serve()
    connection, taken = connect(server, backlog=1000)
    chunk = b"".join(b"Event: N\r\nI: %d\r\n\r\n" % n for n in range(5000))
    for _ in range(4):
        server.conn().send(chunk)
    assert until(lambda: taken.inbox.waiting >= 20_000)
    assert not connection.finished.is_set()
    assert taken.kinds().count("N") == 20_000
    assert taken.kinds().count("Backlog") == 1
    order = [int(i.get("I")) for i in taken.items if isinstance(i, Packet) and i.name == "N"]
    assert order == list(range(5000)) * 4
    assert taken.inbox.waiting == 0


# ---------------------------------------------------------------- the library's own interface


def test_a_listener_that_fails_or_is_slow_harms_neither_link_nor_others(serve, connect):
    server = serve()
    connection, taken = connect(server)
    seen, other = [], []

    def bad(event, source):
        seen.append(event.name)
        time.sleep(0.2)
        raise ValueError("boom")

    connection.add_event_listener(bad)
    connection.add_event_listener(lambda event, source: other.append(event.name))
    for number in range(3):
        server.conn().event(f"E{number}")
    assert taken.has("E2")
    assert until(lambda: other == ["E0", "E1", "E2"])
    assert seen == ["E0", "E1", "E2"]
    assert connection.action("Ping").wait(60).get("Ping") == "Pong"


def test_a_listener_may_ask_the_exchange_and_remove_itself(serve, connect):
    server = serve()
    connection, _ = connect(server)
    answers, other = [], []

    def once(event, source):
        answers.append(source.send_action(SimpleAction("Ping")).response.status)
        source.remove_event_listener(once)

    connection.add_event_listener(once)
    connection.add_event_listener(lambda event, source: other.append(event.name))
    server.conn().event("E1")
    server.conn().event("E2")
    assert until(lambda: other == ["E1", "E2"])
    assert answers == ["Success"]


def test_a_listener_with_some_methods_only_hears_those(serve, connect):
    class Some:
        def __init__(self):
            self.heard = []

        def on_event(self, source, event):
            self.heard.append(event.name)

        def on_disconnect(self, source, error=None):
            self.heard.append("end")

    server = serve()
    connection, _ = connect(server)
    some = connection.add_listener(Some())
    server.conn().event("E")
    assert until(lambda: some.heard == ["E"])
    server.conn().fin()
    assert until(lambda: some.heard == ["E", "end"])


def test_a_failing_callback_and_the_adapter(serve, connect):
    connection, _ = connect(serve())
    heard = []

    def callback(response):
        heard.append(response.status)
        raise ValueError("boom")

    adapter = AMIClientAdapter(connection)
    assert adapter.Ping(_callback=callback).response.status == "Success"
    assert until(lambda: heard == ["Success"])
    assert connection.action("Ping").wait(60)


def test_attribute_filters_are_refused_because_they_match_what_lacks_the_attribute(serve, connect):
    connection, _ = connect(serve())
    with pytest.raises(ValueError, match="Queue"):
        connection.add_event_listener(lambda **_: None, Queue="112")


def test_nothing_is_printed(serve, connect, capfd):
    server = serve()
    connection, taken = connect(server)
    connection.add_event_listener(lambda event, source: None)
    server.conn().send(b"rubbish\r\n\r\n")
    server.conn().event("E")
    assert taken.has("E")
    connection.disconnect()
    assert capfd.readouterr().out == ""


def test_ids_are_unique_across_threads_and_connections(serve, connect):
    server = serve()
    one, _ = connect(server)
    other, _ = connect(server)
    ids: list[list[str]] = [[] for _ in range(8)]
    threads = [
        threading.Thread(target=lambda found=found, c=c: found.extend(c.next_action_id() for _ in range(5000)))
        for found, c in zip(ids, [one, other] * 4, strict=True)
    ]
    [t.start() for t in threads]
    [t.join() for t in threads]
    everything = [i for found in ids for i in found]
    assert len(set(everything)) == len(everything) == 40_000


def test_an_action_id_of_the_callers_own_is_replaced(serve, connect):
    connection, _ = connect(serve())
    reply = connection.send_action(SimpleAction("Ping", ActionID=5))
    assert reply.wait(60).action_id == reply.action_id != "5"


def test_an_old_answer_with_free_text_is_matched_by_its_first_id(serve, connect):
    def handler(conn, fields):
        if fields["Action"] != "Command":
            return False
        body = f"Response: Follows\r\nPrivilege: Command\r\nActionID: {fields['ActionID']}\r\n"
        conn.send(body.encode() + b"ActionID: zzz\nfoo: bar\nplain line\n--END COMMAND--\r\n\r\n")
        return True

    connection, _ = connect(serve(handler))
    assert "plain line" in (connection.action("Command", Command="x").wait(60).all("ActionID")[1])


def test_a_header_of_a_megabyte_arrives(serve, connect):
    server = serve()
    _, taken = connect(server)
    server.conn().event("VarSet", Value="v" * (1 << 20))
    assert taken.has("VarSet")
    assert len(taken.items[-1].get("Value")) == 1 << 20


def test_a_script_ends_with_its_main_thread_and_nothing_deprecated_is_used(serve):
    server = serve()
    code = (
        "from telephony.link.connection import Connection\n"
        "from telephony.link.inbox import Inbox\n"
        "from telephony.settings import Pbx\n"
        f"c = Connection(Pbx(name='t', port={server.port}, secret='s3cret'), Inbox()); c.open()\n"
        "c.add_event_listener(lambda event, source: None)\n"
        "print(c.action('Ping').response.status)\n"
    )
    command = [sys.executable, "-W", "error::DeprecationWarning", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("Success\n", "", 0)


def test_the_inbox_hears_of_the_end_before_whoever_waits_for_it(serve):
    """Else the next connection's LinkUp could stand before this LinkDown, and the bridge would take itself for cut."""

    class Slow(Inbox):
        def put(self, items):
            if any(isinstance(item, LinkDown) for item in items):
                time.sleep(0.2)
            super().put(items)

    server, inbox = serve(), Slow()
    connection = Connection(pbx_of(server), inbox)
    connection.open()
    server.conn().fin()
    assert connection.finished.wait(60)
    assert any(isinstance(item, LinkDown) for item in inbox.take(0))
