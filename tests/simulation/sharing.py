"""One seed of servers that share a database: clients roam, servers are killed, stand still, or are cut off from it."""

from contextvars import ContextVar
from functools import partial
from math import inf
from random import Random

import structlog
import trio
from attrs import define, evolve, field

from stui_actors.server import Server
from stui_actors.smalltalk.library import Library
from tests.simulation.database import Seat, SeatedStore, SharedDatabase, Tables
from tests.simulation.disk import Weather
from tests.simulation.lone import LoneWork
from tests.simulation.model import Session
from tests.simulation.network import Network
from tests.simulation.plan import Life, chance_of
from tests.simulation.process import Machine, Parts, ServerOfProcess, ServerProcess, Steps
from tests.simulation.relaxed import SAVING, RelaxedWork
from tests.simulation.roaming import Roamer
from tests.simulation.run import REST, RESTART, Log, Report, Simulation, check_logs, settings_of
from tests.simulation.scheduling import SimulatedClock, decided_by
from tests.simulation.sharing_plan import SharedPlan, plan_of
from tests.simulation.trace import Trace
from tests.simulation.watching import WatchWork

RETENTION = 240.0  # seconds of disuse after which a session expires: two that take one from each other go on for long
NOTICED = 8.0  # seconds within which a server that lost a session notices, where nothing is wrong with the database
RUNNING: "ContextVar[ServerProcess]" = ContextVar("RUNNING")


class StepsOfMany(trio.abc.Instrument):
    """Counts the steps of the tasks of each process."""

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        process = task.context.get(RUNNING)
        if process is not None and not process.is_dead and not process.gone.is_set():
            process.step()


@define(eq=False)
class SharedSimulation(Simulation):
    """One seed. The first machine's network, clock and fate are those that a simulation of one server knows."""

    shared: SharedPlan = field(kw_only=True)
    machines: list[Machine] = field(kw_only=True)
    database: SharedDatabase = field(kw_only=True)
    processes: dict[int, ServerProcess] = field(factory=dict)

    # The servers

    async def serve(self) -> None:
        async with trio.open_nursery() as nursery:
            for server in range(self.shared.servers):
                nursery.start_soon(self._serve, server)

    async def _serve(self, server: int) -> None:
        lives = list(self.shared.lives[server])
        while not self.is_over.is_set():
            life, rest = lives.pop(0) if lives else (Life(), RESTART)
            await self.live_at(server, life)
            with trio.move_on_after(rest):
                await self.is_over.wait()

    async def live_at(self, server: int, life: Life) -> None:
        """One process of a server, from its start to its end."""
        self._number += 1
        process = self.processes[server] = ServerProcess(self.machines[server], self._number, life)
        self.trace.add(f"server {process.number}", f"is at place {server}")
        RUNNING.set(process)
        said = len(self.logs)
        await process.run()
        self.database.upsets.append(self.trace.clock.now)
        if not any(line["event"] == "drain timed out" for line in self.logs[said:]):  # its own timer stood not still
            self._check_process(process)

    # The clients

    def _session(self, client_id: str) -> Session:
        lag = NOTICED if self.shared.is_sound else inf
        return evolve(super()._session(client_id), losses=[], lag=lag)

    def _make_lone(self, shared: Session) -> None:
        apart = self._session(shared.client_id)
        lone = LoneWork(self._terminal(apart, 0, 8), shared, list(self.alone))
        self.alone.append(lone)
        if self.plan.is_relaxed:
            lag = self.machine.settings.session.save_interval + SAVING if self.shared.is_sound else inf
            relaxed = RelaxedWork(self._terminal(apart, 0, 9), shared, self.database.upsets, lag, roams=True)
            lone.others.append(relaxed)
            self.alone.append(relaxed)

    def _make_watch(self, shared: Session) -> None:
        apart, upsets = self._session(shared.client_id), self.database.upsets
        two = [self._terminal(apart, 0, number) for number in (5, 6)]
        two[1].places = two[0].places  # who takes the session from the other lets it know
        self.alone.append(WatchWork(*two, shared, upsets))

    def _terminal(self, session: Session, owner: int, number: int) -> Roamer:
        name, networks = f"{session.client_id}t{number}", tuple(each.network for each in self.machines)
        chance = chance_of(self.plan.seed, name)
        home = chance.choice(networks)
        insists = number > 6  # its sessions are its own: who takes them from it is itself
        return Roamer(
            name, session.client_id, owner, home, self.trace, chance, session, networks=networks, insists=insists
        )

    # What goes wrong

    async def misfortunes(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(super().misfortunes)
            for freeze in self.shared.freezes:
                nursery.start_soon(self._freeze, *freeze)

    async def _freeze(self, server: int, at: float, seconds: float) -> None:
        await trio.sleep(at)
        if not self.database.healed:
            self.trace.add("all", f"place {server} stands still for {seconds:.3f} s")
            until = self.trace.clock.now + seconds
            self.database.frozen[server] = self.machines[server].network.silent_until = until

    def heal(self) -> None:
        super().heal()
        self.database.healed = True
        self.database.frozen.clear()
        for machine in self.machines:
            machine.network.healed, machine.network.silent_until = True, 0.0
        for process in self.processes.values():
            process.life = Life()

    # The end

    async def _read_all(self) -> None:
        for row in self.terminals:
            row[0].insists = True  # type: ignore[attr-defined]  # a roamer: late requests may still take it over
        await super()._read_all()

    async def _come_to_rest(self) -> None:
        """Told to end, the servers end and leave nothing open; started again, they have what they had."""
        before = [session.at_rest() for session in self.sessions]
        self.is_over.set()
        await self._end_all()
        for server in range(self.shared.servers):
            self.nursery.start_soon(self.live_at, server, Life())
        await self._read_all()
        for session, rest in zip(self.sessions, before, strict=True):
            session.check_restarted(rest)
        if self.plan.expires:
            await self._check_expiry()
        await self._end_all()

    async def _end_all(self) -> None:
        for process in list(self.processes.values()):
            process.terminated.set()
            await process.gone.wait()
        self.processes.clear()


@define(eq=False)
class SharedParts:
    """What each server is made of; a planted bug puts another part in."""

    store: type[SeatedStore] = SeatedStore
    server: type[Server] = ServerOfProcess


def simulate(seed: int, library: Library, tables: Tables, parts: SharedParts | None = None) -> Report:
    """Run one seed on the simulated clock; everything in it, and its trace, follow from the seed alone."""
    clock, plan = SimulatedClock(), plan_of(seed)
    trace = Trace(clock)
    trace.add("plan", str(plan))
    tables.empty()
    world = World(plan, library, parts or SharedParts(), tables, trace)
    with structlog.testing.capture_logs() as world.logs, decided_by(chance_of(seed, "order")):
        trio.run(world.run, clock=clock, instruments=[StepsOfMany()])
    check_logs(world.logs, trace)
    return Report(seed, trace)


@define(eq=False)
class World:
    """What a seed is run in."""

    plan: SharedPlan
    library: Library
    parts: SharedParts
    tables: Tables
    trace: Trace
    logs: Log = field(factory=list)

    async def run(self) -> None:
        """Run it; a violation where it does not come to rest."""
        plan, trace = self.plan, self.trace
        with trio.move_on_after(REST) as limit:
            async with trio.open_nursery() as nursery:
                database = SharedDatabase(self.tables, plan.database, self._chance("database"), trace)
                machines = [self._machine(number, database, nursery) for number in range(plan.servers)]
                for each in machines[1:]:
                    each.network.attachments = machines[0].network.attachments
                simulation = SharedSimulation(
                    plan.base,
                    machines[0],
                    nursery,
                    Steps(),
                    self.logs,
                    shared=plan,
                    machines=machines,
                    database=database,
                )
                await simulation.run()
        if limit.cancelled_caught:
            open_ids = [str(each) for row in simulation.terminals for one in row for each in one.conversation.open_ids]
            trace.violation(f"it did not come to rest within {REST:.0f} s; without an answer: {open_ids}")

    def _chance(self, purpose: str) -> Random:
        return chance_of(self.plan.base.seed, purpose)

    def _machine(self, number: int, database: SharedDatabase, nursery: trio.Nursery) -> Machine:
        """The place of one server; its disk holds nothing."""
        trace, chance = self.trace, self._chance(f"server {number}")
        network = Network(self.plan.base.network, self._chance(f"network {number}"), trace, nursery)
        parts = Parts(store=partial(self._store, number, database), server=self.parts.server)
        settings = settings_of(self.plan.base, RETENTION)
        disk = Weather(chance=self._chance("disk"), record=trace)
        return Machine(trace.clock, trace, disk, network, self.library, settings, chance, parts)

    def _store(self, number: int, database: SharedDatabase, process: ServerProcess) -> SeatedStore:
        seat, settings = Seat(database, number, process), process.machine.settings.storage
        return self.parts.store("", settings, now=process.wall_clock, name=f"place {number}", seat=seat)
