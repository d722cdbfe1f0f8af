"""The bare counterpart of a save, and what a session takes on the disk."""

import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench_suite.plain import PlainClient
from stui_actors.storage.names import session_folder


def bare_save(place: Path, body: bytes, number: int) -> float:
    """Seconds to write ``body`` durably under a new name: write, fsync, rename, fsync the folder."""
    began = time.perf_counter()
    temporary = place / f"bare-{number}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, body)
    os.fsync(descriptor)
    os.close(descriptor)
    os.rename(temporary, place / f"bare-{number}")
    parent = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(parent)
    os.close(parent)
    return time.perf_counter() - began


def bare_append(descriptor: int, body: bytes) -> float:
    """Seconds to append ``body`` durably: write, fdatasync."""
    began = time.perf_counter()
    os.write(descriptor, body)
    os.fdatasync(descriptor)
    return time.perf_counter() - began


def appended_at(path: Path, body: bytes, starts: Iterable[float]) -> list[float]:
    """Seconds of each durable append by one writer that begins them at ``starts``, counted from now.

    What comes while an earlier append is under way waits for it, and that wait does not count: where the disk is too
    slow for one append after another, it would grow as long as the measurement, and anything would look fast beside it.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    began = time.perf_counter()
    times = []
    for start in starts:
        time.sleep(max(0.0, began + start - time.perf_counter()))
        times.append(bare_append(descriptor, body))
    os.close(descriptor)
    return times


def appended_together(path: Path, body: bytes, threads: int, seconds: float) -> list[float]:
    """Seconds of each durable append to one file by ``threads`` in a closed loop, for ``seconds`` and once at least."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    limit = time.perf_counter() + seconds

    def write_on(_: int) -> list[float]:
        times = [bare_append(descriptor, body)]
        while time.perf_counter() < limit:
            times.append(bare_append(descriptor, body))
        return times

    with ThreadPoolExecutor(threads) as pool:
        taken = [each for times in pool.map(write_on, range(threads)) for each in times]
    os.close(descriptor)
    return taken


def saved_bytes(client: PlainClient, session: str) -> bytes:
    """What a save of the session writes, but for the first line."""
    data: str = client.ask("export_session", session_id=session)["data"]
    return data.encode()


def newest_file(data: Path, session_id: str) -> Path:
    """The newest saved state of a session."""
    files = sorted(
        data.glob(f"*/{session_folder(session_id)}/session_*.ston"), key=lambda path: path.stat().st_mtime_ns
    )
    return files[-1]
