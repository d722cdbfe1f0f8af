"""Drives the clients: sets them up, then sends in a closed or an open model and checks every reply.

Closed: each client sends when it has its reply. Open: requests start at a given rate, whatever the server does, and
latency counts from the intended start, so that a server that stalls does not hide what it made wait.
"""

import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
from attrs import frozen

from load_runner.connections import Connections
from load_runner.measurements import Measurements
from load_runner.operations import NO_ROOM, Create, Define, LoadClient, Operation

SETTING_UP = 64  # clients at once: creating sessions is not what is measured
PROGRESS_INTERVAL = 0.5
EVENT = b'{"event":'  # as this server begins one: two come with each reply, and need not be read


@frozen
class Plan:
    """How a run goes. ``rate`` (requests per second, of all clients) makes it open; ``weights`` are the operations'."""

    operations: tuple[Operation, ...]
    weights: tuple[float, ...]
    duration: float = 10.0
    warm_up: float = 1.0
    rate: float | None = None
    poisson: bool = False
    reply_timeout: float = 10.0
    seed: int = 1
    opening: tuple[Operation, ...] = (Create(), Define())


def arrivals(seconds: float, rate: float, *, poisson: bool = False, seed: int = 1) -> Iterator[float]:
    """When the requests of an open model start, in seconds from its beginning: at even gaps, or as people come.

    The same for the same arguments, so that something else can be measured under the same load.
    """
    random_gaps = random.Random(seed)  # no secret
    at = 0.0
    while at < seconds:
        yield at
        at += random_gaps.expovariate(rate) if poisson else 1 / rate


@frozen
class Sent:
    """A request under way; times by the monotonic clock."""

    operation: Operation
    intended: float
    counted: bool


class Generator:
    """Runs one plan with ``clients`` over ``connections`` (the same number of each)."""

    def __init__(
        self,
        plan: Plan,
        connections: Connections,
        clients: Sequence[LoadClient],
        progress: Callable[[Measurements], None] = lambda _: None,
    ) -> None:
        self.measurements = Measurements()
        self._plan = plan
        self._connections = connections
        self._clients = clients
        self._progress = progress
        self._choice = random.Random(plan.seed)  # a mix of requests is no secret
        self._backlog: list[deque[Sent]] = [deque() for _ in clients]
        self._under_way = 0
        self._began = self._told = time.perf_counter()

    def run(self) -> Measurements:
        """Set up, warm up, measure, wait for the last replies."""
        self.set_up()
        self._began = time.perf_counter() + self._plan.warm_up
        end = self._began + self._plan.duration
        busy = time.thread_time()
        if self._plan.rate is None:
            self._run_closed(end)
        else:
            self._run_open(end, self._plan.rate)
        whole = self._plan.warm_up + self._plan.duration
        self.measurements.generator_share = (time.thread_time() - busy) / whole
        self.measurements.seconds = self._plan.duration
        self._drain()
        return self.measurements

    def set_up(self) -> None:
        """Let each client do the plan's opening requests, some clients at a time; failures are recorded."""
        waiting = deque(range(len(self._clients) if self._plan.opening else 0))
        steps = {index: deque(self._plan.opening) for index in waiting}
        limit = time.perf_counter() + self._plan.reply_timeout

        def step(index: int) -> None:
            if steps[index]:
                self._send(index, steps[index].popleft(), time.perf_counter(), counted=False)
            elif waiting:
                step(waiting.popleft())

        for _ in range(min(SETTING_UP, len(waiting))):
            step(waiting.popleft())
        while self._under_way and time.perf_counter() < limit:
            for index in self._replies(0.1):
                limit = time.perf_counter() + self._plan.reply_timeout
                step(index)
        self._give_up_on_the_rest("in the set-up")

    def _run_closed(self, end: float) -> None:
        for index in range(len(self._clients)):
            self._send_next(index)
        while (now := time.perf_counter()) < end:
            for index in self._replies(min(0.1, end - now)):
                self._send_next(index)

    def _send_next(self, index: int) -> None:
        now = time.perf_counter()
        self._send(index, self._choose(), now, counted=now >= self._began)

    def _run_open(self, end: float, rate: float) -> None:
        began = time.perf_counter()
        starts = enumerate(arrivals(end - began, rate, poisson=self._plan.poisson, seed=self._plan.seed))
        turn, at = next(starts, (0, None))
        while at is not None:
            now = time.perf_counter()
            while at is not None and began + at <= now:
                self._send_late(turn % len(self._clients), began + at)
                turn, at = next(starts, (0, None))
            until = end if at is None else began + at
            self._take(self._replies(max(0.0, min(0.1, until - time.perf_counter()))))

    def _send_late(self, index: int, intended: float) -> None:
        """Send what was to be sent at ``intended``, and note how much later that was."""
        counted = intended >= self._began
        self._send(index, self._choose(), intended, counted=counted)
        if counted:
            self.measurements.late(time.perf_counter() - intended)

    def _choose(self) -> Operation:
        if len(self._plan.operations) == 1:
            return self._plan.operations[0]
        return self._choice.choices(self._plan.operations, self._plan.weights)[0]

    def _send(self, index: int, operation: Operation, intended: float, *, counted: bool) -> None:
        self._under_way += 1
        if self._connections.lockstep and self._clients[index].pending:
            self._backlog[index].append(Sent(operation, intended, counted))
        else:
            self._send_now(index, Sent(operation, intended, counted))

    def _send_now(self, index: int, sent: Sent) -> None:
        client = self._clients[index]
        request = client.request(sent.operation)
        client.pending[request["id"]] = sent
        self._connections.send(index, msgspec.json.encode(request))

    def _replies(self, timeout: float) -> Iterable[int]:
        """Check what has come; answer the clients that had a reply, once for each."""
        had = []
        for index, payload in self._connections.receive(timeout):
            if self._check(self._clients[index], payload, time.perf_counter()):
                had.append(index)
                if self._backlog[index]:
                    self._send_now(index, self._backlog[index].popleft())
        now = time.perf_counter()
        if now - self._told > PROGRESS_INTERVAL:
            self._told = now
            self.measurements.seconds = max(0.0, now - self._began)
            self._progress(self.measurements)
        return had

    def _check(self, client: LoadClient, payload: bytes, now: float) -> bool:
        if payload.startswith(EVENT):
            return False
        try:
            reply = msgspec.json.decode(payload)
        except msgspec.DecodeError:
            self.measurements.fail(f"{client.name} was sent no JSON: {payload[:64]!r}")
            return False
        if "event" in reply:
            return False
        sent = client.pending.pop(reply.get("id"), None)
        if not isinstance(sent, Sent):
            self.measurements.fail(f"{client.name} was sent a reply to {reply.get('id')!r}, which it had not asked")
            return False
        self._under_way -= 1
        self._judge(client, sent, reply, now)
        return True

    def _judge(self, client: LoadClient, sent: Sent, reply: dict[str, object], now: float) -> None:
        error_type = reply.get("error_type")
        result = reply.get("result", {})
        if isinstance(error_type, str) and error_type in NO_ROOM:
            self.measurements.refuse(error_type)
        elif reply.get("status") == "error":
            self.measurements.fail(f"{client.name} {sent.operation.name}: {error_type}: {reply.get('error')}")
        elif reply.get("client_id", client.name) != client.name or not isinstance(result, dict):
            self.measurements.fail(f"{client.name} was sent the reply of {reply.get('client_id')!r}")
        elif (fault := sent.operation.fault(client, result)) is not None:
            self.measurements.fail(fault)
        elif sent.counted:
            self.measurements.record(sent.operation.name, now - sent.intended)

    def _take(self, replies: Iterable[int]) -> None:
        deque(replies, maxlen=0)

    def _drain(self) -> None:
        limit = time.perf_counter() + self._plan.reply_timeout
        while self._under_way and time.perf_counter() < limit:
            self._take(self._replies(0.1))
        self._give_up_on_the_rest(f"within {self._plan.reply_timeout:g} s")

    def _give_up_on_the_rest(self, when: str) -> None:
        for client, backlog in zip(self._clients, self._backlog, strict=True):
            for request_id in client.pending:
                self.measurements.fail(f"{client.name} had no reply to {request_id} {when}")
            self._under_way -= len(client.pending) + len(backlog)
            client.pending.clear()
            backlog.clear()
