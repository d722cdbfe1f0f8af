"""A client of a few lines: one DEALER, one request at a time, JSON."""

import time
import uuid
from typing import Any

import msgspec
import zmq

REPLY_LIMIT = 60.0


class RefusedError(Exception):
    """The server answered with an error."""


class PlainClient:
    """One connection; a context manager."""

    def __init__(self, endpoint: str) -> None:
        self._context = zmq.Context()
        self._socket: zmq.SyncSocket = self._context.socket(zmq.DEALER)
        self._socket.set(zmq.LINGER, 0)
        self._socket.connect(endpoint)

    def __enter__(self) -> "PlainClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._context.destroy(linger=0)

    def send(self, request: dict[str, Any]) -> None:
        """Send and go on."""
        self._socket.send(msgspec.json.encode(request))

    def poll(self, seconds: float) -> bool:
        """Whether a reply is there within ``seconds``."""
        return bool(self._socket.poll(int(seconds * 1000)))

    def receive(self) -> dict[str, Any]:
        """The next message; raise TimeoutError if none comes."""
        if not self.poll(REPLY_LIMIT):
            raise TimeoutError(f"no reply within {REPLY_LIMIT:g} s")
        reply: dict[str, Any] = msgspec.json.decode(self._socket.recv_multipart()[-1])
        return reply

    def post(self, command: str, **parameters: Any) -> str:
        """Send a request; its reply is awaited with ``reply_to``."""
        request_id = str(uuid.uuid4())
        self.send({"id": request_id, "command": command, "parameters": parameters})
        return request_id

    def reply_to(self, request_id: str) -> dict[str, Any]:
        """The reply to ``request_id``; what comes before it is not for us."""
        while (reply := self.receive()).get("id") != request_id:
            pass
        return reply

    def ask(self, command: str, **parameters: Any) -> dict[str, Any]:
        """The result of a request; raise RefusedError on an error."""
        reply = self.reply_to(self.post(command, **parameters))
        if reply.get("status") != "success":
            raise RefusedError(f"{command}: {reply.get('error_type')}: {reply.get('error')}")
        result: dict[str, Any] = reply["result"]
        return result

    def timed(self, command: str, **parameters: Any) -> float:
        """Seconds that a request takes there and back."""
        began = time.perf_counter()
        self.ask(command, **parameters)
        return time.perf_counter() - began


def fresh_name(what: str) -> str:
    """A client id that nobody has had."""
    return f"{what}-{uuid.uuid4().hex[:12]}"
