"""Pharo's own examples and assertions, each ``([EXPR] value) = ([EXPECTED] value)``, run in an image of its own.

``pharo_not_applicable.jsonl`` lists cases that no workspace outside of a Pharo image can have right, with the evidence;
``pharo_not_yet.txt`` those that do not pass yet, one id a line. A case that passes must not be listed: the rate only
goes up.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from stui_actors.config import EvaluationSettings

HERE = Path(__file__).parent
CORPUS = HERE.parents[2] / "shared" / "smalltalk" / "pharo_examples.jsonl"
CATEGORIES = {"image", "compiler", "time zone", "corpus wrong"}
SLICES = 3000  # of a millisecond each; the slowest case needs some hundred
MISSING = "#missing"

pytestmark = pytest.mark.skipif(
    not CORPUS.exists(), reason=f"the corpus of examples is not at {CORPUS.name} beside the project"
)

# The answer tells a wrong value from a message that nobody understands.
PROGRAM = """[ ([ {expr}
] value) = ([ {expected}
] value) ] on: MessageNotUnderstood do: [ :missing | {missing} ]"""


def cases() -> list[dict[str, str]]:
    return [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()] if CORPUS.exists() else []


def not_applicable() -> dict[str, dict[str, str]]:
    lines = (HERE / "pharo_not_applicable.jsonl").read_text("utf-8").splitlines()
    return {record["id"]: record for record in map(json.loads, lines)}


def not_yet() -> set[str]:
    return set((HERE / "pharo_not_yet.txt").read_text("utf-8").split())


def run(library, case: dict[str, str]) -> str:
    """``pass``, ``wrong value``, ``missing message``, ``error`` or ``endless``."""
    from stui_actors.smalltalk.image import Image

    process = Image(library, EvaluationSettings()).start(
        PROGRAM.format(expr=case["expr"], expected=case["expected"], missing=MISSING)
    )
    for _ in range(SLICES):
        if process.run_slice():
            break
    else:
        process.stop(TimeoutError("endless"))
        return "endless"
    if process.outcome.error is not None:
        return "error"
    return {"true": "pass", MISSING: "missing message"}.get(process.outcome.text, "wrong value")


@pytest.fixture(scope="module")
def verdicts(library) -> dict[str, str]:
    return {case["id"]: run(library, case) for case in cases()}


def test_every_exemption_names_a_case_a_category_and_its_evidence():
    known = {case["id"] for case in cases()}
    for record in not_applicable().values():
        assert record["id"] in known
        assert record["category"] in CATEGORIES
        assert len(record["reason"]) > 20
    assert len(not_applicable()) <= 0.03 * len(known)
    assert not_yet() <= known


def test_no_case_answers_a_wrong_value(verdicts):
    wrong = {case_id for case_id, verdict in verdicts.items() if verdict == "wrong value"}
    assert wrong - set(not_applicable()) == set()


def test_all_cases_pass_but_those_that_are_listed(verdicts, record_property):
    passed = {case_id for case_id, verdict in verdicts.items() if verdict == "pass"}
    applicable = len(verdicts) - len(set(not_applicable()) - passed)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in Counter(verdicts.values()).most_common())
    record_property("said", f"Pharo's examples: {len(passed)} of {applicable} applicable pass ({counted})")

    failed = {case_id: verdict for case_id, verdict in verdicts.items() if verdict != "pass"}
    assert set(failed) - set(not_applicable()) - not_yet() == set(), failed
    assert passed & not_yet() == set(), "these pass now: take them off the list"
    assert len(passed) >= 0.95 * applicable
