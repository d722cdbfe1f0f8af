"""What a test has to say is printed at the end, also when tests run side by side in several processes."""

import pytest
import structlog


@pytest.fixture(autouse=True)
def log_as_it_was():
    """A test that sets the log up leaves it as it was: the stream that it logged to ends with it."""
    yield
    structlog.reset_defaults()


def pytest_terminal_summary(terminalreporter):
    """Print what tests recorded under the name ``said``."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, text in report.user_properties:
            if name == "said":
                terminalreporter.write_line(text)
