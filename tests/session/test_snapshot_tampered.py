"""Snapshots of a real image that somebody changed: refused, or harmless; never a crash, never a way out."""

import pytest

from stui_actors.errors import SessionCorrupt, StuiError
from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.preemption import CountingPreemption

MADE = (
    "Object subclass: #Item instanceVariableNames: 'name' package: 'T'",
    "Item compile: 'name ^ name'",
    "x := Item new. y := [ :a | a + 1 ]. t := Array with: x with: 3 @ 4",
)
CLASS_NAME, VARIABLES, ABOVE = "'name':'Item'", "'instance_variables':['name']", "'superclass':'Object'"
SOURCE, KIND, X = "'name ^ name'", "'type':'normal'", "#x:Item{}"
TAMPERINGS = {
    "a class of Python's": (X, "#x:object{}"),
    "a class named as Python's methods": (CLASS_NAME, "'name':'__class__'"),
    "a class that is its own superclass": (ABOVE, "'superclass':'Item'"),
    "a superclass that is not there": (ABOVE, "'superclass':'os'"),
    "a superclass whose values are Python's": (ABOVE, "'superclass':'SmallInteger'"),
    "a superclass that is a number": (ABOVE, "'superclass':7"),
    "a class in place of a library's": (CLASS_NAME, "'name':'Object'"),
    "a type that does not exist": (KIND, "'type':'zork'"),
    "a type of immediate values": (KIND, "'type':'immediate'"),
    "a variable of Python's": (VARIABLES, "'instance_variables':['__class__']"),
    "a variable twice": (VARIABLES, "'instance_variables':['name','name']"),
    "a variable with an attack": (VARIABLES, "'instance_variables':['a b']"),
    "code in a selector": (SOURCE, "'__init__: x ^ x'"),
    "a method without a selector": (SOURCE, "'^ 3'"),
    "a method with a primitive": (SOURCE, "'name <primitive: #\\'Array.at:\\'> ^ 1'"),
    "a format beyond all numbers": ("'format':1", "'format':" + "1" * 5000),
    "more classes than follow": ("'classes':1", "'classes':999999999"),
    "fewer classes than none": ("'classes':1", "'classes':-1"),
    "classes without number": ("'classes':1", "'classes':nil"),
    "a removed method of a class that is not there": ("'removed':[]", "'removed':[['Zork',false,'zork']]"),
    "removed methods that are none": ("'removed':[]", "'removed':[3,[1,2,3],nil]"),
    "an unknown tag": (X, "#x:Stui_Zork{}"),
    "a small integer with variables": (X, "#x:SmallInteger{#a:1}"),
    "a symbol as an instance": (X, "#x:Symbol{}"),
    "a string as an instance": (X, "#x:String{}"),
    "a block as an instance": (X, "#x:BlockClosure{}"),
    "a Boolean as an instance": (X, "#x:True{}"),
    "a class as an instance": (X, "#x:Class{}"),
    "a metaclass as an instance": (X, "#x:Metaclass{}"),
    "a collection without elements": (X, "#x:OrderedCollection{#elements:3}"),
    "a collection with a wrong count": (X, "#x:OrderedCollection{#elements:[1],#capacity:999999999999}"),
    "a set without table": (X, "#x:Set{#table:#zork}"),
    "a dictionary whose table is an array": (X, "#x:IdentityDictionary{#table:[1,2]}"),
    "a table by itself": (X, "#x:Stui_Table{1:2}"),
    "an entry without a value": (X, "#x:{1:2,3}"),
    "a point of Python's attributes": ("Point{#x:3", "Point{#'__class__':3"),
    "a process": (X, "#x:Process{#state:'running'}"),
    "a semaphore of no number": (X, "#x:Semaphore{#signals:'many'}"),
    "a reference to the workspace": (X, "#x:@1"),
    "a reference out of range": (X, "#x:@99999"),
    "a reference beyond all numbers": (X, "#x:@" + "9" * 5000),
    "a number beyond all numbers": (X, "#x:1e400"),
    "a block that begins elsewhere": (",20]", ",21]"),
    "a block that begins before": (",20]", ",-1]"),
    "a block of another class": ("Stui_Code['',''", "Stui_Code['Object','printString'"),
    "a block with a variable too many": (",20]", ",20,#f,Stui_Variable[]]"),
    "a captured number": ("Stui_Captured[]", "Stui_Captured[1,2]"),
    "an activation as a value": (X, "#x:Stui_Home[]"),
    "a global that is a class": ("#globals:Stui_Names{}", "#globals:Stui_Names{#Object:3}"),
    "state of a place that is not there": ("#globals:Stui_Names{}", "#Zork:Stui_Names{#a:1}"),
    "state of a class side of the library": ("#globals:Stui_Names{}", "#'Object class':Stui_Names{#name:1}"),
    "state that is a value": ("#state:Stui_Names{#globals:Stui_Names{}}", "#state:[1]"),
    "nesting without end": (X, "#x:" + "[" * 50_000 + "]" * 50_000),
    "brackets without end": (X, "#x:" + "[" * 50_000),
    "an escape without end": (X, "#x:'" + "\\\\" * 20_000 + "\\'"),
}  # fmt: skip
USES = ("x printString", "x class name", "x = x", "x hash", "x size", "x add: 3", "y value: 3", "t printString",
        "x name", "x at: 1", "x do: [ :each | each ]", "Item new name", "x value", "x signal", "x copy")  # fmt: skip


@pytest.fixture(scope="module")
def text(library: Library) -> str:
    image = Image(library, preemption=CountingPreemption())
    for source in MADE:
        image.evaluate(source)
    return "".join(SnapshotWriter.of_image(image, {"id": image.variables["x"]}).slices()).replace("\n]", "]")


def use(image: Image, source: str) -> str | None:
    """What a do-it comes to; a fault of the engine itself fails the test."""
    process = image.start(source)
    for _ in range(2000):
        if process.run_slice():
            break
    else:
        process.stop(None)
        while not process.run_slice():
            pass
    assert process.outcome is not None
    fault = process.outcome.error
    assert fault is None or fault.__cause__ is None, (source, fault.__cause__)
    return process.outcome.text


@pytest.mark.parametrize(("place", "tampering"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_what_was_tampered_with_is_refused_or_harmless(library: Library, text: str, place: str, tampering: str) -> None:
    tampered = text.replace(place, tampering, 1)
    assert tampered != text
    image = Image(library, preemption=CountingPreemption())
    tables = dict(library.tables.k)
    try:
        for _ in SnapshotReader.of_image(tampered, image).slices():
            pass
    except SessionCorrupt:
        assert image.variables == {}
    else:
        for source in USES:
            try:
                use(image, source)
            except StuiError:
                continue

    assert use(image, "3 + 4") == "7"
    assert use(Image(library, preemption=CountingPreemption()), "Object name size") == "6"
    assert library.tables.k == tables


def test_the_text_that_is_tampered_with_is_whole(library: Library, text: str) -> None:
    image = Image(library, preemption=CountingPreemption())
    reader = SnapshotReader.of_image(text, image)
    for _ in reader.slices():
        pass

    assert reader.not_restored == []
    assert use(image, "y value: 3") == "4"
