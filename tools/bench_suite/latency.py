"""How long: one client's round trip, a thousand clients at a given rate, quiet clients beside greedy ones."""

import time
from collections.abc import Iterator

from bench_suite.disk import bare_save, saved_bytes
from bench_suite.driving import Echo, drive, p99
from bench_suite.figures import Figure, at_most, at_most_times, median
from bench_suite.plain import PlainClient, fresh_name
from bench_suite.processes import echo_server, folder, stui_server
from load_runner.operations import Create, Expression, Ping

ROUND_TRIPS = 300
MANY = 1000
RATE = 5000.0
QUIET = 99
GREEDY = 4
QUIET_RATE = 500.0


def round_trip(seconds: float) -> Iterator[Figure]:
    """One client that counts up in a durable session, beside the disk work that durability costs at least."""
    with folder() as data, stui_server(data / "sessions") as server, PlainClient(server.endpoint) as client:
        session = client.ask("create_session", client_id=fresh_name("bench"))["session_id"]
        client.ask("evaluate", session_id=session, code="x := 0")
        body = saved_bytes(client, session)
        ours, bare, fixed = [], [], []
        for number in range(ROUND_TRIPS):  # by turns, so that both meet the same disk
            ours.append(client.timed("evaluate", session_id=session, code="x := x + 1"))
            bare.append(bare_save(data, body, number))
            fixed.append(client.timed("evaluate", session_id=session, code="3 + 4"))
    what = "`x := x + 1`, durable, there and back, one client (median)"
    yield _with_a_millisecond("round_trip", what, median(ours) * 1e3, median(bare) * 1e3)
    what = "`3 + 4` in a durable session, there and back, one client (median)"
    yield _with_a_millisecond("round_trip_pure", what, median(fixed) * 1e3, median(bare) * 1e3)


def _with_a_millisecond(name: str, what: str, ours: float, bare: float) -> Figure:
    return Figure(
        name, what, ours, bare, "ms", "write, fsync, rename, fsync", "at most the bare one + 1 ms", ours <= bare + 1
    )


def open_loop(seconds: float) -> Iterator[Figure]:
    """A thousand clients that ask at their own pace, whatever the server does."""
    with echo_server() as echo:
        bare = p99(drive(echo.endpoint, MANY, Echo(), seconds=seconds, rate=RATE, opening=[Echo()]))
    with folder() as data, stui_server(data) as server:
        ours = p99(drive(server.endpoint, MANY, Ping(), seconds=seconds, rate=RATE, opening=[Ping()]))
    what = f"p99 of pings, {MANY} clients, {RATE:g} requests/s, open loop"
    yield at_most_times("open_loop", what, ours, bare, "ms", "blocking ROUTER echo loop", 5)


def beside_loops(seconds: float) -> Iterator[Figure]:
    """Quiet clients while others run endless loops, and how soon an interrupt ends a loop."""
    with folder() as data, stui_server(data) as server:
        quiet = _quiet_p99(server.endpoint, seconds)
        greedy = [_endless_loop(server.endpoint) for _ in range(GREEDY)]
        disturbed = _quiet_p99(server.endpoint, seconds)
        stops = [_interrupt(*each) * 1e3 for each in greedy]
    what = f"p99 of `3 + 4`, {QUIET} clients beside {GREEDY} endless loops, {QUIET_RATE:g} requests/s"
    yield at_most_times("beside_loops", what, disturbed, quiet, "ms", "without the loops", 3)
    yield at_most("interrupt", "interrupt of an endless loop, slowest", max(stops), "ms", 100)


def _quiet_p99(endpoint: str, seconds: float) -> float:
    quiet = Expression("3 + 4", "7")
    return p99(drive(endpoint, QUIET, quiet, seconds=seconds, rate=QUIET_RATE, opening=[Create()]))


def _endless_loop(endpoint: str) -> tuple[PlainClient, str, str]:
    client = PlainClient(endpoint)
    session = client.ask("create_session", client_id=fresh_name("loop"))["session_id"]
    return client, session, client.post("evaluate", session_id=session, code="[true] whileTrue", timeout=120)


def _interrupt(client: PlainClient, session: str, request_id: str) -> float:
    with client:
        began = time.perf_counter()
        client.post("interrupt", session_id=session, request_id=request_id)
        reply = client.reply_to(request_id)
        took = time.perf_counter() - began
    if reply.get("error_type") != "Interrupted":
        raise AssertionError(f"the loop ended otherwise: {reply}")
    return took
