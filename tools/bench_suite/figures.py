"""A measured figure beside its bare counterpart, and how figures are shown: for a terminal, for JSON, for the docs."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen


@frozen
class Figure:
    """``ours`` against ``bare`` (None: it has no counterpart), in ``unit``; ``goal`` says what was asked, in words."""

    name: str
    what: str
    ours: float
    bare: float | None
    unit: str
    bare_what: str
    goal: str
    met: bool

    @property
    def ratio(self) -> float | None:
        """Ours divided by the bare one."""
        return self.ours / self.bare if self.bare else None

    def cells(self) -> tuple[str, ...]:
        """The figure as a row of text."""
        bare = "-" if self.bare is None else f"{shown(self.bare)} {self.unit} ({self.bare_what})"
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        return self.what, f"{shown(self.ours)} {self.unit}", bare, ratio, self.goal, "met" if self.met else "NOT MET"

    def as_json(self) -> dict[str, Any]:
        """The figure as plain values."""
        names = ("name", "what", "ours", "bare", "unit", "bare_what", "ratio", "goal", "met")
        return {name: getattr(self, name) for name in names}


HEADER = ("figure", "here", "bare", "ratio", "goal", "")


def at_most(name: str, what: str, ours: float, unit: str, bound: float) -> Figure:
    """A figure with an absolute bound."""
    return Figure(name, what, ours, None, unit, "", f"at most {bound:g} {unit}", ours <= bound)


def at_most_times(name: str, what: str, ours: float, bare: float, unit: str, bare_what: str, times: float) -> Figure:
    """A figure that may be so many times its counterpart."""
    return Figure(name, what, ours, bare, unit, bare_what, f"at most {times:g}x", ours <= times * bare)


def at_least_times(name: str, what: str, ours: float, bare: float, unit: str, bare_what: str, times: float) -> Figure:
    """A figure that must be so many times its counterpart."""
    return Figure(name, what, ours, bare, unit, bare_what, f"at least {times:g}x", ours >= times * bare)


def shown(value: float) -> str:
    """Three digits that mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def as_rst(figures: Iterable[Figure]) -> str:
    """A list-table for the documentation."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (HEADER, *(figure.cells() for figure in figures)):
        lines += [f"   {'  - ' if number else '* - '}{cell}".rstrip() for number, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


def as_markdown(figures: Iterable[Figure]) -> str:
    """A table for an issue."""
    rows = [HEADER, ("---",) * len(HEADER), *(figure.cells() for figure in figures)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
