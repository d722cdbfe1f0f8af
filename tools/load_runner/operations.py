"""What a client asks and what it must be answered. No I/O: requests and replies are plain values.

A client believes nothing: it has its own variable, counter and state, and a reply that shows any other is a failure.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import define, field

Message = dict[str, Any]
NO_ROOM = frozenset({"Overloaded", "RateLimited", "ShuttingDown"})


@define(eq=False)
class LoadClient:
    """One client: its names, and what it has seen acknowledged."""

    name: str
    session_id: str | None = None
    counter: int = 0
    updates: int = 0
    version: int = 0
    sent: int = 0
    pending: dict[str, object] = field(factory=dict)

    @property
    def variable(self) -> str:
        """The name of its variable in the workspace; unlike any other client's."""
        return "load_" + "".join(c if c.isalnum() else "_" for c in self.name)

    def request(self, operation: "Operation") -> Message:
        """The next request, with an id that is unique in all runs."""
        self.sent += 1
        parameters = operation.parameters(self)
        if self.session_id is not None:
            parameters["session_id"] = self.session_id
        parameters["client_id"] = self.name
        return {"id": f"{self.name}-{self.sent:09}", "command": operation.command, "parameters": parameters}


class Operation(Protocol):
    """One kind of request."""

    name: str
    command: str

    def parameters(self, client: LoadClient) -> Message:
        """The request's parameters."""

    def fault(self, client: LoadClient, result: Message) -> str | None:
        """What is wrong with a success, or None; remembers what it acknowledges."""


class Create:
    """Creates the client's session."""

    name = command = "create_session"

    def parameters(self, client: LoadClient) -> Message:
        """Nothing but the name."""
        return {"name": client.name}

    def fault(self, client: LoadClient, result: Message) -> str | None:
        """A session of another client."""
        if result.get("client_id") != client.name:
            return f"{client.name} was given a session of {result.get('client_id')!r}"
        client.session_id = result.get("session_id")
        return None if client.session_id else f"{client.name} was given no session id"


class Define:
    """Sets the client's counter to 0 in its workspace."""

    name = "define"
    command = "evaluate"

    def parameters(self, client: LoadClient) -> Message:
        """An assignment."""
        return {"code": f"{client.variable} := 0"}

    def fault(self, client: LoadClient, result: Message) -> str | None:
        """Anything but 0."""
        client.counter = 0
        return None if result.get("result") == "0" else f"{client.name} defined 0 and read {result.get('result')!r}"


class Evaluate:
    """Counts the client's variable up by one."""

    name = command = "evaluate"

    def parameters(self, client: LoadClient) -> Message:
        """The counting expression."""
        return {"code": f"{client.variable} := {client.variable} + 1"}

    def fault(self, client: LoadClient, result: Message) -> str | None:
        """Any other number than the next: a change lost, done twice, or of somebody else."""
        client.counter += 1
        if result.get("result") == str(client.counter):
            return None
        return f"{client.name} counted to {client.counter} and read {result.get('result')!r}"


class Update:
    """Puts the client's name and a count into its session state."""

    name = "update"
    command = "update_session_state"

    def parameters(self, client: LoadClient) -> Message:
        """State that names its owner."""
        return {"state_data": {"owner": client.name, "updates": client.sent}}

    def fault(self, client: LoadClient, result: Message) -> str | None:
        """Another owner, or a version that does not grow."""
        state = result.get("session_state") or {}
        before, client.version = client.version, result.get("version", 0)
        if state.get("owner") != client.name:
            return f"{client.name} updated its state and read that of {state.get('owner')!r}"
        client.updates = state.get("updates", 0)
        return None if client.version > before else f"{client.name}: version {client.version} after {before}"


class Restore:
    """Reads the whole session back."""

    name = "restore"
    command = "restore_session"

    def parameters(self, client: LoadClient) -> Message:
        """Nothing but the session's id."""
        return {}

    def fault(self, client: LoadClient, result: Message) -> str | None:
        """Another session, another client's state, or an update that was acknowledged and is missing."""
        state = result.get("session_state") or {}
        if result.get("session_id") != client.session_id or result.get("client_id") != client.name:
            return f"{client.name} restored {result.get('session_id')!r} of {result.get('client_id')!r}"
        if state.get("owner", client.name) != client.name:
            return f"{client.name} restored the state of {state['owner']!r}"
        if state.get("updates", 0) < client.updates:
            return f"{client.name} was acknowledged update {client.updates} and restored {state.get('updates')!r}"
        return None


class Ping:
    """Asks for an echo."""

    name = command = "ping"

    def parameters(self, client: LoadClient) -> Message:
        """The client's name."""
        return {"message": client.name}

    def fault(self, client: LoadClient, result: Message) -> str | None:
        """Another message."""
        return None if result.get("message") == client.name else f"{client.name} pinged, {result.get('message')!r} came"


@define
class Expression:
    """Evaluates one expression that always gives the same."""

    code: str
    expected: str
    name: str = "evaluate"
    command: str = "evaluate"

    def parameters(self, client: LoadClient) -> Message:
        """The expression."""
        return {"code": self.code}

    def fault(self, client: LoadClient, result: Message) -> str | None:
        """Any other value."""
        value = result.get("result")
        return None if value == self.expected else f"{client.name}: {self.code} gave {value!r}"


OPERATIONS: Mapping[str, Operation] = {each.name: each for each in (Evaluate(), Update(), Restore(), Ping())}
