"""Primitives of HashTable, in which sets, dictionaries and bags keep their elements."""

from collections.abc import Callable

from stui_actors.smalltalk.hashtable import HashTable
from stui_actors.smalltalk.machine import FAIL, MACHINE

POINTER_BYTES = 8


def new(_: object) -> HashTable:
    """An empty table that compares by ``=``."""
    MACHINE.charge(400)
    return HashTable()


def new_identity(_: object) -> HashTable:
    """An empty table that compares by ``==``."""
    MACHINE.charge(400)
    return HashTable(identity=True)


def at_if_absent(table: HashTable, key: object, _: object) -> object:
    """The value of ``key``; fails where there is none."""
    entry = table.find(key)
    return FAIL if entry is None else entry[1]


def key_at_if_absent(table: HashTable, key: object, _: object) -> object:
    """The key that is held and equals ``key``; fails where there is none."""
    entry = table.find(key)
    return FAIL if entry is None else entry[0]


def at_put(table: HashTable, key: object, value: object) -> object:
    """Set the value of ``key``; answer the value."""
    table.put(key, value)
    return value


def add(table: HashTable, key: object) -> bool:
    """Hold ``key`` unless an equal one is held; answer whether it is new."""
    return table.put(key, None, replacing=False)


def includes(table: HashTable, key: object) -> bool:
    """Whether a key equals ``key``."""
    return table.find(key) is not None


def remove_if_absent(table: HashTable, key: object, _: object) -> object:
    """Lose ``key`` and answer its value; fails where it is not held."""
    entry = table.remove(key)
    return FAIL if entry is None else entry[1]


def remove_all(table: HashTable) -> HashTable:
    """Lose everything."""
    table.clear()
    return table


def _charged_size(table: HashTable) -> int:
    size = table.size()
    MACHINE.charge(POINTER_BYTES * size)
    return size


def keys(table: HashTable) -> list[object]:
    """A new Array of the keys, in the order that a program sees."""
    _charged_size(table)
    return [entry[0] for entry in table.listed()]


def values(table: HashTable) -> list[object]:
    """A new Array of the values, in the order of ``keys``."""
    _charged_size(table)
    return [entry[1] for entry in table.listed()]


def keys_in_order(table: HashTable) -> list[object]:
    """A new Array of the keys as they came."""
    _charged_size(table)
    return [entry[0] for entry in table.rows()]


def values_in_order(table: HashTable) -> list[object]:
    """A new Array of the values, in the order in which their keys came."""
    _charged_size(table)
    return [entry[1] for entry in table.rows()]


def is_identity(table: HashTable) -> bool:
    """Whether keys are compared by ``==``."""
    return table.identity


def size(table: HashTable) -> int:
    """How many keys there are."""
    return table.size()


def shallow_copy(table: HashTable) -> HashTable:
    """A table with the same keys and values."""
    return table.copy()


class _Hashed:
    """What these primitives read of a set or dictionary; a program may have put anything there, so they test it."""

    i_table: HashTable


def dictionary_at(dictionary: _Hashed, key: object) -> object:
    """The value at ``key``; fails where there is none."""
    table = dictionary.i_table
    entry = table.find(key) if table.__class__ is HashTable else None
    return FAIL if entry is None else entry[1]


def dictionary_at_if_absent(dictionary: _Hashed, key: object, _: object) -> object:
    """The value at ``key``; fails where there is none."""
    return dictionary_at(dictionary, key)


def dictionary_at_put(dictionary: _Hashed, key: object, value: object) -> object:
    """Set the value at ``key``; answer the value."""
    table = dictionary.i_table
    if table.__class__ is not HashTable:
        return FAIL
    table.put(key, value)
    return value


def hashed_includes(hashed: _Hashed, key: object) -> object:
    """Whether the set or the dictionary's keys hold something equal to ``key``."""
    table = hashed.i_table
    return table.find(key) is not None if table.__class__ is HashTable else FAIL


def set_add(hashed: _Hashed, element: object) -> object:
    """Hold ``element`` unless an equal one is held; answer it."""
    table = hashed.i_table
    if table.__class__ is not HashTable:
        return FAIL
    table.put(element, None, replacing=False)
    return element


def hashed_size(hashed: _Hashed) -> object:
    """How many elements or keys there are."""
    table = hashed.i_table
    return table.size() if table.__class__ is HashTable else FAIL


PRIMITIVES: dict[str, Callable[..., object]] = {
    "HashTable class.new": new,
    "HashTable class.identity": new_identity,
    "HashTable.at:ifAbsent:": at_if_absent,
    "HashTable.keyAt:ifAbsent:": key_at_if_absent,
    "HashTable.at:put:": at_put,
    "HashTable.add:": add,
    "HashTable.includes:": includes,
    "HashTable.remove:ifAbsent:": remove_if_absent,
    "HashTable.removeAll": remove_all,
    "HashTable.keys": keys,
    "HashTable.values": values,
    "HashTable.keysInOrder": keys_in_order,
    "HashTable.valuesInOrder": values_in_order,
    "HashTable.isIdentity": is_identity,
    "HashTable.size": size,
    "HashTable.shallowCopy": shallow_copy,
    "Dictionary.at:": dictionary_at,
    "Dictionary.at:ifAbsent:": dictionary_at_if_absent,
    "Dictionary.at:put:": dictionary_at_put,
    "Dictionary.includesKey:": hashed_includes,
    "Set.add:": set_add,
    "Set.includes:": hashed_includes,
    "HashedCollection.size": hashed_size,
}
