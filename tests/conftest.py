"""How all tests are run: in which order, what is counted of them, and that what they have to say ends the output."""

import gc
import sys

import pytest
import structlog

from stui_actors.smalltalk.library import Library
from tests.uncounted import uncounted

FIRST = ("tests/e2e/", "tests/simulation/", "tests/tools/", "tests/test_cli_sessions.py", "tests/test_readme.py")


def pytest_collection_modifyitems(items):
    """Files whose few tests take long come first; side by side with others, they would be waited for at last."""
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


def pytest_collection_finish():
    """Thousands of tests stay until the end: the garbage collector need not look at them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def library():
    """One class library for all: it is the same for all, and never changed, nor looked at again by the collector."""
    made = Library()
    gc.collect()
    gc.freeze()
    return made


@pytest.fixture
async def ada(house):
    """A client of the whole server that a folder's own ``house`` is, in a new session."""
    peer = house.peer()
    await peer.create("ada")
    return peer


@pytest.fixture(autouse=True)
def log_as_it_was():
    """A test that sets the log up leaves it as it was: the stream that it logged to ends with it."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def hasty_threads():
    """Threads interrupt each other as often as they can: what is not guarded is met soon."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Run long tests, and those that loop or measure, without coverage: what they reach, quick ones reach as well."""
    if item.get_closest_marker("long") is None and item.get_closest_marker("uncounted") is None:
        return (yield)
    with uncounted():
        return (yield)


def pytest_terminal_summary(terminalreporter):
    """Print what tests recorded under the name ``said``."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, text in report.user_properties:
            if name == "said":
                terminalreporter.write_line(text)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder that is empty, where the environment names nothing."""
    monkeypatch.chdir(tmp_path)
    for name in ("STUI_CONFIG", "STUI_TOKEN", "STUI_SERVER__DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
