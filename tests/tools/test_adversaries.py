"""Primitives are the same for all values, or have a program in the bench that gives them the largest ones."""

from bench_suite.adversaries import adversaries
from stui_actors.smalltalk.parser import parse_do_it
from stui_actors.smalltalk.primitives import TABLE


def test_the_bench_names_no_primitive_that_is_not_there():
    found = adversaries()
    classes = {f"{name.rpartition('.')[0]}.*" for name in TABLE}

    assert {name for name, _ in found.programs} <= set(TABLE)
    assert found.constant <= set(TABLE) | classes
    assert not found.constant & {name for name, _ in found.programs}


def test_the_bench_tells_which_primitives_nobody_tries():
    found = adversaries()

    assert found.untried([*TABLE, "String.zork"])[-1] == "String.zork"
    assert len(found.untried(TABLE)) < len(TABLE) // 10


def test_all_programs_parse():
    found = adversaries()
    for _, program in found.programs:
        parse_do_it(program)

    assert len(found.programs) > 200
    parse_do_it(found.setup)
