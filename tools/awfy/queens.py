"""Queens: eight of them on one board, none in the way of another."""

from awfy.core import Benchmark


class Queens(Benchmark):
    """Ten times the first solution."""

    def __init__(self) -> None:
        self.free_rows: list[bool] = []
        self.free_rising: list[bool] = []
        self.free_falling: list[bool] = []
        self.queen_rows: list[int] = []

    def benchmark(self) -> bool:
        """Whether a solution was found each time."""
        found = True
        for _ in range(10):
            found = found and self.queens()
        return found

    def expected(self) -> bool:
        """There is one."""
        return True

    def queens(self) -> bool:
        """Start with an empty board."""
        self.free_rows = [True] * 8
        self.free_rising = [True] * 16
        self.free_falling = [True] * 16
        self.queen_rows = [-1] * 8
        return self.place(0)

    def place(self, column: int) -> bool:
        """Whether queens fit into this column and all behind it."""
        for row in range(8):
            if self.is_free(row, column):
                self.queen_rows[row] = column
                self.set_free(row, column, False)
                if column == 7:
                    return True
                if self.place(column + 1):
                    return True
                self.set_free(row, column, True)
        return False

    def is_free(self, row: int, column: int) -> bool:
        """Whether no queen reaches the place."""
        return self.free_rows[row] and self.free_rising[column + row] and self.free_falling[column - row + 7]

    def set_free(self, row: int, column: int, is_free: bool) -> None:
        """Put a queen there, or take it away."""
        self.free_rows[row] = is_free
        self.free_rising[column + row] = is_free
        self.free_falling[column - row + 7] = is_free
