"""Two worlds: a front of router, gateway and registry with clients' actors that do as told; and a whole server."""

import json

import attrs
import pytest
import trio
import trio.testing

from stui_actors.actors.gateway import GatewayActor
from stui_actors.actors.messages import Arrived, Drain
from stui_actors.actors.registry import RegistryActor
from stui_actors.commands.evaluate import Evaluate
from stui_actors.config import Settings
from stui_actors.errors import InvalidRequest
from stui_actors.protocol.codec import Codec
from stui_actors.transport.address import Address
from tests.doubles.shared_store import SharedStore

from .world import running


class FakeRouter:
    """Keeps what is sent; hands in what the test says arrived."""

    def __init__(self):
        self.sent = []
        self.receiver = None

    async def serve(self, receiver):
        self.receiver = receiver
        await trio.sleep_forever()

    def send(self, address, payload):
        self.sent.append((address.connection, json.loads(payload)))

    def push(self, connection, payload):
        self.sent.append((connection, json.loads(payload)))
        return True

    def replies_to(self, connection):
        return [reply for sender, reply in self.sent if sender == connection]


class FakeClient:
    """A client's actor: answers who it is; fails, stops reading, or binds when the command says so."""

    def __init__(self, client_id, inbox, is_anonymous, front):
        self.client_id, self.inbox, self.is_anonymous, self.front = client_id, inbox, is_anonymous, front
        self.taken = []
        self.saved = False
        self.is_awaited = False

    async def run(self):
        self.front.runs[self.client_id] = self.front.runs.get(self.client_id, 0) + 1
        if self.client_id in self.front.cursed:
            raise RuntimeError("cursed")
        for message in self.taken:
            self.answer(message, error_type="ActorCrashed")
        self.taken.clear()
        async for message in self.inbox:
            self.front.heard.append((self.client_id, message))
            if isinstance(message, Drain):
                await self.save()
                return
            if isinstance(message, Arrived):
                await self.handle(message)

    async def handle(self, message):
        try:
            self.front.codec.decode(message.payload)
        except InvalidRequest as error:
            refusal = self.front.codec.encode_refusal(error, client_id=self.client_id, now=0.0)
            self.front.gateway.send(message.address, refusal)
            return
        self.taken.append(message)
        request = json.loads(message.payload)
        command = request["command"]
        if command == "crash":
            raise RuntimeError("bug")
        if command == "hang":
            await trio.sleep_forever()
        if command == "create_session":
            self.front.gateway.bind(message.address.connection, self.client_id, request["session"])
        if command == "close_session":
            self.front.gateway.unbind(message.address.connection, request.get("session", message.bound_session))
        self.answer(message, client=self.client_id, bound=message.bound_session)
        self.taken.pop()

    def answer(self, message, **fields):
        reply = {"id": json.loads(message.payload).get("id"), **fields}
        self.front.gateway.send(message.address, json.dumps(reply).encode())

    async def save(self):
        await trio.sleep(self.front.saving_takes)
        self.front.saved.append(self.client_id)

    def give_up(self, error):
        for message in self.taken:
            self.answer(message, error_type=error.error_type)
        self.taken.clear()


class Front:
    """A registry and a gateway between a fake router and fake clients."""

    def __init__(self, *, max_clients=100, **session):
        self.settings = Settings(session=attrs.evolve(Settings().session, **session))
        self.router = FakeRouter()
        self.runs, self.heard, self.saved, self.cursed = {}, [], [], set()
        self.saving_takes = 0.0
        self.owners = {}
        self.forgotten = []
        self.shown = {}
        self.codec = Codec()
        self.registry = RegistryActor(
            self.settings,
            max_clients=max_clients,
            make_actor=lambda client_id, inbox, anonymous: FakeClient(client_id, inbox, anonymous, self),
            refuse=lambda message, error: self.gateway.refuse_arrived(message, error),
            wants_another_try=lambda message: b"restore_session" in message.payload,
            stored=lambda: len(self.owners),
            now=trio.current_time,
        )
        self.gateway = GatewayActor(
            self.router,
            self.codec,
            self.registry,
            self.owners.get,
            trio.current_time,
            self.forgotten.append,
            self.shown.get,
            max_message_bytes=1 << 20,
        )

    async def open(self, nursery):
        await nursery.start(self.registry.run)
        await nursery.start(self.gateway.run)
        return self

    def send(self, connection, command="ping", **fields):
        self.raw(connection, json.dumps({"command": command, **fields}).encode())

    def raw(self, connection, payload):
        self.gateway.arrived(Address(connection, (b"",)), payload)

    async def ask(self, connection, command="ping", **fields):
        before = len(self.router.replies_to(connection))
        self.send(connection, command, **fields)
        await trio.testing.wait_all_tasks_blocked()
        (reply,) = self.router.replies_to(connection)[before:]
        return reply

    def notes(self, client_id, kind):
        return [message for name, message in self.heard if name == client_id and isinstance(message, kind)]


@pytest.fixture
def make_front(nursery):
    async def make(**options):
        return await Front(**options).open(nursery)

    return make


@pytest.fixture
async def front(make_front):
    return await make_front()


@pytest.fixture
async def house(library):
    async with running(library) as house:
        yield house


@pytest.fixture
def other(house, ada):
    """A second connection of the client that ``ada`` is."""
    return house.peer(**ada.names)


class BugError(Exception):
    """A bug in the product, put there by a test."""


@pytest.fixture
def poison(monkeypatch):
    """Make ``evaluate`` of the code ``#bomb`` a bug that no command catches."""
    run = Evaluate.run

    async def explode(self, context, parameters):
        if parameters.code == "#bomb":
            raise BugError
        return await run(self, context, parameters)

    monkeypatch.setattr(Evaluate, "run", explode)


@pytest.fixture
async def houses(library):
    """Two servers that share a store."""
    first = SharedStore()
    async with running(library, first) as here, running(library, SharedStore(beside=first)) as there:
        yield here, there
