"""Runs the whole server on a simulated disk, network and clock, one seed after another. ``--help`` has examples."""

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

VIOLATED = 1
EXAMPLES = """examples:
  simulate.py --seed 1 --seeds 500     run seeds 1 to 500; exit with 1 if a promise was broken
  simulate.py --seed 17                run seed 17 and print all that happened: the same text each time
"""


def simulation() -> ModuleType:
    """The simulation, which stands beside the tests and is no part of the package."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    return import_module("tests.simulation.run")


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__.partition("``")[0] if __doc__ else "",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, required=True, metavar="N", help="the seed, or the first of several")
    parser.add_argument("--seeds", type=int, metavar="K", help="how many; without it one seed, with its trace")
    return parser.parse_args(arguments)


def show(report: Any) -> None:
    """Print the broken promises of a seed."""
    for violation in report.violations:
        print(f"seed {report.seed}: {violation}", file=sys.stderr)


def run_many(first: int, count: int) -> int:
    """Run ``count`` seeds; how many of them broke a promise."""
    run = simulation()
    library, began, broken = run.Library(), time.monotonic(), 0
    for seed in range(first, first + count):
        report = run.simulate(seed, library)
        show(report)
        broken += bool(report.violations)
    seconds = time.monotonic() - began
    print(f"{count} seeds, {broken} with violations, {seconds:.1f} s ({seconds / count * 1000:.0f} ms a seed)")
    return broken


def run_one(seed: int) -> int:
    """Run one seed and print its trace; how many promises it broke."""
    run = simulation()
    report = run.simulate(seed, run.Library())
    print("\n".join(report.trace))
    show(report)
    return len(report.violations)


def main() -> None:
    """Do as the command line says."""
    options = parse(sys.argv[1:])
    broken = run_one(options.seed) if options.seeds is None else run_many(options.seed, options.seeds)
    sys.exit(VIOLATED if broken else 0)


if __name__ == "__main__":
    main()
