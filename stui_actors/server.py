"""The whole server: makes its parts, starts them one upon the other, and ends them the other way round."""

import secrets
import signal
import sys
import time
from collections.abc import Callable
from itertools import count
from typing import Literal

import trio
from attrs import define, field, frozen
from trio_util import AsyncValue

from stui_actors.actors.auth import AuthActor
from stui_actors.actors.client import ClientActor
from stui_actors.actors.cpu import CpuActor
from stui_actors.actors.departures import NOBODY, DeparturesActor
from stui_actors.actors.garbage import GarbageActor
from stui_actors.actors.gateway import GatewayActor
from stui_actors.actors.mailbox import Inbox
from stui_actors.actors.messages import Arrived, ClientMessage, Services
from stui_actors.actors.registry import Actor, RegistryActor
from stui_actors.actors.storage import InThread, StorageActor, in_thread
from stui_actors.actors.supervisor import Chain, Incidents, RestartPolicy
from stui_actors.actors.wakes import Wakes
from stui_actors.actors.watchdog import Watchdog
from stui_actors.auth.authority import Authority
from stui_actors.config import Settings
from stui_actors.errors import InvalidRequest
from stui_actors.logs import log
from stui_actors.protocol.codec import Codec
from stui_actors.protocol.messages import Json
from stui_actors.protocol.times import iso_time
from stui_actors.session.surroundings import Surroundings
from stui_actors.smalltalk.library import Library
from stui_actors.storage.store import Store
from stui_actors.transport.limits import clients_within_limits
from stui_actors.transport.router import Router

SESSION_ID_BYTES = 16  # 128 random bits, as the protocol promises
EPOCH_BYTES = 8
GIL_SWITCH = 0.001  # seconds that a thread of the storage waits for its turn while Smalltalk runs; Python's own are 5
ASKS_BACK = frozenset(("restore_session", "create_session"))  # commands with which a parked client gets another try


@frozen
class World:
    """What the server takes from outside itself: the time of day, chance, threads for what blocks.

    ``cpu_clock`` measures turns; ``surroundings`` is what workspaces take.
    """

    now: Callable[[], float] = time.time
    cpu_clock: Callable[[], float] = time.perf_counter
    random_hex: Callable[[int], str] = secrets.token_hex
    in_thread: InThread = in_thread
    surroundings: Surroundings = field(factory=Surroundings)


@define(eq=False)
class Server:
    """All actors of one server. ``store`` is open."""

    settings: Settings
    router: Router
    store: Store
    library: Library
    authority: Authority
    world: World = field(factory=World)
    codec: Codec = field(factory=Codec)
    phase: AsyncValue = field(factory=lambda: AsyncValue("ready"))
    epoch: str = field(init=False)
    started_at: float = field(init=False)
    policy: RestartPolicy = field(init=False)
    incidents: Incidents = field(init=False)
    watchdog: Watchdog = field(init=False)
    storage: StorageActor = field(init=False)
    auth: AuthActor = field(init=False)
    wakes: Wakes = field(factory=Wakes, init=False)
    cpu: CpuActor = field(init=False)
    garbage: GarbageActor = field(init=False)
    departures: DeparturesActor = field(init=False)
    registry: RegistryActor = field(init=False)
    gateway: GatewayActor = field(init=False)
    services: Services = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.epoch, self.started_at = self.store.epoch, self.world.now()
        supervision = self.settings.supervision
        self.policy = RestartPolicy(supervision.max_restarts, supervision.restart_window)
        self.incidents = Incidents(self.world.now)
        self.watchdog = Watchdog(supervision.blocked_after)
        self._make_actors()
        self._make_services()

    def _make_actors(self) -> None:
        settings, now = self.settings, self.world.now
        self.storage = StorageActor(
            self.store,
            settings.storage.writer_threads,
            settings.session,
            now,
            present=self._present,
            tell_lost=lambda key: self.registry.tell_lost(key),
            in_thread=self.world.in_thread,
        )
        owner_of = self.storage.index.owner_of
        self.auth = AuthActor(self.authority, now, owner_of, self.router.place_of)
        self.cpu = CpuActor(self._weight_of, self.world.cpu_clock)
        self.departures = DeparturesActor(self.cpu, self.wakes)
        self.garbage = self._make_garbage_actor()
        self.registry = RegistryActor(
            settings,
            max_clients=clients_within_limits(settings.server.max_clients),
            make_actor=self._make_client,
            refuse=lambda message, error: self.gateway.refuse_arrived(message, error),
            wants_another_try=self._wants_another_try,
            stored=self.storage.index.__len__,
            now=now,
            policy=self.policy,
            wakes=self.wakes,
            note_failure=self.incidents.note,
        )
        self.gateway = GatewayActor(
            self.router,
            self.codec,
            self.registry,
            owner_of,
            now,
            self.auth.forget,
            self.auth.shown_over,
            max_message_bytes=settings.server.max_message_bytes,
        )

    def _weight_of(self, client_id: str) -> float:
        return self.departures.weight if client_id == NOBODY else self.auth.weight_of(client_id)

    def _make_garbage_actor(self) -> GarbageActor:
        return GarbageActor(
            received=lambda: self.router.counts.received,
            running=lambda: self.cpu.running,
            present=lambda: len(self.registry.here),
            wakes=self.wakes,
        )

    def _make_services(self) -> None:
        incarnations, start, random_hex = count(1), self.world.random_hex(3), self.world.random_hex
        self.services = Services(
            settings=self.settings,
            codec=self.codec,
            door=self.gateway,
            storage=self.storage,
            registry=self.registry,
            auth=self.auth,
            cpu=self.cpu,
            departures=self.departures,
            wakes=self.wakes,
            facts=self,
            library=self.library,
            now=self.world.now,
            new_session_id=lambda: random_hex(SESSION_ID_BYTES),
            new_epoch=lambda: random_hex(EPOCH_BYTES),
            new_incarnation=lambda: f"{start}{next(incarnations):x}",
            surroundings=self.world.surroundings,
        )

    def _make_client(self, client_id: str, inbox: Inbox[ClientMessage], is_anonymous: bool) -> Actor:
        return ClientActor(client_id, inbox, self.services, is_anonymous)

    def _present(self) -> list[str]:
        return list(self.registry.here)

    def _wants_another_try(self, message: Arrived) -> bool:
        try:
            return self.codec.decode(message.payload).command in ASKS_BACK
        except InvalidRequest:
            return False

    # What clients are told of it

    def status(self) -> Literal["ready", "draining", "overloaded"]:
        """Whether it serves, drains, or admits nobody new."""
        if self.phase.value == "draining":
            return "draining"
        return "overloaded" if len(self.registry.here) >= self.registry.max_clients else "ready"

    def health(self) -> dict[str, Json]:
        """What failed and was started again, and how late the event loop is. Names no client."""
        last: list[Json] = [
            {"at": iso_time(each.at), "part": each.part, "error": each.error, "answer": each.answer}
            for each in self.incidents.last
        ]
        parked = sum(client.state == "parked" for client in self.registry.here.values())
        return {
            "failures": dict(self.incidents.counts),
            "last_failures": last,
            "parked_clients": parked,
            "loop_lag_ms": round(self.watchdog.lag * 1000, 1),
            "worst_loop_lag_ms": round(self.watchdog.worst * 1000, 1),
            "loop_blocked": self.watchdog.blocked,
            "collections": self.garbage.count,
            "longest_collection_ms": round(self.garbage.longest * 1000, 1),
            "collections_seconds": round(self.garbage.seconds, 3),
        }

    # Its life

    async def run(self, *, task_status: trio.TaskStatus["Server"] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until drained; raise TooManyRestarts if one of its parts fails too often."""
        chain = Chain((self.storage, self.auth, self.registry, self.gateway), self.policy, self.incidents.note)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._collect_garbage)
            nursery.start_soon(self._let_go)
            nursery.start_soon(self._index_library)
            nursery.start_soon(self._announce, task_status)
            await chain.run()
            nursery.cancel_scope.cancel()

    async def _announce(self, task_status: trio.TaskStatus["Server"]) -> None:
        await self.gateway.serving.wait()
        task_status.started(self)

    async def drain(self) -> None:
        """Refuse what comes, let every client save, for so long as the settings say; then ``run`` ends."""
        if self.phase.value == "draining":
            return
        self.phase.value = "draining"
        log.info("draining", clients=len(self.registry.here))
        self.gateway.drain()
        with trio.move_on_after(self.settings.server.drain_timeout) as bound:
            await self.registry.drain()
        if bound.cancelled_caught:
            log.warning("drain timed out", clients=len(self.registry.here))
        self.gateway.stop()

    async def obey_signals(self) -> None:
        """Drain at the first SIGTERM or SIGINT; return at the second, so that who called can stop at once."""
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async with trio.open_nursery() as nursery:
                await anext(signals)
                nursery.start_soon(self.drain)
                await anext(signals)
                nursery.cancel_scope.cancel()

    async def _collect_garbage(self) -> None:
        """Plan collections; a simulation, whose servers share one collector, leaves it out."""
        await self.garbage.run()

    async def _let_go(self) -> None:
        """Take departed workspaces apart; a simulation leaves it out, since addresses say how many turns that takes."""
        await self.departures.run()

    async def _index_library(self) -> None:
        """Read who sends what in the library, while nobody else wants the CPU for long."""
        await self.cpu.run(self.library.index, NOBODY)


async def serve(
    settings: Settings,
    *,
    store: Store,
    library: Library,
    authority: Authority,
    world: World | None = None,
    task_status: trio.TaskStatus[Server] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run a server until a signal ends it; ``task_status`` tells the server once it serves.

    Raise ConfigError where it can't listen, StorageError where the store can't be had, TooManyRestarts.
    """
    sys.setswitchinterval(GIL_SWITCH)
    await trio.to_thread.run_sync(store.open)
    try:
        router = Router.open(settings.server, settings.transport)
        try:
            server = Server(settings, router, store, library, authority, world or World())
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_until_signalled, server, nursery.cancel_scope)
                nursery.start_soon(server.watchdog.run)
                await server.run(task_status=task_status)
                nursery.cancel_scope.cancel()
        finally:
            router.close()
    finally:
        store.close()


async def _until_signalled(server: Server, scope: trio.CancelScope) -> None:
    await server.obey_signals()
    log.warning("stopped at once", clients=len(server.registry.here))
    scope.cancel()
