"""Remembers which requests a session has executed, so that a request sent twice is done once."""

from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b

from attrs import define, field

from stui_actors.errors import InvalidRequest
from stui_actors.protocol.messages import Reply, RequestId

UNIQUE_ID_LENGTH = 16  # from this many characters on an id is taken as unique across attaches and restarts
MAX_REPLY_BYTES = 1_000_000  # of all kept replies together, about: each save writes them all
REPLY_OVERHEAD = 300  # bytes: what a reply takes beside its texts
MAX_FORGOTTEN = 10_000  # digests of ids whose replies are gone: 24 bytes each in memory, as many on disk


def is_unique(request_id: RequestId) -> bool:
    """True where an id is long enough to be remembered beyond one attach."""
    return isinstance(request_id, str) and len(request_id) >= UNIQUE_ID_LENGTH


def id_digest(request_id: str) -> str:
    """Sixteen hexadecimal digits that stand for an id whose reply is no longer kept."""
    return blake2b(request_id.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@define(eq=False)
class Execution:
    """A request that was executed: the digest of its content, when, and what was answered.

    ``text`` is its saved form, made once; ``size`` about how many bytes it takes.
    """

    content: bytes
    at: float
    reply: Reply
    text: str | None = None
    size: int = 0


@define(eq=False)
class ExecutedRequests:
    """The last ``window`` executions by id, and beyond them the digests of ids for ``retention`` seconds."""

    window: int
    retention: float
    _kept: OrderedDict[str | int, Execution] = field(factory=OrderedDict)
    _forgotten: OrderedDict[str, float] = field(factory=OrderedDict)
    _bytes: int = 0
    _news: dict[str, None] = field(factory=dict)  # ids that were recorded since ``settle``
    _dropped: dict[str, None] = field(factory=dict)  # ids that were dropped since
    _digests: dict[str, float] = field(factory=dict)  # of ids that were forgotten since

    def reply_to(self, request_id: RequestId, content: bytes, now: float) -> Reply | None:
        """The recorded reply, or None for an id not seen; raise InvalidRequest for an id of other content."""
        if request_id is None:
            return None
        known = self._kept.get(request_id)
        if known is None:
            self._refuse_forgotten(request_id, now)
            return None
        if known.content != content:
            raise other_content(request_id)
        return Reply(known.reply.result, known.reply.error, known.reply.warnings, replayed=True)

    def recorded(self, request_id: RequestId) -> Reply | None:
        """The kept reply of an id, whatever its content was."""
        known = None if request_id is None else self._kept.get(request_id)
        return None if known is None else known.reply

    def record(self, request_id: RequestId, content: bytes, reply: Reply, now: float) -> None:
        """Keep the reply of a request that was executed."""
        if request_id is None:
            return
        self._drop(request_id)
        size = reply_size(reply)
        self._kept[request_id] = Execution(content, now, reply, size=size)
        self._bytes += size
        if isinstance(request_id, str) and is_unique(request_id):
            self._news[request_id] = None
        while len(self._kept) > self.window or (self._bytes > MAX_REPLY_BYTES and len(self._kept) > 1):
            old = next(iter(self._kept))
            self._forget(old, self._drop(old))

    def restore(self, request_id: str, execution: Execution) -> None:
        """Take back one of those that ``durable`` gave, in the same order."""
        execution.size = reply_size(execution.reply)
        self._kept[request_id] = execution
        self._bytes += execution.size

    def forget_short_ids(self) -> None:
        """Drop what is remembered within one attach only."""
        for request_id in [each for each in self._kept if not is_unique(each)]:
            self._drop(request_id)

    def durable(self) -> Iterator[tuple[str, Execution]]:
        """What goes into the session's file: the executions with unique ids, oldest first."""
        return ((each, kept) for each, kept in self._kept.items() if isinstance(each, str) and is_unique(each))

    # What is new since the last text

    @property
    def has_news(self) -> bool:
        """Whether all that is new can be told; so much that it cannot is rare, and then the whole is as short."""
        return len(self._dropped) <= self.window

    def news(self) -> tuple[list[tuple[str, Execution]], list[str], dict[str, float]]:
        """What was recorded since ``settle``, oldest first, the ids that were dropped, and the digests of those."""
        return [(each, self._kept[each]) for each in self._news], list(self._dropped), dict(self._digests)

    def settle(self) -> None:
        """A text tells all that there is by now."""
        self._news, self._dropped, self._digests = {}, {}, {}

    def forgotten(self) -> dict[str, float]:
        """The digests of ids whose replies are gone, with the time of their execution."""
        return dict(self._forgotten)

    def remember_forgotten(self, digests: dict[str, float]) -> None:
        """Take back what ``forgotten`` gave."""
        self._forgotten.update(digests)

    def _drop(self, request_id: str | int) -> float:
        """Let go of an execution; answer when it was."""
        execution = self._kept.pop(request_id, None)
        if execution is None:
            return 0.0
        if isinstance(request_id, str) and is_unique(request_id):
            self._news.pop(request_id, None)
            self._dropped[request_id] = None
        self._bytes -= execution.size
        return execution.at

    def _forget(self, request_id: str | int, at: float) -> None:
        if isinstance(request_id, str) and is_unique(request_id):
            self._forgotten[id_digest(request_id)] = self._digests[id_digest(request_id)] = at
        horizon = at - self.retention
        while self._forgotten:
            oldest = next(iter(self._forgotten))
            if len(self._forgotten) <= MAX_FORGOTTEN and self._forgotten[oldest] >= horizon:
                return
            del self._forgotten[oldest]

    def _refuse_forgotten(self, request_id: str | int, now: float) -> None:
        if not self._forgotten or not isinstance(request_id, str) or not is_unique(request_id):
            return
        at = self._forgotten.get(id_digest(request_id))
        if at is not None and now - at <= self.retention:
            raise InvalidRequest(
                "This request was already executed; its reply is no longer kept.",
                path="id",
                reason="already_executed",
                suggestion="Read the session's state to see what it did; send new requests under new ids.",
            )


def other_content(request_id: RequestId) -> InvalidRequest:
    """The error for an id that was used before for a different request."""
    shown = str(request_id)[:64]
    return InvalidRequest(f"The id {shown!r} was used before for a different request.", path="id", reason="id_reused")


def reply_size(reply: Reply) -> int:
    """About how many bytes a reply takes: its texts, and something for the rest."""
    fields = reply.error.details if reply.error is not None else reply.result or {}
    return REPLY_OVERHEAD + sum([len(value) for value in fields.values() if isinstance(value, str)])
