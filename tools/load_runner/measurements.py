"""Latencies in HDR histograms, one per operation, and what went wrong. Microseconds inside, milliseconds outside."""

from collections import Counter
from typing import Any

from attrs import define, field, fields
from hdrh.histogram import HdrHistogram

LONGEST = 600_000_000  # microseconds: ten minutes, longer than any reply is awaited
DIGITS = 3
KEPT_FAILURES = 20  # texts; the count goes on
PERCENTILES = (50.0, 90.0, 99.0, 99.9)


def histogram() -> HdrHistogram:
    """An empty histogram of microseconds."""
    return HdrHistogram(1, LONGEST, DIGITS)


def figures_of(latencies: HdrHistogram, seconds: float) -> dict[str, float]:
    """Count, rate and latencies (milliseconds) of one histogram that took ``seconds`` to fill."""
    count = latencies.get_total_count()
    figures = {"count": float(count), "rate": count / seconds if seconds else 0.0}
    if count:
        figures["min"] = latencies.get_min_value() / 1000
        figures["mean"] = latencies.get_mean_value() / 1000
        for percentile in PERCENTILES:
            figures[f"p{percentile:g}"] = latencies.get_value_at_percentile(percentile) / 1000
        figures["max"] = latencies.get_max_value() / 1000
    return figures


@define(eq=False)
class Measurements:
    """All that one run learns. ``seconds`` is how long it measured, without set-up and warm-up."""

    latencies: dict[str, HdrHistogram] = field(factory=dict)
    lateness: HdrHistogram = field(factory=histogram)
    refusals: Counter[str] = field(factory=Counter)
    failures: list[str] = field(factory=list)
    failure_count: int = 0
    seconds: float = 0.0
    generator_share: float = 0.0

    def record(self, operation: str, seconds: float) -> None:
        """Count one good reply that came ``seconds`` after its intended start."""
        if operation not in self.latencies:
            self.latencies[operation] = histogram()
        self.latencies[operation].record_value(max(1, int(seconds * 1e6)))

    def late(self, seconds: float) -> None:
        """Count how much later than intended a request was sent."""
        self.lateness.record_value(max(1, int(seconds * 1e6)))

    def refuse(self, error_type: str) -> None:
        """Count a request that the server refused for want of room; that is its right."""
        self.refusals[error_type] += 1

    def fail(self, text: str) -> None:
        """Count a reply that was wrong, foreign, or never came."""
        self.failure_count += 1
        if len(self.failures) < KEPT_FAILURES:
            self.failures.append(text)

    def packed(self) -> dict[str, Any]:
        """The same as values that can go to another process; histograms cannot."""
        values = {each.name: getattr(self, each.name) for each in fields(type(self))}
        values["latencies"] = {name: latencies.encode() for name, latencies in self.latencies.items()}
        values["lateness"] = self.lateness.encode()
        return values

    @classmethod
    def unpacked(cls, values: dict[str, Any]) -> "Measurements":
        """What ``packed`` gave, in the other process."""
        latencies = {name: HdrHistogram.decode(encoded) for name, encoded in values["latencies"].items()}
        return cls(**{**values, "latencies": latencies, "lateness": HdrHistogram.decode(values["lateness"])})

    def figures(self) -> dict[str, dict[str, float]]:
        """Metrics by operation, and of ``all`` together."""
        together = histogram()
        for latencies in self.latencies.values():
            together.add(latencies)
        figures = {name: figures_of(latencies, self.seconds) for name, latencies in sorted(self.latencies.items())}
        figures["all"] = figures_of(together, self.seconds) | {
            "failures": float(self.failure_count),
            "refused": float(self.refusals.total()),
        }
        return figures

    def warnings(self) -> list[str]:
        """Why the figures may tell more of the generator than of the server."""
        found = []
        if self.generator_share > 0.85:
            found.append(f"the generator itself was busy {self.generator_share:.0%} of the time; it may be the limit")
        if self.lateness.get_total_count():
            late = self.lateness.get_value_at_percentile(99) / 1000
            if late > 5:
                found.append(f"one request in a hundred was sent {late:.1f} ms late; the generator may be the limit")
        return found
