"""A router without a network: messages go to the gateway as calls, replies into each peer's queue."""

from collections import defaultdict, deque

import trio
from attrs import define, field

from stui_actors.transport.address import Address


@define
class Counts:
    received: int = 0


@define(eq=False)
class FakeRouter:
    """What ``Router`` does for the gateway; a peer is a name, and reads when it likes."""

    counts: Counts = field(factory=Counts)
    outbox: defaultdict = field(factory=lambda: defaultdict(deque))
    receiver: object = None
    _news: trio.Event = field(factory=trio.Event)

    async def serve(self, receiver):
        self.receiver = receiver
        await trio.sleep_forever()

    def place_of(self, connection):
        return connection

    def send(self, address, payload):
        self.outbox[address.connection].append(payload)
        self._news.set()
        self._news = trio.Event()

    def push(self, connection, payload):
        self.send(Address(connection), payload)
        return True

    def deliver(self, connection, payload):
        """A message comes in over ``connection``."""
        self.counts.received += 1
        self.receiver.arrived(Address(connection), payload)

    def cut(self, connection):
        """A connection is gone."""
        self.receiver.gone(connection)

    async def next_for(self, connection):
        """The next message that was sent to ``connection``."""
        while not self.outbox[connection]:
            await self._news.wait()
        return self.outbox[connection].popleft()
