"""The registry: who is here. Owns the clients' nursery, starts each client's actor, and keeps it alive or parks it."""

from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from typing import Literal, Protocol

import trio
from attrs import define, field
from trio_util import AsyncValue, periodic

from stui_actors.actors.auth import ANONYMOUS
from stui_actors.actors.mailbox import RANK, Inbox, Mailbox, Rank
from stui_actors.actors.messages import Arrived, ClientMessage, Drain, Lost, Sweep
from stui_actors.actors.supervisor import Answer, RestartPolicy, Restarts, attempt, traceback_of
from stui_actors.actors.wakes import Wakes
from stui_actors.config import Settings
from stui_actors.errors import Overloaded, SessionParked, ShuttingDown, StuiError
from stui_actors.logs import log
from stui_actors.protocol.messages import Json
from stui_actors.protocol.times import iso_time
from stui_actors.storage.store import SessionKey

MAILBOX = 256  # messages that wait for one client's actor to look at them; it looks at each within microseconds
SWEEP_INTERVAL = 30.0  # seconds at most between two sweeps for idle clients
SWEEP_BATCH = 64  # clients between two checkpoints

TOTALS = ("clients_admitted", "clients_ended", "actor_failures")
State = Literal["running", "parked"]


class Actor(Protocol):
    """What the registry keeps alive."""

    async def run(self) -> None:
        """Serve until a Drain; called again after a failure, with the same mailbox."""

    def give_up(self, error: StuiError) -> None:
        """Answer all that was taken and not answered: ``run`` will not be called again."""

    @property
    def is_awaited(self) -> bool:
        """Whether something that it took is not answered yet."""


MakeActor = Callable[[str, Inbox[ClientMessage], bool], Actor]
Refuse = Callable[[Arrived, StuiError], None]


@define(eq=False)
class Client:
    """One client that is here.

    As it told last: how many ``sessions`` are in memory, how many of them ``attached``, and how many ``processes``
    they run. ``last_seen`` is a time of day, for people; ``heard_at`` is by the clock that nobody sets.
    """

    client_id: str
    last_seen: float
    restarts: Restarts
    heard_at: float = field(factory=trio.current_time)
    mailbox: Mailbox[ClientMessage] = field(factory=partial(Mailbox, MAILBOX))
    connections: set[bytes] = field(factory=set)
    actor: Actor | None = None
    state: State = "running"
    sessions: int | None = None
    attached: int = 0
    processes: int = 0

    @property
    def is_anonymous(self) -> bool:
        """True for a client that gave no name."""
        return self.client_id.startswith(ANONYMOUS)


@define(eq=False)
class RegistryActor:
    """All clients. ``refuse`` answers a message with an error; ``stored`` counts the sessions of the store."""

    settings: Settings
    max_clients: int
    make_actor: MakeActor
    refuse: Refuse
    wants_another_try: Callable[[Arrived], bool]
    stored: Callable[[], int]
    now: Callable[[], float]
    policy: RestartPolicy = field(factory=RestartPolicy)
    wakes: Wakes = field(factory=Wakes)
    note_failure: Callable[[str, Exception, Answer], None] = lambda part, failure, answer: None
    name: str = "registry"
    here: dict[str, Client] = field(factory=dict)
    present: AsyncValue = field(factory=lambda: AsyncValue(0))
    _orphans: dict[str, None] = field(factory=dict)
    _admitted: Mailbox[Client] = field(factory=lambda: Mailbox(1))
    _draining: bool = False
    _totals: dict[str, int] = field(factory=lambda: dict.fromkeys(TOTALS, 0))

    # What the gateway asks, without waiting

    def admit(self, client_id: str) -> Client:
        """Start a client that is not here; raise Overloaded if there are too many, ShuttingDown while draining."""
        if self._draining:
            raise ShuttingDown("The server is shutting down.")
        if len(self.here) - len(self._orphans) >= self.max_clients:
            raise Overloaded(
                f"{self.max_clients} clients are here.", limit="max_clients", value=self.max_clients, retry_after=5
            )
        client = self.here[client_id] = Client(client_id, self.now(), Restarts(self.policy))
        self._totals["clients_admitted"] += 1
        self._admitted.notify(client)
        self.present.value = len(self.here)
        return client

    def connection_gone(self, client: Client, connection: bytes) -> None:
        """Take note. A client without a name that nobody can reach any more is the first to go when there are many."""
        client.connections.discard(connection)
        if client.is_anonymous and not client.connections:
            self._orphans[client.client_id] = None
            if len(self._orphans) > max(self.max_clients // 10, 10):
                oldest = next(iter(self._orphans))
                del self._orphans[oldest]
                self._end(self.here[oldest])

    def connected(self, client: Client, connection: bytes) -> None:
        """A client is spoken to over a connection that is new to it."""
        client.connections.add(connection)
        self._orphans.pop(client.client_id, None)

    # What clients tell and ask

    def note(self, client_id: str, *, sessions: int, attached: int, processes: int = 0) -> None:
        """Tell how many sessions of a client are in memory, how many attached, and how many processes they run."""
        client = self.here.get(client_id)
        if client is not None:
            client.sessions, client.attached, client.processes = sessions, attached, processes

    async def statistics(self) -> dict[str, Json]:
        """Counts of now, and totals since the start."""
        totals: dict[str, Json] = dict(self._totals)
        return {"total_sessions": self.stored(), "active_clients": len(self.here), "totals": totals}

    async def clients(self) -> list[dict[str, Json]]:
        """One row per client."""
        return [_row(each) for each in self.here.values()]

    # The actor

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run all clients; those that were here when this actor failed are started anew."""
        RANK.set(Rank.SERVICE)
        self._admitted.take_all()
        async with trio.open_nursery() as nursery:
            for client in self.here.values():
                nursery.start_soon(self._keep, client)
            nursery.start_soon(self._sweep)
            task_status.started()
            async for client in self._admitted.inbox:
                nursery.start_soon(self._keep, client)

    async def _keep(self, client: Client) -> None:
        """Run one client's actor until it is drained and nobody has written since."""
        RANK.set(Rank.CLIENT)
        actor = client.actor
        if actor is None:
            actor = client.actor = self.make_actor(client.client_id, client.mailbox.inbox, client.is_anonymous)
        while True:
            failure = await attempt(actor.run)
            if failure is None:
                if self._draining or not len(client.mailbox):
                    break
            elif not await self._may_go_on(client, actor, failure):
                break
            elif self._draining:
                client.mailbox.notify(Drain())  # it may have failed after it took the first one
        self._gone(client, actor)

    async def _may_go_on(self, client: Client, actor: Actor, failure: Exception) -> bool:
        """Whether to run a failed actor again: at once, or, after too many failures, when its client asks for it."""
        self._totals["actor_failures"] += 1
        failures, text = client.restarts.total + 1, traceback_of(failure)
        log.error("client failed", client=client.client_id, failures=failures, exception=text)
        may_restart = client.restarts.allow(trio.current_time())
        self.note_failure("client", failure, "restarted" if may_restart else "parked")
        if may_restart:
            return True
        if self._draining:
            return False
        error = _parked(failure)
        log.error("client parked", client=client.client_id)
        actor.give_up(error)
        client.state = "parked"
        asked_back = await self._refuse_until_asked_back(client, error)
        client.state = "running"
        client.restarts.forget()
        return asked_back

    async def _refuse_until_asked_back(self, client: Client, error: StuiError) -> bool:
        """Answer for a client whose actor is stopped; true once it wants another try, false if it is to end."""
        while True:
            message = await client.mailbox.inbox.receive()
            if isinstance(message, Drain):
                return False
            if isinstance(message, Arrived):
                if self.wants_another_try(message):
                    client.mailbox.notify(message)
                    return True
                self.refuse(message, error)

    def _gone(self, client: Client, actor: Actor) -> None:
        """A client has ended: whoever still waits for a reply gets one now."""
        error = ShuttingDown("The server is shutting down.")
        actor.give_up(error)
        for message in client.mailbox.take_all():
            if isinstance(message, Arrived):
                self.refuse(message, error)
        self._totals["clients_ended"] += 1
        self._orphans.pop(client.client_id, None)
        if self.here.get(client.client_id) is client:
            del self.here[client.client_id]
        self.present.value = len(self.here)

    # Ending clients

    def tell_lost(self, key: SessionKey) -> None:
        """Let a client that is here look whether a session of its is still here; never waits."""
        client = self.here.get(key.client_id)
        if client is not None and client.state == "running":
            client.mailbox.post(Lost(key.session_id))

    async def drain(self) -> None:
        """Admit nobody any more, and return once every client has saved and ended."""
        self._draining = True
        for client in self.here.values():
            client.mailbox.notify(Drain())
        await self.present.wait_value(0)

    async def _sweep(self) -> None:
        interval = min(self.settings.session.cleanup_interval, SWEEP_INTERVAL)
        async with aclosing(periodic(interval)) as ticks:
            async for _ in ticks:
                await self._sweep_all(trio.current_time() + interval)

    async def _sweep_all(self, until: float) -> None:
        """Sweep one after another; ``until`` then, who wakes a session goes before those that fall asleep."""
        for number, client in enumerate(list(self.here.values())):
            self._sweep_one(client)
            if client.sessions or number % SWEEP_BATCH == SWEEP_BATCH - 1:
                await trio.lowlevel.checkpoint()
                with trio.move_on_at(until):
                    await self.wakes.over()

    def _sweep_one(self, client: Client) -> None:
        is_silent = trio.current_time() - client.heard_at > self._patience_with(client)
        if is_silent and not _has_work(client):
            self._end(client)
        elif client.state == "running" and client.sessions != 0:
            client.mailbox.post(Sweep())

    def _patience_with(self, client: Client) -> float:
        """After how many silent seconds a client without work ends; its sessions wake when they are touched."""
        bounds = self.settings.session
        if client.is_anonymous:
            return bounds.anonymous_timeout
        if client.sessions == 0:
            return bounds.attach_timeout
        at_work = bounds.process_retention if client.processes else 0.0
        return max(bounds.timeout, bounds.attach_timeout, self.settings.evaluation.max_timeout, at_work)

    def _end(self, client: Client) -> None:
        client.mailbox.notify(Drain())


def _has_work(client: Client) -> bool:
    """Whether somebody waits for a reply, or a session has not left memory: it may be one that cannot be saved."""
    if client.is_anonymous or client.state != "running":
        return False
    return bool(client.sessions) or (client.actor is not None and client.actor.is_awaited)


def _row(client: Client) -> dict[str, Json]:
    return {
        "client_id": client.client_id,
        "connections": len(client.connections),
        "sessions": client.sessions,
        "state": client.state,
        "last_seen": iso_time(client.last_seen),
    }


def _parked(failure: Exception) -> SessionParked:
    return SessionParked(
        "The actor of this client failed too often and was stopped; its sessions are as they were last saved.",
        reason=type(failure).__name__,
    )
