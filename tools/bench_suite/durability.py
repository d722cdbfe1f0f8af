"""What keeping costs: a durable create, a restore, the fsyncs of a save."""

import time
from collections.abc import Iterator
from pathlib import Path

from bench_suite.disk import bare_save, newest_file
from bench_suite.figures import Figure, at_most, at_most_times, median
from bench_suite.footprint import DEFINE_ITEM, FILL
from bench_suite.plain import PlainClient, fresh_name
from bench_suite.processes import counting_server, folder, stui_server

CREATES = 100
SAVES = 100
RESTORES = 5
RESTORED_OBJECTS = 1450  # about 100 KB of file; the figure says how many it was
RESTORE_GOAL = 50  # ms


def create(seconds: float) -> Iterator[Figure]:
    """A new durable session beside one bare save of a file of the same size."""
    with folder() as data, stui_server(data / "sessions") as server, PlainClient(server.endpoint) as client:
        first = client.ask("create_session", client_id=fresh_name("bench"))["session_id"]
        body = newest_file(data / "sessions", first).read_bytes()
        ours, bare = [], []
        for number in range(CREATES):  # by turns, so that both meet the same disk
            ours.append(client.timed("create_session", client_id=fresh_name("bench")))
            bare.append(bare_save(data, body, number))
    what = "durable create_session, there and back (median)"
    yield at_most_times("create", what, median(ours) * 1e3, median(bare) * 1e3, "ms", "write, fsync, rename, fsync", 3)


def restore(seconds: float) -> Iterator[Figure]:
    """Restoring sessions that a killed server left, beside reading their files."""
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
