"""One run: in this process, or in one of its own while this one draws the live panel, which would disturb it."""

import json
import multiprocessing
import secrets
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from rich.console import Console
from rich.live import Live

from load_runner.connections import Connections
from load_runner.generator import Generator
from load_runner.measurements import Measurements
from load_runner.operations import LoadClient
from load_runner.options import Options
from load_runner.report import table

PROBE = 5.0  # seconds: a server that starts from a cold cache takes three


class GeneratorEndedError(Exception):
    """The generator's process ended without a result."""


def run_here(options: Options, progress: Callable[[Measurements], None] = lambda _: None) -> Measurements:
    """Run in this process."""
    run = secrets.token_hex(6)  # names of its own for each run, so that none finds the sessions of one before
    clients = [LoadClient(f"load-{run}-{number}") for number in range(options.clients)]
    with Connections(options.endpoint, options.clients, kind=options.socket) as connections:
        return Generator(options.plan(), connections, clients, progress).run()


def answers(options: Options) -> bool:
    """Whether anybody replies at the endpoint: better asked once than found out by each client."""
    ping = {"id": "load-probe", "command": "ping", "parameters": {"client_id": "load-probe", "message": "probe"}}
    with Connections(options.endpoint, 1, kind=options.socket) as connections:
        connections.send(0, json.dumps(ping).encode())
        limit = time.perf_counter() + min(options.reply_timeout, PROBE)
        while time.perf_counter() < limit:
            if any(True for _ in connections.receive(0.1)):
                return True
    return False


def _run_there(options: Options, results: Connection) -> None:
    measurements = run_here(options, lambda so_far: results.send(so_far.packed()))
    results.send(measurements.packed())
    results.send(None)


def run_live(options: Options, console: Console) -> Measurements:
    """Run in another process and show here how it goes."""
    spawn = multiprocessing.get_context("spawn")
    receiving, sending = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_run_there, args=(options, sending), daemon=True)
    process.start()
    sending.close()
    latest: Measurements | None = None
    try:
        with Live(console=console, transient=True, auto_refresh=False) as live:
            while (packed := receiving.recv()) is not None:
                latest = Measurements.unpacked(packed)
                live.update(table(latest), refresh=True)
    except EOFError as error:
        raise GeneratorEndedError("the generator ended early; its words are above") from error
    finally:
        process.join(timeout=5)
        process.kill()
    if latest is None:
        raise GeneratorEndedError("the generator said nothing")
    return latest
