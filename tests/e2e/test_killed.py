"""Kills the server with SIGKILL under load: nothing acknowledged is lost, nothing is done twice."""

import random
import signal
import threading
import uuid

import pytest

from .conftest import Client

WRITERS = 4


class Writer(threading.Thread):
    """Counts in its own session, remembering what was acknowledged; stops at the first reply that stays out."""

    def __init__(self, endpoint, client_id, session_id, start_at):
        super().__init__()
        self.endpoint, self.names = endpoint, {"client_id": client_id, "session_id": session_id}
        self.acknowledged, self.pending = start_at, None

    def run(self):
        with Client(self.endpoint) as client:
            while True:
                self.pending = str(uuid.uuid4())
                try:
                    reply = client.ask("evaluate", id=self.pending, code="n := n + 1", within=2, **self.names)
                except TimeoutError:
                    return
                assert reply["status"] == "success", reply
                assert reply["result"]["result"] == str(self.acknowledged + 1)
                self.acknowledged += 1


@pytest.mark.parametrize("rounds", [4, pytest.param(20, marks=pytest.mark.long)])
def test_kills_under_load_lose_nothing_acknowledged_and_do_nothing_twice(own_server, rounds):
    server, dice = own_server().start(), random.Random(7)
    sessions = {}
    for number in range(WRITERS):
        with Client(server.endpoint) as client:
            sessions[f"w{number}"] = client.create(f"w{number}")["session_id"]
            client.do("evaluate", code="n := 0")
    counts = dict.fromkeys(sessions, 0)
    for _ in range(rounds):
        writers = [Writer(server.endpoint, name, sessions[name], counts[name]) for name in sessions]
        for writer in writers:
            writer.start()
        threading.Event().wait(dice.uniform(0.05, 0.4))
        server.kill()
        for writer in writers:
            writer.join()
        server.start()
        for name, writer in zip(sessions, writers, strict=True):
            counts[name] = settled(server, writer)


def settled(server, writer):
    """Send the request that stayed out once more; the count is what was acknowledged, and one more at most."""
    with Client(server.endpoint) as client:
        reply = client.ask("evaluate", id=writer.pending, code="n := n + 1", **writer.names)
        assert reply["status"] == "success", reply
        assert reply["result"]["result"] == str(writer.acknowledged + 1)
        assert client.evaluate("n", **writer.names) == str(writer.acknowledged + 1)
    return writer.acknowledged + 1


def test_sigterm_under_load_saves_everything_acknowledged_and_exits_with_zero(own_server):
    server = own_server().start()
    with Client(server.endpoint) as client:
        session_id = client.create("ada")["session_id"]
        client.do("evaluate", code="n := 0")
    writer = Writer(server.endpoint, "ada", session_id, 0)
    thread = threading.Thread(target=run_until_refused, args=(writer,))
    thread.start()
    threading.Event().wait(0.5)

    status = server.stop(signal.SIGTERM)
    thread.join()

    assert status == 0
    server.start()
    with Client(server.endpoint) as client:
        assert int(client.evaluate("n", **writer.names)) >= writer.acknowledged > 0


def run_until_refused(writer):
    with Client(writer.endpoint) as client:
        while True:
            try:
                reply = client.ask("evaluate", code="n := n + 1", within=2, **writer.names)
            except TimeoutError:
                return
            if reply["status"] == "error":
                assert reply["error_type"] == "ShuttingDown", reply
                return
            writer.acknowledged += 1
