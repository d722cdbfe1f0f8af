"""The network between simulated clients and whichever process of the server listens."""

from collections import deque
from random import Random
from typing import Protocol

import trio
from attrs import define, field

from stui_actors.transport.address import Address
from tests.simulation.plan import NetworkPlan
from tests.simulation.trace import Trace

LAG = 8.0  # seconds at most that a message may be late: later ones have come before it
NOTICED = 4.0  # seconds at most until a cut is noticed
HALF_OPEN = 40.0  # seconds until a connection that is half open is given up


class Receiver(Protocol):
    def arrived(self, address: Address, payload: bytes) -> None: ...

    def gone(self, connection: bytes) -> None: ...


class Listener(Protocol):
    def deliver(self, connection: bytes, payload: bytes) -> None: ...

    def cut(self, connection: bytes) -> None: ...


@define(eq=False)
class Link:
    """One connection, as its client sees it."""

    connection: bytes
    owner: int
    inbox: deque[bytes] = field(factory=deque)
    news: trio.Event = field(factory=trio.Event)
    is_cut: bool = False
    slow_until: float = 0.0

    async def receive(self) -> bytes:
        while not self.inbox:
            self.news = trio.Event()
            await self.news.wait()
        return self.inbox.popleft()


@define(eq=False)
class Network:
    """Loses, repeats, delays and reorders messages as its plan says, until it is ``healed``."""

    plan: NetworkPlan
    chance: Random
    trace: Trace
    nursery: trio.Nursery
    links: dict[bytes, Link] = field(factory=dict)
    listener: Listener | None = None
    healed: bool = False
    attachments: dict[str, str] = field(factory=dict)  # epochs that the server told, and the requests that made them
    silent_until: float = 0.0  # the server stands still: what comes to it, or from it, waits

    def connect(self, owner: int, name: str) -> Link:
        link = Link(f"{name}-{len(self.links)}".encode(), owner)
        self.links[link.connection] = link
        return link

    def to_server(self, link: Link, payload: bytes) -> None:
        for delay in self._ways(link):
            self.nursery.start_soon(self._arrive, link, payload, delay)
        if not self.healed and self.chance.random() < self.plan.cuts:
            self.cut(link)

    async def _arrive(self, link: Link, payload: bytes, delay: float) -> None:
        await trio.sleep(max(delay, self.silent_until - self.trace.clock.now))
        if self.listener is not None and not link.is_cut:
            self.listener.deliver(link.connection, payload)

    def to_client(self, connection: bytes, payload: bytes) -> None:
        link = self.links[connection]
        if not self.healed and self.chance.random() < self.plan.slow_readers:
            link.slow_until = self.trace.clock.now + self.chance.uniform(0, LAG)
            self.trace.add("network", f"{connection.decode()} reads slowly")
        for delay in self._ways(link):
            self.nursery.start_soon(self._reach, link, payload, max(delay, link.slow_until - self.trace.clock.now))

    async def _reach(self, link: Link, payload: bytes, delay: float) -> None:
        await trio.sleep(max(delay, self.silent_until - self.trace.clock.now))
        if not link.is_cut:
            link.inbox.append(payload)
            link.news.set()

    def _ways(self, link: Link) -> list[float]:
        """After how long the message arrives: once, several times, or never."""
        now, plan, chance = self.trace.clock.now, self.plan, self.chance
        if self.healed:
            return [plan.delay]
        if any(begin <= now < end and link.owner == owner for begin, end, owner in plan.partitions):
            self.trace.add("network", "is parted")
            return []
        if chance.random() < plan.drops:
            self.trace.add("network", "loses a message")
            return []
        ways = [chance.uniform(0, plan.delay)]
        if chance.random() < plan.lags:
            ways = [chance.uniform(0, LAG)]
            self.trace.add("network", f"delays a message by {ways[0]:.3f} s")
        if chance.random() < plan.repeats:
            ways.append(chance.uniform(0, LAG))
            self.trace.add("network", "repeats a message")
        return ways

    def cut(self, link: Link) -> None:
        """From now on nothing comes through; the server notices soon, or late if the connection is half open."""
        link.is_cut = True
        half_open = not self.healed and self.chance.random() < self.plan.half_open
        after = HALF_OPEN if half_open else self.chance.uniform(0, NOTICED)
        self.trace.add("network", f"cut {link.connection.decode()}, noticed in {after:.3f} s")
        self.nursery.start_soon(self._notice, link, after, self.listener)

    async def _notice(self, link: Link, after: float, listener: Listener | None) -> None:
        await trio.sleep(after)
        if listener is not None and listener is self.listener:
            listener.cut(link.connection)
