import gc
import sys
import threading
from pathlib import Path

import pytest

from tests.conftest import FIRST, pytest_collection_finish, pytest_collection_modifyitems, pytest_runtest_protocol
from tests.uncounted import uncounted


@pytest.fixture
def counted():
    """The names of the functions that a trace saw; this thread's own trace is back at the end."""
    names = []
    before, before_of_threads = sys.gettrace(), threading.gettrace()

    def count(frame, event, argument):
        names.append(frame.f_code.co_name)

    sys.settrace(count)
    threading.settrace(count)
    yield names
    threading.settrace(before_of_threads)
    sys.settrace(before)


def first():
    pass


def second():
    pass


def in_a_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def seen(names):
    return [name for name in names if name in ("first", "second")]


def test_no_line_is_counted_meanwhile_and_all_are_afterwards(counted):
    with uncounted():
        first()
        in_a_thread(first)
    second()
    in_a_thread(second)

    assert seen(counted) == ["second", "second"]


def test_after_an_error_lines_are_counted_again(counted):
    with pytest.raises(LookupError), uncounted():
        raise LookupError
    second()

    assert seen(counted) == ["second"]


class Item:
    """A test with one mark, or none."""

    def __init__(self, mark=None, nodeid=""):
        self.mark, self.nodeid = mark, nodeid

    def get_closest_marker(self, name):
        return name if name == self.mark else None


@pytest.mark.parametrize(
    ("mark", "expected"), [(None, ["first", "second"]), ("long", ["second"]), ("uncounted", ["second"])]
)
def test_long_tests_and_those_that_say_so_run_without_being_counted(counted, mark, expected):
    running = pytest_runtest_protocol(Item(mark))
    next(running)
    first()
    with pytest.raises(StopIteration) as ended:
        running.send("done")
    second()

    assert seen(counted) == expected
    assert ended.value.value == "done"


def test_files_that_take_long_come_first_and_all_else_stays_in_order():
    names = [
        "tests/actors/a.py::x",
        "tests/actors/a.py::y",
        "tests/e2e/b.py::x",
        "tests/ston/c.py::x",
        "tests/tools/d.py",
    ]
    items = [Item(nodeid=name) for name in names]

    pytest_collection_modifyitems(items)

    assert [names.index(item.nodeid) for item in items] == [2, 4, 0, 1, 3]


def test_what_comes_first_is_there():
    root = Path(__file__).parents[2]

    assert [name for name in FIRST if not (root / name).exists()] == []


def test_what_was_collected_is_kept_from_the_garbage_collector():
    kept = [[]]

    pytest_collection_finish()

    assert not any(each is kept for each in gc.get_objects())
