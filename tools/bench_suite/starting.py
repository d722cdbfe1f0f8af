"""How soon a server answers after it was started: with nothing in its store, and with a crowd's sessions."""

from collections.abc import Iterator
from pathlib import Path

from bench_suite.figures import Figure, at_most, median
from bench_suite.plain import PlainClient, RefusedError, fresh_name
from bench_suite.processes import counting_server, echo_server, folder, stui_server

TRIES = 3
SESSIONS = 10_000
UNDER_WAY = 64


def start_seconds(data: Path) -> float:
    """Seconds from the start of the process to its first reply (median)."""
    taken = []
    for _ in range(TRIES):
        with stui_server(data) as server:
            taken.append(server.start_seconds)
    return median(taken)


def start(seconds: float) -> Iterator[Figure]:
    """An empty store."""
    with echo_server() as echo:
        bare = echo.start_seconds
    with folder() as data:
        ours = start_seconds(data / "sessions")
    what = f"start to first reply, empty store (median of {TRIES})"
    bound = at_most("start", what, ours, "s", 1)
    yield Figure(bound.name, what, ours, bare, "s", "echo loop", bound.goal, bound.met)


def start_full(seconds: float) -> Iterator[Figure]:
    """Ten thousand clients' sessions in the store; a server without fsync wrote them, which is quicker."""
    with folder() as data:
        with counting_server(data / "sessions", data / "fsyncs", "--unsynced") as server:
            fill(server.endpoint, SESSIONS)
        ours = start_seconds(data / "sessions")
    yield at_most("start_full", f"start to first reply, {SESSIONS:,} sessions (median of {TRIES})", ours, "s", 2)


def fill(endpoint: str, count: int) -> None:
    """Create ``count`` sessions, each of another client, some at a time; raise RefusedError if one is refused."""
    run = fresh_name("bench")
    with PlainClient(endpoint) as client:
        for number in range(count):
            client.post("create_session", client_id=f"{run}-{number}")
            if number >= UNDER_WAY:
                _created(client)
        for _ in range(min(count, UNDER_WAY)):
            _created(client)


def _created(client: PlainClient) -> None:
    reply = client.receive()
    if reply.get("status") != "success":
        raise RefusedError(str(reply))
