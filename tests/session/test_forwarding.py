"""What clients know by an id follows its object when that becomes another."""

import pytest

from stui_actors.config import EvaluationSettings
from stui_actors.session.inspectors import Place
from stui_actors.session.workspace import Workspace
from stui_actors.smalltalk.library import Library


@pytest.fixture
def workspace():
    return Workspace("s-1", Library(), EvaluationSettings(), "a1")


def test_an_object_id_means_the_other_object_from_then_on(workspace):
    old = workspace.image.evaluate("x := OrderedCollection with: 1")
    object_id = workspace.id_of(old)
    workspace.image.evaluate("x becomeForward: #(5)")
    new = workspace.registry.object_of(object_id)
    assert new == [5]
    assert workspace.id_of(new) == object_id


def test_an_inspector_looks_at_the_other_object_from_its_root_to_its_places(workspace):
    old = workspace.image.evaluate("x := OrderedCollection with: 1")
    inspector = workspace.inspectors.made(old, "one")
    inspector.go(Place(("a",), old))
    workspace.inspectors.add(inspector)
    workspace.image.evaluate("x becomeForward: #(5)")
    assert inspector.root == [5]
    assert [each.value for each in inspector.places] == [[5], [5]]


def test_a_snapshot_knows_the_new_references_alone(workspace):
    workspace.image.evaluate("x := OrderedCollection with: 1. d := Dictionary new at: x put: x; yourself. y := x")
    workspace.image.evaluate("x becomeForward: 'other' copy")
    writing = workspace.writing()
    while not writing.run_slice():
        pass
    twin = Workspace("s-1", workspace.library, EvaluationSettings(), "a1")
    reading = twin.reading(writing.text)
    while not reading.run_slice():
        pass
    assert "OrderedCollection" not in writing.text
    assert twin.image.evaluate("x == y and: [ (d at: x) == x ]") is True
