"""The load runner: many clients, every reply checked, latencies that hide nothing. ``--help`` has examples."""

import json
import sys

import attrs
from rich.console import Console
from rich.markup import escape

from load_runner.measurements import Measurements
from load_runner.options import Options, parse
from load_runner.report import as_json, table
from load_runner.run import GeneratorEndedError, answers, run_here, run_live

WRONG_REPLY = 1
NOT_MET = 2


def measure(options: Options, console: Console) -> Measurements:
    """Run as asked, with the panel where somebody watches."""
    if options.live and console.is_terminal:
        return run_live(options, console)
    return run_here(options)


def show(options: Options, measurements: Measurements, console: Console) -> None:
    """Print the table, the warnings, the failures and what was asserted."""
    console.print(table(measurements))
    for warning in measurements.warnings():
        console.print(f"warning: {escape(warning)}", style="yellow")
    for failure in measurements.failures:
        console.print(f"FAILURE: {escape(failure)}", style="red")
    figures = measurements.figures()
    for assertion in options.assertions:
        console.print(f"{escape(assertion.text)}: {'met' if assertion.holds(figures) else 'NOT MET'}")


def save(options: Options, measurements: Measurements) -> None:
    """Write the JSON report if one was asked for."""
    asked = attrs.asdict(options, filter=lambda attribute, _: attribute.name not in ("assertions", "json", "live"))
    text = json.dumps(as_json(measurements, asked, options.assertions), indent=2) + "\n"
    if options.json == "-":
        sys.stdout.write(text)
    elif options.json is not None:
        with open(options.json, "w", encoding="utf-8") as file:
            file.write(text)


def main() -> int:
    """Run, report, and answer the exit status."""
    options = parse()
    console = Console(stderr=options.json == "-")
    if not answers(options):
        console.print(f"No server answers on {escape(options.endpoint)}.", style="red")
        console.print(
            "  Start one with `python3 tools/dev.py serve`, or name its endpoint with --endpoint.", soft_wrap=True
        )
        return WRONG_REPLY
    try:
        measurements = measure(options, console)
    except GeneratorEndedError as error:
        console.print(str(error), style="red")
        return WRONG_REPLY
    show(options, measurements, console)
    save(options, measurements)
    if measurements.failure_count:
        return WRONG_REPLY
    figures = measurements.figures()
    return 0 if all(each.holds(figures) for each in options.assertions) else NOT_MET


if __name__ == "__main__":
    sys.exit(main())
