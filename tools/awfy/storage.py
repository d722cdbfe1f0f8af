"""Storage: a tree of arrays, for the garbage collector."""

from awfy.core import Benchmark, Random


class Storage(Benchmark):
    """Counts nodes."""

    def __init__(self) -> None:
        self.count = 0

    def benchmark(self) -> int:
        """How many arrays there are."""
        self.count = 0
        self.tree(7, Random())
        return self.count

    def expected(self) -> int:
        """The suite's number."""
        return 5461

    def tree(self, depth: int, random: Random) -> list[object]:
        """A tree, its leaves empty arrays of random sizes."""
        self.count += 1
        if depth == 1:
            return [None] * (random.next() % 10 + 1)
        made: list[object] = [None] * 4
        for index in range(4):
            made[index] = self.tree(depth - 1, random)
        return made
