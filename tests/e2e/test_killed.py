"""Kills the server with SIGKILL under load: nothing acknowledged is lost, nothing is done twice."""

import os
import random
import signal
import threading
import time
import uuid

import pytest

from .conftest import Client

WRITERS = 4
MANY_ROUNDS = int(os.environ.get("STUI_KILLS", "20"))  # about two seconds each
MOVES_ALWAYS = "[storage]\njournal_bytes = 20_000\n"  # so that sessions move to files at any moment
GLANCE = 0.05  # seconds after which a writer looks whether the server was killed


class Writer(threading.Thread):
    """Counts in its own session, remembering what was acknowledged; stops once the server was killed."""

    def __init__(self, endpoint, client_id, session_id, start_at):
        super().__init__()
        self.endpoint, self.names = endpoint, {"client_id": client_id, "session_id": session_id}
        self.acknowledged, self.pending = start_at, None
        self.killed = threading.Event()
        self.wrong = []

    def run(self):
        with Client(self.endpoint) as client:
            while not self.killed.is_set():
                self.pending = str(uuid.uuid4())
                parameters = {"code": "n := n + 1", **self.names}
                client.send({"id": self.pending, "command": "evaluate", "parameters": parameters})
                reply = self.reply_to(client)
                if reply is None:
                    return
                if reply["status"] != "success" or reply["result"]["result"] != str(self.acknowledged + 1):
                    self.wrong.append((self.acknowledged, reply))
                    return
                self.acknowledged += 1

    def reply_to(self, client):
        """The next reply; None once the server was killed and nothing more is on its way."""
        while True:
            was_killed = self.killed.is_set()
            try:
                return client.receive(GLANCE)
            except TimeoutError:
                if was_killed:
                    return None


@pytest.mark.parametrize("config", [None, MOVES_ALWAYS], ids=["journal", "moving"])
@pytest.mark.parametrize("rounds", [3, pytest.param(MANY_ROUNDS, marks=pytest.mark.long)])
def test_kills_under_load_lose_nothing_acknowledged_and_do_nothing_twice(
    own_server, rounds, config, record_property, capsys
):
    server, dice = own_server(config=config).start(), random.Random(7)
    sessions = {}
    for number in range(WRITERS):
        with Client(server.endpoint) as client:
            sessions[f"w{number}"] = client.create(f"w{number}")["session_id"]
            client.do("evaluate", code="n := 0")
    counts, seconds = dict.fromkeys(sessions, 0), []
    for _ in range(rounds):
        writers = [Writer(server.endpoint, name, sessions[name], counts[name]) for name in sessions]
        killed_under(server, writers, dice.uniform(0.05, 0.4))
        began = time.monotonic()
        server.start()
        seconds.append(time.monotonic() - began)
        for name, writer in zip(sessions, writers, strict=True):
            counts[name] = settled(server, writer)
    figures = f"{rounds} kills, {sum(counts.values())} changes; back in service: {spread(seconds)}"
    record_property("figures", figures)
    with capsys.disabled():
        print(f"\n{figures}")


def killed_under(server, writers, after):
    """Kill the server while all write."""
    for writer in writers:
        writer.start()
    threading.Event().wait(after)
    server.kill()
    for writer in writers:
        writer.killed.set()
    for writer in writers:
        writer.join()
        assert writer.wrong == []


def spread(seconds):
    ordered = sorted(seconds)
    median, p99 = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return f"median {median:.2f} s, p99 {p99:.2f} s, most {ordered[-1]:.2f} s"


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
