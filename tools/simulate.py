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
  simulate.py --seed 1 --seeds 500 --plants "identity lost" "close not saved"
                                       plant each bug in the server, and print the first seed that finds it and that
                                       breaks no promise without it; exit with 1 if there is none. Without names: all
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
    parser.add_argument("--plants", nargs="*", metavar="BUG", help="look for bugs that are planted")
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


def run_plants(first: int, count: int, bugs: list[str]) -> int:
    """Print which seed finds each bug first; how many are found by none."""
    run, plants = simulation(), import_module("tests.simulation.plants").PLANTS
    library, missed = run.Library(), 0
    for bug in bugs or plants:
        for seed in range(first, first + count):
            if run.simulate(seed, library, plants[bug]).violations and not run.simulate(seed, library).violations:
                print(f'"{bug}": {seed},', flush=True)
                break
        else:
            print(f'"{bug}" is found by none')
            missed += 1
    return missed


def main() -> None:
    """Do as the command line says."""
    options = parse(sys.argv[1:])
    if options.plants is not None:
        sys.exit(VIOLATED if run_plants(options.seed, options.seeds or 1, options.plants) else 0)
    broken = run_one(options.seed) if options.seeds is None else run_many(options.seed, options.seeds)
    sys.exit(VIOLATED if broken else 0)


if __name__ == "__main__":
    main()
