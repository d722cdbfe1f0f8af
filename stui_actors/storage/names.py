"""Names in the store's folder. The only way from an id that came from outside to a name on the disk."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b

from attrs import frozen

HASHED = "~"  # how a folder's name begins that is a digest of the id, which then stands in the files' headers
DIGEST_BYTES = 20
PLAIN_CLIENT = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9_-])?")
PLAIN_SESSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}")
DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.DOTALL | re.IGNORECASE)  # taken on Windows

KNOWN = 4096  # ids whose folders are remembered: each save asks for two
LAST_TIME = 253402300799  # the last second of the year 9999, the last that the stamp can spell
STAMP = "%Y%m%dT%H%M%SZ"
GENERATION = re.compile(r"session_[a-z0-9._~-]{1,65}_([0-9]{8}T[0-9]{6}Z)-([1-9][0-9]{0,17})\.ston", re.ASCII)


def client_folder(client_id: str) -> str:
    """The one folder of a client: its id if that is a harmless name in lower case, else ``~`` and a digest."""
    return _folder(client_id, PLAIN_CLIENT)


def session_folder(session_id: str) -> str:
    """The one folder of a session, in its client's."""
    return _folder(session_id, PLAIN_SESSION)


@lru_cache(maxsize=KNOWN)
def _folder(name: str, plain: re.Pattern[str]) -> str:
    if plain.fullmatch(name) and not DEVICE.fullmatch(name):
        return name
    return HASHED + blake2b(name.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).hexdigest()


@frozen
class GenerationName:
    """A generation's file name, read: its number, and its time in seconds since the epoch."""

    text: str
    number: int
    saved_at: float


def generation_name(client: str, number: int, saved_at: float) -> GenerationName:
    """The file of a generation, as its name will tell; ``client`` is the client's folder."""
    second = min(max(int(saved_at), 0), LAST_TIME)
    stamp = datetime.fromtimestamp(second, UTC).strftime(STAMP)
    return GenerationName(f"session_{client}_{stamp}-{number}.ston", number, float(second))


def read_generation_name(text: str) -> GenerationName | None:
    """What a file's name tells, or None where it is not a generation's."""
    found = GENERATION.fullmatch(text)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found[1])
    except ValueError:
        return None
    return GenerationName(text, int(found[2]), moment.timestamp())
