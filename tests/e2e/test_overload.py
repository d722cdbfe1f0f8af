"""More than a client may ask: what is beyond the bound is refused, whoever does not read is cut off, others go on."""

import re
import time
from pathlib import Path

import pytest

from .conftest import Client

IN_FLIGHT = 64  # as shipped
FLOOD = 10_000
ROOM = 64 * 1024 * 1024  # bytes that a flood may cost the server: queues, replies held, the requests themselves
PATIENCE = 60  # seconds: a test that waits longer has failed
CALM = "[transport]\nslow_peer_timeout = 0.5\n[evaluation]\nmax_memory = 16777216\n"


@pytest.fixture
def server(own_server):
    """A server that loses patience with slow peers sooner than the default's."""
    return own_server(config=CALM).start()


def resident(server, name):
    """Bytes of memory that the server has (``VmRSS``) or had at most (``VmHWM``)."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024


def is_attached(peer, names):
    """Whether the connection of that session is still there; its client may be too busy to tell."""
    reply = peer.ask("get_session_info", **names)
    return reply.get("error_type") == "Overloaded" or reply["result"]["state"] == "attached"


def request(number, code):
    return {"id": number, "command": "evaluate", "parameters": {"code": code}}


def test_of_a_thousand_evaluations_in_flight_64_are_done_and_the_rest_refused(server):
    with Client(server.endpoint, sndhwm=0, rcvhwm=0) as ada:
        ada.create("ada")
        ada.do("evaluate", code="n := 0")
        ada.send(request(0, "s := Semaphore new. s wait. n := n + 1"))
        for number in range(1, 1000):
            ada.send(request(number, "n := n + 1"))

        refused = [ada.receive() for _ in range(1000 - IN_FLIGHT)]
        assert {reply["id"] for reply in refused} == set(range(IN_FLIGHT, 1000))
        for reply in refused:
            assert (reply["error_type"], reply["retryable"]) == ("Overloaded", True)
            assert reply["details"]["limit"] in ("max_in_flight", "mailbox")
            assert reply["details"]["retry_after"] > 0
        ada.send({"id": "go", "command": "interrupt", "parameters": {"request_id": 0}})
        done = [ada.receive() for _ in range(IN_FLIGHT + 1)]

        assert [reply["id"] for reply in done if reply["status"] == "success"][1:] == list(range(1, IN_FLIGHT))
        assert ada.evaluate("n") == str(IN_FLIGHT - 1)
        assert ada.do("evaluate", code="n := n + 1")["result"] == str(IN_FLIGHT)


def test_ten_thousand_requests_before_the_first_reply_is_read_are_each_done_or_refused_once(server):
    with Client(server.endpoint, sndhwm=0, rcvhwm=0) as ada:
        ada.create("ada")
        ada.do("evaluate", code="n := 0")
        before = resident(server, "VmRSS")
        for number in range(FLOOD):
            ada.send(request(number, "n := n + 1"))

        replies = [ada.receive() for _ in range(FLOOD)]

        assert sorted(reply["id"] for reply in replies) == list(range(FLOOD))
        done = [int(reply["result"]["result"]) for reply in replies if reply["status"] == "success"]
        assert done == list(range(1, len(done) + 1))
        assert {reply["error_type"] for reply in replies if reply["status"] == "error"} == {"Overloaded"}
        assert len(done) >= IN_FLIGHT
        assert ada.evaluate("n") == str(len(done))
        assert resident(server, "VmHWM") - before < ROOM


def test_who_never_reads_is_cut_off_costs_little_and_harms_nobody(server):
    with (
        Client(server.endpoint, sndhwm=0, rcvhwm=1, rcvbuf=4096, reconnect_ivl=-1) as deaf,
        Client(server.endpoint) as quiet,
    ):
        names = {"client_id": "deaf", "session_id": deaf.create("deaf")["session_id"]}
        mine = quiet.create("quiet")["session_id"]
        before = resident(server, "VmRSS")
        for number in range(FLOOD):
            deaf.send({"id": number, "command": "ping"})

        until = time.monotonic() + PATIENCE
        while is_attached(quiet, names):
            assert time.monotonic() < until, "the peer that never reads is still there"
            for number in range(50):  # the system's buffers take much before anybody can tell that nobody reads
                deaf.send({"id": number, "command": "ping", "parameters": {"message": "x" * 20_000}})
            assert quiet.evaluate("3 + 4", client_id="quiet", session_id=mine) == "7"

        assert resident(server, "VmHWM") - before < ROOM
        with Client(server.endpoint) as back:
            back.do("restore_session", **names)
            assert back.evaluate("3 + 4") == "7"
