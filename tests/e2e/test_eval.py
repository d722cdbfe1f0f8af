"""``eval`` as a person uses it at a terminal."""

import os
import pty
import signal
import subprocess
import sys
import time

from .conftest import Client, unique_client

EVAL = [sys.executable, "-m", "stui_actors", "eval"]


def test_ctrl_c_stops_the_evaluation_on_the_server_too(server):
    client_id = unique_client()
    ask = [*EVAL, "--endpoint", server.endpoint, "--client-id", client_id]
    loop = "Transcript show: 'begun'. kept := 7. [ true ] whileTrue"
    evaluating = subprocess.Popen([*ask, "-e", loop, "--timeout", "60"], stderr=subprocess.PIPE, text=True)
    with evaluating as running, Client(server.endpoint) as watcher:
        session = begun(watcher, client_id)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)
        assert (running.returncode, said) == (130, "")

        finished = watcher.do("poll_events", **session, after=0)["events"][-1]
        assert (finished["event"], finished["data"]["error_type"]) == ("evaluation_finished", "Interrupted")
        assert watcher.evaluate("kept", **session) == "7"


def begun(watcher, client_id):
    """The session of a client, once it has written something."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for row in watcher.do("list_client_sessions", client_id=client_id)["sessions"]:
            session = {"client_id": client_id, "session_id": row["session_id"]}
            if len(watcher.do("poll_events", **session, after=0, wait=1)["events"]) >= 2:
                return session
    raise TimeoutError("the evaluation did not begin")


def test_who_types_is_told_how_to_end(server):
    terminal, side = pty.openpty()
    with subprocess.Popen(
        [*EVAL, "--endpoint", server.endpoint], stdin=side, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        os.close(side)
        os.write(terminal, b"3 + 4\n\x04")
        said, told = running.communicate(timeout=20)
    os.close(terminal)

    assert (said, running.returncode) == ("7\n", 0)
    assert "Ctrl+D" in told
