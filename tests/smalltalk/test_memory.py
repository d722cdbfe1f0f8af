"""What the account of a workspace's memory says, beside what Python's own tracing of allocations says."""

import sys

import pytest

from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.memory import PORTION
from stui_actors.smalltalk.preemption import CountingPreemption
from stui_actors.smalltalk.process import Process
from tests.smalltalk.bench import Bench
from tests.smalltalk.measuring import allocations

TRUE = 0.2  # how far from the truth a measured account may be
WARM = 60_000  # bytes: below, what Python keeps for itself would count
WORKLOADS = {
    "points": "x := (1 to: 8000) collect: [:i | (i + 1000) @ (i + 2000)]",
    "integers": "x := (1 to: 20000) collect: [:i | i * 1000]",
    "large integers": "x := (1 to: 500) collect: [:i | 2 ** 4000 + i]",
    "floats": "x := (1 to: 20000) collect: [:i | i * 1.5]",
    "short strings": "x := (1 to: 8000) collect: [:i | i printString]",
    "long strings": "x := (1 to: 500) collect: [:i | String new: 1000 withAll: $a]",
    "changed strings": "x := (1 to: 2000) collect: [:i | 'hello world, this is one' copy at: 1 put: $j; yourself]",
    "arrays": "x := (1 to: 8000) collect: [:i | Array with: i with: nil with: i]",
    "byte arrays": "x := (1 to: 2000) collect: [:i | ByteArray new: 500]",
    "collections": "x := (1 to: 3000) collect: [:i | OrderedCollection new add: i; add: 2; yourself]",
    "a dictionary": "x := Dictionary new. 1 to: 8000 do: [:i | x at: i put: i printString]",
    "dictionaries": "x := (1 to: 1500) collect: [:i | Dictionary new at: #a put: i; at: #b put: 3; yourself]",
    "a set of objects": "x := Set new. 1 to: 5000 do: [:i | x add: i @ i]",
    "blocks": "x := (1 to: 5000) collect: [:i | [:y | y + i]]",
    "own objects": "x := (1 to: 8000) collect: [:i | Item new a: i]",
    "links": "x := nil. 1 to: 8000 do: [:i | x := i -> x]",
}


@pytest.fixture
def roomy(shared_library):
    made = Bench(shared_library, ticks=1_000_000, max_memory=1 << 30)
    made.define("Item", "a: x a := x", variables="a b c")
    made.print("Item new a: 3. y := 3")
    return made


@pytest.mark.parametrize("source", WORKLOADS.values(), ids=WORKLOADS)
def test_right_after_a_walk_the_account_is_near_the_truth_and_was_above_it_before(roomy, source):
    roomy.print(f"{source}. 0")  # compiles what it needs
    roomy.print("x := nil. 0")
    memory = roomy.image.memory
    begun = memory.held()
    memory.counted = 0
    with allocations() as held:
        roomy.print(f"{source}. 0")
        truth = held()
    measured = memory.held() - begun

    assert truth > WARM
    assert abs(measured - truth) <= TRUE * truth
    assert memory.counted >= (1 - TRUE) * truth


HUGE = 40_000
LARGE = {
    "one place again and again": f"x := Array new: {HUGE} withAll: 7",
    "as many values": f"x := (1 to: {HUGE}) collect: [:i | i * 1000]",
    "a set": f"x := (1 to: {HUGE}) asSet",
}


@pytest.mark.parametrize("source", LARGE.values(), ids=LARGE)
def test_a_walk_lets_others_run_after_each_portion_however_large_one_collection_is(bench, source):
    bench.print(f"{source}. 0")
    bench.image.preemption = CountingPreemption(1)
    walk, steps = Process(bench.image, bench.image.memory.held, mode="Value"), 0
    while not walk.run_slice():
        steps += 1

    assert walk.outcome.value > HUGE * 8
    assert steps >= HUGE // PORTION


def test_a_walk_does_not_count_itself(bench):
    bench.print("x := (1 to: 20000) collect: [:i | i * 1000]. 0")

    assert bench.image.memory.held() == pytest.approx(bench.image.memory.held(), rel=0.01)
    assert bench.image.memory.held() < 20_000 * 48


def test_what_is_held_twice_counts_once(bench):
    bench.print("x := Array new: 10000. 0")
    once = bench.image.memory.held()
    bench.print("y := x. 0")

    assert bench.image.memory.held() < once + 1000


def test_functions_of_the_server_in_running_code_do_not_count_with_all_that_their_modules_refer_to(bench):
    def define():
        pause = MACHINE.tick_if_due  # as the parser of a class definition holds one while it runs
        return bench.image.memory.held(), pause

    walk = Process(bench.image, define, mode="Value")
    while not walk.run_slice():
        pass

    assert walk.outcome.value[0] < 200_000


class Growing:
    """A process that gains so many bytes between any two looks."""

    def __init__(self, gain):
        self.gain = gain

    def growth(self):
        return self.gain


OPERATIONS = ["big + i", "big - i", "big bitOr: i", "big negated", "big // 3", "(2 raisedTo: 800000) * 3"]
KEEP = "big := 2 raisedTo: 900000. x := OrderedCollection new. 1 to: 2000 do: [:i | x add: ({operation})]"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_long_integers_that_no_primitive_made_hit_the_limit_of_memory(shared_library, monkeypatch, operation):
    monkeypatch.setattr(shared_library, "resident", Growing(1 << 20))
    bench = Bench(shared_library, ticks=20, max_memory=8 << 20)
    error = bench.fail(KEEP.format(operation=operation))

    assert error.details["limit"] == "memory"
    assert bench.image.memory.held() < 16 << 20
    assert bench.print("x := nil. 3 + 4") == "7"


def test_evaluations_too_short_for_a_tick_hit_the_limit_of_memory_together(shared_library, monkeypatch):
    monkeypatch.setattr(shared_library, "resident", Growing(2 << 20))
    bench = Bench(shared_library, max_memory=8 << 20)
    bench.print("big := 2 raisedTo: 900000. x := OrderedCollection new. 0")
    outcomes = [bench.run("x add: big + x size. 0").outcome for _ in range(200)]

    assert outcomes[0].error is None
    assert outcomes[-1].error.details["limit"] == "memory"
    assert 8 << 20 < bench.image.memory.held() < 20 << 20

    bench.image.variables.clear()

    assert bench.print("3 + 4") == "7"


def test_comments_of_classes_count(make_bench):
    bench = make_bench(max_memory=2_000_000)

    error = bench.fail("Smalltalk allClasses do: [ :each | each comment: (String new: 50000 withAll: $x) ]")

    assert error.details["limit"] == "memory"


def test_a_workspace_is_dismantled_piece_by_piece_and_nothing_of_the_library_with_it(roomy):
    roomy.print("x := (1 to: 2500) collect: [:i | Item new a: i]. x do: [:each | each instVarNamed: 'b' put: x]. 0")
    library = {
        name: dict(vars(each)) for name, each in roomy.image.library.globals.items() if hasattr(each, "__dict__")
    }
    items = list(roomy.image.variables["x"])

    assert len(list(roomy.image.memory.dismantling(bool))) > 2 * len(items) // PORTION
    assert not any(vars(each) for each in items)
    assert library == {
        name: dict(vars(each)) for name, each in roomy.image.library.globals.items() if hasattr(each, "__dict__")
    }
    assert roomy.print("3 + 4") == "7"


def test_what_is_long_is_walked_and_let_go_of_in_short_turns_and_nothing_that_others_hold(roomy):
    roomy.print("x := (1 to: 20000) collect: [:i | i @ 1]. y := (1 to: 20000) collect: [:i | 'text']. 0")
    roomy.print("d := IdentityDictionary new. x do: [:each | d at: each put: 1]. 0")
    variables = roomy.image.variables
    weighed, others = len(variables["x"]), variables["y"]
    table = variables["d"].i_table.plain
    before = sys.getrefcount(others)

    turns = list(roomy.image.memory.dismantling(variables.clear))

    assert len(turns) > 6 * weighed // PORTION
    assert len(others) == 20000
    assert len(table) == 20000
    assert sys.getrefcount(others) == before - 1
