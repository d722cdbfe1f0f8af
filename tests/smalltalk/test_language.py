"""Runs the tests of the language, which are written in it: one case for each test method in ``language/``."""

import re
from pathlib import Path

import pytest

from stui_actors.config import EvaluationSettings
from stui_actors.smalltalk.tonel import read_class_file

pytest.importorskip("stui_actors.smalltalk.image", reason="the engine is not built yet")
pytest.importorskip("stui_actors.smalltalk.library", reason="the engine is not built yet")

from stui_actors.smalltalk.image import Image

from stui_actors.smalltalk.library import Library

LANGUAGE = Path(__file__).parent / "language"
TEST_METHOD = re.compile(r"^(\w+) >> (test\w+) \[$", re.MULTILINE)

CASES = sorted(
    match.groups() for file in LANGUAGE.glob("*.class.st") for match in TEST_METHOD.finditer(file.read_text("utf-8"))
)


SLICES = 20_000  # of which a test of the language needs a few


class Bench:
    """An image of its own for each test, and the way to run a program in it to its end."""

    def __init__(self, library):
        self.image = Image(library, EvaluationSettings())

    def load(self, text):
        """Define the class of a Tonel file; the text of its header and methods is all that the image is told."""
        definition = read_class_file(text)
        superclass = self.image.record_named(definition.superclass)
        record = self.image.define(
            definition.name,
            superclass,
            kind=definition.type,
            variables=definition.instance_variables,
            class_variables=definition.class_variables,
        )
        self.image.define_class_side(record, definition.class_instance_variables)
        for each in definition.methods:
            side = record.meta if each.is_class_side else record.instance
            self.image.add_method(side, each.selector, each.category, each.source)

    def print(self, source):
        process = self.image.start(source)
        for _ in range(SLICES):
            if process.run_slice():
                break
        else:
            raise AssertionError("the program does not end")
        if process.outcome.error is not None:
            raise AssertionError(process.outcome.error)
        return process.outcome.text


@pytest.fixture(scope="session")
def library():
    return Library()


@pytest.fixture
def workspace(library):
    return Bench(library)


@pytest.mark.parametrize(("name", "selector"), CASES, ids=[f"{name}>>{selector}" for name, selector in CASES])
def test_the_language(name, selector, workspace):
    workspace.load((LANGUAGE / f"{name}.class.st").read_text("utf-8"))
    assert workspace.print(f"({name} selector: #{selector}) runCase. #passed") == "#passed"


def test_there_are_tests_of_every_part_of_the_language():
    assert len(CASES) > 100
    assert {name for name, _ in CASES} >= {"SyntaxTest", "BlocksTest", "ExceptionsTest", "NumbersTest", "ClassesTest"}


def test_every_primitive_that_the_library_names_exists_and_none_is_idle():
    named = set()
    for file in (Path(__file__).parents[2] / "stui_actors/smalltalk/library").glob("*.st"):
        named.update(re.findall(r"<primitive: #'([^']+)'>", file.read_text("utf-8")))
    primitives = pytest.importorskip("stui_actors.smalltalk.primitives")
    assert named == set(primitives.TABLE)
