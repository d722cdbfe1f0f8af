"""Bytes to requests, replies and events to bytes. Knows no sockets and no sessions."""

from hashlib import blake2b

import msgspec

from stui_actors.errors import StuiError
from stui_actors.protocol import command_dialect, envelope_dialect
from stui_actors.protocol.incoming import header_of, is_id, read_object
from stui_actors.protocol.messages import Dialect, Event, Json, Reply, Request, RequestId
from stui_actors.protocol.names import is_client_id
from stui_actors.protocol.outgoing import to_bytes
from stui_actors.protocol.refusal import ReplyTo, Undecodable, invalid
from stui_actors.protocol.structuring import structure_parameters

__all__ = ["Codec", "Peek", "ReplyTo", "Undecodable", "content_digest", "structure_parameters"]

DIGEST_BYTES = 16


class Peek(msgspec.Struct, frozen=True):
    """What routing needs of a message: the client and the session that it names, as far as it names them well."""

    client_id: str | None = None
    session_id: str | None = None


NOTHING_SEEN = Peek()


class _Inner(msgspec.Struct):
    """The parameters, of which only two are read."""

    client_id: str | None = None
    session_id: str | None = None


class _Data(msgspec.Struct):
    params: _Inner | None = None


class _Payload(msgspec.Struct):
    data: _Data | None = None


class _Outer(msgspec.Struct):
    """The message in either dialect, of which only the names of client and session are read."""

    client_id: str | None = None
    session_id: str | None = None
    parameters: _Inner | None = None
    payload: _Payload | None = None


_peek = msgspec.json.Decoder(_Outer).decode
_canonical = msgspec.json.Encoder(order="sorted").encode


class Codec:
    """Both dialects, told apart per message. Holds no state."""

    __slots__ = ()

    def peek(self, payload: bytes) -> Peek:
        """Whom a message names, without reading the rest. Never raises: what can't be read names nobody."""
        try:
            outer = _peek(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return NOTHING_SEEN
        inner = outer.parameters
        if inner is None and outer.payload is not None and outer.payload.data is not None:
            inner = outer.payload.data.params
        client_id, session_id = outer.client_id, outer.session_id
        if inner is not None:
            client_id = inner.client_id if client_id is None else client_id
            session_id = inner.session_id if session_id is None else session_id
        if client_id is not None and not is_client_id(client_id):
            client_id = None
        return Peek(client_id, session_id)

    def reply_to(self, payload: bytes) -> ReplyTo:
        """Whom to answer when a message is refused unread. Never raises."""
        return header_of(payload)

    def decode(self, payload: bytes) -> Request:
        """The request that ``payload`` is; raise Undecodable, which carries what the refusal needs."""
        try:
            message = read_object(payload)
        except Undecodable as error:
            is_known = error.reply_to != ReplyTo()
            raise (error if is_known else error.answering(header_of(payload))) from None
        is_envelope = "command" not in message and "payload" in message
        given = message.get("id")
        request_id: RequestId = given if given is None or is_id(given) else None  # type: ignore[assignment]  # is_id says so
        try:
            if given is not None and request_id is None:
                raise invalid("id", "must be a text of at most 128 characters or an integer of 64 bits")
            if is_envelope:
                return envelope_dialect.request_of(message, request_id)
            if "command" not in message:
                raise command_dialect.no_command()
            return command_dialect.request_of(message, request_id)
        except Undecodable as error:
            raise error.answering(_reply_to(message, request_id, is_envelope=is_envelope)) from None

    def encode_reply(self, to: Request | ReplyTo, reply: Reply, *, client_id: str | None, now: float) -> bytes:
        """The reply in its request's dialect. ``client_id``: whose it is, None where nobody is known."""
        if to.dialect is Dialect.ENVELOPE:
            return to_bytes(envelope_dialect.reply_message(to, reply, now))
        return to_bytes(command_dialect.reply_message(to, reply, client_id, now))

    def encode_refusal(self, error: StuiError, *, client_id: str | None, now: float) -> bytes:
        """The reply to a message that ``decode`` refused."""
        to = error.reply_to if isinstance(error, Undecodable) else ReplyTo()
        return self.encode_reply(to, Reply(error=error), client_id=client_id, now=now)

    def encode_event(self, event: Event, dialect: Dialect) -> bytes:
        """The event in the dialect in which its session was attached."""
        if dialect is Dialect.ENVELOPE:
            return to_bytes(envelope_dialect.event_message(event))
        return to_bytes(command_dialect.event_message(event))


def _reply_to(message: dict[str, Json], request_id: RequestId, *, is_envelope: bool) -> ReplyTo:
    named = message.get("client_id")
    client_id = named if isinstance(named, str) and is_client_id(named) else None
    return ReplyTo(request_id, Dialect.ENVELOPE if is_envelope else Dialect.COMMAND, client_id)


def content_digest(request: Request) -> bytes:
    """What a request asks for, in 16 bytes: equal for equal commands and parameters, in whatever dialect and order.

    Not part of it: the id, who asks, the token and the session's epoch; a repeat may come with others.
    """
    try:
        content = _canonical([request.command, request.parameters])
    except UnicodeEncodeError:  # a request made in this process; none that was decoded has lone surrogates
        content = repr((request.command, sorted(request.parameters.items()))).encode("utf-8", "backslashreplace")
    return blake2b(content, digest_size=DIGEST_BYTES).digest()
