"""Classes and methods in deltas: what changed of them is all that is written, and instances come back as they are."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from stui_actors.errors import SessionCorrupt, StuiError
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.preemption import CountingPreemption
from tests.session.chain import Chain
from tests.session.test_snapshot_delta import BEGIN

OWN = "Object subclass: #Knot instanceVariableNames: 'left right' classVariableNames: 'Last' package: 'Mine'"
OWN_TOO = "Knot subclass: #Loop instanceVariableNames: 'turns' classVariableNames: '' package: 'Mine'"
METHODS = (
    "Knot compile: 'left ^ left'. Knot compile: 'left: it left := it. Last := it'",
    "Knot compile: 'left ^ left -> 1'",
    "Knot class compile: 'last ^ Last'",
    "Knot comment: 'Holds two things.'",
    "Knot removeSelector: #left",
    "Integer compile: 'twice ^ self * 2'",
    "Integer compile: 'twice ^ self + self'. Object compile: 'zork ^ #zork'",
    "Integer compile: 'even ^ false'",
    "Integer removeSelector: #odd",
    "Loop compile: 'turn turns := (turns ifNil: [ 0 ]) + 1. ^ [ turns ]'",
    OWN_TOO,
    "Object subclass: #Other instanceVariableNames: 'one' classVariableNames: 'Two' package: 'Mine'",
    "Other compile: 'one ^ one ifNil: [ one := Knot new ]'. o := Other new. o one left: o",
    "Trait named: #TSpeaks package: 'Mine'",
    "TSpeaks compile: 'speak ^ #spoken'",
    "Object subclass: #Voice uses: TSpeaks instanceVariableNames: '' classVariableNames: '' package: 'Mine'",
)
INSTANCES = (
    "k := Knot new. k left: s",
    "l := Loop new. g := l turn. k left: l",
    "g value. l turn",
    "c add: Knot; add: Loop",
    "k := nil",
)
SHAPES = (
    "Knot addInstVarNamed: 'middle'",
    "Knot removeInstVarNamed: 'right'",
    "Knot addClassVarNamed: 'First'",
    "Object subclass: #Loop instanceVariableNames: '' classVariableNames: '' package: 'Mine'",
)
GOLDEN = Path(__file__).parents[1] / "golden" / "workspaces" / "changes-1.ston"
EXPECTED = (
    "an Array(an OrderedCollection(1 3 'shared') 'shared' an OrderedCollection(1 3 'shared') 'Text' #[1 7 3] 4 nil)"
)
NIGHT = "night"
STEPS = strategies.lists(strategies.sampled_from((*METHODS, *INSTANCES, *SHAPES, *[NIGHT] * 8)), max_size=20)


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.fixture
def chain(library: Library) -> Chain:
    chain = Chain(library)
    chain.run(*BEGIN, OWN, "k := Knot new. k instVarNamed: 'left' put: s")
    return chain


@pytest.mark.parametrize("method", METHODS[:9])
def test_a_method_is_in_the_delta(chain: Chain, method: str) -> None:
    with contextlib.suppress(StuiError):
        chain.image.evaluate(method)
    chain.run()

    assert chain.last_was_delta


def test_of_many_classes_that_which_changed_is_written(chain: Chain) -> None:
    for number in range(20):
        chain.image.evaluate(OWN.replace("Knot", f"Knot{number}"))
        chain.image.evaluate(f"Knot{number} compile: 'long ^ ''{'x' * 500}'''")
    chain.run()

    text = chain.run("Knot7 compile: 'short ^ 1'")

    assert chain.last_was_delta
    assert text.count("xxx") == 500 // 3
    assert "Knot8" not in text


@pytest.mark.parametrize("shape", SHAPES)
def test_a_class_of_another_shape_is_written_whole(chain: Chain, shape: str) -> None:
    chain.run(OWN_TOO, "l := Loop new")

    chain.run(shape)

    assert not chain.last_was_delta


def test_what_a_class_that_is_gone_leaves_is_written_whole(chain: Chain) -> None:
    chain.run(OWN_TOO)

    chain.run("Loop removeFromSystem")

    assert not chain.last_was_delta


def test_a_variable_that_a_class_of_the_library_gets_is_written_whole(chain: Chain) -> None:
    chain.run("Object subclass: #Mine instanceVariableNames: '' classVariableNames: '' package: 'Mine'")
    chain.image.evaluate("Bag addInstVarNamed: 'mine'")

    chain.run()

    assert not chain.last_was_delta


def test_instances_of_a_class_that_came_with_a_delta_work_after_it(chain: Chain) -> None:
    chain.run(OWN_TOO, "Loop compile: 'turn turns := (turns ifNil: [ 0 ]) + 1. ^ [ turns ]'")
    chain.run("l := Loop new. g := l turn. Knot compile: 'left: it left := it. Last := it'. l left: k. t := 5")
    assert chain.last_was_delta

    chain.wake()
    chain.run("Knot class compile: 'last ^ Last'. l turn")
    assert chain.last_was_delta
    chain.wake()

    assert chain.image.evaluate("Knot last == k and: [ g value = 2 and: [ l class superclass == Knot ] ]") is True


def test_methods_of_the_library_that_were_removed_stay_removed_until_they_come_back(chain: Chain) -> None:
    chain.run("Integer removeSelector: #isPrime")
    assert chain.last_was_delta
    chain.wake()
    assert chain.image.evaluate("Integer includesSelector: #isPrime") is False

    chain.run("Integer compile: 'isPrime ^ #perhaps'")
    assert chain.last_was_delta
    chain.wake()

    assert chain.image.evaluate("7 isPrime") == "perhaps"


@pytest.mark.parametrize("classes", ["5", "[5]", "[{'name':'Foo'}]", "'Foo'"])
def test_classes_in_a_delta_that_are_none_are_refused(chain: Chain, classes: str) -> None:
    chain.text += "\nStui_Delta{'classes':" + classes + "}\nStui_Changed{#changes:Stui_Changes[]}\n"

    with pytest.raises(SessionCorrupt):
        chain.restored()


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_texts_are_the_workspace_whatever_is_defined(chain: Chain, steps: list[str]) -> None:
    run_all(chain, steps)


@pytest.mark.long
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_texts_are_the_workspace_in_hundreds_of_lives_of_classes(chain: Chain, steps: list[str]) -> None:
    run_all(chain, steps)


def run_all(chain: Chain, steps: list[str]) -> None:
    chain.image = Image(chain.image.library, preemption=CountingPreemption())
    chain.fingerprint = None
    chain.run(*BEGIN, OWN)
    for step in steps:
        if step == NIGHT:
            chain.run()
            chain.wake()
        else:
            with contextlib.suppress(StuiError):  # what failed halfway has changed something all the same
                chain.image.evaluate(step)
            chain.run()


def test_a_workspace_with_deltas_of_the_first_format_is_read(chain: Chain) -> None:
    """The file was written by the version that first told of classes in deltas; never write it anew."""
    chain.text = GOLDEN.read_text()

    chain.wake()

    assert chain.image.evaluate("{c. knot left. d at: #k. s. y. k. a} printString").s == EXPECTED
    same = "Knot last == b and: [ (Smalltalk at: #Zork) == knot and: [ knot left == (c at: 3) ] ]"
    assert chain.image.evaluate(same) is True
    assert chain.image.evaluate("Integer includesSelector: #isPrime") is False
    chain.run("c add: 4")
    assert chain.last_was_delta
