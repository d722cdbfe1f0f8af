"""The end of a workspace that nobody will ask again."""

from collections.abc import Iterator

from attrs import define


@define(eq=False)
class Leaving:
    """A workspace that leaves memory piece by piece."""

    _slices: Iterator[object]

    def run_slice(self) -> bool:
        """Let go of some of it; true once little is left."""
        return next(self._slices, self) is self
