"""The bench: what the server must reach, each figure beside its bare counterpart from the same run and machine.

The ratio counts; absolute values belong to the machine. ``--help`` names the benches.
"""

import argparse
import json
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench_suite import (
    computing,
    durability,
    engine,
    footprint,
    images,
    latency,
    millions,
    neighbours,
    programs,
    returning,
    starting,
    throughput,
)
from bench_suite.figures import HEADER, Figure, as_markdown, as_rst

NOT_MET = 2
TERMINATED = 143
BENCHES: Mapping[str, Callable[[float], Iterator[Figure]]] = {
    "ping": throughput.ping,
    "evaluate": throughput.evaluate,
    "round_trip": latency.round_trip,
    "open_loop": latency.open_loop,
    "beside_loops": latency.beside_loops,
    "beside_holder": millions.beside_holder,
    "beside_million": millions.beside_million,
    "beside_checkpoint": millions.beside_checkpoint,
    "idle_memory": footprint.idle_memory,
    "connects": footprint.connects,
    "create": durability.create,
    "restore": durability.restore,
    "fsyncs": durability.fsyncs,
    "writers": durability.writers,
    "paced_writers": durability.paced_writers,
    "large": durability.large,
    "fib": computing.fib,
    "awfy": programs.awfy,
    "cold": engine.cold,
    "compiling": engine.compiling,
    "importing": engine.importing,
    "interrupts": engine.interrupts,
    "primitives": engine.primitives,
    "neighbours": neighbours.neighbours,
    "browsing": engine.browsing,
    "image_memory": images.image_memory,
    "collections": images.collections,
    "snapshots": images.snapshots,
    "start": starting.start,
    "start_full": starting.start_full,
    "disk": footprint.disk,
    "resume": returning.resume,
    "wake": returning.wake,
    "wake_change": returning.woken_change,
}


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    about = "\n".join(f"  {name:<18} {bench.__doc__}" for name, bench in BENCHES.items())
    made = argparse.ArgumentParser(
        prog="bench.py", description=f"{__doc__}\n\n{about}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--only", choices=BENCHES, action="append", metavar="NAME", help="one bench; may be repeated")
    made.add_argument("--seconds", type=float, default=4.0, help="of each timed load (default: %(default)s)")
    made.add_argument("--json", metavar="FILE", help="write the figures there")
    made.add_argument("--rst", action="store_true", help="print a table for the documentation instead")
    made.add_argument("--markdown", action="store_true", help="print a table for an issue instead")
    made.add_argument("--strict", action="store_true", help=f"exit with {NOT_MET} if a goal is not met")
    return made


def measured(names: list[str], seconds: float, console: Console) -> list[Figure]:
    """Run the benches, saying which one runs."""
    figures = []
    for name in names:
        console.print(f"[dim]measuring {name} ...[/dim]")
        figures += list(BENCHES[name](seconds))
    return figures


def table(figures: list[Figure]) -> Table:
    """The figures for a terminal."""
    drawn = Table(title=f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {platform.system()}")
    for column in HEADER:
        drawn.add_column(column, justify="right" if column == "ratio" else "left")
    for figure in figures:
        drawn.add_row(*(escape(cell) for cell in figure.cells()), style=None if figure.met else "red")
    return drawn


def main() -> int:
    """Measure, print, and answer the exit status."""
    chosen = parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that the servers are ended too
    figures = measured(chosen.only or list(BENCHES), chosen.seconds, Console(stderr=True))
    if chosen.rst:
        sys.stdout.write(as_rst(figures))
    elif chosen.markdown:
        sys.stdout.write(as_markdown(figures))
    else:
        Console().print(table(figures))
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump([figure.as_json() for figure in figures], file, indent=2)
    return NOT_MET if chosen.strict and not all(figure.met for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
