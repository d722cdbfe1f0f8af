"""A server with just enough behaviour to be driven: sessions, counters, state, ping; and faults on request."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable

import zmq

COUNTING = re.compile(r"(\w+) := (?:(\d+)|\1 \+ (\d+))")

Misbehaviour = Callable[[dict, dict], dict | None]


class SmallServer:
    """Serves on a random port in a thread of its own; ``misbehave`` may change a reply, or swallow it with None."""

    def __init__(self, misbehave: Misbehaviour | None = None):
        self.served = Counter()
        self._misbehave = misbehave or (lambda _request, reply: reply)
        self._sessions = {}
        self._context = zmq.Context()
        self._router = self._context.socket(zmq.ROUTER)
        self._router.set_hwm(0)
        self.endpoint = f"tcp://127.0.0.1:{self._router.bind_to_random_port('tcp://127.0.0.1')}"
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join(5)
        self._router.close(0)
        self._context.term()

    def _run(self):
        while not self._done.is_set():
            if not self._router.poll(20):
                continue
            *envelope, payload = self._router.recv_multipart()
            reply = self._reply(json.loads(payload))
            if reply is not None:
                self._router.send_multipart([*envelope, json.dumps(reply).encode()])

    def _reply(self, request):
        command, parameters = request["command"], request["parameters"]
        self.served[command] += 1
        result = getattr(self, f"_{command}")(parameters)
        reply = {"id": request["id"], "status": "success", "client_id": parameters["client_id"], "result": result}
        return self._misbehave(request, reply)

    def _create_session(self, parameters):
        session_id = f"session-{len(self._sessions)}"
        self._sessions[session_id] = {"client_id": parameters["client_id"], "names": {}, "state": {}, "version": 0}
        return {"session_id": session_id, "client_id": parameters["client_id"]}

    def _evaluate(self, parameters):
        names = self._sessions[parameters["session_id"]]["names"]
        name, value, step = COUNTING.fullmatch(parameters["code"]).groups()
        names[name] = int(value) if value else names[name] + int(step)
        return {"result": str(names[name])}

    def _update_session_state(self, parameters):
        session = self._sessions[parameters["session_id"]]
        session["state"].update(parameters["state_data"])
        session["version"] += 1
        return {"session_state": session["state"], "version": session["version"]}

    def _restore_session(self, parameters):
        session = self._sessions[parameters["session_id"]]
        return {
            "session_id": parameters["session_id"],
            "client_id": session["client_id"],
            "session_state": session["state"],
        }

    def _ping(self, parameters):
        return {"message": parameters["message"]}
