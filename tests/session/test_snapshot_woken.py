"""Deltas that go on from texts which were read: what a workspace changes after it woke is written as what changed."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from stui_actors.config import EvaluationSettings
from stui_actors.errors import StuiError
from stui_actors.session.workspace import Workspace
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.preemption import CountingPreemption
from tests.session.chain import Chain
from tests.session.test_snapshot_delta import BEGIN, CHANGES

WAKE = "wake"
SAVE = "save"
STEPS = strategies.lists(strategies.sampled_from((*CHANGES, *[SAVE, WAKE] * (len(CHANGES) // 4))), max_size=24)
OWN = "Object subclass: #Knot instanceVariableNames: 'left right' classVariableNames: 'Last' package: 'Mine'"


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.fixture
def chain(library: Library) -> Chain:
    return Chain(library)


def test_the_first_change_after_a_wake_is_a_short_delta(chain: Chain) -> None:
    chain.run("a := (1 to: 3000) collect: [ :n | n -> n printString ]. c := OrderedCollection new")
    chain.wake()

    text = chain.run("c add: (a at: 7)")

    assert chain.last_was_delta
    assert len(text) < 300


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_after_a_wake_is_in_the_delta(chain: Chain, change: str) -> None:
    chain.run(*BEGIN)
    chain.wake()

    chain.run(change)

    assert chain.last_was_delta


def test_nothing_is_written_where_nothing_changed_after_a_wake(chain: Chain) -> None:
    chain.run(*BEGIN)
    chain.run("a at: 1 put: c. c add: s. s at: 1 put: $z. g value: 7")
    chain.wake()

    assert chain.run() == "\nStui_Delta{}\nStui_Changed{#changes:Stui_Changes[],#captured:Stui_Captured[]}\n"


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_texts_are_the_workspace_however_often_it_woke(chain: Chain, steps: list[str]) -> None:
    run_all(chain, steps)


@pytest.mark.long
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_texts_are_the_workspace_in_hundreds_of_nights(chain: Chain, steps: list[str]) -> None:
    run_all(chain, steps)


def run_all(chain: Chain, steps: list[str]) -> None:
    chain.image = Image(chain.image.library, preemption=CountingPreemption())
    chain.fingerprint = None
    chain.run(*BEGIN)
    for step in steps:
        if step == WAKE:
            chain.run()
            chain.wake()
        elif step == SAVE:
            chain.run()
        else:
            with contextlib.suppress(StuiError):  # what failed halfway has changed something all the same
                chain.image.evaluate(step)
    chain.run()


def test_what_stood_in_for_a_changed_object_is_compared_no_more(chain: Chain) -> None:
    """The new object in a delta's ``Stui_Changes`` shares its indexed part with the old one, which goes on changing."""
    chain.run("Object variableSubclass: #Shelf instanceVariableNames: '' classVariableNames: '' package: 'Mine'")
    chain.run("s := Shelf new: 3")
    chain.run("s at: 1 put: 5")
    chain.wake()

    text = chain.run("s at: 2 put: 6")

    assert chain.last_was_delta
    assert text.count("Shelf{") == 1


def test_instances_of_own_classes_keep_their_identity_across_nights(chain: Chain) -> None:
    chain.run(OWN, "k := Knot new. l := Knot new. text := 'shared' copy. k instVarNamed: 'left' put: text")
    chain.wake()
    chain.run("k instVarNamed: 'right' put: l. l instVarNamed: 'left' put: k. l instVarNamed: 'right' put: text")
    assert chain.last_was_delta
    chain.wake()
    chain.run("text at: 1 put: $S. k instVarNamed: 'left' put: nil. Knot class compile: 'last ^ Last'")
    chain.wake()
    chain.run("k := k -> text")
    assert chain.last_was_delta

    again, _ = chain.restored()

    assert again.evaluate("(k key instVarNamed: 'right') == l and: [ (l instVarNamed: 'left') == k key ]") is True
    assert again.evaluate("(l instVarNamed: 'right') == text and: [ k value == text and: [ text = 'Shared' ] ]") is True


def test_objects_that_clients_hold_are_told_of_once(chain: Chain) -> None:
    chain.image.evaluate("a := 1 -> 2. b := 3 -> 4")
    held = {"1": chain.image.variables["a"], "2": chain.image.variables["b"]}
    chain.save(held)
    woken = chain.wake()

    assert "#objects:" not in chain.save(woken)

    text = chain.save({"2": woken["2"]})
    assert "'released':['1']" in text
    assert list(chain.wake()) == ["2"]


def test_what_did_not_come_back_is_written_whole(library: Library) -> None:
    """Its texts say more than the workspace holds: who reads them again later may find what was missing."""
    workspace, text = saved_with("Smalltalk at: #Zork put: 1. a := (1 to: 9) asArray")
    spoiled = text.replace("#a:[", "#a:Missing{#b:1},#b:[")
    assert spoiled != text

    assert woken(library, text, 0).fingerprint is not None
    reader = woken(library, spoiled, 0)
    assert reader.not_restored
    assert reader.fingerprint is None
    assert workspace.fingerprint is not None


def test_a_small_workspace_is_not_compared_after_a_wake_either(library: Library) -> None:
    _, text = saved_with("x := 1")

    assert woken(library, text, 32_768).fingerprint is None


def test_the_comparison_of_a_woken_workspace_counts_as_memory(library: Library) -> None:
    _, text = saved_with("a := (1 to: 3000) collect: [ :n | n -> n ]")
    plain, compared = (woken(library, text, least) for least in (10_000_000, 0))

    assert compared.bytes_beside() > 3000 * 24
    assert plain.bytes_beside() == 0
    assert compared.let_go()
    assert compared.changes_writing({}) is None


def saved_with(source: str) -> tuple[Workspace, str]:
    workspace = Workspace("session", Library(), EvaluationSettings(), "1")
    workspace.image.evaluate(source)
    writing = workspace.remembered_writing({}, 0)
    while not writing.run_slice():
        pass
    return workspace, writing.text


def woken(library: Library, text: str, compared_from: int) -> Workspace:
    workspace = Workspace("session", library, EvaluationSettings(), "2")
    reading = workspace.reading(text, compared_from)
    while not reading.run_slice():
        pass
    return workspace
