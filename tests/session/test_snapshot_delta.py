"""Texts that hold what changed: base and deltas, read one after the other, are the workspace as it is."""

import contextlib
from collections import deque
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from stui_actors.config import EvaluationSettings
from stui_actors.errors import SessionCorrupt, StuiError
from stui_actors.session import snapshot_prints
from stui_actors.session.snapshot import SnapshotWriter
from stui_actors.session.snapshot_blocks import Captured
from stui_actors.session.snapshot_delta import Aging, Found, Told, _finding
from stui_actors.session.snapshot_long import AGING
from stui_actors.session.snapshot_prints import PIECE
from stui_actors.session.workspace import Workspace, Writing
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.preemption import CountingPreemption
from tests.session.chain import Chain, full


@pytest.fixture
def chain(library: Library) -> Chain:
    return Chain(library)


def test_a_small_text_is_remembered_in_few_steps(chain):
    chain.image.evaluate("x := 41")

    assert len(list(SnapshotWriter.of_image(chain.image, {}).remembering(0))) < 30


CHANGES = (
    "x := 41",
    "x := x + 1",
    "x := true",
    "x := 1.0",
    "a at: 1 put: 1",
    "a at: 1 put: true",
    "a at: 1 put: 1.0",
    "a at: 2 put: a",
    "a at: 3 put: 'new' copy. b := a at: 3",
    "a replaceFrom: 1 to: 2 with: #(7 8) startingAt: 1",
    "a reverseInPlace",
    "(a at: 4) ifNil: [ a at: 4 put: s ]. a swap: 4 with: 5",
    "a := Array new: 5",
    "s at: 1 put: $z",
    "s at: 2 put: $ö; at: 1 put: $a",
    "s := s, 'more'",
    "s replaceFrom: 1 to: 2 with: 'qq' startingAt: 1",
    "y at: 1 put: 255",
    "y at: 1 put: (y at: 2)",
    "y replaceFrom: 1 to: 2 with: #[9 9] startingAt: 1",
    "c add: 3; add: s",
    "c addFirst: c",
    "c removeFirst",
    "c addAll: #(5 3 4)",
    "c removeAll",
    "c insert: 4 before: 1",
    "d at: #k put: 1",
    "d at: #k put: true",
    "d at: s put: a",
    "d at: 1 @ 2 put: 3",
    "d removeKey: #k",
    "d keysAndValuesDo: [ :k :v | v ]",
    "d removeAll",
    "e add: s; add: 1 @ 2",
    "e remove: s",
    "e add: c",
    "i at: a put: c",
    "i removeKey: a",
    "p instVarAt: 1 put: c",
    "p key: p value: a",
    "p key: 3",
    "p value: nil",
    "w nextPutAll: 'abc'; nextPut: $d",
    "w print: 3",
    "w reset",
    "g value: 7",
    "g := [ :n | p value: n ]. g value: 4",
    "k := 0. g := [ k := k + 1 ]. g value",
    "h value: a",
    "h value: 5",
    "p become: q",
    "p becomeForward: q. d at: #k put: p",
    "a becomeForward: c",
    "q become: a",
    "z := Bag new. z add: #m; add: #m",
    "z add: #m withOccurrences: 3",
    "Smalltalk at: #Zork put: a",
    "Smalltalk at: #Zork put: 3",
    "u := a copy. v := c copy",
    "p := 3 -> 4. b := p",
    "b := nil. v := nil",
    "fresh := c. c := nil. fresh add: 1",
    "c := OrderedCollection new. a := nil",
    "h := [ :n | k := k + n. g ]. g := [ :n | k := n. h ]. g value: 3",
    "o := Object new. o2 := {o. o}. o := nil",
    "s := c. c := s",
    "d := d copy. i := d",
    "x := Float nan. a := Array with: Float infinity with: x",
    "x := 100 factorial. p := 1/3",
)

BEGIN = (
    "a := Array new: 5. s := 'text' copy. y := #[1 2 3] copy. c := OrderedCollection new. x := 3. c add: 1",
    "d := Dictionary new. e := Set new. i := IdentityDictionary new. p := 1 -> 2. w := WriteStream on: String new",
    "k := 1. g := [ :n | k := n ]. h := [ | inner | [ :n | inner ifNil: [ inner := n ]. inner ] ] value. z := Bag new.",
    "e add: s. i at: a put: 2. d at: #k put: 0. u := nil. v := nil. b := 0. q := 5 -> 6. Smalltalk at: #Zork put: 1",
)


def test_a_store_into_a_variable_is_a_short_delta(chain: Chain) -> None:
    chain.run("a := (1 to: 3000) collect: [ :n | n -> n printString ]. x := 1")

    text = chain.run("x := x + 1")

    assert chain.last_was_delta
    assert len(text) < 300


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_in_the_delta(chain: Chain, change: str) -> None:
    chain.run(*BEGIN)

    chain.run(change)

    assert chain.last_was_delta


PLANS = strategies.lists(strategies.lists(strategies.sampled_from(CHANGES), max_size=4), min_size=1, max_size=8)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PLANS)
def test_base_and_deltas_are_the_workspace_whatever_ran(chain: Chain, steps: list[list[str]]) -> None:
    run_all(chain, steps)


@pytest.mark.long
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PLANS)
def test_base_and_deltas_are_the_workspace_in_hundreds_of_lives(chain: Chain, steps: list[list[str]]) -> None:
    run_all(chain, steps)


def run_all(chain: Chain, steps: list[list[str]]) -> None:
    chain.image = Image(chain.image.library, preemption=CountingPreemption())
    chain.fingerprint = None
    chain.run(*BEGIN)

    for step in steps:
        for change in step:
            with contextlib.suppress(StuiError):  # what failed halfway has changed something all the same
                chain.image.evaluate(change)
        chain.run()


def test_instances_of_own_classes_keep_their_identity_across_deltas(chain: Chain) -> None:
    chain.run(
        "Object subclass: #Knot instanceVariableNames: 'left right' classVariableNames: '' package: 'Mine'",
        "k := Knot new. l := Knot new. text := 'shared' copy. k instVarNamed: 'left' put: text",
    )
    chain.run("k instVarNamed: 'right' put: l. l instVarNamed: 'left' put: k. l instVarNamed: 'right' put: text")
    assert chain.last_was_delta
    chain.run("text at: 1 put: $S. k instVarNamed: 'left' put: nil")
    assert chain.last_was_delta

    again, _ = chain.restored()

    assert again.evaluate("(k instVarNamed: 'right') == l and: [ (l instVarNamed: 'left') == k ]") is True
    assert again.evaluate("(l instVarNamed: 'right') == text and: [ text = 'Shared' ]") is True
    assert again.evaluate("(k instVarNamed: 'left') isNil") is True


@pytest.mark.parametrize(
    "graph",
    [
        "#changes:Stui_Changes[@99999,[]]",
        "#changes:Stui_Changes[Stui_At[99999],'a']",
        "#changes:Stui_Changes[Stui_At[0],'a']",
        "#changes:Stui_Changes[Stui_At['a'],'a']",
        "#changes:Stui_Changes[[],'a']",
        "#changes:Stui_Changes[[],[]]",
        "#changes:Stui_Changes[[]]",
        "#changes:Stui_Changes[],#splices:Stui_Splices[[],1,0,0]",
        "#changes:Stui_Changes[],#splices:Stui_Splices[[],0,1,0]",
        "#changes:Stui_Changes[],#splices:Stui_Splices[[],0,0,2,5]",
        "#changes:Stui_Changes[],#splices:Stui_Splices[[],-1,0,0]",
        "#changes:Stui_Changes[],#splices:Stui_Splices[[],0,0]",
        "#changes:Stui_Changes[],#splices:Stui_Splices['a',0,0,0]",
        "#changes:Stui_Changes[],#splices:Stui_Splices[{},0,0,1,5]",
        "#changes:Stui_Changes[],#texts:Stui_TextSplices[Stui_At[1],0,99,'a']",
        "#changes:Stui_Changes[],#texts:Stui_TextSplices[Stui_At[1],0,0]",
        "#changes:Stui_Changes[],#texts:Stui_TextSplices[Stui_At[1],0,0,5]",
        "#changes:Stui_Changes[],#texts:Stui_TextSplices[[],0,0,'a']",
        "",
        "#variables:Stui_Names{#x:Stui_Changes[]},#changes:Stui_Changes[]",
        "#variables:Stui_Names{#x:Stui_Splices[]},#changes:Stui_Changes[]",
    ],
)
def test_a_delta_that_is_none_is_refused(chain: Chain, graph: str) -> None:
    chain.run(*BEGIN)
    chain.text += "Stui_Delta{}\nStui_Changed{" + graph + "}\n"

    with pytest.raises(SessionCorrupt):
        chain.restored()


@pytest.mark.parametrize("delta", ["Stui_Delta{", "Stui_Delta{}", "Stui_Delta{}\n", "Stui_Delta{}\nStui_Changed{"])
def test_a_part_of_a_delta_is_refused(chain: Chain, delta: str) -> None:
    chain.run(*BEGIN)
    chain.text += delta

    with pytest.raises(SessionCorrupt):
        chain.restored()


LONG_ONES = (
    "a := Array new: 100. a at: 1 put: a. s := String new: 100 withAll: $s. y := ByteArray new: 100",
    "c := (1 to: 100) asOrderedCollection. d := Dictionary new.",
    "1 to: 50 do: [ :n | d at: n put: n ]. e := d keys asSet",
)
LONG_CHANGES = (
    "a at: 83 put: 7",
    "a at: 100 put: a",
    "a at: 2 put: 8; at: 50 put: 'nine'",
    "s at: 81 put: $t",
    "s at: 34 put: $u; at: 33 put: $v",
    "y at: 33 put: 1; at: 35 put: 2",
    "c add: 5",
    "c addFirst: 6; removeLast",
    "c removeAt: 76",
    "d at: 38 put: d; at: 76 put: 1",
    "d removeKey: 3",
    "e remove: 23; add: #new",
)


def test_of_long_collections_the_part_that_changed_is_written(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_prints, "PIECE", 16)
    chain.run(*LONG_ONES)
    lengths = []
    for change in LONG_CHANGES:
        chain.image.evaluate(change)
        lengths.append(len(chain.save()))
        assert chain.last_was_delta, change

    again, _ = chain.restored()

    assert full(again) == full(chain.image)
    assert sum(length < 400 for length in lengths) >= 8


def test_what_the_comparison_holds_counts_as_memory_and_goes_first(library: Library) -> None:
    workspace = Workspace("session", library, EvaluationSettings(), "1")
    workspace.image.evaluate("a := (1 to: 3000) collect: [ :n | n -> n ]")
    before = workspace.image.memory.held()
    written_by(workspace.remembered_writing({}, 0))

    assert workspace.bytes_beside() > 3000 * 24
    assert workspace.image.memory.held() == before + workspace.bytes_beside()
    assert workspace.let_go()
    assert workspace.fingerprint is None
    assert workspace.image.memory.held() == before


def written_by(writing: Writing) -> str:
    while not writing.run_slice():
        pass
    return writing.text


def test_a_workspace_goes_on_from_its_last_text_until_that_is_forgotten(library: Library) -> None:
    workspace = Workspace("session", library, EvaluationSettings(), "1")
    assert workspace.changes_writing({}) is None
    workspace.image.evaluate("a := (1 to: 3000) collect: [ :n | n -> n ]. x := 1")
    text = written_by(workspace.remembered_writing({}, 32_768))
    workspace.image.evaluate("(a at: 5) value: 'five'")
    delta = workspace.changes_writing({})

    assert delta is not None
    text += written_by(delta)
    assert delta.is_possible
    again = Workspace("session", library, EvaluationSettings(), "2")
    reading = again.reading(text)
    while not reading.run_slice():
        pass
    assert full(again.image) == full(workspace.image)

    workspace.forget_written()
    assert workspace.changes_writing({}) is None


def test_before_its_last_text_what_was_known_of_a_workspace_is_let_go_in_slices(library: Library) -> None:
    workspace = Workspace("session", library, EvaluationSettings(), "1")
    workspace.image.evaluate("a := (1 to: 30000) collect: [ :n | n -> n ]")
    written_by(workspace.remembered_writing({}, 32_768))
    fingerprint = workspace.fingerprint
    assert fingerprint is not None
    blocks = [len(fingerprint.blocks)]

    writing = workspace.last_writing()
    while fingerprint.blocks:
        assert not writing.run_slice()
        blocks.append(len(fingerprint.blocks))

    assert all(before - after <= 1 for before, after in pairwise(blocks))
    assert blocks[0] > 20
    assert workspace.changes_writing({}) is None
    assert written_by(writing) == written_by(workspace.writing())


def test_changes_of_very_many_elements_are_told_in_short_steps(library: Library) -> None:
    workspace = Workspace("session", library, EvaluationSettings(), "1")
    workspace.image.evaluate("a := (1 to: 200000) collect: [ :n | 0 ]. b := a copy")
    written_by(workspace.remembered_writing({}, 32_768))
    workspace.image.evaluate("a := a. 1 to: a size do: [ :n | a at: n put: 1. b at: n put: n @ n ]")
    fingerprint = workspace.fingerprint
    assert fingerprint is not None
    found: Found = []
    for block in fingerprint.blocks:
        deque(_finding(block, found, Aging()), maxlen=0)
    told = Told()
    lengths = [len(told.splices) for _ in told.telling(found, Captured())]

    assert len(lengths) > 20
    assert max(after - before for before, after in pairwise(lengths)) < 2 * AGING + PIECE


def test_a_small_workspace_is_not_remembered(library: Library) -> None:
    workspace = Workspace("session", library, EvaluationSettings(), "1")
    workspace.image.evaluate("x := 1")
    written_by(workspace.remembered_writing({}, 32_768))

    assert workspace.fingerprint is None
