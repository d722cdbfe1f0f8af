"""What the programs share: a benchmark's frame, random numbers, and the collections that they bring along themselves.

The suite asks for collections written in the language that is measured, so that the languages do the same work.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
Value = TypeVar("Value")


class WrongResult(Exception):
    """A program computed something else than it must."""


class Benchmark:
    """A program that runs so many times, or in one size, and verifies what comes of it."""

    def run(self, count: int) -> None:
        """Run ``count`` times; raise WrongResult."""
        for _ in range(count):
            self.check(self.benchmark() == self.expected())

    def benchmark(self) -> object:
        """One run's result."""
        raise NotImplementedError

    def expected(self) -> object:
        """What one run must answer."""
        raise NotImplementedError

    def check(self, is_right: bool) -> None:
        """Raise WrongResult unless ``is_right``."""
        if not is_right:
            raise WrongResult(type(self).__name__)


class Random:
    """Numbers below 65536 that are the same each time."""

    def __init__(self) -> None:
        self.seed = 74755

    def next(self) -> int:
        """The next one."""
        self.seed = (self.seed * 1309 + 13849) & 65535
        return self.seed


class Vector(Generic[T]):
    """Elements in a row that grows at its end and shrinks at its beginning."""

    def __init__(self, capacity: int = 50) -> None:
        self.storage: list[T | None] = [None] * capacity
        self.first = 0
        self.last = 0

    @classmethod
    def holding(cls, element: T) -> "Vector[T]":
        """A vector of one element."""
        made = cls(1)
        made.append(element)
        return made

    def at(self, index: int) -> T | None:
        """The element at a place in the storage; None beyond it."""
        return self.storage[index] if index < len(self.storage) else None

    def at_put(self, index: int, element: T) -> None:
        """Set an element, growing as far as that takes."""
        size = len(self.storage)
        if index >= size:
            while size <= index:
                size *= 2
            self.grow(size)
        self.storage[index] = element
        if self.last < index + 1:
            self.last = index + 1

    def append(self, element: T) -> None:
        """Add an element at the end."""
        if self.last >= len(self.storage):
            self.grow(2 * len(self.storage))
        self.storage[self.last] = element
        self.last += 1

    def grow(self, size: int) -> None:
        """Move to a larger storage."""
        larger: list[T | None] = [None] * size
        for index in range(len(self.storage)):
            larger[index] = self.storage[index]
        self.storage = larger

    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return self.last == self.first

    def size(self) -> int:
        """How many elements there are."""
        return self.last - self.first

    def remove_first(self) -> T | None:
        """The first element, which is taken out; None if there is none."""
        if self.last == self.first:
            return None
        element = self.storage[self.first]
        self.storage[self.first] = None
        self.first += 1
        return element

    def remove(self, unwanted: T) -> bool:
        """Take all occurrences out; say whether there was one."""
        kept: list[T | None] = [None] * len(self.storage)
        count = 0
        found = False
        for index in range(self.first, self.last):
            element = self.storage[index]
            if element is unwanted:
                found = True
            else:
                kept[count] = element
                count += 1
        self.storage, self.first, self.last = kept, 0, count
        return found

    def clear(self) -> None:
        """Take everything out."""
        self.storage = [None] * len(self.storage)
        self.first = self.last = 0

    def for_each(self, function: Callable[[T], object]) -> None:
        """Call ``function`` with each element."""
        for index in range(self.first, self.last):
            function(self.storage[index])  # type: ignore[arg-type]  # these places are filled

    def has_some(self, test: Callable[[T], bool]) -> bool:
        """Whether one element passes."""
        for index in range(self.first, self.last):  # noqa: SIM110  # the counterpart of a loop
            if test(self.storage[index]):  # type: ignore[arg-type]  # these places are filled
                return True
        return False

    def sort(self, is_before: Callable[[T, T], bool]) -> None:
        """Put the elements in order, by insertion."""
        for index in range(self.first + 1, self.last):
            element = self.storage[index]
            place = index
            while place > self.first and is_before(element, self.storage[place - 1]):  # type: ignore[arg-type]  # filled
                self.storage[place] = self.storage[place - 1]
                place -= 1
            self.storage[place] = element


class Set(Generic[T]):
    """Elements without order, none of them twice; for few elements."""

    def __init__(self) -> None:
        self.items: Vector[T] = Vector(10)

    def add(self, element: T) -> None:
        """Put an element in, if it is not."""
        if not self.contains(element):
            self.items.append(element)

    def contains(self, element: T) -> bool:
        """Whether an equal one is in."""
        return self.items.has_some(lambda each: each == element)

    def size(self) -> int:
        """How many elements there are."""
        return self.items.size()

    def for_each(self, function: Callable[[T], object]) -> None:
        """Call ``function`` with each element."""
        self.items.for_each(function)


class Hashed(Protocol):
    """What knows its own hash."""

    def custom_hash(self) -> int:
        """A number that never changes."""
        ...


class Entry(Generic[Value]):
    """A key with its value, in the chain of a bucket."""

    def __init__(self, key: Hashed, hash_: int, value: Value, next_: "Entry[Value] | None") -> None:
        self.key = key
        self.hash = hash_
        self.value = value
        self.next = next_


class IdentityDictionary(Generic[Value]):
    """Values by keys that are compared by identity, in chained buckets."""

    def __init__(self, capacity: int = 16) -> None:
        self.buckets: list[Entry[Value] | None] = [None] * capacity
        self.size = 0

    def at(self, key: Hashed) -> Value | None:
        """The value of a key; None if it has none."""
        hash_ = self.hash_of(key)
        entry = self.buckets[(len(self.buckets) - 1) & hash_]
        while entry is not None:
            if entry.hash == hash_ and entry.key is key:
                return entry.value
            entry = entry.next
        return None

    def at_put(self, key: Hashed, value: Value) -> None:
        """Set the value of a key."""
        hash_ = self.hash_of(key)
        index = (len(self.buckets) - 1) & hash_
        entry = self.buckets[index]
        while entry is not None:
            if entry.hash == hash_ and entry.key is key:
                entry.value = value
                return
            entry = entry.next
        self.buckets[index] = Entry(key, hash_, value, self.buckets[index])
        self.size += 1
        if self.size > len(self.buckets):
            self.grow()

    def hash_of(self, key: Hashed) -> int:
        """A key's hash, its high bits mixed into the low ones."""
        hash_ = key.custom_hash()
        return hash_ ^ (hash_ >> 16)

    def grow(self) -> None:
        """Twice as many buckets."""
        before = self.buckets
        self.buckets = [None] * (2 * len(before))
        for chain in before:
            entry = chain
            while entry is not None:
                following = entry.next
                index = (len(self.buckets) - 1) & entry.hash
                entry.next = self.buckets[index]
                self.buckets[index] = entry
                entry = following

    def clear(self) -> None:
        """Forget all keys."""
        self.buckets = [None] * len(self.buckets)
        self.size = 0
