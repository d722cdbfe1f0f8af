"""Snapshots that somebody changed by hand: refused, or restored without a way to Python or to another client."""

import pytest

from stui_actors.errors import StuiError
from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter

from .bench import Bench
from .test_escapes import is_smalltalks, python_words

PROGRAM = (
    "Object subclass: #Foo instanceVariableNames: 'a' classVariableNames: 'X' package: 'T'. "
    "Foo class instanceVariableNames: 'ci'. Foo compile: 'foo ^ a'. x := Foo new. y := [ :z | z + 1 ]. "
    "s := Set with: 3. "
    "Object addInstVarNamed: 'extra'. Integer compile: 'bar ^ 3'. Smalltalk at: #Mine put: 'text' -> $c. "
    "d := Date today"
)
TAMPERED = {
    "a class with a name of Python's": ("'name':'Foo'", "'name':'__class__'"),
    "a class with the name of the library's": ("'name':'Foo'", "'name':'Object'"),
    "a class below a closed one": ("'superclass':'Object'", "'superclass':'SmallInteger'"),
    "a class below the engine's table": ("'superclass':'Object'", "'superclass':'HashTable'"),
    "a class below itself": ("'superclass':'Object'", "'superclass':'Foo'"),
    "a class of a kind that is none": ("'type':'normal'", "'type':'os.system'"),
    "a class of bytes whose instances were none": ("'type':'normal'", "'type':'bytes'"),
    "an instance variable that is none": ("'instance_variables':['a']", "'instance_variables':['__class__','a b']"),
    "an instance variable of the engine's": ("'instance_variables':['a']", "'instance_variables':['_x','indexed']"),
    "a class variable with the path of another": ("'class_variables':['X']", "'class_variables':['Float.Constants']"),
    "a class-instance variable of the engine's": (
        "'class_instance_variables':['ci']",
        "'class_instance_variables':['record','make']",
    ),
    "an extension of a class that is none": ("'name':'Integer'", "'name':'os'"),
    "a variable added to the integers": ("'name':'Object','kind':'extension'", "'name':'Integer','kind':'extension'"),
    "a method that names a primitive": ("'bar ^ 3'", "'bar <primitive: #\\'ProtoObject.class\\'> ^ 3'"),
    "a method that is no method": ("'bar ^ 3'", "'import os'"),
    "a method with a selector of Python's": ("'bar ^ 3'", "'__getattribute__: x ^ 3'"),
    "an instance of a class of Python's": ("#x:Foo{", "#x:os{"),
    "an instance of a metaclass": ("#x:Foo{", "#x:Metaclass{"),
    "an instance of Class": ("#x:Foo{", "#x:Class{"),
    "an instance of the engine's table": ("#x:Foo{", "#x:HashTable{"),
    "an instance of the blocks": ("#x:Foo{", "#x:BlockClosure{"),
    "an instance of the integers": ("#x:Foo{", "#x:SmallInteger{"),
    "an instance of what runs": ("#x:Foo{", "#x:Process{#state:3,"),
    "an attribute of Python's": ("#x:Foo{", "#x:Foo{#__class__:3,"),
    "a part of another name": ("#x:Foo{", "#x:Foo{#make:3,#record:4,"),
    "a block of code that is none": ("Stui_Code['',''", "Stui_Code['os','system'"),
    "a block at a place without one": ("],169]", "],3]"),
    "a block with a place beyond the source": (
        "Stui_Block[Stui_Code[",
        "Stui_Block[Stui_Code['','','3',99999],Stui_Code[",
    ),
    "a global with the name of a class": ("#Mine:", "#Object:"),
    "a global with the name of a pseudo variable": ("'globals':['Mine']", "'globals':['true','self','__builtins__']"),
    "state of a class of the library": ("#globals:", "#Float:Stui_Names{#Constants:3},#globals:"),
    "state of nowhere": ("#globals:", "#os:Stui_Names{#path:3},#globals:"),
    "a character that is none": ("Character['c']", "Character['']"),
    "a character beyond all": ("Character['c']", "Character[99999999999]"),
    "a set of another thing": ("Set[3]", "Set[@99999]"),
    "a set of itself": ("Set[3]", "Set[@1,@2,@3]"),
    "names that are none": ("'variables':[", "'variables':[3,nil,'__builtins__','K',"),
    "another format": ("'format':1", "'format':2"),
    "removed methods of what is none": ("'removed':[]", "'removed':[['os',false,'system'],['Object',true,'__init__']]"),
}


@pytest.fixture(scope="module")
def snapshot(shared_library):
    bench = Bench(shared_library)
    bench.print(PROGRAM)
    return "".join(SnapshotWriter.of_image(bench.image, {}).slices())


def restored(image, text):
    """The error that refuses the snapshot; None where the image is its again."""
    try:
        reader = SnapshotReader.of_image(text, image)
        for _ in reader.slices():
            pass
    except StuiError as error:
        return error
    return None


def assert_nothing_of_python(bench, text):
    assert all(map(is_smalltalks, bench.image.variables.values()))
    for source in ("{ x. y. s. d }", "x class name", "y value: 3", "3 bar", "x foo"):
        error = bench.run(source).outcome.error
        assert error is None or error.details["exception_class"] != "PrimitiveFailed"
        assert error is None or python_words(error.message, text) == []


@pytest.mark.parametrize(("old", "new"), TAMPERED.values(), ids=TAMPERED.keys())
def test_a_tampered_snapshot_leads_nowhere(snapshot, make_bench, old, new):
    bench, other = make_bench(), make_bench()
    assert old in snapshot
    text = snapshot.replace(old, new, 1)

    refused = restored(bench.image, text)

    if refused is None:
        assert_nothing_of_python(bench, text)
    else:
        assert python_words(str(refused), text) == []
    assert bench.run("3 + 4").outcome.value == 7
    assert (
        other.print("{ Float pi. Object name. 3 + 4. (3 respondsTo: #bar) }") == "#(3.141592653589793 #Object 7 false)"
    )
