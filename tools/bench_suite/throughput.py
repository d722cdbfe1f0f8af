"""How much: processor time per ping, evaluations per second."""

import os
from collections.abc import Iterator
from statistics import mean

from bench_suite.driving import Echo, drive, rate
from bench_suite.figures import Figure, at_least_times, at_most_times
from bench_suite.notebook import kernel_round_trips
from bench_suite.processes import Server, echo_server, folder, stui_server
from load_runner.operations import Create, Expression, Operation, Ping

CLIENTS = 100
ROUNDS = 5  # of a comparison by turns


def processor_time_per_request(server: Server, operation: Operation, seconds: float) -> float:
    """Microseconds of the server's processor time for one request, 100 clients in a closed loop."""
    drive(server.endpoint, CLIENTS, operation, seconds=0.5)
    before = server.cpu_seconds()
    measurements = drive(server.endpoint, CLIENTS, operation, seconds=seconds, warm_up=0)
    return (server.cpu_seconds() - before) / measurements.figures()["all"]["count"] * 1e6


def ping(seconds: float) -> Iterator[Figure]:
    """What the whole stack adds to a bare echo; both run, and are asked by turns, as machines have moods."""
    bares, each = [], []
    with echo_server() as echo, folder() as data, stui_server(data) as server:
        for _ in range(ROUNDS):
            bares.append(processor_time_per_request(echo, Echo(), seconds / ROUNDS))
            each.append(processor_time_per_request(server, Ping(), seconds / ROUNDS))
    bare, ours = mean(bares), mean(each)
    what = f"processor time of a ping, {CLIENTS} clients"
    yield at_most_times("ping", what, ours, bare, "µs", "blocking ROUTER echo loop", 2.5)


def evaluate(seconds: float) -> Iterator[Figure]:
    """Evaluations in durable sessions beside ipykernel's."""
    with folder() as data:
        kernels = os.cpu_count() or 1
        bare = kernel_round_trips(data, kernels, CLIENTS // kernels, seconds)
        with stui_server(data / "sessions") as server:
            operation = Expression("3 + 4", "7")
            ours = rate(drive(server.endpoint, CLIENTS, operation, seconds=seconds, opening=[Create()]))
    what = f"`3 + 4` in durable sessions, {CLIENTS} clients"
    yield at_least_times("evaluate", what, ours, bare, "/s", f"ipykernel `1+1`, {kernels} kernels", 10)
