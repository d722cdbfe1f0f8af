"""Permute: all orders of six elements."""

from awfy.core import Benchmark


class Permute(Benchmark):
    """Counts calls."""

    def __init__(self) -> None:
        self.count = 0
        self.elements: list[int] = []

    def benchmark(self) -> int:
        """How often the method was called."""
        self.count = 0
        self.elements = [0] * 6
        self.permute(6)
        return self.count

    def expected(self) -> int:
        """The suite's number."""
        return 8660

    def permute(self, size: int) -> None:
        """Go through the orders of the first ``size``."""
        self.count += 1
        if size != 0:
            last = size - 1
            self.permute(last)
            for index in range(last, -1, -1):
                self.swap(last, index)
                self.permute(last)
                self.swap(last, index)

    def swap(self, one: int, other: int) -> None:
        """Exchange two elements."""
        kept = self.elements[one]
        self.elements[one] = self.elements[other]
        self.elements[other] = kept
