"""How much room: memory of idle clients, connects, a session on the disk."""

import secrets
import time
from collections.abc import Iterator, Sequence

from bench_suite.disk import newest_file
from bench_suite.driving import Echo
from bench_suite.figures import Figure, at_most, at_most_times
from bench_suite.plain import PlainClient, fresh_name
from bench_suite.processes import Server, echo_server, folder, stui_server
from load_runner.connections import Connections
from load_runner.generator import Generator, Plan
from load_runner.operations import Create, LoadClient, Operation, Ping

CLIENTS = 1000
FIRST = 50  # clients before the first look, so that what is made once is not counted
SETTLING = 1.5  # seconds
OBJECTS = 1000
DEFINE_ITEM = "Object subclass: #BenchItem instanceVariableNames: 'name price tag next' package: 'Bench'"
FILL = (
    "items := (1 to: {count}) collect: [:each | BenchItem new]. "
    "items doWithIndex: [:each :i | each instVarNamed: 'name' put: 'item ', i printString; "
    "instVarNamed: 'price' put: i * 3; instVarNamed: 'tag' put: #ordinary; "
    "instVarNamed: 'next' put: (items at: i \\\\ {count} + 1)]. items size"
)


def open_clients(server: Server, opening: Sequence[Operation], connections: Connections, count: int) -> float:
    """Seconds until ``count`` clients have done ``opening`` over fresh ``connections``."""
    run = secrets.token_hex(6)
    clients = [LoadClient(f"bench-{run}-{number}") for number in range(count)]
    generator = Generator(Plan((), (), opening=tuple(opening)), connections, clients)
    began = time.perf_counter()
    generator.set_up()
    took = time.perf_counter() - began
    if generator.measurements.failure_count:
        raise AssertionError(f"{server.endpoint}: {generator.measurements.failures[:3]}")
    return took


def memory_per_client(server: Server, opening: Sequence[Operation]) -> float:
    """KB that the server holds for each idle client."""
    with Connections(server.endpoint, FIRST) as first:
        open_clients(server, opening, first, FIRST)
        time.sleep(SETTLING)
        before = server.memory()
        with Connections(server.endpoint, CLIENTS) as others:
            open_clients(server, opening, others, CLIENTS)
            time.sleep(SETTLING)
            return (server.memory() - before) / CLIENTS / 1000


def idle_memory(seconds: float) -> Iterator[Figure]:
    """Memory of a client that has a session and is quiet."""
    with echo_server() as echo:
        bare = memory_per_client(echo, [Echo()])
    with folder() as data, stui_server(data) as server:
        ours = memory_per_client(server, [Create()])
    what = f"memory of an idle client with a session (of {CLIENTS})"
    bound = at_most("idle_memory", what, ours, "KB", 150)
    yield Figure(bound.name, what, ours, bare, "KB", "connection to the echo loop", bound.goal, bound.met)


def connect_seconds(server: Server, operation: Operation) -> float:
    """Milliseconds until a thousand new connections have had one reply each."""
    began = time.perf_counter()
    with Connections(server.endpoint, CLIENTS) as connections:
        opened = time.perf_counter() - began
        return (opened + open_clients(server, [operation], connections, CLIENTS)) * 1e3


def connects(seconds: float) -> Iterator[Figure]:
    """A crowd that comes at once."""
    with echo_server() as echo:
        bare = min(connect_seconds(echo, Echo()) for _ in range(3))
    with folder() as data, stui_server(data) as server:
        ours = min(connect_seconds(server, Ping()) for _ in range(3))
    what = f"{CLIENTS} connects with a first reply each (best of 3)"
    yield at_most_times("connects", what, ours, bare, "ms", "to the echo loop", 3)


def disk(seconds: float) -> Iterator[Figure]:
    """The file of a session with ordinary objects: four instance variables, strings, numbers, references."""
    with folder() as data:
        with stui_server(data) as server, PlainClient(server.endpoint) as client:
            session = client.ask("create_session", client_id=fresh_name("bench"))["session_id"]
            client.ask("evaluate", session_id=session, code=DEFINE_ITEM)
            client.ask("evaluate", session_id=session, code=FILL.format(count=OBJECTS))
        size = newest_file(data, session).stat().st_size / 1000
    yield at_most("disk", f"file of a session with {OBJECTS} ordinary objects", size, "KB", 200)
