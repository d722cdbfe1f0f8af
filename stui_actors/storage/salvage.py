"""Reads what can still be read of files that are damaged. What it gives may differ from what was saved."""

import zlib
from collections.abc import Iterator
from contextlib import suppress

from stui_actors.storage.header import LIMIT
from stui_actors.storage.store import SessionKey
from stui_actors.storage.tree import QUARANTINE, Tree

MOST = 64 << 20  # bytes of one file, packed or not: four times what a session may take
ZLIB = b"\x78"  # the first byte of a compressed body; a plain one begins with a brace


def salvaged(tree: Tree, key: SessionKey) -> Iterator[tuple[str, str]]:
    """Path (from the store's folder) and body of each file of a session, newest first, whole or not.

    What is put aside comes with the others. A file without a first line, or that cannot be read at all, is left out.
    """
    home = tree.home(key)
    places = [(*folder, name) for folder in (home, (QUARANTINE, *home)) for name in tree.names(*folder)]
    for place in sorted(places, key=lambda each: each[-1], reverse=True):
        with suppress(OSError):
            if not tree.distrust(tree.disk.look(tree.path(*place))):
                text = readable(tree.read(tree.path(*place), LIMIT + MOST))
                if text:
                    yield "/".join(place), text


def readable(data: bytes) -> str:
    """The body of a file, as far as it can be read; nothing of one without a first line."""
    return _unpacked(data.partition(b"\n")[2]).decode("utf-8", "replace")


def _unpacked(body: bytes) -> bytes:
    """The body as it was before it was compressed, as far as that goes."""
    if not body.startswith(ZLIB):
        return body
    unpacker, plain = zlib.decompressobj(), b""
    left = memoryview(body)
    with suppress(zlib.error):
        while left and len(plain) < MOST:
            plain += unpacker.decompress(left[:4096], MOST - len(plain))
            left = left[4096:]
    return plain
