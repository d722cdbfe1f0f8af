"""A whole server in this process: real actors, a store in memory, no network, and time that stands until all sleep."""

import json
from contextlib import asynccontextmanager
from itertools import count

import trio
from attrs import define, evolve, field

from stui_actors.auth.authority import Authority
from stui_actors.config import Settings
from stui_actors.server import Server, World
from stui_actors.session.surroundings import Surroundings
from stui_actors.smalltalk.library import Library
from stui_actors.storage.memory import MemoryStore
from tests.doubles.router import FakeRouter

NOON = 1_767_268_800.0  # 2026-01-01T12:00:00Z
NUMBERS = count(1)  # of requests: an id is never used twice
PATIENCE = 1000  # virtual seconds: a reply that takes longer does not come


@define(eq=False)
class Peer:
    """One connection."""

    router: FakeRouter
    connection: bytes
    names: dict = field(factory=dict)
    numbers: count = field(factory=lambda: NUMBERS)

    def send(self, command, *, id=None, **parameters):
        request_id = id if id is not None else f"{self.connection.decode()}-request-{next(self.numbers):012d}"
        request = {"id": request_id, "command": command, "parameters": {**self.names, **parameters}}
        self.router.deliver(self.connection, json.dumps(request).encode())
        return request_id

    async def receive(self):
        with trio.fail_after(PATIENCE):
            return json.loads(await self.router.next_for(self.connection))

    async def ask(self, command, **parameters):
        request_id = self.send(command, **parameters)
        while True:
            reply = await self.receive()
            if reply.get("id") == request_id:
                return reply

    async def do(self, command, **parameters):
        reply = await self.ask(command, **parameters)
        assert reply["status"] == "success", reply
        return reply["result"]

    async def fail(self, command, **parameters):
        reply = await self.ask(command, **parameters)
        assert reply["status"] == "error", reply
        return reply["error_type"]

    async def evaluate(self, code, **parameters):
        return (await self.do("evaluate", code=code, **parameters))["result"]

    async def create(self, client_id, **parameters):
        created = await self.do("create_session", client_id=client_id, **parameters)
        self.names = {"client_id": client_id, "session_id": created["session_id"]}
        return created


@define(eq=False)
class House:
    """A server and its peers."""

    server: Server
    router: FakeRouter
    _numbers: count = field(factory=lambda: count(1))

    def peer(self, **names):
        return Peer(self.router, f"peer{next(self._numbers)}".encode(), names)

    def actor(self, client_id):
        """The actor of a client that is here."""
        return self.server.registry.here[client_id].actor


async def everything(peer):
    """All events of the session, as who polls reads them."""
    return (await peer.do("poll_events", limit=1000))["events"]


def settings_with(**sections):
    """The default settings, some fields of some sections changed."""
    settings = Settings()
    return evolve(settings, **{name: evolve(getattr(settings, name), **fields) for name, fields in sections.items()})


def as_a_kill_leaves(store):
    """A store with what is in another one just now."""
    found = MemoryStore()
    found.open()
    for each in store.index():
        body, saved_at = store.load(each.key).body, each.newest.saved_at
        found.save(each.key, body, version=1, reason="evaluate", saved_at=saved_at)
    found.close()
    return found


async def at_once(call, *, limiter):
    """What blocks is done without a thread: so the same test takes the same course each time."""
    await trio.lowlevel.checkpoint()
    return call()


class UncollectedServer(Server):
    """A server without its plans for garbage: hours of virtual time would be thousands of collections."""

    async def _collect_garbage(self):
        """Nothing: the tests of those plans are those of the garbage actor."""

    async def _index_library(self):
        """Nothing: each test would wait for it."""


@asynccontextmanager
async def running(library: Library, store=None, settings=None, clock=trio.current_time, ahead=lambda: 0.0):
    """A server that serves; drained and ended at the end. ``clock``: what evaluations are timed by.

    ``ahead``: by how many seconds somebody has set the time of day forward.
    """
    store, router = store or MemoryStore(), FakeRouter()
    settings = settings or Settings()
    store.open()
    started = trio.current_time()
    world = World(
        now=lambda: NOON + trio.current_time() - started + ahead(),
        surroundings=Surroundings(clock),
        in_thread=at_once,
    )
    server = UncollectedServer(settings, router, store, library, Authority.load(settings.auth), world)
    async with trio.open_nursery() as nursery:
        await nursery.start(server.run)
        try:
            yield House(server, router)
        finally:
            await server.drain()
            nursery.cancel_scope.cancel()
            store.close()
