"""The row Framing of the fault table: every shape of frames, and bytes that are no frames at all."""

import json
import socket
import time

import pytest
import zmq


def receive(dealer):
    assert dealer.socket.poll(10_000), "no reply"
    return json.loads(dealer.socket.recv_multipart()[-1])


def test_an_empty_payload_is_an_invalid_request(client):
    client.socket.send_multipart([b"", b""])

    assert receive(client)["error_type"] == "InvalidRequest"


def test_several_payload_frames_are_an_invalid_request(client):
    client.socket.send_multipart([b"", b"{}", b"{}"])

    assert receive(client)["error_type"] == "InvalidRequest"


def test_five_thousand_frames_are_an_invalid_request_and_the_server_lives_on(client, connect):
    client.socket.send_multipart([b"", *[b"x"] * 5000])

    assert receive(client)["error_type"] == "InvalidRequest"
    assert connect().do("ping")["status"] == "ready"


def test_more_than_eight_frames_before_an_empty_one_are_dropped(client):
    client.socket.send_multipart([*[b"x"] * 9, b"", b'{"command": "ping"}'])

    assert not client.socket.poll(300)
    assert client.do("ping")["message"] == "pong"


@pytest.mark.parametrize("identity", [b"a", b"x" * 64, b"y" * 255, b"a\x00b", b"\x1b[31mred"])
def test_any_routing_id_is_served(connect, identity):
    dealer = connect(routing_id=identity)

    assert dealer.do("ping")["message"] == "pong"


def test_a_frame_over_the_limit_costs_its_own_connection_only(connect):
    greedy, modest = connect(), connect()
    modest.do("ping")

    greedy.socket.send(b"x" * (12 * 1024 * 1024))

    assert modest.do("ping")["message"] == "pong"


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"garbage" * 100,
        b"",
    ],
    ids=["http", "tls", "garbage", "silence"],
)
def test_what_is_not_zeromq_is_never_delivered(server, connect, bytes_sent):
    host, port = server.endpoint.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(bytes_sent)
        assert connect().do("ping")["message"] == "pong"


def test_a_connection_cut_in_the_middle_of_a_message_delivers_nothing(server, connect):
    watcher = connect()
    before = watcher.do("get_session_statistics")["active_clients"]
    for _ in range(20):
        dealer = zmq.Context.instance().socket(zmq.DEALER)
        dealer.linger = 0
        dealer.connect(server.endpoint)
        dealer.send(b'{"command": "create_session", "client_id": "half"')
        dealer.close()
    time.sleep(0.2)

    assert watcher.do("ping")["message"] == "pong"
    assert watcher.do("get_session_statistics")["active_clients"] <= before + 20
