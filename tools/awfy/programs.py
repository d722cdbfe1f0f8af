"""The table of programs: their Python classes, and how often or in which size they run."""

from attrs import frozen

from awfy.bounce import Bounce
from awfy.cd import CD
from awfy.core import Benchmark
from awfy.deltablue import DeltaBlue
from awfy.havlak import Havlak
from awfy.json_text import Json
from awfy.lists import List
from awfy.mandelbrot import Mandelbrot
from awfy.nbody import NBody
from awfy.permute import Permute
from awfy.queens import Queens
from awfy.richards import Richards
from awfy.sieve import Sieve
from awfy.storage import Storage
from awfy.towers import Towers


@frozen
class Program:
    """A program: ``python`` is its counterpart; ``short`` and ``long`` are counts for ``run``."""

    python: type[Benchmark]
    short: int
    long: int

    @property
    def name(self) -> str:
        """As the suite has it."""
        return self.python.__name__

    @property
    def smalltalk(self) -> str:
        """The Smalltalk class's name."""
        return f"Awfy{self.name}"

    def call(self, count: int) -> str:
        """The do-it that runs it in Smalltalk; it answers the count."""
        return f"{self.smalltalk} new run: {count}. {count}"


PROGRAMS = (
    Program(Richards, 1, 1),
    Program(DeltaBlue, 10, 200),
    Program(Json, 1, 2),
    Program(Havlak, 0, 0),
    Program(CD, 2, 10),
    Program(Queens, 1, 4),
    Program(Permute, 1, 4),
    Program(Towers, 1, 4),
    Program(Sieve, 1, 10),
    Program(List, 1, 4),
    Program(Bounce, 1, 10),
    Program(Storage, 1, 6),
    Program(Mandelbrot, 1, 25),
    Program(NBody, 1, 1000),
)
