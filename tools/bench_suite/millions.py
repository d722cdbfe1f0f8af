"""Quiet clients beside one that holds many objects: with planned collections, and while its state moves to files."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
ROUNDS = 3  # by turns, since the machine has other things to do
OBJECTS = 1_000_000
CHURN = 10_000  # objects that each of its evaluations drops, and replaces by others
MAKE = f"x := (1 to: {OBJECTS}) collect: [ :i | i @ 1 ]. last := 0. x size"
CHANGE = (
    f"1 to: {CHURN} do: [ :i | x at: last + i put: i @ last ]. "
    f"last := last + {CHURN} \\\\ ({OBJECTS} - {CHURN}). x size"
)
ROOM = (  # for a million objects and the text of them; the defaults are sixteen times less
    "[evaluation]\nmax_memory = 1_000_000_000\ntimeout = 300.0\n[session]\nmax_session_bytes = 250_000_000\n"
)
LARGE = 100_000  # objects of the session that is moved to files
LARGE_MAKE = f"x := (1 to: {LARGE}) collect: [ :i | i @ 1 ]. last := 0. x size"
LARGE_CHANGE = "last := last + 1"  # which is written alone: what is written whole is what moves to files
OFTEN = "[storage]\ncheckpoint_interval = 0.2\n"  # seconds; 30 by default
COLLECTION_LIMIT = 60.0  # seconds of quiet within which one comes, the savings of the last changes included
COLLECTED = "garbage collected"


@define
class Holder:
    """A client with many objects. ``changes`` counts its evaluations of ``change`` while it was busy."""

    client: PlainClient
    session_id: str
    change: str
    changes: int = 0
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
            self.client.ask("evaluate", session_id=self.session_id, code=self.change)
            self.changes += 1


def beside_million(seconds: float) -> Iterator[Figure]:
    """Quiet clients while one holds a million objects and changes thousands; the planned full collections of them."""
    began = time.monotonic()
    with (
        folder() as data,
        stui_server(data / "without") as bare,
        _server_with(ROOM, data) as server,
        PlainClient(server.endpoint) as client,
    ):
        holder = Holder.of(client, MAKE, CHANGE)
        quiet, disturbed = _by_turns(bare, server, holder, seconds)
        lengths = _collections(server)
    what = f"p99 of `3 + 4`, {QUIET} clients, {RATE:g} requests/s, beside one with a million objects that changed {{}}"
    changed = holder.changes * CHURN
    yield at_most_times(
        "beside_million", what.format(f"{changed:,}"), median(disturbed), median(quiet), "ms", "without it", 3
    )
    what = f"longest of {len(lengths)} planned full collections meanwhile, in {time.monotonic() - began:.0f} s"
    yield at_most("million_collection", what, max(lengths), "ms", 250)


def beside_checkpoint(seconds: float) -> Iterator[Figure]:
    """Quiet clients while a large session is moved to files of its own all the time, whole each time."""
    with (
        folder() as data,
        stui_server(data / "without") as bare,
        _server_with(ROOM + OFTEN, data) as server,
        PlainClient(server.endpoint) as client,
    ):
        holder = Holder.of(client, LARGE_MAKE, LARGE_CHANGE, "strict")
        quiet, disturbed = _by_turns(bare, server, holder, seconds)
        moved = newest_file(data / "with", holder.session_id).stat().st_size / 1e6
    what = f"p99 of `3 + 4`, {QUIET} clients, {RATE:g} requests/s, beside one whose {LARGE:,} objects move to files"
    what += f" every 0.2 s, {moved:.1f} MB each"
    yield at_most_times("beside_checkpoint", what, median(disturbed), median(quiet), "ms", "without it", 3)


def _by_turns(bare: Server, server: Server, holder: Holder, seconds: float) -> tuple[list[float], list[float]]:
    """The p99 of quiet clients of either server, round by round; ``holder`` is busy in the second."""
    quiet, disturbed = [], []
    for _ in range(ROUNDS):
        quiet.append(_quiet_p99(bare, seconds))
        with holder.busy():
            disturbed.append(_quiet_p99(server, seconds))
    return quiet, disturbed


def _server_with(settings: str, data: Path) -> Server:
    config = data / "settings.toml"
    config.write_text(settings)
    return stui_server(data / "with", "--config", str(config))


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
