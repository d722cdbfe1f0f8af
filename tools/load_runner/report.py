"""A run's figures as a table for people and as plain values for JSON."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from load_runner.assertions import Assertion
from load_runner.measurements import Measurements

COLUMNS = ("count", "rate", "mean", "p50", "p90", "p99", "p99.9", "max")


def table(measurements: Measurements) -> Table:
    """One row per operation; latencies in milliseconds."""
    drawn = Table(title="latency in ms, rate per second")
    drawn.add_column("operation")
    for column in COLUMNS:
        drawn.add_column(column, justify="right")
    for operation, figures in measurements.figures().items():
        drawn.add_row(operation, *(_cell(column, figures.get(column)) for column in COLUMNS))
    refused = ", ".join(f"{count} {kind}" for kind, count in measurements.refusals.items()) or "0"
    drawn.caption = f"wrong or missing replies: {measurements.failure_count}   refused: {refused}"
    return drawn


def _cell(column: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if column in ("count", "rate") else f"{value:,.2f}"


def as_json(measurements: Measurements, options: dict[str, Any], assertions: Sequence[Assertion]) -> dict[str, Any]:
    """Everything that the run learned, with how it was asked for."""
    figures = measurements.figures()
    return {
        "options": options,
        "seconds": measurements.seconds,
        "latency_unit": "ms",
        "operations": figures,
        "refused": dict(measurements.refusals),
        "failures": measurements.failures,
        "failure_count": measurements.failure_count,
        "generator_share": measurements.generator_share,
        "warnings": measurements.warnings(),
        "assertions": [{"text": each.text, "met": each.holds(figures)} for each in assertions],
    }
