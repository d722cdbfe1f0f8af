import sys
import threading

import pytest

from tests.conftest import pytest_runtest_protocol
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

    def __init__(self, mark):
        self.mark = mark

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
