"""One process of the server: it lives on the simulated disk and network, and dies where its plan says."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, TypeVar

import trio
from attrs import define, field

from stui_actors.actors.supervisor import TooManyRestarts
from stui_actors.auth.authority import Authority
from stui_actors.config import Settings
from stui_actors.errors import StorageError
from stui_actors.server import Server, World
from stui_actors.session.surroundings import Surroundings
from stui_actors.smalltalk.library import Library
from stui_actors.storage.disk import Disk
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.store import Store
from stui_actors.transport.address import Address
from tests.simulation.disk import PowerCutError, SimulatedLock, Weather, in_thread
from tests.simulation.network import Network, Receiver
from tests.simulation.plan import Life
from tests.simulation.scheduling import SimulatedClock, SpendingPreemption
from tests.simulation.trace import Trace

if TYPE_CHECKING:
    from stui_actors.transport.router import Router

R = TypeVar("R")
NAMING = frozenset(("link", "rename", "unlink"))
NOON = 1_767_268_800.0  # 2026-01-01T12:00:00Z


@define
class Counts:
    """What the server looks at to see whether it is idle."""

    received: int = 0


class ServerOfProcess(Server):
    """The server, without its plans for garbage: all seeds share one collector, and addresses differ each time."""

    async def _collect_garbage(self) -> None:
        await trio.sleep_forever()

    async def _let_go(self) -> None:
        await trio.sleep_forever()

    async def _index_library(self) -> None:
        await trio.sleep_forever()


@define(eq=False)
class Parts:
    """What a server is made of; a planted bug puts another part in."""

    store: Callable[["ServerProcess"], Store] = lambda process: JournaledStore(
        Path("/data"),
        process.machine.settings.storage,
        disk=process.disk_seen(),
        now=process.wall_clock,
        process_id=lambda: 1000 + process.number,
        new_key=lambda: f"{process.number:016x}",
        new_guard=SimulatedLock,
    )
    server: type[Server] = ServerOfProcess
    disk: Callable[[Disk], Disk] = lambda disk: disk
    settings: Callable[[Settings], Settings] = lambda settings: settings


@define(eq=False)
class Machine:
    """What outlives a process: disk, network, clock; and what is the same for all of them."""

    clock: SimulatedClock
    trace: Trace
    disk: Weather
    network: Network
    library: Library
    settings: Settings
    chance: Random
    parts: Parts
    wall_offset: float = 0.0

    def wall_clock(self) -> float:
        """Seconds since the epoch, as the machine believes."""
        return NOON + self.clock.now + self.wall_offset


@define(eq=False)
class ServerProcess:
    """One start of the server. ``run`` returns when it has ended, however that came."""

    machine: Machine
    number: int
    life: Life
    is_dead: bool = False
    is_drained: bool = False
    ready: trio.Event = field(factory=trio.Event)
    terminated: trio.Event = field(factory=trio.Event)
    gone: trio.Event = field(factory=trio.Event)
    scope: trio.CancelScope = field(factory=trio.CancelScope)
    counts: Counts = field(factory=Counts)
    receiver: Receiver | None = None
    requests: Counter[bytes] = field(factory=Counter)
    replies: Counter[bytes] = field(factory=Counter)
    ended: str = ""
    _calls: int = 0
    _namings: int = 0
    _last_call: int | None = None
    _steps: int = 0
    threads: dict[int, trio.CancelScope] = field(factory=dict)

    # Its life

    async def run(self) -> None:
        self.note("starts")
        try:
            with self.scope:
                await self._live()
        except* PowerCutError:
            self.die("")
        except* StorageError as group:
            self.ended = f"could not start: {group.exceptions[0]}"
        except* TooManyRestarts as group:
            self.ended = f"gave up: {group.exceptions[0]}"
        self.machine.network.listener = None
        self.machine.disk.kill(power=self.is_dead and self.life.power)
        self.note("ended " + (self.ended or "well"))
        self.gone.set()

    async def _live(self) -> None:
        machine = self.machine
        store = machine.parts.store(self)
        await self.in_thread(store.open, limiter=trio.CapacityLimiter(1))
        authority = Authority.load(machine.settings.auth)
        server = machine.parts.server(
            machine.settings, self._router(), store, machine.library, authority, self._world()
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._terminate, server)
            if self.life.after is not None:
                nursery.start_soon(self._end_after, self.life.after)
            await server.run(task_status=_Ready(self))
            nursery.cancel_scope.cancel()
        await self.in_thread(store.close, limiter=trio.CapacityLimiter(1))
        self.is_drained = True

    def _router(self) -> "Router":
        return self  # type: ignore[return-value]  # the process is its own router: it does what one does

    async def _terminate(self, server: Server) -> None:
        await self.terminated.wait()
        self.note("is told to end")
        await server.drain()

    async def _end_after(self, seconds: float) -> None:
        await trio.sleep(seconds)
        if self.life.polite:
            self.terminated.set()
        else:
            self.die(f"after {seconds:.3f} s")

    def die(self, where: str) -> None:
        """Stop here and now: from now on nothing of this process reaches anything."""
        if not self.is_dead:
            self.is_dead = True
            self.ended = "killed" + (" by a power cut" if self.life.power else "")
            self.note(f"dies {where}")
        self.scope.cancel()
        for each in self.threads.values():
            each.cancel()

    def check_alive(self) -> None:
        if self.is_dead:
            raise PowerCutError

    def disk_call(self, name: str) -> None:
        """Count a system call; it may be the last."""
        self._calls += 1
        if self.life.naming is not None and name in NAMING:
            self._namings += 1
            which, later = self.life.naming
            if self._namings == which:
                self._last_call = self._calls + later
        if self._calls == self._last_call or self._calls == self.life.disk_call:
            self.die(f"at disk call {self._calls}")
            raise PowerCutError

    def step(self) -> None:
        """Count a step of one of its tasks; it may be the last."""
        self._steps += 1
        if self._steps == self.life.step:
            self.die(f"at step {self._steps}")

    def note(self, text: str) -> None:
        self.machine.trace.add(f"server {self.number}", text)

    # What the server takes from outside

    def _world(self) -> World:
        clock, chance = self.machine.clock, self.machine.chance
        return World(
            now=self.wall_clock,
            cpu_clock=clock.working,
            random_hex=lambda size: chance.randbytes(size).hex(),
            in_thread=self.in_thread,
            surroundings=Surroundings(
                clock.current_time, self.wall_clock, lambda: chance.getrandbits(64), lambda: SpendingPreemption(clock)
            ),
        )

    def wall_clock(self) -> float:
        """Seconds since the epoch, as the machine believes."""
        return self.machine.wall_clock()

    def disk_seen(self) -> Disk:
        """The disk, as this process uses it."""
        return self.machine.parts.disk(self.machine.disk)

    async def in_thread(self, call: Callable[[], R], *, limiter: trio.CapacityLimiter) -> R:
        """Run ``call`` in a simulated thread: others run while it waits for the disk."""
        async with limiter:
            with trio.CancelScope(shield=True) as scope:
                self.threads[id(scope)] = scope
                try:
                    return await self._run_thread(call)
                finally:
                    del self.threads[id(scope)]
        raise PowerCutError

    async def _run_thread(self, call: Callable[[], R]) -> R:
        await trio.lowlevel.checkpoint()
        self.check_alive()
        thread = in_thread(self, call)
        answer = thread.switch()
        while not thread.dead:
            try:
                await trio.sleep(answer)
            except trio.Cancelled:
                thread.throw(PowerCutError)
                raise
            answer = thread.switch()
        return answer  # type: ignore[no-any-return]  # what the thread's function returned

    # The router

    async def serve(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.machine.network.listener = self
        await trio.sleep_forever()

    def place_of(self, connection: bytes) -> bytes:
        return connection

    def deliver(self, connection: bytes, payload: bytes) -> None:
        if not self.is_dead and self.receiver is not None:
            self.counts.received += 1
            self.requests[connection] += 1
            self.receiver.arrived(Address(connection), payload)

    def cut(self, connection: bytes) -> None:
        if not self.is_dead and self.receiver is not None:
            self.receiver.gone(connection)

    def send(self, address: Address, payload: bytes) -> None:
        if not self.is_dead:
            self.replies[address.connection] += 1
            self.machine.network.to_client(address.connection, payload)

    def push(self, connection: bytes, payload: bytes) -> bool:
        if not self.is_dead:
            self.machine.network.to_client(connection, payload)
        return True


@define(eq=False)
class _Ready:
    """Tells that a process serves."""

    process: ServerProcess

    def started(self, value: object = None) -> None:
        self.process.ready.set()


class Steps(trio.abc.Instrument):
    """Counts the steps of the tasks of the process that lives."""

    def __init__(self) -> None:
        self.process: ServerProcess | None = None

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        if self.process is not None and not self.process.is_dead:
            self.process.step()
