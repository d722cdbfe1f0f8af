"""The table in which hashed collections keep their elements; it never lets a Python dict call Smalltalk code.

While all keys are numbers, strings, symbols, characters, or objects equal to themselves alone, one dict holds them
(``plain``), since Python knows their equality. The first other key turns the table over to ``buckets``: a dict from the
integer that ``hash`` answered to an immutable tuple of entries. ``=`` and ``hash`` may run any code, this table's own
operations included, so after every message the bucket must still be the same tuple, or the search starts again.
"""

from math import copysign
from operator import is_

from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.objects import Character, StString

TABLE_SIZES = (3, 7, 17, 37, 79, 163, 331, 673, 1361)
LARGEST_ORDERED = 512  # more are shown in order of arrival
OFTEN = 255  # entries, less one, between two ticks: a power of two less one
ENTRY_BYTES = 150  # a dict's share, the entry, its order

Entry = tuple[object, object, int]  # key, value, when it came
Bucket = tuple[Entry, ...]


class _Mark:
    """A key of a Python dict for what Python would mistake for something else."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


TRUE_KEY = _Mark("true")  # Python finds 1 under True
FALSE_KEY = _Mark("false")
SLOW = _Mark("slow")  # this key's equality is a matter of messages


def equality_key(key: object) -> object:
    """What stands for ``key`` in a Python dict, or SLOW where Smalltalk's ``=`` must be asked."""
    kind = key.__class__
    if kind is str or kind is int or kind is float or kind is Character:
        return key
    if kind is StString:
        return str(key)
    if key is None or key is True or key is False:
        return key if key is None else TRUE_KEY if key else FALSE_KEY
    return SLOW


def identity_key(key: object) -> object:
    """What stands for ``key`` in a Python dict that compares as ``==`` does."""
    kind = key.__class__
    if kind is str or kind is int or kind is Character or key is None:
        return key
    if kind is bool:
        return TRUE_KEY if key else FALSE_KEY
    if kind is float:
        assert isinstance(key, float)
        return ("float", key, copysign(1.0, key))
    return ("object", id(key))  # the entry keeps the object alive, so the number stays its own


def compares_by_identity(kind: type) -> bool:
    """Whether values of this type find ``=`` and ``hash`` in Object: they may be keys of a dict, as they are."""
    own, plain = MACHINE.k.get(kind), MACHINE.k.get(HashTable)  # a HashTable has Object's, and nobody can extend it
    return (
        own is not None
        and getattr(own, "m:=", None) is getattr(plain, "m:=", plain)
        and getattr(own, "m:hash", None) is getattr(plain, "m:hash", plain)
    )


class HashTable:
    """Values under keys, in order of arrival. A set is a table whose values nobody asks for."""

    __slots__ = ("_x", "arrivals", "buckets", "count", "identity", "pending", "plain")

    def __init__(self, *, identity: bool = False) -> None:
        self.identity = identity
        self.plain: dict[object, Entry] = {}
        self.buckets: dict[int, Bucket] | None = None
        self.arrivals = 0
        self.count = 0  # entries in the buckets
        self.pending: list[tuple[object, object]] | None = None  # restored, not hashed yet
        self._x = None

    @classmethod
    def restored(cls, entries: list[tuple[object, object]], *, identity: bool) -> "HashTable":
        """A table with ``entries`` of a snapshot, its own; they are hashed when it is first used, inside a process."""
        table = cls(identity=identity)
        table.pending = entries
        return table

    def entries(self) -> list[tuple[object, object]]:
        """Keys and values in order of arrival; runs no Smalltalk code."""
        if self.pending is not None:
            return list(self.pending)
        return [(key, value) for key, value, _ in self.rows()]

    def keys(self) -> list[object]:
        """Keys in order of arrival; runs no Smalltalk code."""
        if self.pending is not None:
            return [key for key, _ in self.pending]
        return [entry[0] for entry in self.rows()]

    def rows(self) -> list[Entry]:
        """Entries in order of arrival."""
        if self.buckets is None:
            return list(self.plain.values())
        rows = [entry for bucket in self.buckets.values() for entry in bucket]
        rows.sort(key=lambda entry: entry[2])
        return rows

    def listed(self) -> list[Entry]:
        """Entries in the order in which a program sees them: Pharo's where that is known, else of arrival."""
        rows = self.rows()
        if len(rows) <= LARGEST_ORDERED:
            codes = [code for entry in rows if (code := _small_hash(entry[0])) is not None]
            if len(codes) == len(rows):
                return [rows[index] for index in probing_order(codes)]
        return rows

    def size(self) -> int:
        """How many keys there are."""
        self.settle()
        return len(self.plain) if self.buckets is None else self.count

    def find(self, key: object) -> Entry | None:
        """The entry whose key equals ``key``."""
        common = key.__class__ is str or key.__class__ is int
        if common and self.buckets is None is self.pending and MACHINE.standard_equality:
            return self.plain.get(key)  # the shortest way
        self.settle()
        plain_key = self.plain_key(key)
        if plain_key is not SLOW:
            return self.plain.get(plain_key)
        self.send_messages()
        return self.search(key, hash_of(key))[1]

    def put(self, key: object, value: object, *, replacing: bool = True) -> bool:
        """Set the value of ``key``, unless it is there and not to be replaced; answer whether it is new."""
        self.settle()
        plain_key = self.plain_key(key)
        if plain_key is SLOW:
            self.send_messages()
            return self.put_slowly(key, value, hash_of(key), replacing=replacing)
        old = self.plain.get(plain_key)
        if old is not None:
            if replacing:
                self.plain[plain_key] = (old[0], value, old[2])
            return False
        self.charge_growth(len(self.plain))
        self.plain[plain_key] = (key, value, self.arrivals)
        self.arrivals += 1
        return True

    def remove(self, key: object) -> Entry | None:
        """Take the entry of ``key`` out and answer it."""
        self.settle()
        plain_key = self.plain_key(key)
        if plain_key is not SLOW:
            return self.plain.pop(plain_key, None)
        self.send_messages()
        number = hash_of(key)
        bucket, entry = self.search(key, number)
        if entry is not None:
            self.store(number, tuple(each for each in bucket if each is not entry))
            self.count -= 1
        return entry

    def clear(self) -> None:
        """Become empty, and plain again."""
        self.plain = {}
        self.buckets = self.pending = None
        self.count = 0

    def copy(self) -> "HashTable":
        """A table with the same keys and values."""
        twin = HashTable(identity=self.identity)
        MACHINE.charge(ENTRY_BYTES * (len(self.plain) + self.count))
        twin.plain = dict(self.plain)
        twin.buckets = None if self.buckets is None else dict(self.buckets)
        twin.arrivals, twin.count = self.arrivals, self.count
        twin.pending = None if self.pending is None else list(self.pending)
        return twin

    def plain_key(self, key: object) -> object:
        """The key in ``plain``; SLOW where messages decide."""
        if self.identity:
            return identity_key(key)
        if self.buckets is not None or not MACHINE.standard_equality:
            return SLOW
        plain = equality_key(key)
        return key if plain is SLOW and compares_by_identity(key.__class__) else plain

    def settle(self) -> None:
        """Hash what a snapshot brought; who is stopped meanwhile leaves all of it for the next one."""
        entries = self.pending
        if entries is None:
            return
        plain: dict[object, Entry] = {}
        for index, (key, value) in enumerate(entries):
            if not index & OFTEN:
                MACHINE.tick_if_due()
            plain_key = self.plain_key(key)
            if plain_key is SLOW:
                break
            self.charge_growth(index)
            plain[plain_key] = (key, value, index)
        if self.pending is entries:
            self.plain, self.arrivals, self.pending = plain, len(entries), None
            for key, value in entries[len(plain) :]:
                self.put(key, value)

    def send_messages(self) -> None:
        """Turn over to buckets. ``hash`` may change the table meanwhile: then start again."""
        while self.buckets is None:
            plain = self.plain
            rows = list(plain.values())
            buckets = _in_buckets(rows)
            unchanged = len(plain) == len(rows) and all(map(is_, plain.values(), rows))
            if self.buckets is None and self.plain is plain and unchanged:
                self.buckets, self.plain, self.count = buckets, {}, len(rows)

    def search(self, key: object, number: int) -> tuple[Bucket, Entry | None]:
        """The bucket of hash ``number`` and its entry whose key equals ``key``, as they are at one moment."""
        while True:
            bucket = self.bucket(number)
            found = None
            for entry in bucket:
                equal = entry[0] is key or MACHINE.send(entry[0], "=", key) is True
                if self.bucket(number) is not bucket:
                    break
                if equal:
                    found = entry
                    break
            else:
                return bucket, None
            if found is not None:
                return bucket, found

    def put_slowly(self, key: object, value: object, number: int, *, replacing: bool) -> bool:
        """``put`` by messages."""
        bucket, old = self.search(key, number)
        if old is None:
            self.charge_growth(self.count)
            self.store(number, (*bucket, (key, value, self.arrivals)))
            self.arrivals += 1
            self.count += 1
            return True
        if replacing:
            self.store(number, tuple((old[0], value, old[2]) if each is old else each for each in bucket))
        return False

    def bucket(self, number: int) -> Bucket:
        """The entries with hash ``number`` now."""
        return () if self.buckets is None else self.buckets.get(number, ())

    def store(self, number: int, bucket: Bucket) -> None:
        """Make ``bucket`` that of hash ``number``."""
        if self.buckets is None:  # emptied meanwhile
            self.buckets = {}
        if bucket:
            self.buckets[number] = bucket
        else:
            self.buckets.pop(number, None)

    def charge_growth(self, size: int) -> None:
        """Charge for the next entries, 64 at a time."""
        if not size & 63:
            MACHINE.charge(ENTRY_BYTES * 64)


def _in_buckets(rows: list[Entry]) -> dict[int, Bucket]:
    """The entries by what their keys answer to ``hash``; others run meanwhile."""
    found: dict[int, list[Entry]] = {}
    for index, entry in enumerate(rows):
        if not index & OFTEN:
            MACHINE.tick_if_due()
        found.setdefault(hash_of(entry[0]), []).append(entry)
    buckets: dict[int, Bucket] = {}
    for index, (number, entries) in enumerate(found.items()):
        if not index & OFTEN:
            MACHINE.tick_if_due()
        buckets[number] = tuple(entries)
    return buckets


def _small_hash(key: object) -> int | None:
    """What Pharo's ``hash`` answers for small integers and characters; None for other things."""
    if key.__class__ is int:
        return key
    return key.code if isinstance(key, Character) else None


def probing_order(hashes: list[int]) -> list[int]:
    """The order in which a table with linear probing holds what came with ``hashes``: it grows as Pharo's does."""
    sizes = iter(TABLE_SIZES)
    slots: list[int | None] = [None] * next(sizes)
    for count, index in enumerate(range(len(hashes)), start=1):
        _probe(slots, hashes, index)
        if len(slots) - count < max(1, len(slots) // 4):
            kept = [each for each in slots if each is not None]
            slots = [None] * next(sizes)
            for each in kept:
                _probe(slots, hashes, each)
    return [each for each in slots if each is not None]


def _probe(slots: list[int | None], hashes: list[int], index: int) -> None:
    place = hashes[index] % len(slots)
    while slots[place] is not None:
        place = (place + 1) % len(slots)
    slots[place] = index


def hash_of(key: object) -> int:
    """What ``key`` answers to ``hash``; what is no Integer is asked for its own."""
    number = MACHINE.send(key, "hash")
    if number.__class__ is int:
        return number
    MACHINE.signal("Error", "hash must answer an Integer")
    return 0
