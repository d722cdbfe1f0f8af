"""What happened, in its order, and what should not have happened."""

from attrs import define, field

from tests.simulation.scheduling import SimulatedClock


@define(eq=False)
class Trace:
    """Lines with their virtual time; the same ones for the same seed."""

    clock: SimulatedClock
    lines: list[str] = field(factory=list)
    violations: list[str] = field(factory=list)

    def add(self, who: str, what: str) -> None:
        self.lines.append(f"{self.clock.now:11.6f} {who:<10} {what}")

    def violation(self, text: str) -> None:
        """A promise was broken."""
        self.violations.append(text)
        self.add("VIOLATION", text)
