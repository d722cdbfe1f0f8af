"""A router on a port of its own, and plain blocking peers."""

import attrs
import pytest
import trio
import zmq

from stui_actors.config import ServerSettings, TransportSettings
from stui_actors.transport.router import Router


class Recorder:
    """Keeps what it is handed, and answers if it was told how."""

    def __init__(self, router=None):
        self.router = router
        self.messages, self.faults, self.departed = [], [], []
        self.news = trio.Event()

    def arrived(self, address, payload):
        self.messages.append((address, payload))
        if self.router is not None:
            self.router.send(address, b"re:" + payload)
        self._tell()

    def malformed(self, address, fault):
        self.faults.append((address, fault))
        self._tell()

    def gone(self, connection):
        self.departed.append(connection)
        self._tell()

    def _tell(self):
        self.news.set()
        self.news = trio.Event()

    async def until(self, condition):
        with trio.fail_after(5):
            while not condition(self):
                await self.news.wait()


class Peers:
    """Blocking ZeroMQ sockets, each driven from this thread or another one."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.context = zmq.Context()
        self.sockets = []

    def connect(self, kind=zmq.DEALER, **options):
        peer = self.context.socket(kind)
        self.sockets.append(peer)
        peer.linger = 0
        peer.rcvtimeo = 5000
        for name, value in options.items():
            setattr(peer, name, value)
        peer.connect(self.endpoint)
        return peer


@pytest.fixture
def make_router():
    routers = []

    def make(bind="tcp://127.0.0.1:*", *, insecure=False, max_message_bytes=1024 * 1024, **transport):
        server = ServerSettings(bind=bind, insecure=insecure, max_message_bytes=max_message_bytes)
        routers.append(Router.open(server, attrs.evolve(TransportSettings(), **transport)))
        return routers[-1]

    yield make
    for each in routers:
        each.close()


@pytest.fixture
def make_peers():
    made = []

    def make(endpoint):
        made.append(Peers(endpoint))
        return made[-1]

    yield make
    for each in made:
        each.context.destroy(linger=0)


@pytest.fixture
def router(make_router):
    return make_router()


@pytest.fixture
def peers(router, make_peers):
    return make_peers(router.endpoint)


async def receive(peer):
    return await trio.to_thread.run_sync(peer.recv_multipart)
