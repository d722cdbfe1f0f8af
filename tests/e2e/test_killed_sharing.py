"""Kills servers that share a database, and that too, while two clients take each session from each other."""

import os
import random
import signal
import threading
import time
import uuid

import pytest

from tests.doubles.postgres import running_postgres

from .conftest import Client, Server

SESSIONS = 3
MANY_ROUNDS = int(os.environ.get("STUI_KILLS", "20"))  # about three seconds each
PATIENCE = 0.5  # seconds until a writer takes its server for dead
SETTLED_WITHIN = 60.0  # seconds until a request must be answered for good, whatever is killed


class Rival(threading.Thread):
    """Counts in a variable of its own, now at one server, now at another, in a session that it shares with another.

    ``wrong`` tells what no client may see. Each takes the session over to write, and the other loses it.
    """

    def __init__(self, endpoints, names, variable, events):
        super().__init__()
        self.endpoints, self.names, self.variable = endpoints, names, variable
        self.events, self.seen = events, 0
        self.dice, self.over = random.Random(f"{names['client_id']} {variable}"), threading.Event()
        self.wrong, self.acknowledged, self.moves, self.refused = [], 0, 0, 0
        self.client, self.epoch = Client(endpoints[0]), "none"

    def run(self):
        while not self.over.is_set() and not self.wrong:
            if self.dice.random() < 0.02:
                self.move()
            self.count()
        self.client.close()

    def count(self):
        """Have one change acknowledged, or refused for good: the same request again, wherever it is answered."""
        request_id, reply, until = str(uuid.uuid4()), None, time.monotonic() + SETTLED_WITHIN
        while time.monotonic() < until:
            reply = self.evaluated(self.client, f"{self.variable} := {self.variable} + 1", self.epoch, request_id)
            if reply is not None and reply["status"] == "success":
                self.acknowledged += 1
                if reply["result"]["result"] != str(self.acknowledged):
                    self.wrong.append((self.acknowledged, reply))
                return
            if reply is not None and reply.get("replayed"):  # it came after the other one had taken the session over
                self.refused += 1
                return
            self.move()
        self.wrong.append(("not answered for good", self.acknowledged, reply))

    def move(self):
        """Take the session over at any server; what is sent under the epoch before must be refused from then on."""
        former, former_epoch, until = self.client, self.epoch, time.monotonic() + SETTLED_WITHIN
        while not self.takes_over():
            if time.monotonic() > until:
                self.wrong.append(("not taken over", self.acknowledged))
                break
        self.moves += 1
        late = self.evaluated(former, f"{self.variable} := {self.variable} + 1000", former_epoch, str(uuid.uuid4()))
        if late is not None and late["status"] == "success":
            self.wrong.append(("done under a former epoch", self.acknowledged, late))
        former.close()
        self.look()

    def look(self):
        """No number of an event tells two different ones, whoever reads it wherever."""
        reply = asked(self.client, "poll_events", str(uuid.uuid4()), self.names | {"after": self.seen})
        if reply is None or reply["status"] != "success":
            return
        for event in reply["result"]["events"]:
            self.seen = max(self.seen, event["seq"])
            if self.events.setdefault(event["seq"], event) != event:
                self.wrong.append(("a number given twice", event, self.events[event["seq"]]))

    def takes_over(self):
        self.client = Client(self.dice.choice(self.endpoints))
        request_id = str(uuid.uuid4())
        reply = asked(self.client, "restore_session", request_id, self.names | {"on_conflict": "takeover"})
        if reply is not None and reply["status"] == "success":
            self.epoch = reply["result"]["session_epoch"]
            return True
        self.client.close()
        return False

    def evaluated(self, client, code, epoch, request_id):
        return asked(client, "evaluate", request_id, self.names | {"code": code, "session_epoch": epoch})


def asked(client, command, request_id, parameters):
    """The reply, or None where none came; what an earlier request is answered too late is passed over."""
    client.send({"id": request_id, "command": command, "parameters": parameters})
    until = time.monotonic() + PATIENCE
    while (left := until - time.monotonic()) > 0:
        try:
            reply = client.receive(left)
        except TimeoutError:
            return None
        if reply["id"] == request_id:
            return reply
    return None


@pytest.fixture(scope="module")
def database():
    with running_postgres() as database:
        yield database


def rivals(endpoints, client_id):
    """Two clients of a new session."""
    with Client(endpoints[0]) as client:
        names = {"client_id": client_id, "session_id": client.create(client_id)["session_id"]}
        client.evaluate("a := b := 0", **names)
    events = {}
    return [Rival(endpoints, names, variable, events) for variable in "ab"]


def killed_at_random(rounds, servers, database):
    """One of the servers, or both, or the database; for a moment, or for half a second."""
    dice = random.Random(7)
    for _ in range(rounds):
        threading.Event().wait(dice.uniform(0.2, 1.0))
        if dice.random() < 0.25:
            database.stop(signal.SIGQUIT)
            threading.Event().wait(dice.choice((0.0, 0.5)))
            database.start()
            continue
        killed = dice.choice((servers[:1], servers[1:], servers))
        for each in killed:
            each.kill()
        threading.Event().wait(dice.choice((0.0, 0.5)))
        for each in killed:
            each.start()


@pytest.mark.parametrize("rounds", [3, pytest.param(MANY_ROUNDS, marks=pytest.mark.long)])
def test_servers_that_share_a_database_lose_nothing_when_they_or_it_are_killed(
    database, tmp_path, rounds, record_property, capsys
):
    config = f'[storage]\nkind = "postgres"\ndsn = "{database.dsn()}"\n'
    with Server(tmp_path / "one", config=config) as one, Server(tmp_path / "two", config=config) as two:
        endpoints = (one.endpoint, two.endpoint)
        all_rivals = [each for number in range(SESSIONS) for each in rivals(endpoints, f"w{number}")]
        for each in all_rivals:
            each.start()
        killed_at_random(rounds, (one, two), database)
        for each in all_rivals:
            each.over.set()
        for each in all_rivals:
            each.join()
        assert [each.wrong for each in all_rivals] == [[]] * len(all_rivals)
        with Client(two.endpoint) as client:
            for each in all_rivals:
                client.do("restore_session", **each.names, on_conflict="takeover")
                assert client.evaluate(each.variable, **each.names) == str(each.acknowledged)
    changes, moves = sum(each.acknowledged for each in all_rivals), sum(each.moves for each in all_rivals)
    figures = f"{rounds} kills of servers that share a database, {changes} changes, {moves} takeovers"
    record_property("figures", figures)
    with capsys.disabled():
        print(f"\n{figures}, {sum(each.refused for each in all_rivals)} changes refused for good")
