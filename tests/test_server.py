"""The server as a whole, its clients' actors replaced by ones that do as they are told."""

import json
import os
import signal

import attrs
import pytest
import structlog
import trio
import trio.testing

from stui_actors.actors.messages import Arrived, Drain
from stui_actors.actors.supervisor import TooManyRestarts
from stui_actors.auth.authority import Authority
from stui_actors.config import LogSettings, Settings
from stui_actors.server import Server, World, serve
from stui_actors.server_log import Floodgate, configure_log
from stui_actors.storage.memory import MemoryStore
from stui_actors.storage.store import SessionKey
from tests.actors.world import at_once
from tests.doubles.router import FakeRouter


class Client:
    """Answers each message with its client id, and saves for as long as it is told."""

    saving_takes = 0.0

    def __init__(self, client_id, inbox, services):
        self.client_id, self.inbox, self.services = client_id, inbox, services
        self.taken = []

    async def run(self):
        async for message in self.inbox:
            if isinstance(message, Drain):
                await trio.sleep(self.saving_takes)
                await self.services.storage.save(SessionKey(self.client_id, "s"), "last", version=1, reason="shutdown")
                return
            if isinstance(message, Arrived):
                reply = {"client": self.client_id, "status": self.services.facts.status()}
                self.services.door.send(message.address, json.dumps(reply).encode())

    def give_up(self, error):
        """It keeps nothing."""


class ServerOfFakes(Server):
    def _make_client(self, client_id, inbox, is_anonymous):
        return Client(client_id, inbox, self.services)

    async def _index_library(self):
        """These clients have no library."""


@pytest.fixture
def store():
    store = MemoryStore()
    store.open()
    return store


@pytest.fixture
def router():
    return FakeRouter()


@pytest.fixture
def make_server(store, router):
    def make(**server):
        settings = attrs.evolve(Settings(), server=attrs.evolve(Settings().server, **server))
        world = World(now=trio.current_time, random_hex=lambda length: "ab" * length, in_thread=at_once)
        return ServerOfFakes(settings, router, store, None, Authority.load(settings.auth), world)

    return make


async def ask(router, connection, client_id="ada"):
    router.deliver(connection, json.dumps({"command": "ping", "client_id": client_id, "id": "1"}).encode())
    with trio.fail_after(100):
        return json.loads(await router.next_for(connection))


async def test_a_started_server_serves(make_server, router, nursery):
    await nursery.start(make_server().run)

    assert await ask(router, b"c1") == {"client": "ada", "status": "ready"}


async def test_a_drain_saves_every_client_and_ends_the_server(make_server, router, store):
    async with trio.open_nursery() as nursery:
        server = await nursery.start(make_server().run)
        for number in range(5):
            await ask(router, b"c%d" % number, f"client-{number}")

        await server.drain()

    assert {each.key.client_id for each in store.index()} == {f"client-{number}" for number in range(5)}


async def test_while_it_drains_it_says_so_to_whoever_asks(make_server, router, nursery, autojump_clock, monkeypatch):
    monkeypatch.setattr(Client, "saving_takes", 3.0)
    server = await nursery.start(make_server().run)
    await ask(router, b"c1")
    nursery.start_soon(server.drain)
    await trio.sleep(1)

    assert server.status() == "draining"
    assert (await ask(router, b"c2", "bob"))["error_type"] == "ShuttingDown"
    assert (await ask(router, b"c1"))["error_type"] == "ShuttingDown"


async def test_a_client_that_cannot_be_saved_in_time_does_not_keep_the_server(
    make_server, router, autojump_clock, monkeypatch
):
    monkeypatch.setattr(Client, "saving_takes", 1e9)
    async with trio.open_nursery() as nursery:
        server = await nursery.start(make_server(drain_timeout=8.0).run)
        await ask(router, b"c1")
        began = trio.current_time()

        await server.drain()

    assert trio.current_time() - began == pytest.approx(8.0, abs=0.1)


async def test_a_full_server_says_that_it_is_overloaded(make_server, router, nursery):
    server = await nursery.start(make_server(max_clients=2).run)
    await ask(router, b"c1", "ada")
    assert server.status() == "ready"

    assert (await ask(router, b"c2", "bob"))["status"] == "overloaded"
    assert (await ask(router, b"c3", "eve"))["error_type"] == "Overloaded"


async def test_the_first_signal_drains_and_the_server_ends_by_itself(make_server, router, store):
    async with trio.open_nursery() as nursery:
        server = await nursery.start(make_server().run)
        nursery.start_soon(server.obey_signals)
        await ask(router, b"c1")
        await trio.testing.wait_all_tasks_blocked()

        os.kill(os.getpid(), signal.SIGTERM)
        with trio.fail_after(5):
            while server.gateway.serving.is_set() and server.storage.saves == 0:  # noqa: ASYNC110  # signals are real
                await trio.sleep(0.001)
        await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()

    assert server.phase.value == "draining"
    assert [each.key.client_id for each in store.index()] == ["ada"]


async def test_the_second_signal_stops_waiting(make_server, router, monkeypatch):
    monkeypatch.setattr(Client, "saving_takes", 1e9)
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            server = await nursery.start(make_server(drain_timeout=3600.0).run)
            await ask(router, b"c1")
            async with trio.open_nursery() as inner:
                inner.start_soon(server.obey_signals)
                await trio.testing.wait_all_tasks_blocked(0.01)
                os.kill(os.getpid(), signal.SIGINT)
                await server.phase.wait_value("draining")
                await trio.testing.wait_all_tasks_blocked(0.01)
                os.kill(os.getpid(), signal.SIGINT)
            nursery.cancel_scope.cancel()

    assert server.phase.value == "draining"


async def test_a_part_that_always_fails_ends_the_server_with_its_name(make_server, store):
    server = make_server()
    server.storage.store = BrokenStore()

    with pytest.raises(ExceptionGroup) as caught:
        await server.run()

    assert caught.group_contains(TooManyRestarts, match="storage")


class BrokenStore(MemoryStore):
    def index(self):
        raise ZeroDivisionError("a bug")


async def test_names_are_made_of_the_worlds_chance_and_never_twice(make_server):
    services = make_server().services

    assert len(services.new_session_id()) == 32
    assert services.new_incarnation() != services.new_incarnation()


async def test_a_store_that_is_taken_keeps_the_server_from_starting(store, tmp_path):
    from stui_actors.errors import StorageError
    from stui_actors.storage.files import FileStore

    first, second = FileStore(tmp_path / "data"), FileStore(tmp_path / "data")
    first.open()
    settings = attrs.evolve(Settings(), server=attrs.evolve(Settings().server, bind="tcp://127.0.0.1:*"))

    with pytest.raises(StorageError):
        await serve(settings, store=second, library=None, authority=Authority.load(settings.auth))
    first.close()


# The log


class Stream:
    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def isatty(self):
        return False


@pytest.fixture
def log_lines():
    stream = Stream()
    yield stream
    structlog.reset_defaults()


def test_the_log_is_json_where_no_terminal_is(log_lines):
    configure_log(LogSettings(), log_lines)
    structlog.get_logger().info("client failed", client="ada", routing_id=b"\x00\x1b[31m")

    line = json.loads(log_lines.text)
    assert (line["event"], line["level"], line["client"]) == ("client failed", "info", "ada")
    assert line["routing_id"] == "001b5b33316d"


def test_what_came_from_outside_cannot_steer_a_terminal(log_lines):
    configure_log(LogSettings(format="text"), log_lines)
    structlog.get_logger().warning("odd", name="\x1b[2J\nfake line\u202e", long="x" * 10_000)

    assert "\x1b[2J" not in log_lines.text
    assert log_lines.text.count("\n") == 1
    assert "\u202e" not in log_lines.text
    assert len(log_lines.text) < 1000


def test_a_traceback_is_kept_in_the_log(log_lines):
    configure_log(LogSettings(), log_lines)
    try:
        raise ValueError("a bug")
    except ValueError as error:
        structlog.get_logger().error("client failed", exc_info=error)

    assert "ValueError: a bug" in json.loads(log_lines.text)["exception"]


class Closed(Stream):
    def write(self, text):
        raise BrokenPipeError

    def flush(self):
        raise ValueError("I/O operation on closed file.")


def test_a_log_that_nobody_reads_any_more_stops_nobody(log_lines):
    configure_log(LogSettings(), Closed())

    structlog.get_logger().error("client failed", client="ada")


def test_lines_below_the_level_are_left_out(log_lines):
    configure_log(LogSettings(level="warning"), log_lines)
    structlog.get_logger().info("chat")

    assert log_lines.text == ""


def test_a_flood_of_one_kind_is_stemmed_and_counted_and_others_come_through():
    now = [0.0]
    gate = Floodgate(clock=lambda: now[0])

    def passes(kind):
        try:
            return gate(None, "info", {"event": kind})
        except structlog.DropEvent:
            return None

    assert sum(passes("flood") is not None for _ in range(1000)) == 20
    assert passes("other") is not None
    now[0] = 11.0
    assert passes("flood")["suppressed"] == 980


def test_of_what_is_lost_at_the_end_each_line_comes_through():
    gate = Floodgate(clock=lambda: 0.0)

    assert all(gate(None, "error", {"event": "not saved", "client": f"c{each}"}) for each in range(1000))
