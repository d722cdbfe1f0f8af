"""Which objects the texts of a workspace hold, and under which numbers: found by their ids, in little memory."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from attrs import define, field, frozen

from stui_actors.session.snapshot_text import FILES, PAGE, RECENT, SLICE, GraphWriter, file_among, no_files

NONE: "array[int]" = array("Q")
LATER_BYTES = 150  # of an object that a delta told of


@define(eq=False)
class RememberingWriter(GraphWriter):
    """Knows in the end under which numbers it wrote what."""

    strings: list[int] = field(factory=list)  # where in the texts each string is, in order
    _ends: bool = False

    def _string(self, before: str, value: object) -> None:
        self.strings.append(len(self._out))
        super()._string(before, value)

    def forgetting(self) -> Iterator[str]:
        """Nothing is let go of before somebody asks once more, when all is written."""
        if self._ends:
            yield from super().forgetting()
        self._ends = True

    @property
    def kept(self) -> Sequence[object]:
        """All that it wrote, in order."""
        return self._kept

    @property
    def brackets(self) -> int:
        """How many it opened."""
        return len(self._opened) + len(self._ordered)

    @property
    def plain(self) -> int:
        """How many strings opened none."""
        return len(self.strings) - len(self._ordered)

    def filed(self) -> Iterator[list[dict[int, int]]]:
        """Nothing now and then; last what was met, by address: ids, and what ``number_of`` understands."""
        for _ in self._file():
            yield []
        yield self._filed

    def met(self, value: object) -> int:
        """What ``number_of`` understands, of an object that was written."""
        key = id(value)
        return self._seen.get(key) or self._filed[key >> PAGE & FILES - 1][key]

    def number_of(self, met: int) -> int:
        """Of what opened a bracket its number from 1; of a string that did not, one from -1 downwards."""
        shared = self._ordered
        if met > 0:
            return met + bisect_right(shared, self._opened[met - 1]) if shared else met
        before = bisect_left(shared, ~met)
        if before < len(shared) and shared[before] == ~met:
            return bisect_right(self._opened, ~met) + before + 1
        return before - bisect_left(self.strings, ~met) - 1


@frozen(eq=False)
class Numbered:
    """What texts hold that were read: what opened a bracket, in order, and the ``strings`` that opened none.

    ``passing`` and all that is of ``foreign`` types are no objects by those numbers.
    """

    objects: list[object]
    strings: list[object]
    passing: frozenset[int]  # ids
    foreign: frozenset[type]

    def instances(self, start: int, stop: int) -> list[object]:
        """The objects among what opened a bracket there."""
        foreign, passing = self.foreign, self.passing
        return [each for each in self.objects[start:stop] if each.__class__ not in foreign and id(each) not in passing]

    def numbers(self) -> Iterator[tuple[int, object]]:
        """Each object once, with the number that ``Known`` has."""
        foreign, passing = self.foreign, self.passing
        for number, value in enumerate(self.objects, 1):
            if value.__class__ not in foreign and id(value) not in passing:
                yield number, value
        for place, value in enumerate(self.strings):
            yield ~place, value

    def forgetting(self) -> Iterator[str]:
        """Let go of it piece by piece, since all at once takes long."""
        for noted in (self.objects, self.strings):
            while noted:
                del noted[-RECENT:]
                yield ""

    @property
    def bytes_held(self) -> int:
        """About how much memory this takes."""
        return 8 * (len(self.objects) + len(self.strings))


@define(eq=False)
class Known:
    """Numbers of objects by their ids, as ``RememberingWriter`` has them.

    Whoever asks must keep the objects alive: an id is an object's own only as long as that lives.
    """

    opened: int = 0  # brackets, in all texts
    strings: int = 0  # that opened none
    _ids: "list[array[int]]" = field(factory=lambda: [NONE] * FILES)  # of the first text, sorted, by address
    _numbers: "list[array[int]]" = field(factory=lambda: [NONE] * FILES)
    _later: list[dict[int, int]] = field(factory=no_files)  # of later texts, by address
    _later_count: int = 0
    _read: Numbered | None = None  # not yet sorted

    def learning_first(self, graph: RememberingWriter) -> Iterator[str]:
        """Learn what the first text holds; empty texts now and then."""
        files: list[dict[int, int]] = []
        for found in graph.filed():
            files = found
            yield ""
        yield from self._sorting(files, graph.number_of)
        self._count(graph)

    def _sorting(self, files: list[dict[int, int]], number_of: Callable[[int], int]) -> Iterator[str]:
        done = 0
        for index, filed in enumerate(files):
            if not filed:
                continue
            keys = sorted(filed)
            self._ids[index] = array("Q", keys)
            self._numbers[index] = array("q", map(number_of, map(filed.__getitem__, keys)))
            filed.clear()
            done += len(keys)
            if done > SLICE:
                done = 0
                yield ""

    def recall(self, read: Numbered) -> None:
        """Take what was read; it is sorted when somebody first asks for a number."""
        self.opened, self.strings, self._read = len(read.objects), len(read.strings), read

    def sorting(self) -> Iterator[str]:
        """Be ready to be asked for numbers; empty texts now and then."""
        read, self._read = self._read, None
        if read is None:
            return
        files = no_files()
        numbers = ((id(value), number) for number, value in read.numbers())
        while some := list(islice(numbers, SLICE)):
            file_among(files, some)
            yield ""
        yield from self._sorting(files, int)
        yield from read.forgetting()

    def learning(self, graph: RememberingWriter, values: Sequence[object]) -> Iterator[str]:
        """Learn ``values``, which a later text holds; empty texts now and then."""
        for start in range(0, len(values), SLICE):
            some = values[start : start + SLICE]
            numbers = [graph.number_of(graph.met(value)) for value in some]
            later = [number + self.opened if number > 0 else number - self.strings for number in numbers]
            file_among(self._later, zip(map(id, some), later, strict=True))
            yield ""
        self._later_count += len(values)
        self._count(graph)

    def _count(self, graph: RememberingWriter) -> None:
        self.opened += graph.brackets
        self.strings += graph.plain

    def number(self, key: int) -> int:
        """The number of the object whose id is ``key``; 0 for one that is not known."""
        file = key >> PAGE & FILES - 1
        number = self._later[file].get(key)
        if number is not None:
            return number
        ids = self._ids[file]
        index = bisect_left(ids, key)
        return self._numbers[file][index] if index < len(ids) and ids[index] == key else 0

    @property
    def bytes_held(self) -> int:
        """About how much memory this takes."""
        filed = sum(each.itemsize * len(each) for each in (*self._ids, *self._numbers) if each)
        read = 0 if self._read is None else self._read.bytes_held
        return filed + LATER_BYTES * self._later_count + read
