"""The fourteen programs of Are-We-Fast-Yet verify their own results, in Smalltalk and in the Python beside it."""

import pytest

from awfy.core import WrongResult
from awfy.programs import PROGRAMS
from awfy.workspace import workspace
from stui_actors.errors import EvaluationError
from stui_actors.smalltalk.preemption import CountingPreemption

pytestmark = pytest.mark.uncounted

SUITE = {
    *("Richards", "DeltaBlue", "Json", "Havlak", "CD", "Queens", "Permute", "Towers", "Sieve", "List", "Bounce"),
    *("Storage", "Mandelbrot", "NBody"),
}
PARAMETERS = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)


@pytest.fixture(scope="module")
def image(shared_library):
    return workspace(shared_library, CountingPreemption())


def test_all_programs_of_the_suite_are_there():
    assert {program.name for program in PROGRAMS} == SUITE


@PARAMETERS
def test_a_program_verifies_its_result_in_smalltalk(program, image):
    assert image.evaluate(program.call(program.short)) == program.short


@PARAMETERS
def test_its_counterpart_verifies_its_result_in_python(program):
    program.python().run(program.short)


@pytest.mark.parametrize("program", [each for each in PROGRAMS if each.name != "Havlak"], ids=lambda each: each.name)
def test_a_wrong_result_is_noticed_in_smalltalk(program, shared_library):
    image = workspace(shared_library, CountingPreemption())
    image.evaluate(f"{program.smalltalk} compile: 'check: aBoolean super check: aBoolean not'")

    with pytest.raises(EvaluationError, match="a wrong result"):
        image.evaluate(program.call(program.short))


def test_a_wrong_result_is_noticed_in_python():
    program = PROGRAMS[0].python()
    program.expected = lambda: (0, 0)

    with pytest.raises(WrongResult, match="Richards"):
        program.run(1)


def test_the_tree_of_the_collision_detector_forgets_keys_in_any_order(image):
    program = """
    | tree random keys |
    tree := AwfyRedBlackTree new.
    random := Random seed: 3.
    keys := ((1 to: 200) collect: [ :each | AwfyCallSign value: each ]) asArray.
    keys copy shuffled do: [ :each | tree put: each value: each value ].
    (keys shuffleBy: random) do: [ :each | (tree remove: each) = each value ifFalse: [ Error signal ] ].
    keys noneSatisfy: [ :each | (tree get: each) notNil ]
    """

    assert image.evaluate(program) is True
