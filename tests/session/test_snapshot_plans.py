"""Instances are written by plans, one for each choice of kinds: which one it is must not show."""

from collections.abc import Iterable
from math import inf
from types import NoneType

import pytest
from hypothesis import given, settings, strategies

from stui_actors.session.snapshot_blocks import HomeShape
from stui_actors.session.snapshot_filling import WIDEST
from stui_actors.session.snapshot_plans import PLANS, parts_by_label, plan_of
from stui_actors.session.snapshot_scalars import Scalars
from stui_actors.session.snapshot_shapes import Part, variables
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from tests.session.test_snapshot_image import after, saved, value

SHAPE = HomeShape(None)  # type: ignore[arg-type]  # only its brackets are asked for
LABELS = ("#x:", "#'100%d':", "#y:")
FIELDS = strategies.one_of(
    strategies.none(), strategies.booleans(), strategies.integers(), strategies.sampled_from(("a", "at:put:"))
)
TEXTS = {None: "nil", True: "true", False: "false", "a": "#a", "at:put:": "#'at:put:'"}


def shown(parts: Iterable[Part]) -> str:
    """The text that parts come to."""
    return "".join(f"{label}{TEXTS.get(each, each) if isinstance(each, str | bool) else each}" for label, each in parts)


@settings(deadline=None, max_examples=60)
@given(strategies.tuples(FIELDS, FIELDS, FIELDS))
def test_values_without_parts_are_written_at_once(values: tuple[object, ...]) -> None:
    plan = plan_of(SHAPE, LABELS, tuple(map(type, values)), Scalars())

    found = zip(LABELS, values, strict=True)
    texts = [f"{label}{each if type(each) is int else TEXTS[each]}" for label, each in found if each is not None]
    assert plan(values) == "Stui_Home[" + ",".join(texts) + "]"  # type: ignore[index]  # what is no integer is in TEXTS


@settings(deadline=None, max_examples=60)
@given(
    strategies.tuples(*[strategies.one_of(FIELDS, strategies.builds(list))] * 3).filter(
        lambda found: list in map(type, found)
    )
)
def test_values_with_parts_are_given_with_all_that_stands_before_them(values: tuple[object, ...]) -> None:
    plan = plan_of(SHAPE, LABELS, tuple(map(type, values)), Scalars())

    parts = plan(values)

    assert not isinstance(parts, str)
    assert shown(parts) == shown(variables(zip(LABELS, values, strict=True))) == shown(parts_by_label(LABELS, values))


@pytest.mark.parametrize(
    "values", [(1, inf, None), (10**5000, None, 2), (None, "a", 10**5000)], ids=["float", "long", "mixed"]
)
def test_numbers_that_are_written_another_way_are_refused(values: tuple[object, ...]) -> None:
    plan = plan_of(SHAPE, LABELS, tuple(map(type, values)), Scalars())

    with pytest.raises(ValueError, match=r"inf|digits"):
        plan(values)


def test_what_has_no_parts_stands_before_the_next_that_has() -> None:
    whole: list[object] = []
    plan = plan_of(SHAPE, ("#a:", "#b:", "#c:", "#d:", "#e:"), (int, str, list, NoneType, int), Scalars())

    parts = plan((1, "x", whole, None, 2))

    assert list(parts) == [("#a:1,#b:#x,#c:", whole), (",#e:", 2)]


def test_more_variables_than_code_is_made_for_are_written_one_by_one() -> None:
    labels = tuple(f"#v{number}:" for number in range(WIDEST + 1))
    values = (None, *range(WIDEST))

    parts = plan_of(SHAPE, labels, tuple(map(type, values)), Scalars())(values)

    assert not isinstance(parts, str)
    assert shown(parts) == ",".join(f"#v{number + 1}:{number}" for number in range(WIDEST))


def test_points_of_any_numbers_come_back(library: Library) -> None:
    image = Image(library)
    again = after(
        image,
        "x := { (2 raisedTo: 20000) @ nil. Float infinity @ 1. Point x: nil y: -3. 1 @ #a }. 0",
        "y := x copyWith: x first. 0",
    )

    assert value(again, "(x at: 1) = ((2 raisedTo: 20000) @ nil)") is True
    assert value(again, "(x at: 2) x isInfinite and: [ (x at: 2) y = 1 ]") is True
    assert value(again, "(x at: 3) x isNil and: [ (x at: 3) y = -3 ]") is True
    assert value(again, "y last == x first and: [ (x at: 4) = (1 @ #a) ]") is True


def test_a_class_whose_variables_hold_all_kinds_of_things_is_written_as_any_other(library: Library) -> None:
    image = Image(library)
    names = " ".join(f"v{number}" for number in range(8))
    image.evaluate(f"Object subclass: #Mixed instanceVariableNames: '{names}' classVariableNames: '' package: 'P'")
    image.evaluate(
        f"x := (0 to: {2 * PLANS}) collect: [ :each | | one | one := Mixed new. 1 to: 8 do: [ :k | "
        "one instVarAt: k put: ((each bitAt: k) = 1 ifTrue: [ each ] ifFalse: [ #none ]) ]. one ]. 0"
    )

    text = saved(image).replace("\n", "")

    for each in range(2 * PLANS + 1):
        expected = ",".join(f"#v{bit}:{each if each >> bit & 1 else '#none'}" for bit in range(8))
        assert f"Mixed{{{expected}}}" in text


def test_whatever_is_shared_between_blocks_of_one_do_it_is_shared_again(library: Library) -> None:
    again = after(
        Image(library),
        "| n | n := 0. up := [ n := n + 1 ]. down := [ n := n - 1 ]. "
        "all := (1 to: 9) collect: [ :i | [ n := n + i ] ]. 0",
        "inOne := 3 -> 4. p := Array with: up with: up with: all. 0",
    )

    assert value(again, "up value. up value. down value. all do: [ :each | each value ]. up value") == 47
    assert value(again, "(p at: 1) == (p at: 2) and: [ (p at: 3) == all ]") is True
