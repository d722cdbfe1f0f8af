"""A real server in a process of its own, and clients that know nothing but the wire protocol and plain pyzmq."""

import json
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress

import pytest
import zmq

START_WITHIN = 30.0  # seconds: a cold machine compiles the library first
REPLY_WITHIN = 90_000  # milliseconds: a test that waits longer has failed


class Server:
    """A server process on a port of its own choosing; its files stay when it goes."""

    def __init__(self, data_dir, *arguments, config=None):
        self.data_dir = data_dir
        self.arguments = list(arguments)
        if config is not None:
            path = data_dir.parent / f"{data_dir.name}.toml"
            path.write_text(config)
            self.arguments += ["--config", str(path)]
        self.process = None
        self.endpoint = f"tcp://127.0.0.1:{free_port()}"

    def start(self):
        command = [sys.executable, "-m", "stui_actors", "serve", "--bind", self.endpoint]
        command += ["--data-dir", str(self.data_dir), *self.arguments]
        with open(self.data_dir.parent / f"{self.data_dir.name}.log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        with Client(self.endpoint) as client:
            client.ask("ping", within=START_WITHIN)
        return self

    def stop(self, how=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)
        status = None if self.process is None else self.process.returncode
        self.process = None
        return status

    def kill(self):
        return self.stop(signal.SIGKILL)

    def restart(self, how=signal.SIGTERM):
        self.stop(how)
        return self.start()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()


class Client:
    """One ZeroMQ socket that speaks JSON."""

    context = zmq.Context.instance()

    def __init__(self, endpoint, kind=zmq.DEALER, **options):
        self.socket = self.context.socket(kind)
        self.socket.linger = 0
        for name, value in options.items():
            self.socket.set(getattr(zmq, name.upper()), value)
        self.kind = kind
        self.events = []
        self.socket.connect(endpoint)

    def send(self, message):
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.socket.send(payload)

    def receive(self, timeout=REPLY_WITHIN / 1000):
        """The next reply; events that come before it are kept aside."""
        until = time.monotonic() + timeout
        while True:
            left = until - time.monotonic()
            if left <= 0 or not self.socket.poll(left * 1000):
                raise TimeoutError("no reply")
            message = json.loads(self.socket.recv_multipart()[-1])
            if "event" not in message and message.get("payload", {}).get("type") != "Event":
                return message
            self.events.append(message)

    def receive_event(self, timeout=10):
        if self.events:
            return self.events.pop(0)
        assert self.socket.poll(timeout * 1000), "no event"
        return json.loads(self.socket.recv_multipart()[-1])

    def ask(self, command, *, within=REPLY_WITHIN / 1000, id=None, **parameters):
        """Send a request of the command dialect and return its whole reply, which comes ``within`` so many seconds."""
        request = {"id": id or str(uuid.uuid4()), "command": command, "parameters": parameters}
        self.send(request)
        reply = self.receive(within)
        assert reply.get("id") == request["id"], reply
        return reply

    def do(self, command, **parameters):
        """The result of a request that must succeed."""
        reply = self.ask(command, **parameters)
        assert reply["status"] == "success", reply
        return reply["result"]

    def fail(self, command, **parameters):
        """The reply to a request that must fail."""
        reply = self.ask(command, **parameters)
        assert reply["status"] == "error", reply
        return reply

    def evaluate(self, code, **parameters):
        """The printString of what ``code`` gives."""
        return self.do("evaluate", code=code, **parameters)["result"]

    def create(self, client_id=None, **parameters):
        """A new session of a client of this test's own, bound to this connection."""
        return self.do("create_session", client_id=client_id or unique_client(), **parameters)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def unique_client():
    return f"client-{uuid.uuid4().hex[:12]}"


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests that do not need one of their own; its workspaces fill up sooner than the default's."""
    config = "[evaluation]\nmax_memory = 8388608\nmax_output = 100000\n"
    with Server(tmp_path_factory.mktemp("shared") / "sessions", config=config) as running:
        yield running


@pytest.fixture
def own_server(tmp_path):
    """Make servers that the test may kill; whatever still runs is ended."""
    servers = []

    def make(*arguments, name="sessions", config=None):
        made = Server(tmp_path / name, *arguments, config=config)
        servers.append(made)
        return made

    yield make
    for each in servers:
        with suppress(Exception):
            each.kill()


@pytest.fixture
def client(server):
    """A DEALER without a delimiter."""
    with Client(server.endpoint) as made:
        yield made


@pytest.fixture
def connect(server):
    """Make more clients of the shared server."""
    made = []

    def make(kind=zmq.DEALER, **options):
        made.append(Client(server.endpoint, kind, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def ada(client, server):
    """A client with a session; what the test left running there, endless processes too, ends with the test."""
    client.session = client.create()
    client.session_id = client.session["session_id"]
    client.client_id = client.session["client_id"]
    yield client
    with Client(server.endpoint) as other:
        other.ask("close_session", client_id=client.client_id, session_id=client.session_id)
