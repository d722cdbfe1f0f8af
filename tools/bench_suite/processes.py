"""Servers in processes of their own on free loopback ports, and what the kernel knows of them."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from bench_suite.plain import PlainClient

ECHO = Path(__file__).with_name("echo.py")
COUNTING = Path(__file__).with_name("counting.py")
CACHE = Path(__file__).resolve().parents[2] / ".cache"  # beside the code: a real disk, where /tmp may be memory
START_LIMIT = 60.0
END_LIMIT = 20.0


class NotStartedError(Exception):
    """A server did not answer in time; its last words are the message."""


def free_endpoint() -> str:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of its own on the disk of the code, removed afterwards."""
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


class Server:
    """One process that listens on ``endpoint``; a context manager that ends it."""

    def __init__(self, command: Sequence[str], endpoint: str) -> None:
        self.endpoint = endpoint
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.DEVNULL, stdout=self._words, stderr=self._words
        )
        self._wait_for_reply()
        self.start_seconds = time.perf_counter() - began

    def _wait_for_reply(self) -> None:
        with PlainClient(self.endpoint) as client:
            client.send({"id": "first", "command": "ping", "parameters": {}})
            limit = time.monotonic() + START_LIMIT
            while not client.poll(0.05):
                if self._process.poll() is not None or time.monotonic() > limit:
                    self.end()
                    raise NotStartedError(self.words)
            client.receive()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.end()

    def said(self) -> str:
        """All that it has written so far."""
        descriptor = self._words.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def end(self, signal_number: int = signal.SIGTERM) -> None:
        """Ask it to end, and see that it does; keeps its last words."""
        if self._process.poll() is None:
            self._process.send_signal(signal_number)
        try:
            self._process.wait(END_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if not self._words.closed:
            self._words.seek(0)
            self.words = self._words.read().decode(errors="replace")[-2000:]
            self._words.close()

    def cpu_seconds(self) -> float:
        """Processor time that it has used, all threads together."""
        values = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Resident bytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def stui_server(data: Path, *options: str) -> Server:
    """The server as anybody starts it."""
    endpoint = free_endpoint()
    return Server(["-m", "stui_actors", "serve", "--bind", endpoint, "--data-dir", str(data), *options], endpoint)


def counting_server(data: Path, notes: Path, *options: str) -> Server:
    """The same server, but with each fsync noted in ``notes``; ``options`` are those of ``counting``."""
    endpoint = free_endpoint()
    return Server([str(COUNTING), str(notes), *options, "serve", "--bind", endpoint, "--data-dir", str(data)], endpoint)


def echo_server() -> Server:
    """The bare counterpart."""
    endpoint = free_endpoint()
    return Server([str(ECHO), endpoint], endpoint)
