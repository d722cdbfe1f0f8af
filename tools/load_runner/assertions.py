"""What a run must have reached, as a person writes it: ``p99<50ms``, ``evaluate.p99.9<0.1s``, ``rate>=1000``."""

import operator
import re
from collections.abc import Callable, Mapping

from attrs import frozen

METRICS = ("min", "mean", "p50", "p90", "p99", "p99.9", "max", "rate", "count", "failures", "refused")
SPELLING = re.compile(r"(?:(\w+)\.)?([a-z]+\d*(?:\.\d+)?)\s*(<=|>=|<|>|==)\s*(\d+(?:\.\d+)?)\s*(us|ms|s|/s)?")
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "/s": 1.0, None: 1.0}


class BadAssertionError(ValueError):
    """The text is no assertion."""


@frozen
class Assertion:
    """One bound on one metric of one operation, or of ``all`` together; latencies in milliseconds."""

    text: str
    operation: str
    metric: str
    comparison: str
    bound: float

    def holds(self, figures: Mapping[str, Mapping[str, float]]) -> bool:
        """Whether ``figures`` (operation, metric, value) meet the bound; an operation that never ran meets none."""
        value = figures.get(self.operation, {}).get(self.metric)
        return value is not None and COMPARISONS[self.comparison](value, self.bound)


def parse_assertion(text: str) -> Assertion:
    """Read ``text``; raise BadAssertionError, saying what is possible, if it is none."""
    match = SPELLING.fullmatch(text.strip())
    if match is None or match[2] not in METRICS:
        raise BadAssertionError(f"{text!r}: write [OPERATION.]METRIC<VALUE, with a METRIC out of {', '.join(METRICS)}")
    operation, metric, comparison, value, unit = match.groups()
    return Assertion(text, operation or "all", metric, comparison, float(value) * MILLISECONDS[unit])
