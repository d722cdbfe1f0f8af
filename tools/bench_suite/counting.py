"""Runs the server and notes each fsync as one byte at the end of a file; for measuring only.

Run: counting.py FILE [--unsynced | --files] [server arguments]. With ``--unsynced`` the fsyncs are noted and not done;
with ``--files`` there is no journal, but one file per save.
"""

import os
import runpy
import sys
from collections.abc import Callable

from stui_actors.storage import kinds
from stui_actors.storage.files import FileStore


def noted(notes: int, real: Callable[[int], None]) -> Callable[[int], None]:
    """``real``, but each call leaves a byte in ``notes`` first."""

    def sync(descriptor: int) -> None:
        os.write(notes, b".")
        real(descriptor)

    return sync


def main() -> None:
    """Put the noting functions in place, then become the server."""
    notes = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    option = sys.argv[2] if sys.argv[2:3] in (["--unsynced"], ["--files"]) else ""
    unsynced = option == "--unsynced"
    if option == "--files":
        setattr(kinds, "JournaledStore", FileStore)  # noqa: B010  # for this process alone
    for name in ("fsync", "fdatasync"):
        setattr(os, name, noted(notes, (lambda _: None) if unsynced else getattr(os, name)))
    sys.argv[: 3 if option else 2] = ["stui_actors"]
    runpy.run_module("stui_actors", run_name="__main__")


if __name__ == "__main__":
    main()
