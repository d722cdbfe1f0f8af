"""What keeping costs: a durable create, a restore, the fsyncs of a save."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench_suite.disk import appended_at, appended_together, bare_save, newest_file, saved_bytes
from bench_suite.driving import drive, p99, rate
from bench_suite.figures import Figure, at_least_times, at_most, at_most_times, median
from bench_suite.footprint import DEFINE_ITEM, FILL
from bench_suite.plain import PlainClient, fresh_name
from bench_suite.processes import counting_server, folder, stui_server
from load_runner.generator import arrivals
from load_runner.operations import Create, Define, Evaluate, Operation

CREATES = 100
SAVES = 100
RESTORES = 5
RESTORED_OBJECTS = 1450  # about 100 KB of file; the figure says how many it was
RESTORE_GOAL = 50  # ms
WRITERS = (1, 100, 1000)
WRITER_ROUNDS = 3  # of the most writers, whose figures differ most from one minute to the next
PACED = 100  # writers at their own pace, as a hundred people at work
PACES = (100.0, 300.0, 600.0)  # changes per second, of all: each person's once a second, and more
WARM_UP = 0.5  # seconds
APPENDED = 2000  # bytes: about what the journal takes for such a change
LARGE = 100_000  # objects
LARGE_FILL = "all := {span} collect: [:n | n @ n]. list := OrderedCollection new. x := 0"
LARGE_CHANGES = 30
ADDITIONS = 12
ADDITION_GOAL = 25  # ms


def create(seconds: float) -> Iterator[Figure]:
    """A new durable session beside one bare save of a file of the same size."""
    with folder() as data, stui_server(data / "sessions") as server, PlainClient(server.endpoint) as client:
        first = client.ask("create_session", client_id=fresh_name("bench"))["session_id"]
        body = saved_bytes(client, first)
        ours, bare = [], []
        for number in range(CREATES):  # by turns, so that both meet the same disk
            ours.append(client.timed("create_session", client_id=fresh_name("bench")))
            bare.append(bare_save(data, body, number))
    what = "durable create_session, there and back (median)"
    yield at_most_times("create", what, median(ours) * 1e3, median(bare) * 1e3, "ms", "write, fsync, rename, fsync", 3)


def restore(seconds: float) -> Iterator[Figure]:
    """Restoring sessions that a server left, beside reading their files."""
    with folder() as data:
        with stui_server(data) as server, PlainClient(server.endpoint) as client:
            owned = [filled_session(client) for _ in range(RESTORES)]
        files = [newest_file(data, session) for _, session in owned]
        size = files[0].stat().st_size / 1000
        bare = median([_read_seconds(file) for file in files]) * 1e3
        with stui_server(data) as server, PlainClient(server.endpoint) as client:
            times = [client.timed("restore_session", client_id=name, session_id=session) for name, session in owned]
    what = f"restore of a session of {size:.0f} KB, there and back (median)"
    bound = at_most("restore", what, median(times) * 1e3, "ms", RESTORE_GOAL)
    yield Figure(bound.name, what, bound.ours, bare, "ms", "reading its file", bound.goal, bound.met)


def filled_session(client: PlainClient) -> tuple[str, str]:
    """A new client, and its session of ordinary objects."""
    name = fresh_name("bench")
    session = client.ask("create_session", client_id=name)["session_id"]
    client.ask("evaluate", session_id=session, code=DEFINE_ITEM)
    client.ask("evaluate", session_id=session, code=FILL.format(count=RESTORED_OBJECTS))
    return name, session


def _read_seconds(file: Path) -> float:
    began = time.perf_counter()
    file.read_bytes()
    return time.perf_counter() - began


def fsyncs(seconds: float) -> Iterator[Figure]:
    """How often the kernel is asked to make one save durable."""
    with folder() as data:
        notes = data / "fsyncs"
        with counting_server(data / "sessions", notes) as server, PlainClient(server.endpoint) as client:
            session = client.ask("create_session", client_id=fresh_name("bench"))["session_id"]
            client.ask("evaluate", session_id=session, code="x := 0")
            before = notes.stat().st_size
            for _ in range(SAVES):
                client.ask("evaluate", session_id=session, code="x := x + 1")
            ours = (notes.stat().st_size - before) / SAVES
    yield at_most("fsyncs", f"fsyncs per save ({SAVES} saves)", ours, "", 2)


def writers(seconds: float) -> Iterator[Figure]:
    """Durable changes by many at once, each after its first: with the journal, and with one file per save, by turns."""
    for clients in WRITERS:
        rounds = WRITER_ROUNDS if clients > 100 else 1
        runs = [(_changes(clients, seconds, "--files"), _changes(clients, seconds)) for _ in range(rounds)]
        bare = median([each.rate for each, _ in runs])
        ours, syncs, slowest = (median(each) for each in zip(*(ours for _, ours in runs), strict=True))
        what = f"`x := x + 1`, durable, {clients} writers, after their first"
        yield at_least_times(
            f"writers_{clients}", what, ours, bare, "/s", "one file per save", 5 if clients > 100 else 1
        )
        yield at_most(
            f"syncs_{clients}", f"fsyncs per change, {clients} writers", syncs, "", 0.1 if clients > 100 else 2
        )
        if clients == 100:
            what = f"p99 of `x := x + 1`, durable, {clients} writers"
            alone, together = _append_p99(1, seconds), _append_p99(clients, seconds)
            bare_what = "write, fdatasync, one writer"
            yield at_most_times("writers_p99", what, slowest, alone, "ms", bare_what, 10)
            bare_what = f"write, fdatasync, {clients} threads, one file"
            yield at_most_times("writers_p99_together", what, slowest, together, "ms", bare_what, 10)


def paced_writers(seconds: float) -> Iterator[Figure]:
    """Durable changes by a hundred people at work, beside one bare writer that appends at the very same times."""
    for pace in PACES:
        alone = _paced_append_p99(pace, seconds)
        with folder() as data, stui_server(data) as server:
            opening: list[Operation] = [Create(), Define()]
            measured = drive(
                server.endpoint,
                PACED,
                Evaluate(),
                seconds=seconds,
                rate=pace,
                poisson=True,
                opening=opening,
                warm_up=WARM_UP,
            )
        what = f"p99 of `x := x + 1`, durable, {PACED} writers, {pace:g}/s in all, open loop"
        bare_what = "write, fdatasync, one writer at the same times, its waits not counted"
        yield at_most_times(f"paced_{pace:g}", what, p99(measured), alone, "ms", bare_what, 10)


def _paced_append_p99(pace: float, seconds: float) -> float:
    """Milliseconds; of one writer that appends when the paced requests start, without those of the warm-up."""
    starts = list(arrivals(WARM_UP + seconds, pace, poisson=True))
    with folder() as data:
        taken = appended_at(data / "journal", bytes(APPENDED), starts)
    times = sorted(each for start, each in zip(starts, taken, strict=True) if start >= WARM_UP)
    return times[int(0.99 * len(times))] * 1e3


class Changes(NamedTuple):
    """Acknowledged changes per second, fsyncs for each, and their p99 in ms."""

    rate: float
    syncs: float
    p99: float


def _changes(clients: int, seconds: float, *options: str) -> Changes:
    with folder() as data:
        notes = data / "fsyncs"
        with counting_server(data / "sessions", notes, *options) as server:
            opening: list[Operation] = [Create(), Define(), Evaluate()]
            drive(server.endpoint, clients, Evaluate(), seconds=0.2, opening=opening, warm_up=0)
            before = notes.stat().st_size
            measured = drive(server.endpoint, clients, Evaluate(), seconds=seconds, opening=opening, warm_up=0)
            syncs = notes.stat().st_size - before
    return Changes(rate(measured), syncs / measured.figures()["all"]["count"], p99(measured))


def _append_p99(threads: int, seconds: float) -> float:
    """Milliseconds; of ``threads`` that append to one file, each again as soon as its last append is durable."""
    with folder() as data:
        times = sorted(appended_together(data / "journal", bytes(APPENDED), threads, seconds))
    return times[int(0.99 * len(times))] * 1e3


def large(seconds: float) -> Iterator[Figure]:
    """A change in a session that holds much, beside one in an empty session."""
    times: dict[str, list[float]] = {"(1 to: 1)": [], f"(1 to: {LARGE})": []}
    with folder() as data, stui_server(data) as server, PlainClient(server.endpoint) as client:
        sessions = {span: session_with(client, span) for span in times}
        for _ in range(LARGE_CHANGES):
            for span, (name, session) in sessions.items():
                change = client.timed("evaluate", client_id=name, session_id=session, code="x := x + 1")
                times[span].append(change * 1e3)
    bare, ours = map(median, times.values())
    what = f"`x := x + 1`, durable, in a session of {LARGE} objects (median)"
    goal = "at most 5 ms more"
    yield Figure("large", what, ours, bare, "ms", "in an empty session", goal, ours <= bare + 5)
    yield from _object_beside_many()


def _object_beside_many() -> Iterator[Figure]:
    """A changed object in a session that holds much: written alone, and with all others."""
    with folder() as data:
        whole = data / "whole.toml"
        whole.write_text("[session]\ncompared_from = 1_000_000_000\n")
        with (
            stui_server(data / "alone") as alone,
            stui_server(data / "whole", "--config", str(whole)) as together,
            PlainClient(alone.endpoint) as first,
            PlainClient(together.endpoint) as second,
        ):
            ours, bare = _additions([first, second])
    what = f"`list add: 3`, durable, in a session of {LARGE} objects (median)"
    yield Figure("large_object", what, ours, bare, "ms", "all objects written", "at most 25 ms", ours <= ADDITION_GOAL)


def _additions(clients: list[PlainClient]) -> list[float]:
    """Milliseconds of one, by each client in a large session of its own; by turns."""
    sessions = [session_with(client, f"(1 to: {LARGE})") for client in clients]
    times: list[list[float]] = [[] for _ in clients]
    for turn in range(ADDITIONS):
        for client, (name, session), taken in zip(clients, sessions, times, strict=True):
            seconds = client.timed("evaluate", client_id=name, session_id=session, code="list add: 3")
            taken += [seconds * 1e3] if turn else []  # the first one finds the new session as it was written before
    return list(map(median, times))


def session_with(client: PlainClient, span: str) -> tuple[str, str]:
    """A client, and its session with a point for each number of ``span``."""
    name = fresh_name("bench")
    session: str = client.ask("create_session", client_id=name)["session_id"]
    client.ask("evaluate", client_id=name, session_id=session, code=LARGE_FILL.format(span=span))
    return name, session
