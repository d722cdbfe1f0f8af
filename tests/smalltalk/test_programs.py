"""Programs as Pharo users write them, each a file of classes and their tests: loaded as they are, and passed."""

import re
from pathlib import Path

import pytest

from stui_actors.config import EvaluationSettings
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.loading import Loading

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.st"))
TEST = re.compile(r"^(\w+Test) >> test\w+ \[$", re.MULTILINE)
SLICES = 20_000  # of which a program needs some tens
SLICE = 0.001  # seconds that one takes on the tests' clock


class Workspace:
    """An image that loads as ``load_source`` does, and runs do-its to their end."""

    def __init__(self, library):
        self.now = 0.0
        self.image = Image(library, EvaluationSettings(), lambda: self.now)

    def load(self, source):
        loading = Loading(self.image, source)
        for body in (loading.prepare, loading.apply):
            self.ended(self.image.start_work(body))

    def print(self, source):
        return self.ended(self.image.start(source)).text

    def ended(self, process):
        for _ in range(SLICES):
            if process.run_slice():
                break
            self.now += SLICE
        assert process.outcome.error is None, process.outcome.error
        return process.outcome


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.stem for program in PROGRAMS])
def test_a_program_loads_unmodified_and_passes_its_own_tests(program, library):
    source = program.read_text("utf-8")
    workspace = Workspace(library)
    workspace.load(source)

    for name in sorted(set(TEST.findall(source))):
        count = TEST.findall(source).count(name)
        counts = f"'{count} ran, {count} passed, 0 skipped, 0 expected failures, 0 failures, 0 errors"
        ended = workspace.print(f"{name} suite run printString")
        assert ended == f"{counts}, 0 passed unexpectedly'", workspace.print(f"{name} suite run defects")


def test_there_are_at_least_a_dozen_programs_with_tests_in_each():
    assert len(PROGRAMS) >= 12
    assert all(TEST.search(program.read_text("utf-8")) for program in PROGRAMS)
