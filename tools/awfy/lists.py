"""List: recursion over linked lists."""

from awfy.core import Benchmark


class Element:
    """A link of a list."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.next: Element | None = None

    def length(self) -> int:
        """How many links there are from here on."""
        return 1 if self.next is None else 1 + self.next.length()


class List(Benchmark):
    """Takeuchi's function, with lists for numbers."""

    def benchmark(self) -> int:
        """The length of the last list."""
        found = self.tail(self.make(15), self.make(10), self.make(6))
        return 0 if found is None else found.length()

    def expected(self) -> int:
        """The suite's number."""
        return 10

    def make(self, length: int) -> Element | None:
        """A list."""
        if length == 0:
            return None
        element = Element(length)
        element.next = self.make(length - 1)
        return element

    def is_shorter(self, one: Element | None, other: Element | None) -> bool:
        """Whether ``one`` has fewer links."""
        left, right = one, other
        while right is not None:
            if left is None:
                return True
            left, right = left.next, right.next
        return False

    def tail(self, x: Element | None, y: Element | None, z: Element | None) -> Element | None:
        """The function itself."""
        if not self.is_shorter(y, x):
            return z
        assert x is not None, "longer than another"
        return self.tail(
            self.tail(x.next, y, z),
            self.tail(y.next if y is not None else None, z, x),
            self.tail(z.next if z is not None else None, x, y),
        )
