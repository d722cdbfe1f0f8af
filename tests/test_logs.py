import subprocess
import sys

import structlog

from stui_actors.logs import log


def test_a_line_goes_where_the_log_was_set_up_to_go_even_after_its_user_was_imported():
    with structlog.testing.capture_logs() as lines:
        log.info("draining", clients=3)
        log.warning("late", seconds=0.5)
        log.error("client failed", client="ada")

    assert lines == [
        {"event": "draining", "clients": 3, "log_level": "info"},
        {"event": "late", "seconds": 0.5, "log_level": "warning"},
        {"event": "client failed", "client": "ada", "log_level": "error"},
    ]


def test_importing_the_server_loads_no_log_and_nothing_that_draws_it():
    code = "import sys, stui_actors.server\n"
    code += "print([name for name in ('structlog', 'rich', 'asyncio') if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
