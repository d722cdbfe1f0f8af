"""What happened, in its order, and what should not have happened."""

from attrs import define, field

from tests.simulation.scheduling import SimulatedClock


@define(eq=False)
class Trace:
    """Lines with their virtual time; the same ones for the same seed."""

    clock: SimulatedClock
    happened: list[tuple[float, str, str]] = field(factory=list)
    violations: list[str] = field(factory=list)

    def add(self, who: str, what: str) -> None:
        self.happened.append((self.clock.now, who, what))

    @property
    def lines(self) -> list[str]:
        """All of it as text, which is made only where somebody reads it."""
        return [f"{now:11.6f} {who:<10} {what}" for now, who, what in self.happened]

    def violation(self, text: str) -> None:
        """A promise was broken."""
        self.violations.append(text)
        self.add("VIOLATION", text)
