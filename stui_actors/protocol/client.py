"""The client's half of a conversation, without I/O: bytes to send, what bytes received mean, and when to send again."""

from collections.abc import Callable
from typing import TypeAlias

import msgspec
from attrs import define, field, frozen

from stui_actors.errors import InvalidRequest, StuiError
from stui_actors.protocol.backoff import Backoff
from stui_actors.protocol.messages import Dialect, Event, Json, RequestId
from stui_actors.protocol.outgoing import to_bytes
from stui_actors.protocol.replies import answer_of, event_of
from stui_actors.protocol.requests import request_message


@frozen
class Outgoing:
    """A request as it goes out; ``attempt`` counts from 1."""

    id: str
    payload: bytes
    attempt: int = 1


@frozen
class Answered:
    """The one answer to a request: its result, or its error."""

    id: RequestId
    result: dict[str, Json] | None = None
    error: StuiError | None = None
    warnings: tuple[str, ...] = ()
    replayed: bool = False

    def value(self) -> dict[str, Json]:
        """The result; raise the error."""
        if self.error is not None:
            raise self.error
        return self.result or {}


@frozen
class Unanswered:
    """A request that was sent as often as the schedule says, without an answer."""

    id: str
    attempts: int


Arrival: TypeAlias = Answered | Event


@define
class _Open:
    """A request without an answer so far."""

    payload: bytes
    attempt: int
    due: float


@define(eq=False)
class Conversation:
    """One client's requests and what came of them. The owner moves bytes and tells the time; nothing here waits.

    A request is sent again under its own id: the server does it once. ``chance`` answers from 0.0 up to 1.0. ``strays``
    counts replies to nothing that is open, such as the second answer to a request sent twice.
    """

    new_id: Callable[[], str]
    chance: Callable[[], float]
    dialect: Dialect = Dialect.COMMAND
    client_id: str | None = None
    auth_token: str | None = field(default=None, repr=False)
    backoff: Backoff = field(factory=Backoff)
    strays: int = field(default=0, init=False)
    last_seq: dict[str, int] = field(factory=dict, init=False)
    _open: dict[RequestId, _Open] = field(factory=dict, init=False)

    def ask(self, command: str, parameters: dict[str, Json], now: float, patience: float | None = None) -> Outgoing:
        """A new request; sent again unless answered within ``patience`` seconds (the schedule's first wait if None)."""
        request_id = self.new_id()
        whole = dict(parameters)
        if self.client_id is not None:
            whole.setdefault("client_id", self.client_id)
        if self.auth_token is not None:
            whole.setdefault("auth_token", self.auth_token)
        payload = to_bytes(request_message(self.dialect, request_id, command, whole, now))
        wait = self.backoff.wait(1, self.chance) if patience is None else patience
        self._open[request_id] = _Open(payload, 1, now + wait)
        return Outgoing(request_id, payload)

    def receive(self, payload: bytes, now: float) -> Arrival | None:
        """What arrived: an answer, an event, or None for what answers nothing, or is to be asked again later.

        Raise InvalidRequest for what no server of this protocol says.
        """
        message = _read(payload)
        event = event_of(message)
        if event is not None:
            self.last_seq[event.session_id] = max(event.seq, self.last_seq.get(event.session_id, 0))
            return event
        request_id, result, error = answer_of(message)
        waiting = self._open.get(request_id)
        if waiting is None:
            self.strays += 1
            return None
        if error is not None and error.retryable and waiting.attempt < self.backoff.attempts:
            waiting.due = now + self._retry_wait(error, waiting.attempt)
            return None
        del self._open[request_id]
        warnings = message.get("warnings")
        texts = tuple(each for each in warnings if isinstance(each, str)) if isinstance(warnings, list) else ()
        return Answered(request_id, result, error, texts, message.get("replayed") is True)

    def due(self, now: float) -> list[Outgoing | Unanswered]:
        """What to send again now, and what there is no more hope for, oldest first."""
        late = [(key, each) for key, each in self._open.items() if each.due <= now]
        return [self._again(str(key), each, now) for key, each in late]

    def next_due(self) -> float | None:
        """When ``due`` will have something; None while nothing is open."""
        return min((each.due for each in self._open.values()), default=None)

    def reconnected(self, now: float) -> None:
        """Everything open is due: a new connection does not get the replies of the old one."""
        for each in self._open.values():
            each.due = now

    def forget(self, request_id: RequestId) -> None:
        """Nobody waits any longer for this answer."""
        self._open.pop(request_id, None)

    @property
    def open_ids(self) -> tuple[RequestId, ...]:
        """The requests without an answer, oldest first."""
        return tuple(self._open)

    def _again(self, request_id: str, waiting: _Open, now: float) -> Outgoing | Unanswered:
        if waiting.attempt >= self.backoff.attempts:
            del self._open[request_id]
            return Unanswered(request_id, waiting.attempt)
        waiting.attempt += 1
        waiting.due = now + self.backoff.wait(waiting.attempt, self.chance)
        return Outgoing(request_id, waiting.payload, waiting.attempt)

    def _retry_wait(self, error: StuiError, attempt: int) -> float:
        """The schedule's wait, or what the server asked for if that is longer."""
        asked = error.details.get("retry_after")
        least = float(asked) if isinstance(asked, int | float) else 0.0
        return max(least, self.backoff.wait(attempt, self.chance))


_decode = msgspec.json.Decoder().decode


def _read(payload: bytes) -> dict[str, Json]:
    try:
        message = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"The server's message is not JSON: {error}.") from None
    if not isinstance(message, dict):
        raise InvalidRequest("The server's message is not an object.")
    return message
