"""How fast Smalltalk runs beside plain Python."""

import time
from collections.abc import Iterator

from bench_suite.figures import Figure, at_most_times
from bench_suite.plain import PlainClient, fresh_name
from bench_suite.processes import folder, stui_server

N = 27
TRIES = 3
CLASS = "Object subclass: #BenchFib instanceVariableNames: '' package: 'Bench'"
METHOD = "BenchFib compile: 'fib: n ^ n < 2 ifTrue: [n] ifFalse: [(self fib: n - 1) + (self fib: n - 2)]'"
BLOCK = "fib := nil. fib := [:n | n < 2 ifTrue: [n] ifFalse: [(fib value: n - 1) + (fib value: n - 2)]]. 0"


class PythonFib:
    """The counterpart: a method that calls itself."""

    def fib(self, n: int) -> int:
        """The ``n``-th Fibonacci number, the slow way."""
        return n if n < 2 else self.fib(n - 1) + self.fib(n - 2)


def fib(seconds: float) -> Iterator[Figure]:
    """Two recursive calls per call, as a method and as a block."""
    with folder() as data, stui_server(data) as server, PlainClient(server.endpoint) as client:
        session = client.ask("create_session", client_id=fresh_name("bench"))["session_id"]
        for definition in (CLASS, METHOD, BLOCK):
            client.ask("evaluate", session_id=session, code=definition)
        method, block, bare = [], [], []
        for _ in range(TRIES):
            method.append(client.timed("evaluate", session_id=session, code=f"BenchFib new fib: {N}"))
            block.append(client.timed("evaluate", session_id=session, code=f"fib value: {N}"))
            bare.append(_python())
    yield at_most_times("fib", f"fib {N}, a method (best of 3)", min(method), min(bare), "s", "CPython", 5)
    yield at_most_times("fib_block", f"fib {N}, a block (best of 3)", min(block), min(bare), "s", "CPython", 5)


def _python() -> float:
    began = time.perf_counter()
    PythonFib().fib(N)
    return time.perf_counter() - began
