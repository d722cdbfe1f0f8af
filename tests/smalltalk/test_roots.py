"""Classes without a superclass, as they are exported, loaded, browsed and saved."""

import pytest

from stui_actors.config import EvaluationSettings
from stui_actors.session.workspace import Workspace
from stui_actors.smalltalk.exporting import exported
from stui_actors.smalltalk.loading import Loading
from stui_actors.smalltalk.mirror import Mirror, Reflected

CHUNK = """nil subclass: #Bare instanceVariableNames: 'a' classVariableNames: '' package: 'T'!

!Bare methodsFor: 'x'!
doesNotUnderstand: aMessage
	^ aMessage selector! !
"""


def load(image, source):
    loading = Loading(image, source)
    for body in (loading.prepare, loading.apply):
        process = image.start_work(body)
        while not process.run_slice():
            pass
        assert process.error is None, process.error


@pytest.fixture
def loaded(bench):
    load(bench.image, CHUNK)
    return bench


def test_a_chunk_file_may_define_one(loaded):
    assert loaded.print("Bare basicNew anything") == "#anything"


def test_its_tonel_names_nil_and_loads_again(loaded, make_bench):
    text = exported(loaded.image).source
    assert "#superclass : 'nil'" in text
    again = make_bench()
    load(again.image, text)
    assert again.print("{Bare superclass. Bare basicNew anything}") == "#(nil #anything)"
    assert exported(again.image).source == text


def test_the_tree_of_classes_shows_it_beside_protoobject(loaded):
    tree = Mirror(Reflected(loaded.image)).class_tree(depth=1)
    assert {"Bare", "ProtoObject"} <= {each["name"] for each in tree["children"]}


def test_it_and_its_instances_come_back_from_a_snapshot(shared_library):
    before, after = (Workspace("s-1", shared_library, EvaluationSettings(), "a1") for _ in range(2))
    load(before.image, CHUNK)
    before.image.evaluate("x := Bare basicNew. y := {x. 3}. 0")
    writing = before.writing()
    while not writing.run_slice():
        pass
    reading = after.reading(writing.text)
    while not reading.run_slice():
        pass
    assert after.image.evaluate("y first == x and: [ x class superclass isNil and: [ x foo == #foo ] ]") is True
