"""Golden transcripts: what goes over the wire, request by request; the documentation shows the same lines.

In a transcript ``<any>`` stands for whatever is there, and ``<name>`` for a value that the first reply that has it
gives and that later lines repeat. A line may name a ``connection`` beside the first one. It may have, instead of a
request, an ``event`` that is pushed there, or ``"restart": true``: the server is killed.
"""

import json
import re
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import pytest

from .conftest import Client

GOLDEN = Path(__file__).parent.parent / "golden"
PLACE = re.compile(r"<([a-z_]+)>")


def matches(expected, actual, known):
    """True if ``actual`` is what the transcript has, taking note of named values."""
    if isinstance(expected, str) and PLACE.fullmatch(expected):
        name = expected[1:-1]
        if name == "any":
            return True
        return known.setdefault(name, actual) == actual
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and expected.keys() == actual.keys()
            and all(matches(value, actual[key], known) for key, value in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(matches(one, other, known) for one, other in zip(expected, actual, strict=True))
        )
    return type(expected) is type(actual) and expected == actual


def filled(request, known):
    """The request with its named values put in."""
    text = PLACE.sub(lambda place: str(known[place[1]]), json.dumps(request))
    return json.loads(text)


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.jsonl")))
def test_the_server_answers_as_the_transcript_says(own_server, name):
    server, known = own_server(), {}
    for part in parts(name):
        server.start()
        with ExitStack() as stack:
            clients = defaultdict(lambda: stack.enter_context(Client(server.endpoint)))
            for number, exchange in part:
                expected, reply = said(clients[exchange.get("connection")], exchange, known)
                assert matches(expected, reply, known), f"line {number}: {json.dumps(reply)}"
        server.kill()


def said(client, exchange, known):
    """What the transcript says that comes over a connection, and what does come."""
    if "event" in exchange:
        return exchange["event"], client.receive_event()
    client.send(filled(exchange["request"], known))
    return exchange["reply"], client.receive()


def parts(name):
    """The numbered exchanges of a transcript, from one restart to the next."""
    found = [[]]
    for number, line in enumerate((GOLDEN / f"{name}.jsonl").read_text().splitlines(), 1):
        exchange = json.loads(line)
        if exchange.get("restart"):
            found.append([])
        else:
            found[-1].append((number, exchange))
    return found
