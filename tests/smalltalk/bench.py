"""Images for tests of the engine: counted ticks instead of a clock, so that each run is the same."""

from stui_actors.config import EvaluationSettings
from stui_actors.errors import StuiError
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.preemption import CountingPreemption

SLICES = 5_000


class Bench:
    """An image, and the ways to run programs in it."""

    def __init__(self, library, ticks=1_000, **settings):
        self.now = 0.0
        self.image = Image(
            library,
            EvaluationSettings(**settings),
            lambda: self.now,
            preemption=CountingPreemption(ticks),
            random_seed=lambda: 7,
        )

    def run(self, source, *, stop_after=None, error=None, receiver=None, mode="Execute"):
        """The process of a do-it, run to its end, or stopped with ``error`` after so many slices."""
        process = self.image.start(source, receiver=receiver, mode=mode)
        for count in range(SLICES):
            if process.run_slice():
                return process
            if count == stop_after:
                process.stop(error)
            if process.wakes_at is not None:
                self.now += 0.01
        raise AssertionError("the program does not end")

    def print(self, source, **options):
        """What a do-it prints; raises what it ends with."""
        outcome = self.run(source, **options).outcome
        if outcome.error is not None:
            raise outcome.error
        return outcome.text

    def fail(self, source, **options) -> StuiError:
        """The error that a do-it ends with."""
        outcome = self.run(source, **options).outcome
        assert outcome.error is not None, f"it ended well, with {outcome.text}"
        return outcome.error

    def define(self, name, *methods, above="Object", variables="", class_variables=""):
        """Define a class with methods."""
        self.print(
            f"{above} subclass: #{name} instanceVariableNames: '{variables}' "
            f"classVariableNames: '{class_variables}' package: 'Tests'"
        )
        for method in methods:
            self.compile(name, method)

    def compile(self, name, method):
        """Give a class a method."""
        quoted = method.replace("'", "''")
        self.print(f"{name} compile: '{quoted}'")
