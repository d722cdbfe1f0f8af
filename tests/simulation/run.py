"""One seed from its beginning to its end: clients work, things go wrong, all is healed, and everything is compared."""

from collections.abc import MutableMapping
from functools import cached_property
from math import inf
from typing import Any

import structlog
import trio
from attrs import define, evolve, field

from stui_actors.config import Settings
from stui_actors.smalltalk.library import Library
from tests.simulation.client import Terminal
from tests.simulation.disk import Weather
from tests.simulation.hoarding import HoardWork
from tests.simulation.lone import LoneWork
from tests.simulation.model import Operation, Session, error_type, some_operations
from tests.simulation.network import Network
from tests.simulation.plan import Life, Plan, chance_of, plan_of
from tests.simulation.process import Machine, Parts, ServerProcess, Steps
from tests.simulation.relaxed import SAVING, RelaxedWork
from tests.simulation.scheduling import SimulatedClock, decided_by
from tests.simulation.trace import Trace
from tests.simulation.watching import WatchWork

QUICK = 100  # seeds, from 1 on, that the quick tests run without a planted bug
STORAGE = {"writer_threads": 3, "journal_bytes": 40_000, "checkpoint_interval": 4.0}
STORM = 30.0  # seconds until everything is healed
REST = 600.0  # seconds after which everything must have come to rest
RETENTION = 60.0  # seconds of disuse after which a session expires, where that is to be seen
SWEPT = 60.0  # seconds within which what is due is found: connections given up, sessions asleep, sweeps of a few
RESTART = 0.5  # seconds from the end of a process to the next one
Alone = LoneWork | RelaxedWork | HoardWork | WatchWork
FAILURES = ("client failed", "service failed", "client parked")
LOSING = ("not saved", "drain timed out")  # what a server says that ends and leaves something behind
Log = list[MutableMapping[str, Any]]


@define(eq=False)
class Report:
    """What a seed came to."""

    seed: int
    record: Trace

    @cached_property
    def trace(self) -> list[str]:
        """What happened, line by line."""
        return self.record.lines

    @property
    def violations(self) -> list[str]:
        """The promises that were broken."""
        return self.record.violations


@define(eq=False)
class Simulation:
    """One seed."""

    plan: Plan
    machine: Machine
    nursery: trio.Nursery
    steps: Steps
    logs: Log
    sessions: list[Session] = field(factory=list)
    terminals: list[list[Terminal]] = field(factory=list)
    alone: list[Alone] = field(factory=list)
    losses: list[float] = field(factory=list)  # deaths, and ends of which the server said that not all was saved
    process: ServerProcess | None = None
    is_over: trio.Event = field(factory=trio.Event)
    _number: int = 0

    @property
    def trace(self) -> Trace:
        return self.machine.trace

    def may_be_damaged(self) -> bool:
        """Whether the disk did what no server can make good."""
        return self.machine.disk.flipped or self.machine.disk.lied

    def was_cut_off(self) -> bool:
        """Whether there was a power cut."""
        return self.machine.disk.cuts > 0

    def was_robbed(self) -> bool:
        """Whether there was one on a disk that had lied."""
        return self.was_cut_off() and self.machine.disk.lied

    # The server, one process after another

    async def serve(self) -> None:
        lives = list(self.plan.lives)
        while not self.is_over.is_set():
            life = lives.pop(0) if lives else Life()
            await self.live(life)
            await trio.sleep(RESTART)

    async def live(self, life: Life) -> None:
        self._number += 1
        self.process = self.steps.process = ServerProcess(self.machine, self._number, life)
        said = len(self.logs)
        await self.process.run()
        self.steps.process = None
        if self.process.is_dead or any(line["event"] in LOSING for line in self.logs[said:]):
            self.losses.append(self.trace.clock.now)
        self._check_process(self.process)

    def _check_process(self, process: ServerProcess) -> None:
        if process.threads:
            self.trace.violation(f"{len(process.threads)} threads of process {process.number} were left running")
        if process.is_drained:
            for connection in process.requests:
                asked, answered = process.requests[connection], process.replies[connection]
                if asked != answered:
                    self.trace.violation(f"{connection.decode()} sent {asked} requests and got {answered} replies")

    # The clients

    def make_clients(self) -> None:
        for number in range(self.plan.clients):
            session = self._session(f"c{number}")
            self.sessions.append(session)
            self.terminals.append([self._terminal(session, number, each) for each in range(self.plan.terminals)])
        if self.plan.hoard:
            self._make_hoard(self.sessions[0])
        if self.plan.watch:
            self._make_watch(self.sessions[0])
        if self.plan.lone:
            self._make_lone(self.sessions[0])

    def _session(self, client_id: str) -> Session:
        machine = (self.may_be_damaged, self.was_cut_off, self.was_robbed)
        return Session(client_id, "strict", self.trace.violation, *machine, self.losses)

    def _make_lone(self, shared: Session) -> None:
        apart = self._session(shared.client_id)
        lone = LoneWork(self._terminal(apart, 0, 8), shared, list(self.alone))
        self.alone.append(lone)
        if self.plan.is_relaxed:
            lag = self.machine.settings.session.save_interval + SAVING if self.plan.disk.is_sound else inf
            relaxed = RelaxedWork(self._terminal(apart, 0, 9), shared, self.losses, lag)
            lone.others.append(relaxed)
            self.alone.append(relaxed)

    def _make_hoard(self, shared: Session) -> None:
        apart = self._session(shared.client_id)
        self.alone.append(HoardWork(self._terminal(apart, 0, 7), shared))

    def _make_watch(self, shared: Session) -> None:
        apart = self._session(shared.client_id)
        self.alone.append(
            WatchWork(self._terminal(apart, 0, 5), self._terminal(apart, 0, 6), shared, self.machine.disk.failures)
        )

    def _terminal(self, session: Session, owner: int, number: int) -> Terminal:
        name = f"{session.client_id}t{number}"
        chance = chance_of(self.plan.seed, name)
        return Terminal(name, session.client_id, owner, self.machine.network, self.trace, chance, session)

    async def work(self, number: int) -> None:
        session, terminals = self.sessions[number], self.terminals[number]
        await terminals[0].open_session()
        if session.id is None:
            return
        others = [each for each in self.sessions if each is not session]
        async with trio.open_nursery() as nursery:
            for each, terminal in enumerate(terminals):
                chance = chance_of(self.plan.seed, f"operations {number} {each}")
                work = some_operations(session.client_id, each, self.plan.operations, chance)
                nursery.start_soon(terminal.work, work, others)
            for each in self.alone if number == 0 else ():
                nursery.start_soon(each.work, self._count_of(each))

    def _count_of(self, alone: Alone) -> int:
        if isinstance(alone, HoardWork):
            return self.plan.hoard
        return self.plan.watch if isinstance(alone, WatchWork) else self.plan.lone

    async def misfortunes(self) -> None:
        """What happens at a time of its own."""
        async with trio.open_nursery() as nursery:
            for at, seconds in self.plan.jumps:
                nursery.start_soon(self._jump, at, seconds)
            for _ in range(self.plan.disk.flips):
                nursery.start_soon(self._flip)

    async def _jump(self, at: float, seconds: float) -> None:
        await trio.sleep(at)
        self.machine.wall_offset += seconds
        self.trace.add("clock", f"is set by {seconds:.0f} s")

    async def _flip(self) -> None:
        await trio.sleep(self.machine.disk.chance.uniform(0, STORM / 2))
        self.trace.add("disk", f"a bit is flipped in {self.machine.disk.flip_one()}")

    # The end

    async def run(self) -> None:
        self.make_clients()
        self.nursery.start_soon(self.serve)
        self.nursery.start_soon(self.misfortunes)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._heal)
            for number in range(self.plan.clients):
                nursery.start_soon(self.work, number)
        self.heal()
        await self._read_all()
        self._check_sessions()
        await self._come_to_rest()
        self.nursery.cancel_scope.cancel()

    async def _heal(self) -> None:
        await trio.sleep(STORM)
        self.heal()

    def heal(self) -> None:
        """From now on nothing goes wrong any more."""
        if not self.machine.network.healed:
            self.trace.add("all", "is healed")
        self.machine.disk.healed = self.machine.network.healed = True
        if self.process is not None and not self.process.is_dead:
            self.process.life = Life()

    async def _read_all(self) -> None:
        for session, terminals in zip(self.sessions, self.terminals, strict=True):
            if session.id is not None:
                await terminals[0].do(Operation("takeover", "last"))
                log, kept = Operation("read", "last"), Operation("keep", "last")
                await terminals[0].do(log)
                await terminals[0].do(kept)
                self._note_end(session, log, kept)
        for alone in self.alone:
            await alone.check()

    def _note_end(self, session: Session, log: Operation, kept: Operation) -> None:
        if log.answer is not None and log.answer.result is not None:
            told = str(log.answer.result["result"]).strip("'")
            session.log = "" if told == "nil" else told
        if kept.answer is not None and kept.answer.result is not None:
            session.kept = dict(kept.answer.result["session_state"])  # type: ignore[arg-type,call-overload]

    def _check_sessions(self) -> None:
        for session in self.sessions:
            if session.id is None and not session.lost:
                self.trace.violation(f"{session.client_id} has no session")
            else:
                session.check()

    async def _come_to_rest(self) -> None:
        """Told to end, the server ends and leaves nothing open; started again, it has what it had."""
        before = [session.at_rest() for session in self.sessions]
        self.is_over.set()
        if self.process is not None:
            self.process.terminated.set()
            await self.process.gone.wait()
        if self.machine.disk.open_files:
            self.trace.violation(f"{len(self.machine.disk.open_files)} files were left open")
        await trio.sleep(RESTART)
        self.nursery.start_soon(self.live, Life())
        await self._read_all()
        for session, rest in zip(self.sessions, before, strict=True):
            session.check_restarted(rest)
        if self.plan.expires:
            await self._check_expiry()
        if self.process is not None:
            self.process.terminated.set()
            await self.process.gone.wait()

    async def _check_expiry(self) -> None:
        """Sessions that nobody used for long enough are gone, and their files as well."""
        await trio.sleep(self.machine.settings.session.retention + SWEPT)
        for session, terminals in zip(self.sessions, self.terminals, strict=True):
            if session.id is not None and not session.lost:
                answer = await terminals[0].ask("evaluate", code="log")
                if error_type(answer.error) not in ("SessionExpired", "SessionNotFound"):
                    self.trace.violation(f"{session.client_id}'s session did not expire: {answer}")
        left = [path for path in self.machine.disk.paths() if path.endswith(".ston") and "/." not in path]
        if left and not self.may_be_damaged():
            self.trace.violation(f"files of expired sessions are left: {left}")


def simulate(seed: int, library: Library, parts: Parts | None = None, plan: Plan | None = None) -> Report:
    """Run one seed on the simulated clock; everything in it, and its trace, follow from the seed alone."""
    clock = SimulatedClock()
    trace = Trace(clock)
    plan = plan_of(seed) if plan is None else plan
    trace.add("plan", str(plan))
    with structlog.testing.capture_logs() as logs, decided_by(chance_of(seed, "order")):
        steps = Steps()
        counted = [steps] if any(life.step is not None for life in plan.lives) else []  # nobody else asks
        trio.run(_run, plan, library, parts or Parts(), trace, steps, logs, clock=clock, instruments=counted)
    check_logs(logs, trace)
    return Report(seed, trace)


async def _run(plan: Plan, library: Library, parts: Parts, trace: Trace, steps: Steps, logs: Log) -> None:
    settings = parts.settings(settings_of(plan))
    chance, survival = chance_of(plan.seed, "disk"), plan.disk.survival
    disk = Weather(plan=plan.disk, chance=chance, record=trace, stuck=list(plan.disk.stuck), survival=survival)
    with trio.move_on_after(REST) as limit:
        async with trio.open_nursery() as nursery:
            network = Network(plan.network, chance_of(plan.seed, "network"), trace, nursery)
            chance = chance_of(plan.seed, "server")
            machine = Machine(trace.clock, trace, disk, network, library, settings, chance, parts)
            disk.now = machine.wall_clock
            simulation = Simulation(plan, machine, nursery, steps, logs)
            await simulation.run()
    if limit.cancelled_caught:
        open_ids = [str(each) for row in simulation.terminals for one in row for each in one.conversation.open_ids]
        trace.violation(f"it did not come to rest within {REST:.0f} s; without an answer: {open_ids}")


def settings_of(plan: Plan, retention: float = RETENTION) -> Settings:
    settings = Settings()
    session = evolve(
        settings.session, timeout=4.0, attach_timeout=8.0, dedup_window=40, cleanup_interval=5.0, compared_from=0
    )
    if plan.expires:
        session = evolve(session, retention=retention)
    return evolve(settings, session=session, storage=evolve(settings.storage, **STORAGE))


def check_logs(logs: Log, trace: Trace) -> None:
    for each in logs:
        if each["event"] in FAILURES and "StorageError" not in str(each.get("exception")):
            trace.violation(f"{each['event']}: {each.get('exception')}")
