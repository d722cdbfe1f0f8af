"""The load runner against the real server, and behind a proxy that now and then tells a lie."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import zmq

LOAD = Path(__file__).parents[2] / "tools" / "load.py"
BRIEF = ["--clients", "4", "--duration", "0.3", "--warm-up", "0", "--no-live"]
MIX = ["--mix", "evaluate=4,update=2,restore=1,ping=1"]


class Liar(threading.Thread):
    """Passes messages between clients and a server; ``lie`` answers another reply than the server's, or the same."""

    def __init__(self, endpoint, lie):
        super().__init__(daemon=True)
        self.context, self.lie, self.told = zmq.Context(), lie, 0
        self.front, self.back = self.context.socket(zmq.ROUTER), self.context.socket(zmq.DEALER)
        self.ends = {}
        self.behind, self.done = endpoint, threading.Event()
        self.endpoint = f"tcp://127.0.0.1:{self.front.bind_to_random_port('tcp://127.0.0.1')}"

    def run(self):
        poller = zmq.Poller()
        poller.register(self.front, zmq.POLLIN)
        while not self.done.is_set():
            for socket, _ in poller.poll(20):
                if socket is self.front:
                    self._ask(poller)
                else:
                    self._answer(socket)

    def _ask(self, poller):
        who, *frames = self.front.recv_multipart()
        if who not in self.ends:
            self.ends[who] = self.context.socket(zmq.DEALER)
            self.ends[who].connect(self.behind)
            poller.register(self.ends[who], zmq.POLLIN)
        self.ends[who].send_multipart(frames)

    def _answer(self, socket):
        (who,) = [name for name, end in self.ends.items() if end is socket]
        *envelope, payload = socket.recv_multipart()
        reply = json.loads(payload)
        changed = self.lie(json.loads(payload))
        self.told += changed != reply
        self.front.send_multipart([who, *envelope, json.dumps(changed).encode()])

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.done.set()
        self.join(10)
        self.context.destroy(linger=0)


def once_in(number, change):
    """Change every so-manieth reply that ``change`` has something to say about."""
    seen = []

    def lie(reply):
        changed = change(json.loads(json.dumps(reply)))
        if changed is None or reply["status"] != "success":
            return reply
        seen.append(1)
        return changed if len(seen) % number == 0 else reply

    return lie


def wrong_sum(reply):
    result = reply.get("result") or {}
    if not str(result.get("result", "")).isdecimal() or int(result["result"]) < 2:
        return None
    result["result"] = str(int(result["result"]) + 1)
    return reply


def others_state(reply):
    state = (reply.get("result") or {}).get("session_state")
    if not state or "limits" in reply["result"]:
        return None
    reply["result"]["session_state"] = {**state, "owner": "eve"}
    return reply


def others_name(reply):
    return {**reply, "client_id": "eve"} if "client_id" in reply else None


def load(endpoint, *arguments):
    command = [sys.executable, str(LOAD), "--endpoint", endpoint, *BRIEF, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("model", [[], ["--rate", "200"]], ids=["closed", "open"])
@pytest.mark.parametrize("socket", ["REQ", "DEALER"])
def test_the_server_passes_and_the_report_says_what_was_done(server, tmp_path, socket, model):
    report = tmp_path / "report.json"

    done = load(server.endpoint, *MIX, "--socket", socket, *model, "--json", str(report), "--assert", "failures==0")

    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(report.read_text())
    assert figures["failure_count"] == 0
    assert {name for name, row in figures["operations"].items() if row["count"]} >= {"evaluate", "update", "all"}
    assert "failures==0: met" in done.stdout


@pytest.mark.parametrize(
    ("change", "words"),
    [(wrong_sum, "counted to"), (others_state, "'eve'"), (others_name, "the reply of 'eve'")],
    ids=["a wrong sum", "another's state", "another's reply"],
)
def test_a_single_lie_among_many_replies_fails_the_run(server, change, words):
    with Liar(server.endpoint, once_in(4, change)) as liar:
        done = load(liar.endpoint, *MIX)

    assert liar.told > 0
    assert done.returncode == 1, done.stdout
    assert words in " ".join(done.stdout.split())


def test_a_proxy_that_tells_no_lie_changes_nothing(server):
    with Liar(server.endpoint, lambda reply: reply) as honest:
        done = load(honest.endpoint, *MIX)

    assert done.returncode == 0, done.stdout
