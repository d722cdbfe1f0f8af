"""What a test has to say is printed at the end, also when tests run side by side in several processes."""

import pytest
import structlog

from tests.uncounted import uncounted


@pytest.fixture(autouse=True)
def log_as_it_was():
    """A test that sets the log up leaves it as it was: the stream that it logged to ends with it."""
    yield
    structlog.reset_defaults()


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
