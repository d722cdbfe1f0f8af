"""Towers: the towers of Hanoi, with thirteen disks."""

from awfy.core import Benchmark, WrongResult


class Disk:
    """A disk on a pile."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.next: Disk | None = None


class Towers(Benchmark):
    """Counts moves."""

    def __init__(self) -> None:
        self.piles: list[Disk | None] = []
        self.moves = 0

    def benchmark(self) -> int:
        """How many moves it took."""
        self.piles = [None] * 3
        for size in range(12, -1, -1):
            self.push(Disk(size), 0)
        self.moves = 0
        self.move(13, 0, 1)
        return self.moves

    def expected(self) -> int:
        """The suite's number."""
        return 8191

    def push(self, disk: Disk, pile: int) -> None:
        """Put a disk on a pile; raise WrongResult on a smaller one."""
        top = self.piles[pile]
        if top is not None and disk.size >= top.size:
            raise WrongResult("a big disk upon a smaller one")
        disk.next = top
        self.piles[pile] = disk

    def pop(self, pile: int) -> Disk:
        """Take the top disk away; raise WrongResult if there is none."""
        top = self.piles[pile]
        if top is None:
            raise WrongResult("no disk")
        self.piles[pile] = top.next
        top.next = None
        return top

    def move(self, count: int, source: int, target: int) -> None:
        """Move so many disks."""
        if count == 1:
            self.push(self.pop(source), target)
            self.moves += 1
            return
        other = 3 - source - target
        self.move(count - 1, source, other)
        self.move(1, source, target)
        self.move(count - 1, other, target)
