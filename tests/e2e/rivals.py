"""Clients of servers that share a database: they move sessions between these, and know what must come of it."""

import random
import threading
import time
import uuid

from .conftest import Client

PATIENCE = 0.5  # seconds until a client takes its server for dead
CONFLICT = "SessionConflict"
SETTLED_WITHIN = 60.0  # seconds until a request must be answered for good, whatever is killed


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


class Rival(threading.Thread):
    """Counts in a variable of its own, now at one server, now at another, in a session that it shares with another.

    ``wrong`` tells what no client may see. Each takes the session over to write, and the other loses it. ``events``:
    those of the session that either saw, by number.
    """

    def __init__(self, endpoints, names, variable, events):
        super().__init__()
        self.endpoints, self.names, self.variable = endpoints, names, variable
        self.dice, self.over = random.Random(f"{names['client_id']} {variable}"), threading.Event()
        self.wrong, self.acknowledged, self.moves, self.refused = [], 0, 0, 0
        self.client, self.epoch = Client(endpoints[0]), "none"
        self.events, self.seen = events, 0

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
                return
        self.moves += 1
        late = self.evaluated(former, f"{self.variable} := {self.variable} + 1000", former_epoch, str(uuid.uuid4()))
        if late is not None and late["status"] == "success":
            self.wrong.append(("done under a former epoch", self.acknowledged, late))
        former.close()
        self.look()

    def takes_over(self):
        client, request_id = Client(self.dice.choice(self.endpoints)), str(uuid.uuid4())
        reply = asked(client, "restore_session", request_id, self.names | {"on_conflict": "takeover"})
        if reply is not None and reply["status"] == "success":
            self.client, self.epoch = client, reply["result"]["session_epoch"]
            return True
        client.close()
        return False

    def evaluated(self, client, code, epoch, request_id):
        return asked(client, "evaluate", request_id, self.names | {"code": code, "session_epoch": epoch})

    def look(self):
        """No number of an event tells two different ones, whoever reads it, and wherever."""
        reply = asked(self.client, "poll_events", str(uuid.uuid4()), self.names | {"after": self.seen})
        for event in [] if reply is None or reply["status"] == "error" else reply["result"]["events"]:
            self.seen = max(self.seen, event["seq"])
            if self.events.setdefault(event["seq"], event) != event:
                self.wrong.append(("a number given twice", event, self.events[event["seq"]]))


class Copier(threading.Thread):
    """Forks the session of two rivals, or makes one beside it, and deletes it: each request thrice, at any server."""

    def __init__(self, endpoints, names):
        super().__init__()
        self.endpoints, self.names = endpoints, names
        self.dice, self.over = random.Random(f"{names['client_id']} copies"), threading.Event()
        self.wrong, self.made = [], 0

    def run(self):
        while not self.over.is_set() and not self.wrong:
            if self.dice.random() < 0.5:
                self.make("restore_session", self.names | {"on_conflict": "fork"})
            else:
                self.make("create_session", {"client_id": self.names["client_id"]})

    def make(self, command, parameters):
        """All copies of the request get one session; once that is deleted, a late one makes no other."""
        request_id = str(uuid.uuid4())
        replies = [self.answered(command, request_id, parameters) for _ in range(3)]
        made = {session_in(each) for each in replies} - {None}
        if len(made) > 1:
            self.wrong.append(("more than one session", replies))
        if len(made) != 1 or made == {self.names["session_id"]}:
            return
        self.made += 1
        names = {"client_id": self.names["client_id"], "session_id": made.pop()}
        self.count(names)
        while self.answered("close_session", str(uuid.uuid4()), names | {"delete": True}).get("error_type") == CONFLICT:
            continue  # it came to another server than who was attached last
        late = self.answered(command, request_id, parameters)
        if session_in(late) not in (None, names["session_id"], self.names["session_id"]):  # a server may lag behind
            self.wrong.append(("made once more", late))

    def count(self, names):
        """Copies of one change are done once."""
        for _ in range(3):
            taken = self.answered("restore_session", str(uuid.uuid4()), names | {"on_conflict": "takeover"})
            if session_in(taken) is None:
                return
            epoch, request_id = taken["result"]["session_epoch"], str(uuid.uuid4())
            change = names | {"code": "q := (q ifNil: [ 0 ]) + 1", "session_epoch": epoch}
            replies = [self.answered("evaluate", request_id, change) for _ in range(2)]
            told = {each["result"]["result"] for each in replies if each["status"] == "success"}
            if len(told) > 1:
                self.wrong.append(("done twice", replies))

    def answered(self, command, request_id, parameters):
        """A reply that is final, from whichever server gives it."""
        until = time.monotonic() + SETTLED_WITHIN
        while time.monotonic() < until:
            with Client(self.dice.choice(self.endpoints)) as client:
                reply = asked(client, command, request_id, parameters)
            if reply is not None and not reply.get("retryable"):
                return reply
        raise AssertionError(f"{command} is not answered")


def session_in(reply):
    """The session that a reply tells of; None for a refusal."""
    return reply["result"]["session_id"] if reply["status"] == "success" else None
