"""A generation's file: a line of STON that tells what it is, then the body, plain or compressed. Bytes, no files.

The line ends with a checksum of all that stands before it, and holds one of the body: no bit can change unnoticed.
"""

import re
import zlib
from collections.abc import Iterator
from hashlib import blake2b

from attrs import define, field, frozen

from stui_actors import ston
from stui_actors.ston import number_text, string_text
from stui_actors.storage.store import Body, Generation, SessionKey

FORMAT = 1  # of the file; the rule for the line's checksum holds for every later one
SCHEMA = 1  # of the body
LIMIT = 8192  # bytes: no header is longer, with all its texts escaped
MAX_TEXT = 256  # characters of an id, or of the reason
DIGEST_BYTES = 16
PIECE = 256 * 1024  # characters that are encoded at once: some 0.1 ms, in which no other thread runs
LEVEL = 3  # of compression: nearly as small as 6, twice as fast
PLAIN, COMPRESSED = "plain", "zlib"
FIELDS: dict[str, type[int] | type[float] | type[str]] = {  # of the line, in the order in which they are written
    "format": int,
    "client": str,
    "session": str,
    "generation": int,
    "epoch": str,
    "schema": int,
    "version": int,
    "saved_at": float,
    "reason": str,
    "codec": str,
    "stored": int,
    "length": int,
    "body": str,
    "extends": int,
}
SEAL = b",'header':'"
END = b"'}\n"
_TEXTS = {int: r"([0-9]{1,18}+)", float: r"([0-9]++\.[0-9]++)", str: r"'([^'\\\x00-\x1f]*+)'"}
_FIELD = {name: f"'{name}':{_TEXTS[kind]}" for name, kind in FIELDS.items()}
_EXTENDS = _FIELD.pop("extends")
_AS_WRITTEN = re.compile(
    f"{{{','.join(_FIELD.values())}(?:,{_EXTENDS})?"
)  # no escapes: ``ston`` takes 50 times as long


class DamagedError(ValueError):
    """The bytes are not what was written."""


class NewerError(ValueError):
    """The file is whole, and written by a later version of the server."""


@frozen
class Header:
    """What the first line tells. ``stored`` and ``length`` are the body's bytes in the file and unpacked.

    ``extends``: the number of the generation whose body goes before this one; 0 where this is the whole.
    """

    key: SessionKey
    generation: Generation
    codec: str
    stored: int
    length: int
    digest: str
    size: int
    extends: int = 0


def _digest(data: bytes | memoryview) -> str:
    return blake2b(data, digest_size=DIGEST_BYTES).hexdigest()


@frozen
class Packed:
    """A body's bytes as they stand in a file. ``length``: unpacked."""

    stored: bytes
    codec: str
    length: int
    digest: str


@define(eq=False)
class Growing:
    """A body that grows at its end, and can be packed each time without what was packed before it.

    ``number``: of the generation whose body it is, for those who ask.
    """

    compress_above: int
    number: int = 0
    _length: int = field(init=False, default=0)
    _plain: list[bytes] = field(init=False, factory=list)  # all of it, as long as it is not to be compressed
    _stored: list[bytes] = field(init=False, factory=list)
    _packer: "zlib._Compress | None" = field(init=False, default=None)

    def begin(self, body: Body) -> None:
        """Hold ``body`` alone."""
        self._length, self._packer = 0, None
        self._plain.clear()
        self._stored.clear()
        self.add(body)

    def add(self, body: Body) -> None:
        """Hold ``body`` after what is here; other threads run meanwhile."""
        for each in _cut(body) if isinstance(body, str) else _joined(body):
            data = each.encode("utf-8", "surrogatepass")
            self._length += len(data)
            self._plain.append(data)
            if self._length > self.compress_above:
                self._compress()

    def _compress(self) -> None:
        if self._packer is None:
            self._packer = zlib.compressobj(LEVEL)
        self._stored += filter(None, map(self._packer.compress, self._plain))
        self._plain.clear()

    def packed(self) -> Packed:
        """The bytes of all that is here now."""
        if self._packer is None:
            stored, codec = b"".join(self._plain), PLAIN
        else:
            stored, codec = b"".join((*self._stored, self._packer.copy().flush())), COMPRESSED
        return Packed(stored, codec, self._length, _digest(stored))


def pack(body: Body, compress_above: int) -> Packed:
    """A body's bytes, compressed if they are more than ``compress_above``; other threads run meanwhile."""
    growing = Growing(compress_above)
    growing.add(body)
    return growing.packed()


def _cut(body: str) -> Iterator[str]:
    """Pieces of PIECE characters."""
    return (body[start : start + PIECE] for start in range(0, len(body), PIECE))


def _joined(pieces: tuple[str, ...]) -> Iterator[str]:
    """Pieces of about PIECE characters."""
    together, size = [], 0
    for each in pieces:
        together.append(each)
        size += len(each)
        if size >= PIECE:
            yield "".join(together)
            together, size = [], 0
    yield "".join(together)


def encode(key: SessionKey, generation: Generation, body: str, compress_above: int, extends: int = 0) -> bytes:
    """The bytes of a file; ``generation.size`` is ignored. One that ``extends`` another stands in a journal only."""
    return seal(key, generation, pack(body, compress_above), extends)


def seal(key: SessionKey, generation: Generation, body: Packed, extends: int = 0) -> bytes:
    """``encode``, of a body that is packed already."""
    extending = f",'extends':{extends}" if extends else ""
    sealed = (
        f"{{'format':{FORMAT},'client':{string_text(key.client_id)},'session':{string_text(key.session_id)}"
        f",'generation':{generation.number},'epoch':{string_text(generation.server_epoch)},'schema':{SCHEMA}"
        f",'version':{generation.version},'saved_at':{number_text(float(generation.saved_at))}"
        f",'reason':{string_text(generation.reason[:MAX_TEXT])},'codec':'{body.codec}','stored':{len(body.stored)}"
        f",'length':{body.length},'body':'{body.digest}'{extending}"
    ).encode()
    return b"".join((sealed, SEAL, _digest(sealed).encode(), END, body.stored))


def read_header(data: bytes) -> Header:
    """The header of a file of which ``data`` is the beginning, LIMIT bytes or all; raise DamagedError, NewerError."""
    line, newline, _ = data[:LIMIT].partition(b"\n")
    sealed, _, _ = line.rpartition(SEAL)
    if not newline or line + newline != b"".join((sealed, SEAL, _digest(sealed).encode(), END)):
        raise DamagedError("the header's checksum is wrong")
    try:
        text = sealed.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedError("the header is not STON") from error
    found = _AS_WRITTEN.fullmatch(text)
    if found is not None:
        return _read_as_written(found, len(line) + 1)
    fields = _fields(text)
    if not isinstance(fields, dict) or not isinstance(fields.get("format"), int):
        raise DamagedError("the header is not a map with a format")
    _check_age("format", fields["format"], FORMAT)
    return _header(fields, len(line) + 1)


def _check_age(what: str, found: int, newest: int) -> None:
    if found > newest:
        raise NewerError(f"{what} {found}, where {newest} is the newest that this server reads")


def _read_as_written(found: re.Match[str], size: int) -> Header:
    """A header whose fields stand as ``seal`` writes them: of a large journal tens of thousands are read."""
    (
        form, client, session, number, epoch, schema, version, saved_at, reason, codec, stored, length, digest, extends
    ) = found.groups()  # fmt: skip
    _check_age("format", int(form), FORMAT)
    _check_age("schema", int(schema), SCHEMA)
    bytes_stored = int(stored)
    generation = Generation(int(number), float(saved_at), size + bytes_stored, reason, epoch, int(version))
    key, base = SessionKey(client, session), _base(int(extends or 0), generation)
    return Header(key, generation, codec, bytes_stored, int(length), digest, size, base)


def _base(extends: object, generation: Generation) -> int:
    """The number of what a generation goes on from, 0 if nothing: an earlier one, or to read it would never end."""
    if not isinstance(extends, int) or not 0 <= extends < max(generation.number, 1):
        raise DamagedError("it goes on from what came later")
    return extends


def _fields(sealed: str) -> object:
    """What a header's line says, as a map; raise DamagedError where it is no STON."""
    try:
        return ston.read(sealed + "}")
    except ston.StonError as error:
        raise DamagedError("the header is not STON") from error


def _header(fields: dict[object, object], size: int) -> Header:
    match fields:
        case {
            "client": str(client), "session": str(session), "generation": int(number), "epoch": str(epoch),
            "schema": int(schema), "version": int(version), "saved_at": float(saved_at), "reason": str(reason),
            "codec": str(codec), "stored": int(stored), "length": int(length), "body": str(digest),
        }:  # fmt: skip
            _check_age("schema", schema, SCHEMA)
            generation = Generation(number, saved_at, size + stored, reason, epoch, version)
            key, base = SessionKey(client, session), _base(fields.get("extends", 0), generation)
            return Header(key, generation, codec, stored, length, digest, size, base)
    raise DamagedError("the header lacks a field")


def read_body(header: Header, data: bytes, most: int) -> str:
    """The body of a whole file; raise DamagedError where it is not as the header says, or longer than ``most``."""
    stored = data[header.size :]
    problem = stored_problem(header, stored)
    if problem:
        raise DamagedError(problem)
    if header.length > most:
        raise DamagedError(f"the body would have {header.length} bytes, more than {most}")
    plain = _unpacked(header, stored) if header.codec == COMPRESSED else stored
    if header.codec not in (PLAIN, COMPRESSED) or len(plain) != header.length:
        raise DamagedError("the body does not unpack to what the header says")
    try:
        return plain.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise DamagedError("the body is not UTF-8") from error


def stored_problem(header: Header, stored: bytes | memoryview) -> str:
    """What is wrong with the bytes of a body, as they stand in the file; nothing if they are whole."""
    if len(stored) != header.stored:
        return f"the body has {len(stored)} bytes where the header says {header.stored}"
    return "" if _digest(stored) == header.digest else "the body's checksum is wrong"


def _unpacked(header: Header, stored: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(stored, header.length + 1)
    except zlib.error as error:
        raise DamagedError("the body does not unpack") from error
    if len(plain) > header.length or not unpacker.eof or unpacker.unused_data:
        raise DamagedError("the body unpacks to more than the header says")
    return plain
