"""Kills servers that share a database, and that too, while clients take sessions from each other, and copy them."""

import os
import random
import signal
import threading
import time

import pytest

from tests.doubles.postgres import running_postgres

from .conftest import Client, Server
from .rivals import SETTLED_WITHIN, Copier, Rival

SESSIONS = 3
MANY_ROUNDS = int(os.environ.get("STUI_KILLS", "20"))  # about two seconds each


@pytest.fixture(scope="module")
def database():
    with running_postgres() as database:
        yield database


@pytest.fixture
def servers(database, tmp_path):
    config = f'[storage]\nkind = "postgres"\ndsn = "{database.dsn()}"\n'
    with Server(tmp_path / "one", config=config) as one, Server(tmp_path / "two", config=config) as two:
        yield one, two


def clients_of(endpoints, client_id):
    """Two rivals in a new session, and who copies it."""
    with Client(endpoints[0]) as client:
        names = {"client_id": client_id, "session_id": client.create(client_id)["session_id"]}
        client.evaluate("a := b := 0", **names)
    events = {}
    return [Rival(endpoints, names, variable, events) for variable in "ab"], Copier(endpoints, names)


def alone(client, client_id):
    """Whether a client's one session is listed alone, once the server has noticed what was deleted elsewhere."""
    until = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < until:
        if client.do("list_client_sessions", client_id=client_id)["session_count"] == 1:
            return True
        threading.Event().wait(0.1)
    return False


def killed_at_random(rounds, servers, database):
    """One of the servers, or both, or the database; for a moment, or for half a second. Some are frozen instead."""
    dice = random.Random(7)
    for number in range(rounds):
        threading.Event().wait(dice.uniform(0.2, 1.0))
        if number % 4 == 2:
            database.stop(signal.SIGQUIT)
            threading.Event().wait(dice.choice((0.0, 0.5)))
            database.start()
        elif number % 4 == 3:
            frozen = dice.choice(servers).process
            frozen.send_signal(signal.SIGSTOP)
            threading.Event().wait(dice.uniform(0.5, 2.0))
            frozen.send_signal(signal.SIGCONT)
        else:
            killed = dice.choice((servers[:1], servers[1:], servers))
            for each in killed:
                each.kill()
            threading.Event().wait(dice.choice((0.0, 0.5)))
            for each in killed:
                each.start()


@pytest.mark.parametrize("rounds", [4, pytest.param(MANY_ROUNDS, marks=pytest.mark.long)])
def test_servers_that_share_a_database_lose_nothing_when_they_or_it_are_killed(
    database, servers, rounds, record_property, capsys
):
    endpoints = tuple(each.endpoint for each in servers)
    found = [clients_of(endpoints, f"w{number}") for number in range(SESSIONS)]
    rivals, copiers = [each for two, _ in found for each in two], [each for _, each in found]
    for each in rivals + copiers:
        each.start()
    killed_at_random(rounds, servers, database)
    for each in rivals + copiers:
        each.over.set()
    for each in rivals + copiers:
        each.join()
    assert [each.wrong for each in rivals + copiers if each.wrong] == []
    with Client(endpoints[1]) as client:
        for each in rivals:
            assert each.events
            client.do("restore_session", **each.names, on_conflict="takeover")
            assert client.evaluate(each.variable, **each.names) == str(each.acknowledged)
            assert alone(client, each.names["client_id"])
    changes, moves = sum(each.acknowledged for each in rivals), sum(each.moves for each in rivals)
    copies, refused = sum(each.made for each in copiers), sum(each.refused for each in rivals)
    figures = f"{rounds} kills of servers that share a database, {changes} changes, {moves} takeovers, {copies} copies"
    record_property("figures", figures)
    with capsys.disabled():
        print(f"\n{figures}, {refused} changes refused for good")
