"""Known ways out of sandboxes in Python, and ways to what a client must not see: all are closed."""

import pytest

WAYS_OUT = [
    "3 __class__",
    "3 __init__",
    "'abc' __class__ __bases__",
    "3 perform: #__class__",
    "3 perform: #'__class__.__bases__'",
    "3 perform: #__subclasses__",
    "[ 3 ] perform: #__globals__",
    "[ 3 ] __code__",
    "[ :x | x ] func_globals",
    "Object perform: #mro",
    "#() perform: #append: with: 3",
    "'abc' format",
    "'{0.__class__}' perform: #format: with: #(3)",
    "3 instVarNamed: '__class__'",
    "(3 -> 4) instVarNamed: '__dict__'",
    "(3 -> 4) instVarNamed: '_x'",
    "Object instVarNamed: 'record'",
    "Object new instVarNamed: '__class__' put: 3",
    "OpalCompiler new evaluate: '__import__(''os'')'",
    "OpalCompiler new evaluate: 'import os'",
    "__builtins__ foo",
    "FLAG foo",
    "TICK foo",
    "K foo",
    "MACHINE foo",
    "__import__ value: 'os'",
    "Smalltalk at: #__builtins__",
    "Smalltalk at: #'__builtins__'",
    "Object compile: '__init__ ^ 3'. Object new foo",
    "(Smalltalk at: #os) system: 'true'",
    "Smalltalk os system: 'true'",
    "'/etc/passwd' asFileReference contents",
    "FileSystem disk workingDirectory",
    "Smalltalk exit: 1",
    "Smalltalk snapshot: true andQuit: true",
]


@pytest.mark.parametrize("source", WAYS_OUT)
def test_what_would_lead_out_is_a_plain_error(bench, source):
    error = bench.fail(source)

    assert error.error_type == "EvaluationError"
    assert error.details["exception_class"] != "PrimitiveFailed"
    assert error.__cause__ is None
    assert bench.print("3 + 4") == "7"


HARMLESS_NAMES = [
    "self",
    "home",
    "K",
    "S",
    "U",
    "V",
    "CV",
    "G",
    "INT",
    "FLAG",
    "TICK",
    "RETURN",
    "FAIL",
    "error",
    "made",
]


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_names_of_the_engines_own_are_ordinary_names_to_smalltalk(bench, name):
    if name != "self":
        assert bench.print(f"| {name} | {name} := 3. [ :x | {name} + x ] value: 4") == "7"
    bench.define("Own", f"get{name} ^ [ ^ 7 ] value")
    assert bench.print(f"Own new get{name}") == "7"


@pytest.mark.parametrize("name", ["t:x", "b:1", "m:foo", "__dict__", "p:x.1"])
def test_globals_with_names_of_the_engines_own_reach_nothing(bench, name):
    bench.print(f"Smalltalk at: #'{name}' put: 5")

    assert bench.print(f"Smalltalk at: #'{name}'") == "5"
    assert bench.print("| x | x := 3. [ :y | x + y ] value: 4") == "7"
