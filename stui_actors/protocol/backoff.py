"""When to try again: ever later, never all at once."""

from collections.abc import Callable

from attrs import frozen


@frozen
class Backoff:
    """A schedule of waits in seconds: ``first``, times ``factor`` each time, at most ``most``; ``attempts`` in all.

    ``jitter`` is the part of each wait that chance decides, so that many clients do not come back at one moment.
    """

    first: float = 1.0
    factor: float = 2.0
    most: float = 30.0
    attempts: int = 8
    jitter: float = 0.5

    def wait(self, attempt: int, chance: Callable[[], float]) -> float:
        """The wait after attempt number ``attempt`` (from 1); ``chance`` answers from 0.0 up to 1.0."""
        exponent = min(attempt - 1, 64)  # beyond that any factor above 1 has reached ``most``
        full = min(self.most, self.first * self.factor**exponent)
        return full * (1.0 - self.jitter * chance())
