"""One thread at a time has a session's shelf, also while shelves are dropped."""

import threading
from types import TracebackType

import pytest

from stui_actors.storage import shelf as shelf_module
from stui_actors.storage.shelf import Shelf, Shelves
from tests.conformance.store_suite import ADA, BOB


class Telling:
    """A lock that tells when somebody waits for it."""

    def __init__(self, lock: threading.Lock) -> None:
        self.lock = lock
        self.wanted = threading.Event()

    def __enter__(self) -> None:
        self.wanted.set()
        self.lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.lock.release()

    def locked(self) -> bool:
        return self.lock.locked()


def test_who_waited_for_a_shelf_that_was_dropped_gets_the_one_that_is_known() -> None:
    shelves = Shelves()
    got: list[Shelf] = []

    def wait() -> None:
        with shelves.of(ADA) as shelf:
            got.append(shelf)

    with shelves.of(ADA) as first:
        telling = Telling(first.lock)
        first.lock = telling  # type: ignore[assignment]
        thread = threading.Thread(target=wait)
        thread.start()
        assert telling.wanted.wait(10)
        shelves.forget(ADA)
    thread.join(10)
    with shelves.of(ADA) as known:
        assert got == [known]
        assert known is not first


def test_the_shelves_are_bounded_and_those_in_use_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_module, "MAX_SHELVES", 1)
    shelves = Shelves()
    with shelves.of(ADA) as used:
        with shelves.of(BOB):
            pass
        with shelves.of(BOB):
            pass
        used.last = 7
    with shelves.of(ADA) as again:
        assert again.last == 7
    with shelves.of(BOB) as other:
        other.last = 8
    with shelves.of(ADA) as fresh:
        assert fresh.last is None
