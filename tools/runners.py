"""What runs one seed: of one server on a simulated disk, or of several that share a database."""

import gc
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from attrs import define, field, frozen

YOUNG = 20_000  # objects between two collections: the usual 700 take some four in a hundred of the time


@frozen
class Outcome:
    """What a seed came to. ``seconds`` of processor time."""

    seed: int
    violations: tuple[str, ...]
    seconds: float


@frozen
class Search:
    """A bug that is looked for in ``count`` seeds from ``first`` on."""

    bug: str
    first: int
    count: int


@frozen
class Found:
    """The seed that finds a bug, if there is one."""

    seed: int | None


def module(name: str, folder: str = "simulation") -> ModuleType:
    """A part of the simulation, which stands beside the tests and is no part of the package."""
    root = str(Path(__file__).resolve().parents[1])
    if root not in sys.path:
        sys.path.insert(0, root)
    return import_module(f"tests.{folder}.{name}")


class Report(Protocol):
    """What a seed came to."""

    @property
    def trace(self) -> list[str]:
        """What happened, line by line."""

    @property
    def violations(self) -> list[str]:
        """The promises that were broken."""


@define(eq=False)
class Runner:
    """Runs seeds of one server, with one class library for all of them."""

    library: object
    run: ModuleType = field(factory=lambda: module("run"))
    plants: ModuleType = field(factory=lambda: module("plants"))

    def simulate(self, seed: int, bug: str | None = None, *, like: str | None = None) -> Report:
        """Run one seed, with a bug planted, or as it is run with the bug that ``like`` names."""
        plan_of = self.plants.PLANS.get(bug or like, self.run.plan_of)
        parts = None if bug is None else self.plants.PLANTS[bug]
        return self.run.simulate(seed, self.library, parts, plan_of(seed))  # type: ignore[no-any-return]  # reached by its name

    def outcome(self, seed: int) -> Outcome:
        """Run one seed."""
        began = time.process_time()
        violations = tuple(self.simulate(seed).violations)
        return Outcome(seed, violations, time.process_time() - began)

    def found_by(self, search: Search) -> Found:
        """The first seed that finds the bug, and breaks no promise without it."""
        for seed in range(search.first, search.first + search.count):
            if self.simulate(seed, search.bug).violations and not self.simulate(seed, like=search.bug).violations:
                return Found(seed)
        return Found(None)


@define(eq=False)
class SharingRunner(Runner):
    """Runs seeds of servers that share a database: each process that does so makes tables of its own in ``cluster``."""

    cluster: Any = field(kw_only=True)
    run: ModuleType = field(factory=lambda: module("sharing"))
    plants: ModuleType = field(factory=lambda: module("plants_of_sharing"))
    _tables: dict[int, Any] = field(factory=dict)

    def simulate(self, seed: int, bug: str | None = None, *, like: str | None = None) -> Report:
        """Run one seed, with a bug planted, or without."""
        process = os.getpid()
        if process not in self._tables:
            self._tables[process] = module("database").Tables(self.cluster.dsn(f"process{process}"))
        parts = None if bug is None else self.plants.PLANTS[bug]
        return self.run.simulate(seed, self.library, self._tables[process], parts)  # type: ignore[no-any-return]  # reached by its name


def new_library() -> object:
    """A class library, which lives as long as the process: the collector need not look at it again and again."""
    library = module("run").Library()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    return library


def new_runner() -> Runner:
    """A runner with a library of its own."""
    return Runner(new_library())


@contextmanager
def sharing_runner() -> Iterator[Runner]:
    """A runner with a library and a database of its own, until the end."""
    with module("postgres", "doubles").cluster(fsync="off") as cluster:
        yield SharingRunner(new_library(), cluster=cluster)
