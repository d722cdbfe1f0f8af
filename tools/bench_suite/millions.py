"""Quiet clients beside one that holds many objects: with planned collections, and while its state moves to files."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from attrs import define, field

from bench_suite.disk import newest_file
from bench_suite.driving import drive, p99
from bench_suite.figures import Figure, at_most, at_most_times, median
from bench_suite.plain import PlainClient, fresh_name
from bench_suite.processes import Server, folder, stui_server
from load_runner.operations import Create, Expression

QUIET = 80
RATE = 500.0
BESIDE = f"p99 of `3 + 4`, {QUIET} clients, {RATE:g} requests/s, beside"
ROUNDS = 3  # by turns, since the machine has other things to do
OBJECTS = 1_000_000
CHURN = 10_000  # objects that each of its evaluations drops, and replaces by others
MAKE = f"x := (1 to: {OBJECTS}) collect: [ :i | i @ 1 ]. last := 0. x size"
CHANGE = (
    f"1 to: {CHURN} do: [ :i | x at: last + i put: i @ last ]. "
    f"last := last + {CHURN} \\\\ ({OBJECTS} - {CHURN}). x size"
)
WORK = (  # reads and changes a few of them, far apart
    f"last := last + 7919 \\\\ {OBJECTS}. 1 to: 20 do: [ :i | | at | "
    f"at := last + (i * 49999) \\\\ {OBJECTS} + 1. x at: at put: (x at: at) x @ last ]. x size"
)
REST = 0.1  # seconds between two such requests
MILLION_GOAL = 250  # ms: ten times what a change among 100,000 may take
ROOM = (  # for a million objects and the text of them; the defaults are sixteen times less
    "[evaluation]\nmax_memory = 1_000_000_000\ntimeout = 300.0\n[session]\nmax_session_bytes = 250_000_000\n"
)
LARGE = 100_000  # objects of the session that is moved to files
LARGE_MAKE = f"x := (1 to: {LARGE}) collect: [ :i | i @ 1 ]. last := 0. x size"
LARGE_CHANGE = "last := last + 1"  # which is written alone: what is written whole is what moves to files
NEVER = "[storage]\ncheckpoint_interval = 86_400.0\njournal_bytes = 1_000_000_000\n"
OFTEN = "[storage]\ncheckpoint_interval = 0.2\n"  # seconds; 30 by default
COLLECTION_LIMIT = 60.0  # seconds of quiet within which one comes, the savings of the last changes included
COLLECTED = "garbage collected"


@define
class Holder:
    """A client with many objects. ``changes`` counts its evaluations of ``change`` while it was busy.

    ``rest``: seconds between two of them; ``times``: how long each took, in milliseconds.
    """

    client: PlainClient
    session_id: str
    change: str
    rest: float = 0.0
    changes: int = 0
    times: list[float] = field(factory=list)
    _is_over: threading.Event = field(factory=threading.Event)

    @classmethod
    def of(cls, client: PlainClient, make: str, change: str, durability: str = "relaxed") -> "Holder":
        """Fill a new session; a relaxed one is saved once a second while it changes, a strict one with each change."""
        session_id = client.ask("create_session", client_id=fresh_name("many"), durability=durability)["session_id"]
        client.ask("evaluate", session_id=session_id, code=make)
        return cls(client, session_id, change)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """It drops some objects and makes others all the time."""
        self._is_over.clear()
        thread = threading.Thread(target=self._change)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()

    def _change(self) -> None:
        while not self._is_over.is_set():
            began = time.perf_counter()
            self.client.ask("evaluate", session_id=self.session_id, code=self.change)
            self.times.append((time.perf_counter() - began) * 1e3)
            self.changes += 1
            self._is_over.wait(self.rest)


def beside_million(seconds: float) -> Iterator[Figure]:
    """Quiet clients while one changes all of a million objects, thousands at a time; full collections meanwhile."""
    began = time.monotonic()
    with (
        folder() as data,
        stui_server(data / "without") as bare,
        _server_with(ROOM, data) as server,
        PlainClient(server.endpoint) as client,
    ):
        holder = Holder.of(client, MAKE, CHANGE)
        quiet, disturbed = _by_turns([(bare, None), (server, holder)], seconds)
        lengths = _collections(server)
    what = f"{BESIDE} one with a million objects that changed {holder.changes * CHURN:,}"
    yield at_most_times("beside_million", what, median(disturbed), median(quiet), "ms", "without it", 3)
    what = f"longest of {len(lengths)} planned full collections meanwhile, in {time.monotonic() - began:.0f} s"
    yield at_most("million_collection", what, max(lengths), "ms", 250)


def beside_holder(seconds: float) -> Iterator[Figure]:
    """Quiet clients while one holds a million objects, and reads and changes a few every 0.1 s, each time durably."""
    with (
        folder() as data,
        stui_server(data / "without") as bare,
        _server_with(ROOM, data) as server,
        PlainClient(server.endpoint) as client,
    ):
        holder = Holder.of(client, MAKE, WORK, "strict")
        holder.rest = REST
        quiet, disturbed = _by_turns([(bare, None), (server, holder)], seconds)
    what = f"{BESIDE} one that holds a million objects, and durably changes 20 at a time, {holder.changes} times"
    yield at_most_times("beside_holder", what, median(disturbed), median(quiet), "ms", "without it", 3)
    what = "`x at: n put: y` of 20 objects among a million, durable (median)"
    yield at_most("million_change", what, median(holder.times), "ms", MILLION_GOAL)


def beside_checkpoint(seconds: float) -> Iterator[Figure]:
    """Quiet clients while a large session is moved to files of its own all the time, whole each time."""
    with (
        folder() as data,
        stui_server(data / "without") as bare,
        _server_with(ROOM + NEVER, data, "still") as still,
        _server_with(ROOM + OFTEN, data) as server,
        PlainClient(still.endpoint) as first,
        PlainClient(server.endpoint) as second,
    ):
        holders = [Holder.of(each, LARGE_MAKE, LARGE_CHANGE, "strict") for each in (first, second)]
        servers = [(bare, None), (still, holders[0]), (server, holders[1])]
        quiet, unmoved, disturbed = map(median, _by_turns(servers, seconds))
        moved = newest_file(data / "with", holders[1].session_id).stat().st_size / 1e6
    what = f"{BESIDE} one whose {LARGE:,} objects move to files every 0.2 s, {moved:.1f} MB each"
    yield at_most_times("beside_checkpoint", what, disturbed, quiet, "ms", "without it", 3)
    yield at_most_times("checkpoint_alone", what, disturbed, unmoved, "ms", "the same, and nothing moves", 3)


def _by_turns(servers: list[tuple[Server, Holder | None]], seconds: float) -> list[list[float]]:
    """The p99 of quiet clients of each server, round by round, while its holder is busy; the order is turned round."""
    found: list[list[float]] = [[] for _ in servers]
    for turn in range(ROUNDS):
        for place in sorted(range(len(servers)), reverse=turn % 2 == 1):
            server, holder = servers[place]
            with nullcontext() if holder is None else holder.busy():
                found[place].append(_quiet_p99(server, seconds))
    return found


def _server_with(settings: str, data: Path, name: str = "with") -> Server:
    config = data / f"{name}.toml"
    config.write_text(settings)
    return stui_server(data / name, "--config", str(config))


def _quiet_p99(server: Server, seconds: float) -> float:
    quiet = Expression("3 + 4", "7")
    return p99(drive(server.endpoint, QUIET, quiet, seconds=seconds, rate=RATE, opening=[Create()]))


def _collections(server: Server) -> list[float]:
    """Milliseconds of each full collection that a server told of; the next one is waited for if there was none."""
    limit = time.monotonic() + COLLECTION_LIMIT
    while not (found := [line for line in server.said().splitlines() if COLLECTED in line]):
        if time.monotonic() > limit:
            raise TimeoutError(f"no planned collection within {COLLECTION_LIMIT:g} s")
        time.sleep(1.0)
    return [json.loads(line)["milliseconds"] for line in found]
