"""Snapshots of a real image with a change that leaves their brackets whole: refused, or harmless, whatever it is."""

import re
from random import Random

import pytest

from stui_actors.errors import SessionCorrupt, StuiError
from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter
from stui_actors.session.snapshot_delta import Fingerprint
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.preemption import CountingPreemption
from tests.session.test_snapshot_tampered import use

MADE = (
    "Object subclass: #Item instanceVariableNames: 'name' classVariableNames: 'All' package: 'T'",
    "Item subclass: #Part instanceVariableNames: 'more' classVariableNames: '' package: 'T'",
    "Item compile: 'name ^ name'. Part compile: 'block ^ [ :z | name -> z ]'. Object compile: 'isZork ^ false'",
    "x := Part new. y := x block. t := Array with: x with: 3 @ 4. s := 'shared' copy. u := Array with: s with: s",
    "d := Dictionary new. d at: #a put: t; at: 'b' put: d. e := IdentityDictionary new. e at: 1 put: e. "
    "f := { 1.5. Float nan. 1/3. 2 raisedTo: 200. $a. #with:with:. nil. 1 to: 7 }. g := Set withAll: { 1. 2 @ 3 }",
    "| n | n := 0. h := OrderedCollection withAll: (1 to: 30). i := Bag withAll: #(3 3). k := [ n := n + 1 ]. "
    "m := ReadStream on: (Array with: 1 with: 2). o := ByteArray with: 1 with: 2. q := Object. r := Object class",
)
CHANGES = "h add: 77. s at: 1 put: $S. x instVarAt: 1 put: 'new'. g add: 99. o at: 1 put: 9. k value"
USES = ("x printString", "y value: 3", "d printString", "f printString", "g add: 5", "h removeFirst", "i size",
        "k value", "m next", "o at: 1", "t copy", "Part new name", "u first size", "x isZork")  # fmt: skip

NUMBERS = ("0", "-1", "7", "99999", "9" * 30, "1.5", "nil", "#a", "1" * 4999)
NAMES = ("#x", "#name", "#__class__", "#__dict__", "#_x", "#table", "#elements", "#'elements:'", "#s", "#self")
CLASSES = ("Item", "Object", "Point", "Bag", "Set", "Dictionary", "Process", "Stui_Block", "Stui_Table", "Character",
           "Symbol", "Metaclass", "Context", "String", "ByteArray", "Semaphore", "object", "Stui_x_ff")  # fmt: skip
STRINGS = ("''", "'Item'", "'Part'", "'Object'", "'__class__'", "'name ^ self name'", "'= other ^ true'", "'nil'",
           "'name <primitive: 1> ^ 1'", f"'{'[' * 3000}'", "'^ 36rZZZZ'", "'hash ^ nil'", "'extension'")  # fmt: skip
OBJECTS = ("Stui_At[1]", "Stui_At[-1]", "Stui_Variable[]", "Stui_Home[]", "Stui_Names{}", "Stui_Changes[@5,@6]",
           "Stui_Splices[@7,0,0,99999999999,3]", "Stui_TextSplices[@7,0,0,'x']", "Stui_Block[@9,3]", "Float[]",
           "Class['__class__']", "Stui_Global['os']", "ByteArray['0g']", "Character['ab']", "{1}", "@5")  # fmt: skip
OBJECT = r"[A-Za-z_]\w*[\[{][^'\[\]{}]*[\]}]"
NESTINGS = (("[", "]"), ("{1:", "}"), ("Point{#x:", "}"), ("OrderedCollection[", "]"), ("Set[", "]"))
MUTATIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a number": (r"(?<=[:,\[])-?\d+(?=[,\]}])", NUMBERS),
    "a reference": (r"@\d+", tuple(f"@{number}" for number in range(0, 200, 7))),
    "a name": (r"#\w+(?=:)", NAMES),
    "a class": (r"\b[A-Z]\w*(?=[\[{])", CLASSES),
    "a string": (r"'(?:[^'\\]|\\.)*'", STRINGS),
    "an object": (OBJECT, OBJECTS),
    "a depth": (OBJECT, tuple(before * 5000 + "1" + after * 5000 for before, after in NESTINGS)),
}


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.fixture(scope="module")
def text(library: Library) -> str:
    """A whole text and a delta."""
    image = Image(library, preemption=CountingPreemption())
    for source in MADE:
        image.evaluate(source)
    held = {"id": image.variables["x"]}
    *texts, fingerprint = SnapshotWriter.of_image(image, held).remembering(0)
    assert isinstance(fingerprint, Fingerprint)
    image.evaluate(CHANGES)
    return "".join(str(each) for each in (*texts, *fingerprint.slices(held)))


def mutants(text: str, mutation: str, count: int) -> list[str]:
    """Texts in each of which one thing was replaced by another of its kind."""
    pattern, replacements = MUTATIONS[mutation]
    choice, found = Random(mutation), [*re.finditer(pattern, text)]
    places = [choice.choice(found) for _ in range(count)]
    return [text[: each.start()] + choice.choice(replacements) + text[each.end() :] for each in places]


def check(library: Library, text: str) -> bool:
    """Whether an image came of it; whatever came of it, nothing else may have changed."""
    image = Image(library, preemption=CountingPreemption())
    tables = dict(library.tables.k)
    try:
        for _ in SnapshotReader.of_image(text, image, 0).slices():
            pass
    except SessionCorrupt:
        assert image.variables == {}
        return False
    for source in USES:
        try:
            use(image, source)
        except StuiError:
            continue
    assert "".join(SnapshotWriter.of_image(image, {}).slices())
    assert library.tables.k == tables
    return True


def test_the_text_that_is_changed_is_whole(library: Library, text: str) -> None:
    assert "\nStui_Delta{" in text
    assert check(library, text)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_some_changes_of_each_kind_are_refused_or_harmless(library: Library, text: str, mutation: str) -> None:
    for each in mutants(text, mutation, 2):
        check(library, each)


@pytest.mark.long
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_many_changes_of_each_kind_are_refused_or_harmless(library: Library, text: str, mutation: str) -> None:
    came = [check(library, each) for each in mutants(text, mutation, 150)]

    assert True in came
    assert False in came
