"""The records of a journal: a frame of fixed length, then a generation as its file would be. Bytes, no files.

A record is found twice, by its frame and by its first line, so no single fault hides whose it was or where the next
one begins. After worse damage the next whole record is searched for. Frames carry a checksum with a key that stands in
the name of the journal's file only: what a client says in its own texts is never taken for a record.
"""

from collections.abc import Callable, Iterator
from hashlib import blake2b

from attrs import frozen

from stui_actors.storage.header import LIMIT, DamagedError, Header, read_header, stored_problem
from stui_actors.storage.store import SessionKey

MAGIC = b"stui-journal-1 "
CHECK_BYTES = 8  # of the digest; twice as many hexadecimal digits
FRAME = 256  # bytes of a frame: always as many, so that where it is damaged what follows is found
CUT_OFF = "it ends too early: a server was killed while it wrote it, or the file was cut"
FIELDS = FRAME - 2 * CHECK_BYTES - 1  # bytes before the check

Home = tuple[str, str]  # the names of a session's folders: its client's, and its own
HomeOf = Callable[[SessionKey], Home]


@frozen
class Record:
    """A record that was found. ``start`` and ``length``: where its generation stands, in bytes.

    ``home``: the session's folders. ``header`` is None where its first line cannot be read.
    """

    start: int
    length: int
    home: Home
    header: Header | None
    problem: str = ""


def frame(home: Home, length: int, key: str) -> bytes:
    """What stands before a generation of ``length`` bytes. ``key`` is the journal file's."""
    fields = (b"%s%08x %s" % (MAGIC, length, "/".join(home).encode())).ljust(FIELDS)
    return b"%s%s\n" % (fields, _check(fields, key))


def _check(fields: bytes, key: str) -> bytes:
    return blake2b(fields, digest_size=CHECK_BYTES, key=key.encode()).hexdigest().encode()


def records(data: bytes, key: str, home_of: HomeOf) -> Iterator[Record]:
    """The records in a journal file's bytes; raise NewerError.

    The last may be ``CUT_OFF``: it was never written to its end, or the file was cut. One of which not even the frame
    is there tells nothing.
    """
    place, is_certain = 0, True
    while 0 <= place < len(data):
        found = _record_at(data, place, key, home_of, is_certain)
        if found is not None and (is_certain or not found.problem):
            yield found
            place, is_certain = found.start + found.length, True
        else:
            place, is_certain = data.find(MAGIC, place + 1), False


def _record_at(data: bytes, place: int, key: str, home_of: HomeOf, is_certain: bool) -> Record | None:
    start = place + FRAME
    framed = _framed(data[place:start], key)
    if framed is None and not is_certain:
        return None  # it may be what somebody has in a string
    header, problem = _headed(data[start : start + LIMIT])
    if header is not None and framed is not None and framed != (header.generation.size, home_of(header.key)):
        header, problem = None, "its first line is that of another record"
    if header is not None:
        length, home = header.generation.size, home_of(header.key)
        problem = stored_problem(header, memoryview(data)[start + header.size : start + length])
    elif framed is not None:
        length, home = framed
    else:
        return None
    if start + length > len(data):
        length, problem = len(data) - start, CUT_OFF
    return Record(start, length, home, header, problem)


def _framed(data: bytes, key: str) -> tuple[int, Home] | None:
    """Length and home that a whole frame tells."""
    fields = data[:FIELDS]
    if len(data) < FRAME or not data.startswith(MAGIC) or data[FIELDS:] != _check(fields, key) + b"\n":
        return None
    length, home = fields[len(MAGIC) :].decode("ascii").split()
    client, _, session = home.partition("/")
    return int(length, 16), (client, session)


def _headed(data: bytes) -> tuple[Header | None, str]:
    try:
        return read_header(data), ""
    except DamagedError as fault:
        return None, str(fault)
