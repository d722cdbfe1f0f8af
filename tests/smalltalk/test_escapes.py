"""Attempts to leave the sandbox, kept as programs in ``escapes/*.st``: none reaches Python, or another client.

Each attempt is a name in double quotes on a line of its own, a program on one line, and behind ``=>`` what must come
of it: ``prints TEXT``, ``error CLASS``, ``limit NAME``, ``syntax``, or ``harmless``, which is any of these but told
without Python's words. Behind ``elsewhere:`` may follow a program for another client's image, and what it prints there.
"""

import re
from pathlib import Path
from types import FunctionType

import pytest
from attrs import frozen

from stui_actors.errors import ParseError
from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter
from stui_actors.smalltalk.bindings import info_of
from stui_actors.smalltalk.hashtable import HashTable
from stui_actors.smalltalk.objects import Character, Instance, Root, StString
from stui_actors.smalltalk.process import Process

from .bench import Bench

FOLDER = Path(__file__).parent / "escapes"
LEAST = 200  # attempts; the corpus only grows
MEMORY = 8_000_000
SLICES_BEFORE_STOP = 300
ATTEMPT = re.compile(
    r'^"(?P<name>[^"\n]+)"\n(?P<code>[^\n]+)\n=> (?P<outcome>[^\n]+)'
    r"(?:\nelsewhere: (?P<look>[^\n]+)\n=> (?P<there>[^\n]+))?$",
    re.MULTILINE,
)
PYTHON = re.compile(
    r"Traceback|object at 0x|<class |<function|<module|<frame|StString|NoneType|TypeError|AttributeError|KeyError|"
    r"ValueError|IndexError|RuntimeError|RecursionError|OverflowError|AssertionError|UnicodeE|greenlet|bytearray|"
    r"frozenset|__\w+__|\.py\b|stui_actors|_x\b|\bm:\w"
)
VALUES = (type(None), bool, int, float, str, StString, Character, list, bytearray, HashTable, Root, Instance)
FAULT = "in a way that it should not"  # how a primitive that broke is told
USUAL = ("3 + 4", "#(3 1 2) size", "Object name", "[ Error signal ] on: Error do: [ :e | e class name ]")


@frozen
class Attempt:
    """A program, what must come of it, and what another client sees."""

    name: str
    code: str
    outcome: str
    look: str | None
    there: str | None


def attempts():
    return [
        pytest.param(Attempt(**match.groupdict()), id=f"{file.stem}: {match['name']}")
        for file in sorted(FOLDER.glob("*.st"))
        for match in ATTEMPT.finditer(file.read_text("utf-8"))
    ]


ATTEMPTS = attempts()


def test_the_corpus_is_large_and_every_line_of_it_is_read():
    lines = sum(len(file.read_text("utf-8").split("\n\n")) for file in FOLDER.glob("*.st"))

    assert len(ATTEMPTS) == lines
    assert len(ATTEMPTS) >= LEAST
    assert len({each.id for each in ATTEMPTS}) == lines


def told(bench, code):
    """How the attempt ended, and all that the client is told of it."""
    try:
        process = bench.image.start(code)
    except ParseError as error:
        return "syntax", str(error), None
    for count in range(SLICES_BEFORE_STOP * 2):
        if process.run_slice():
            break
        if count == SLICES_BEFORE_STOP:
            process.stop(TimeoutError("it does not end"))
        bench.now += 0.01
    else:
        raise AssertionError("the attempt cannot be stopped")
    return ending_of(process), texts_of(process), process.outcome.value


def ending_of(process: Process) -> str:
    error = process.outcome.error
    if error is None:
        return f"prints {process.outcome.text}"
    assert not isinstance(error, TimeoutError), "the attempt does not end"
    if error.error_type == "ResourceExhausted":
        return f"limit {error.details['limit']}"
    assert error.__cause__ is None
    return f"error {error.details['exception_class']}"


def texts_of(process: Process) -> str:
    error = process.outcome.error
    details = [] if error is None else [error.message, *map(str, error.details.values())]
    return "\n".join([*map(str, details), str(process.outcome.text), process.transcript, *process.warnings])


def python_words(text: str, code: str) -> list[str]:
    """What is Python's in a text, beyond the words that the client wrote itself."""
    return [word for word in PYTHON.findall(text) if word not in code]


def is_smalltalks(value: object) -> bool:
    if isinstance(value, FunctionType):
        return info_of(value.__code__) is not None
    return isinstance(value, VALUES)


@pytest.fixture(scope="module")
def neighbour(shared_library):
    """Another client's image, there before the attempt and after it."""
    bench = Bench(shared_library)
    return bench, [bench.print(each) for each in USUAL]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nobody_gets_out(attempt, make_bench, neighbour):
    bench, (other, usual) = make_bench(max_memory=MEMORY), neighbour

    ending, text, value = told(bench, attempt.code)

    assert ending == attempt.outcome or attempt.outcome == "harmless"
    assert FAULT not in text
    assert python_words(text, attempt.code) == []
    assert is_smalltalks(value)
    assert bench.run("3 - -4").outcome.value == 7
    assert [other.print(each) for each in USUAL] == usual
    if attempt.look is not None:
        assert make_bench().print(attempt.look) == attempt.there


@pytest.mark.parametrize("attempt", ATTEMPTS[::4])
def test_what_an_attempt_left_behind_is_saved_and_comes_back(attempt, make_bench):
    bench, again = make_bench(max_memory=MEMORY), make_bench(max_memory=MEMORY)
    told(bench, attempt.code)

    reader = SnapshotReader.of_image("".join(SnapshotWriter.of_image(bench.image, {}).slices()), again.image)
    for _ in reader.slices():
        pass

    assert again.run("3 - -4").outcome.value == 7
