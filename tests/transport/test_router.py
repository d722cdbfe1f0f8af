import select

import pytest
import trio
import trio.testing
import zmq

from stui_actors.errors import ConfigError
from stui_actors.transport.address import Address
from stui_actors.transport.monitor import Monitor
from stui_actors.transport.router import RECEIVE_CAP

from .conftest import Recorder, receive


@pytest.fixture
async def echo(router, nursery):
    recorder = Recorder(router)
    nursery.start_soon(router.serve, recorder)
    return recorder


@pytest.mark.parametrize(
    ("kind", "options", "sent", "answered"),
    [
        (zmq.REQ, {}, [b"hello"], [b"re:hello"]),
        (zmq.REQ, {"req_correlate": 1}, [b"hello"], [b"re:hello"]),
        (zmq.DEALER, {}, [b"hello"], [b"re:hello"]),
        (zmq.DEALER, {}, [b"", b"hello"], [b"", b"re:hello"]),
        (zmq.DEALER, {}, [b"hop", b"", b"hello"], [b"hop", b"", b"re:hello"]),
        (zmq.DEALER, {}, [*[b"hop"] * 8, b"", b"hello"], [*[b"hop"] * 8, b"", b"re:hello"]),
    ],
)
async def test_a_reply_repeats_the_frames_up_to_the_first_empty_one(peers, echo, kind, options, sent, answered):
    peer = peers.connect(kind, **options)

    peer.send_multipart(sent)

    assert await receive(peer) == answered


@pytest.mark.parametrize("sent", [[b"", b"a", b"b"], [b"", b""], [b"a", b"b"], [b"", *[b"x"] * 5000]])
async def test_a_shape_that_leaves_room_for_a_reply_is_reported_for_one(router, peers, echo, sent):
    peers.connect().send_multipart(sent)

    await echo.until(lambda heard: heard.faults)

    assert echo.faults[0][0].envelope == ((b"",) if sent[0] == b"" else ())
    assert echo.messages == []
    assert router.counts.malformed == 1


@pytest.mark.parametrize("sent", [[b""], [b"a", b""], [*[b"x"] * 9, b"", b"a"], [b"x"] * 20])
async def test_a_shape_without_room_for_a_reply_is_dropped_and_counted(router, peers, echo, sent):
    peer = peers.connect()
    peer.send_multipart(sent)
    peer.send(b"after")

    assert await receive(peer) == [b"re:after"]
    assert echo.faults == []
    assert router.counts.dropped == 1


@pytest.mark.parametrize("identity", [b"a", b"x" * 255, b"nul\x00", b"\x1b[31m"])
async def test_any_routing_id_is_served(peers, echo, identity):
    peer = peers.connect(routing_id=identity)

    peer.send(b"hello")

    assert await receive(peer) == [b"re:hello"]
    assert echo.messages[0][0].connection == identity


async def test_a_send_that_swallows_the_signal_of_a_message_wakes_the_receiver(router, peers, echo):
    quiet, loud = peers.connect(), peers.connect()
    quiet.send(b"first")
    await receive(quiet)
    address = echo.messages[0][0]
    descriptor = select.poll()
    descriptor.register(router._socket.fileno(), select.POLLIN)
    swallowed = 0
    for _ in range(40):
        await trio.testing.wait_all_tasks_blocked(0.005)
        loud.send(b"news")  # nothing below lets the receiver run before the send is done
        assert descriptor.poll(5000)

        router.send(address, b"reply")

        swallowed += not descriptor.poll(0)
        seen = len(echo.messages)
        await echo.until(lambda heard: len(heard.messages) > seen)  # noqa: B023
        await receive(loud)
    assert swallowed == 40, "the send no longer swallows the signal: this test tests nothing"


async def test_more_messages_than_are_taken_at_once_all_come_in_order(peers, echo):
    peer = peers.connect()
    for number in range(1000):
        peer.send(str(number).encode())

    await echo.until(lambda heard: len(heard.messages) == 1000)

    assert [payload for _, payload in echo.messages] == [str(number).encode() for number in range(1000)]


async def test_a_connection_that_closes_is_reported_gone(peers, echo):
    peer = peers.connect()
    peer.send(b"hello")
    await receive(peer)

    peer.close()

    await echo.until(lambda heard: heard.departed)
    assert echo.departed == [echo.messages[0][0].connection]


async def test_of_many_connections_each_that_closes_is_reported_and_none_that_stays(router, peers, echo):
    many = [peers.connect(routing_id=str(number).encode()) for number in range(60)]
    for peer in many:
        peer.send(b"hello")
        await receive(peer)

    for peer in many[::2]:
        peer.close()
    await echo.until(lambda heard: len(heard.departed) == 30)
    late = [peers.connect(routing_id=b"late%d" % number) for number in range(30)]  # they get the descriptors again
    for peer in late:
        peer.send(b"hello")
        await receive(peer)
    await trio.testing.wait_all_tasks_blocked(0.01)

    assert sorted(echo.departed) == sorted(str(number).encode() for number in range(0, 60, 2))
    assert len(router._peers) == 60


async def test_a_send_to_a_connection_that_is_gone_is_dropped_and_reports_it(router, peers, echo, monkeypatch):
    peer = peers.connect()
    peer.send(b"hello")
    await receive(peer)
    monkeypatch.setattr(Monitor, "disconnected", lambda self: iter(()))  # as if libzmq had told nothing yet
    peer.close()
    address = echo.messages[0][0]

    with trio.fail_after(5):
        while not echo.departed:
            router.send(address, b"late")
            await trio.sleep(0.001)

    assert echo.departed == [address.connection]
    assert router.counts.unreachable == 1


async def test_a_reply_to_nobody_is_dropped(router, echo):
    router.send(Address(b"nobody", (b"",)), b"reply")

    await trio.testing.wait_all_tasks_blocked()
    assert router.counts.unreachable == 1


async def test_what_a_slow_peer_cannot_take_comes_later_and_in_order(make_router, make_peers, nursery):
    router = make_router(send_high_water=2)
    recorder = Recorder()
    nursery.start_soon(router.serve, recorder)
    peer = make_peers(router.endpoint).connect(rcvhwm=2, rcvbuf=4096)
    peer.send(b"hello")
    await recorder.until(lambda heard: heard.messages)
    address = recorder.messages[0][0]
    replies = [bytes([number]) * 20_000 for number in range(200)]

    for each in replies:
        router.send(address, each)
    held = router.counts.held
    received = [(await receive(peer))[0] for _ in replies]

    assert held > 0
    assert received == replies


async def test_a_peer_that_stays_slow_is_cut_off_and_costs_the_others_nothing(make_router, make_peers, nursery):
    router = make_router(send_high_water=2, slow_peer_timeout=0.1)
    recorder = Recorder()
    nursery.start_soon(router.serve, recorder)
    peers = make_peers(router.endpoint)
    slow, quick = peers.connect(rcvhwm=2, rcvbuf=4096, reconnect_ivl=-1), peers.connect()
    slow.send(b"slow")
    await recorder.until(lambda heard: heard.messages)
    slow_address = recorder.messages[0][0]
    quick.send(b"quick")
    await recorder.until(lambda heard: len(heard.messages) == 2)

    for _ in range(200):
        router.send(slow_address, b"x" * 20_000)
    router.send(recorder.messages[1][0], b"at once")

    assert await receive(quick) == [b"at once"]
    await recorder.until(lambda heard: heard.departed)
    assert recorder.departed == [slow_address.connection]
    assert router.counts.evicted == 1


async def test_an_event_is_framed_as_the_peers_last_message_was(router, peers, nursery):
    recorder = Recorder()
    nursery.start_soon(router.serve, recorder)
    peer = peers.connect()
    peer.send_multipart([b"", b"hello"])
    await recorder.until(lambda heard: heard.messages)

    assert router.push(recorder.messages[0][0].connection, b"event") is True
    assert router.push(b"nobody", b"event") is False

    assert await receive(peer) == [b"", b"event"]


class Eager(Recorder):
    """Answers each message at once, and notes how many answers had left by then."""

    def __init__(self, router):
        super().__init__(router)
        self.sent_before = []

    def arrived(self, address, payload):
        super().arrived(address, payload)
        self.sent_before.append(self.router.counts.sent)


def arrive_together(router, peer, count):
    """Let ``count`` messages of one peer wait in the router's socket."""
    for number in range(count):
        peer.send(str(number).encode())
    router_poll = select.poll()
    router_poll.register(router._socket.fileno(), select.POLLIN)
    while router._socket.getsockopt(zmq.EVENTS) & zmq.POLLIN == 0:
        router_poll.poll(5000)


async def test_the_replies_to_messages_that_came_together_leave_together_and_in_order(router, peers, nursery):
    eager, peer = Eager(router), peers.connect()
    arrive_together(router, peer, 3)

    nursery.start_soon(router.serve, eager)

    assert [await receive(peer) for _ in range(3)] == [[b"re:0"], [b"re:1"], [b"re:2"]]
    assert eager.sent_before[0] == 0


async def test_replies_beyond_what_is_collected_leave_at_once(router, peers, nursery):
    peer = peers.connect()
    recorder = Recorder()
    nursery.start_soon(router.serve, recorder)
    peer.send(b"hello")
    await recorder.until(lambda heard: heard.messages)
    address = recorder.messages[0][0]
    left = []

    def answer_often(_, payload):
        for number in range(RECEIVE_CAP + 1):
            router.send(address, str(number).encode())
        left.append(router.counts.sent)

    recorder.arrived = answer_often
    peer.send(b"more")

    replies = [await receive(peer) for _ in range(RECEIVE_CAP + 1)]
    assert replies == [[str(number).encode()] for number in range(RECEIVE_CAP + 1)]
    assert left == [RECEIVE_CAP]


async def test_an_event_does_not_overtake_the_reply_that_was_given_before_it(router, peers, nursery):
    peer, recorder = peers.connect(), Recorder(router)

    def answer_and_tell(address, payload):
        router.send(address, b"reply")
        router.push(address.connection, b"event")

    recorder.arrived = answer_and_tell
    peer.send(b"hello")
    nursery.start_soon(router.serve, recorder)

    assert [await receive(peer), await receive(peer)] == [[b"reply"], [b"event"]]


async def test_a_reply_that_was_given_leaves_even_if_serving_is_stopped_at_once(router, peers, nursery):
    peer, recorder = peers.connect(), Recorder(router)
    scope = trio.CancelScope()

    def answer_and_stop(address, payload):
        router.send(address, b"last words")
        scope.cancel()

    recorder.arrived = answer_and_stop
    peer.send(b"hello")
    with scope:
        await router.serve(recorder)

    assert await receive(peer) == [b"last words"]


async def test_a_message_over_the_limit_costs_its_sender_the_connection_only(make_router, make_peers, nursery):
    router = make_router(max_message_bytes=1024)
    nursery.start_soon(router.serve, Recorder(router))
    peers = make_peers(router.endpoint)
    greedy, modest = peers.connect(), peers.connect()
    greedy.send(b"x" * 200_000)
    modest.send(b"hello")

    assert await receive(modest) == [b"re:hello"]
    assert router.counts.received == 1


@pytest.mark.parametrize(
    "endpoint", ["tcp://0.0.0.0:0", "tcp://*:0", "tcp://192.0.2.1:5555", "tcp://example.org:5555", "tcp://[::]:5555"]
)
def test_an_endpoint_that_others_can_reach_is_refused(make_router, endpoint):
    with pytest.raises(ConfigError, match="can be reached by others"):
        make_router(endpoint)


def test_an_endpoint_that_others_can_reach_may_be_insisted_on(make_router):
    assert make_router("tcp://0.0.0.0:*", insecure=True).endpoint.startswith("tcp://0.0.0.0:")


@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:*", "tcp://localhost:*", "tcp://127.1.2.3:*", "tcp://[::1]:*"])
def test_loopback_is_let_be(make_router, endpoint):
    if "::1" in endpoint and not zmq.has("ipc"):
        pytest.skip("no IPv6")
    assert make_router(endpoint).endpoint.rpartition(":")[2].isdigit()


@pytest.mark.parametrize("endpoint", ["", "tcp://", "127.0.0.1:5555", "udp://127.0.0.1:1", "tcp://127.0.0.1", "ipc://"])
def test_what_is_no_endpoint_is_refused(make_router, endpoint):
    with pytest.raises(ConfigError):
        make_router(endpoint)


def test_a_port_that_is_taken_is_refused_with_its_remedy(make_router, router):
    with pytest.raises(ConfigError, match="in use") as caught:
        make_router(router.endpoint)
    assert "--bind" in caught.value.advice


def test_a_socket_file_is_its_owners_alone(make_router, tmp_path):
    make_router(f"ipc://{tmp_path}/door")

    assert (tmp_path / "door").stat().st_mode & 0o777 == 0o600


def test_a_living_servers_socket_file_is_not_taken(make_router, tmp_path):
    make_router(f"ipc://{tmp_path}/door")

    with pytest.raises(ConfigError, match="in use"):
        make_router(f"ipc://{tmp_path}/door")


def test_the_socket_file_of_a_dead_server_is_taken_over(make_router, tmp_path):
    import socket

    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "door"))

    assert make_router(f"ipc://{tmp_path}/door")


def test_a_file_that_is_no_socket_is_left_where_it_is(make_router, tmp_path):
    (tmp_path / "door").write_text("precious")

    with pytest.raises(ConfigError):
        make_router(f"ipc://{tmp_path}/door")

    assert (tmp_path / "door").read_text() == "precious"


@pytest.mark.parametrize(
    "noise", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\xff\x00" * 40, b"\x01\x00\x01\x01x", b""]
)
async def test_what_is_not_zeromq_is_never_delivered(router, peers, echo, noise):
    host, port = router.endpoint.removeprefix("tcp://").split(":")
    async with await trio.open_tcp_stream(host, int(port)) as stream:
        if noise:
            await stream.send_all(noise)
        peer = peers.connect()
        peer.send(b"hello")

        assert await receive(peer) == [b"re:hello"]
    assert len(echo.messages) == 1
