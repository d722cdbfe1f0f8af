"""Clients that come back: all at once after a cut, after a kill of the server, and to a session that sleeps."""

import secrets
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import msgspec

from bench_suite.disk import saved_bytes
from bench_suite.durability import LARGE, filled_session, session_with
from bench_suite.figures import Figure, at_most, at_most_times, median
from bench_suite.footprint import CLIENTS
from bench_suite.plain import PlainClient, RefusedError
from bench_suite.processes import folder, stui_server
from load_runner.connections import Connections
from load_runner.generator import Generator, Plan
from load_runner.operations import Create, Define, LoadClient, Restore

NEARLY_ALL = 0.99
RESUME_GOAL, WAKE_GOAL = 5, 50  # seconds; milliseconds
SLEEPERS = 100
NIGHTS = 3  # of the session that holds much
WOKEN_SHARE = 0.5  # of what all objects take
PATIENCE = 60.0  # seconds: then it has failed
SLEEPY = """
[session]
timeout = 0.2
attach_timeout = 0.2
heartbeat_attach_timeout = 0.2
cleanup_interval = 0.2
"""


def prepare(endpoint: str, count: int) -> list[LoadClient]:
    """Clients with a session and a variable each, and without a connection."""
    run = secrets.token_hex(6)
    clients = [LoadClient(f"bench-{run}-{number}") for number in range(count)]
    with Connections(endpoint, count) as connections:
        generator = Generator(Plan((), (), opening=(Create(), Define())), connections, clients)
        generator.set_up()
    if generator.measurements.failure_count:
        raise RefusedError(str(generator.measurements.failures[:3]))
    return clients


def resume_seconds(endpoint: str, clients: Sequence[LoadClient]) -> float:
    """Seconds until nearly all of ``clients``, who come at once on new connections, have their sessions back."""
    restore = Restore()
    began = time.perf_counter()
    with Connections(endpoint, len(clients)) as connections:
        for index, client in enumerate(clients):
            connections.send(index, msgspec.json.encode(client.request(restore)))
        back = 0
        while back < NEARLY_ALL * len(clients):
            if time.perf_counter() - began > PATIENCE:
                raise TimeoutError(f"{back} of {len(clients)} sessions were resumed within {PATIENCE:g} s")
            for index, payload in connections.receive(0.1):
                _check(restore, clients[index], msgspec.json.decode(payload))
                back += 1
        return time.perf_counter() - began


def _check(restore: Restore, client: LoadClient, reply: dict[str, object]) -> None:
    result = reply.get("result")
    fault = restore.fault(client, result) if isinstance(result, dict) else str(reply)
    if fault is not None:
        raise RefusedError(fault)


def resume(seconds: float) -> Iterator[Figure]:
    """A crowd that was cut off comes back at once; then once more, after the server was killed."""
    with folder() as data:
        with stui_server(data) as server:
            clients = prepare(server.endpoint, CLIENTS)
            cut = resume_seconds(server.endpoint, clients)
            server.end(signal.SIGKILL)
        began = time.perf_counter()
        with stui_server(data) as server:
            resume_seconds(server.endpoint, clients)
            killed = time.perf_counter() - began
    yield at_most("resume", f"99 % of {CLIENTS} cut-off clients have their sessions back", cut, "s", RESUME_GOAL)
    what = f"the same after kill -9, the server's start included ({CLIENTS} sessions read from disk)"
    yield at_most("resume_killed", what, killed, "s", RESUME_GOAL)


def wake(seconds: float) -> Iterator[Figure]:
    """The first touch of a session that left memory."""
    with folder() as data:
        config = data / "stui.toml"
        config.write_text(SLEEPY)
        sessions = data / "sessions"
        with stui_server(sessions, "--config", str(config)) as server:
            with PlainClient(server.endpoint) as client:
                owned = [filled_session(client) for _ in range(SLEEPERS)]
                size = len(saved_bytes(client, owned[-1][1])) / 1000
            with PlainClient(server.endpoint) as client:
                times = sorted(_woken(client, name, session) for name, session in owned)
    what = f"first touch of a sleeping session of {size:.0f} KB, there and back (p99 of {SLEEPERS})"
    yield at_most("wake", what, times[int(NEARLY_ALL * len(times))] * 1e3, "ms", WAKE_GOAL)


def woken_change(seconds: float) -> Iterator[Figure]:
    """The first changed object after a wake of a session that holds much: written alone, and with all others."""
    with folder() as data:
        alone, whole = data / "alone.toml", data / "whole.toml"
        alone.write_text(SLEEPY)
        whole.write_text(f"{SLEEPY}compared_from = 1_000_000_000\n")
        with (
            stui_server(data / "alone", "--config", str(alone)) as first,
            stui_server(data / "whole", "--config", str(whole)) as second,
        ):
            ours, bare = _first_changes([first.endpoint, second.endpoint])
    what = f"first `list add: 3` after a wake, durable, in a session of {LARGE} objects (median)"
    yield at_most_times("wake_change", what, ours, bare, "ms", "all objects written", WOKEN_SHARE)


def _first_changes(endpoints: Sequence[str]) -> list[float]:
    """Milliseconds of one, at each server in a large session that slept before; by turns.

    Who made a session is gone by then: while its connection lives the session is attached, and does not sleep.
    """
    with ExitStack() as making:
        makers = [making.enter_context(PlainClient(each)) for each in endpoints]
        sessions = [session_with(client, f"(1 to: {LARGE})") for client in makers]
    times: list[list[float]] = [[] for _ in endpoints]
    with ExitStack() as asking:
        clients = [asking.enter_context(PlainClient(each)) for each in endpoints]
        for _ in range(NIGHTS):
            for client, (name, session), taken in zip(clients, sessions, times, strict=True):
                _woken(client, name, session, code="3 + 4")
                taken.append(client.timed("evaluate", client_id=name, session_id=session, code="list add: 3") * 1e3)
    return list(map(median, times))


def _woken(client: PlainClient, name: str, session: str, code: str = "items size") -> float:
    limit = time.monotonic() + PATIENCE
    while _state(client, name, session) != "sleeping":
        if time.monotonic() > limit:
            raise TimeoutError("a session does not fall asleep")
        time.sleep(0.05)
    return client.timed("evaluate", client_id=name, session_id=session, code=code)


def _state(client: PlainClient, name: str, session: str) -> object:
    """As the listing says: asking the session itself would wake it."""
    rows = client.ask("list_client_sessions", client_id=name)["sessions"]
    return next(row["state"] for row in rows if row["session_id"] == session)
