"""Sieve: the primes up to 5000, by crossing out."""

from awfy.core import Benchmark


class Sieve(Benchmark):
    """Counts primes."""

    def benchmark(self) -> int:
        """How many there are."""
        return self.sieve([True] * 5000, 5000)

    def expected(self) -> int:
        """The suite's number."""
        return 669

    def sieve(self, flags: list[bool], size: int) -> int:
        """Cross out the multiples of each prime."""
        count = 0
        for number in range(2, size + 1):
            if flags[number - 1]:
                count += 1
                multiple = number + number
                while multiple <= size:
                    flags[multiple - 1] = False
                    multiple += number
        return count
