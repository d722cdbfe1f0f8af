"""The primitives: what the library's methods name in their pragmas, collected from the modules listed here."""

from collections.abc import Callable

from stui_actors.smalltalk.hashtable import HashTable
from stui_actors.smalltalk.primitives import (
    arrays,
    behaviors,
    blocks,
    characters,
    conversions,
    floats,
    hashed,
    literals,
    methods,
    names,
    numbers,
    objects,
    parsing,
    running,
    streams,
    strings,
    times,
)

MODULES = (
    arrays,
    behaviors,
    blocks,
    characters,
    conversions,
    floats,
    hashed,
    names,
    literals,
    methods,
    numbers,
    objects,
    parsing,
    running,
    streams,
    strings,
    times,
)

TABLE: dict[str, Callable[..., object]] = {}
for _module in MODULES:
    TABLE.update(_module.PRIMITIVES)

HOST_CLASSES: tuple[tuple[type, str], ...] = ((HashTable, "HashTable"),)
