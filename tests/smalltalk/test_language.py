"""Runs the tests of the language, which are written in it: one case for each test method in ``language/``."""

import inspect
import re
from pathlib import Path

import pytest

from stui_actors.config import EvaluationSettings
from stui_actors.smalltalk.bindings import Kind
from stui_actors.smalltalk.compiler import compile_parsed
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import LibraryNames
from stui_actors.smalltalk.parser import parse_method
from stui_actors.smalltalk.primitives import TABLE
from stui_actors.smalltalk.tonel import read_class_file

LANGUAGE = Path(__file__).parent / "language"
TEST_METHOD = re.compile(r"^(\w+) >> (test\w+) \[$", re.MULTILINE)

CASES = sorted(
    match.groups() for file in LANGUAGE.glob("*.class.st") for match in TEST_METHOD.finditer(file.read_text("utf-8"))
)


SLICES = 20_000  # of which a test of the language needs a few
SLICE = 0.001  # seconds that one takes on the tests' clock


class Bench:
    """An image of its own for each test, on a clock that each slice moves; runs programs to their end."""

    def __init__(self, library):
        self.now = 0.0
        self.image = Image(library, EvaluationSettings(), lambda: self.now)

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
            self.now += SLICE
        else:
            raise AssertionError("the program does not end")
        if process.outcome.error is not None:
            raise AssertionError(process.outcome.error)
        return process.outcome.text


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


@pytest.fixture(scope="session")
def methods(library):
    """Each method of the library, parsed, with the side that it stands on."""
    sides = [side for record in library.records.values() for side in (record.instance, record.meta)]
    return [(side, parse_method(each.source)) for side in sides for each in side.methods.values()]


def primitives_of(method):
    return [pragma.arguments[0].value for pragma in method.pragmas if pragma.selector == "primitive:"]


def test_every_class_of_the_library_has_a_comment_and_each_of_its_methods_a_protocol(library):
    sides = [side for record in library.records.values() for side in (record.instance, record.meta)]
    assert [record.name for record in library.records.values() if not record.comment.strip()] == []
    assert [(side.name, each.selector) for side in sides for each in side.methods.values() if not each.category] == []


def test_every_primitive_that_the_library_names_exists_and_none_is_idle(methods):
    named = {name for _, method in methods for name in primitives_of(method)}
    assert named == set(TABLE)


def test_every_primitive_takes_what_its_methods_are_given(methods):
    assert [
        (side.name, method.selector, name)
        for side, method in methods
        for name in primitives_of(method)
        if len(inspect.signature(TABLE[name]).parameters) != 1 + len(method.parameters)
    ] == []


def test_every_method_of_the_library_compiles_and_knows_all_its_names(library, methods):
    unknown = []
    for side, method in methods:
        names = Names(library, side)
        compile_parsed(method, side.name, names, primitives=TABLE)
        unknown += [f"{side.name}>>{method.selector}: {name}" for name in names.undeclared]
    assert unknown == []


class Names(LibraryNames):
    """The names of the library, which keep those that mean nothing."""

    def __init__(self, library, side):
        super().__init__(library, side)
        self.undeclared = []

    def binding(self, name):
        found = super().binding(name)
        if found.kind is Kind.UNDECLARED:
            self.undeclared.append(name)
        return found
