"""Each planted bug is found, and on a calm day none is seen that needs a fault to show."""

import pytest

from tests.simulation.plan import DiskPlan, NetworkPlan, Plan, plan_of
from tests.simulation.plants import PLANS, PLANTS
from tests.simulation.run import QUICK, simulate

pytestmark = pytest.mark.uncounted

SEEDS = 500  # within which each must be found
FOUND_BY = {
    "no file fsync": 2,
    "no folder fsync": 2,
    "overwrite in place": 8,
    "early acknowledgement": 11,
    "dedupe not durable": 2,
    "dedupe window of one": 2,
    "generation reuse": 254,
    "retry of a failed fsync": 58,
    "unlink before folder fsync": 38,
    "missing client check": 2,
    "fallback unsaid": 3,
    "clock believed": 5,
    "word of a fallback not saved": 4,
    "relaxed never saved": 11,
    "close not saved": 23,
    "journal not synced": 4,
    "journal's folder not synced": 5,
    "journal trimmed too early": 2,
    "stale epoch accepted": 3,
    "event number given again": 3,
    "lost events unsaid": 19,
    "epochs given again": 1,
    "creation forgotten": 359,
    "group commit acknowledged early": 4,
    "torn record taken for whole": 8,
    "gap in the journal passed over": 193,
    "changed object missed": 1,
    "deleted session replayed": 82,
    "splice dropped": 29,
    "changed string missed": 140,
    "changed entry missed": 38,
    "changed instance missed": 56,
    "identity lost": 29,
    "number given twice": 36,
}
SEEN_ON_CALM_DAYS = {"changed object missed", "missing client check", "stale epoch accepted", "epochs given again"}
CALM = Plan(seed=3, clients=2, operations=12, terminals=1, disk=DiskPlan(), network=NetworkPlan())


@pytest.mark.parametrize("bug", PLANTS)
def test_a_planted_bug_is_found_by_the_seed_that_found_it_first(library, bug):
    seed = FOUND_BY[bug]
    found = simulate(seed, library, PLANTS[bug], PLANS.get(bug, plan_of)(seed)).violations

    assert found
    assert not [each for each in found if "/simulation/plants" in each], "the plant itself failed"


@pytest.mark.parametrize("seed", sorted({seed for seed in FOUND_BY.values() if seed > QUICK}))
def test_without_the_bug_that_seed_breaks_no_promise(library, seed):
    assert simulate(seed, library).violations == []


@pytest.mark.parametrize("bug", PLANS)
def test_without_the_bug_that_seed_with_a_plan_of_its_own_breaks_no_promise(library, bug):
    assert simulate(FOUND_BY[bug], library, plan=PLANS[bug](FOUND_BY[bug])).violations == []


@pytest.mark.parametrize("bug", PLANTS)
def test_a_bug_that_needs_a_fault_is_not_seen_without_one(library, bug):
    assert bool(simulate(CALM.seed, library, PLANTS[bug], CALM).violations) == (bug in SEEN_ON_CALM_DAYS)


@pytest.mark.long
@pytest.mark.parametrize("bug", PLANTS)
def test_a_planted_bug_is_found_within_five_hundred_seeds(library, bug):
    plans = map(PLANS.get(bug, plan_of), range(1, SEEDS + 1))
    assert any(simulate(plan.seed, library, PLANTS[bug], plan).violations for plan in plans)


def test_a_calm_day_has_no_refusals(library):
    trace = simulate(CALM.seed, library, plan=CALM).trace

    assert not [line for line in trace if "ShuttingDown" in line or "Overloaded" in line or "asks again" in line]
