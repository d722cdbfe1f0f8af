"""Tiers and features: the file, the built-in ones, and who may do what."""

from pathlib import Path

import pytest

from stui_actors.auth.builtin import PAID, builtin_catalogue
from stui_actors.auth.gates import Lists, Standing, decide
from stui_actors.auth.tiers import load_catalogue
from stui_actors.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "conf" / "features.toml"


def test_the_shipped_file_says_what_is_built_in():
    assert load_catalogue(SHIPPED) == builtin_catalogue()


def test_every_command_has_exactly_one_gate_and_the_commands_say_the_same():
    commands = pytest.importorskip("stui_actors.commands", exc_type=ImportError).COMMANDS
    catalogue = builtin_catalogue()

    for command in commands:
        assert catalogue.feature_of(command.name) == command.feature
    named = [name for feature in catalogue.features.values() for name in feature.commands]
    assert len(named) == len(set(named))


def test_a_command_that_stands_nowhere_has_no_gate():
    assert builtin_catalogue().feature_of("launch_rockets") is None


def test_the_debugger_is_paid_for():
    catalogue = builtin_catalogue()

    assert catalogue.feature_of("debug") == "remote_debugger"
    assert catalogue.least_tier_with("remote_debugger") == "pro"
    assert catalogue.features["remote_debugger"].tiers == PAID


def test_administration_is_nobodys_by_tier():
    assert builtin_catalogue().features["administration"].administrators


BAD = {
    "": "tiers",
    "tiers = 7": "tiers",
    "[tiers.a]\nweight = 0\n[features.f]": "tiers.a.weight",
    "[tiers.a]\nweight = true\n[features.f]": "tiers.a.weight",
    "[tiers.a]\nprice = 1\n[features.f]": "tiers.a.price",
    "[tiers.a]": "features",
    "[tiers]\na = 1\n[features.f]": "tiers.a",
    "[tiers.a]\n[features.f]\ntiers = ['b']": "features.f.tiers",
    "[tiers.a]\n[features.f]\ntiers = 'a'": "features.f.tiers",
    "[tiers.a]\n[features.f]\ncommands = [1]": "features.f.commands",
    "[tiers.a]\n[features.f]\ntext = 1": "features.f.text",
    "[tiers.a]\n[features.f]\nanonymous = 'yes'": "features.f.anonymous",
    "[tiers.a]\n[features.f]\ncommands = ['x']\n[features.g]\ncommands = ['x']": "features.g.commands",
    "[other]\n[tiers.a]\n[features.f]": "other",
    "[features.f]\ntier = []\n[tiers.a]": "features.f.tier",
}


@pytest.mark.parametrize(("text", "path"), BAD.items(), ids=BAD.values())
def test_a_fault_in_the_file_is_named_by_its_path(tmp_path, text, path):
    file = tmp_path / "features.toml"
    file.write_text(text)

    with pytest.raises(ConfigError) as refused:
        load_catalogue(file)

    assert refused.value.details["path"] == path


@pytest.mark.parametrize("content", [b"[", b"\xff", None, b"a = " + b"[" * 100_000])
def test_what_is_no_toml_is_refused(tmp_path, content):
    file = tmp_path / "features.toml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigError):
        load_catalogue(file)


def ada(tier="free", **fields):
    return Standing("ada", tier, **{"proven": True, **fields})


DECISIONS = [
    (ada(), "evaluation", Lists(), True, "has this feature"),
    (ada(), "remote_debugger", Lists(), False, "needs the tier 'pro'"),
    (ada("pro"), "remote_debugger", Lists(), True, "has this feature"),
    (ada("enterprise"), "remote_debugger", Lists(), True, "has this feature"),
    (ada(), "time_travel", Lists(), False, "no feature"),
    (ada(), "x" * 1000, Lists(), False, "no feature"),
    (ada("unheard-of"), "evaluation", Lists(), False, "does not have"),
    (ada(proven=False), "evaluation", Lists(), False, "not shown who it is"),
    (ada(proven=False), "basic", Lists(), True, "has this feature"),
    (ada(), "administration", Lists(), False, "for administrators"),
    (ada(is_administrator=True), "administration", Lists(), True, "has this feature"),
    (ada(is_administrator=True, proven=False), "administration", Lists(), False, "not shown who it is"),
    (ada(), "evaluation", Lists(deny=("a*",)), False, "list of denied"),
    (ada(), "basic", Lists(deny=("ada",)), False, "list of denied"),
    (ada(), "evaluation", Lists(allow=("bob", "c*")), False, "list of allowed"),
    (ada(), "evaluation", Lists(allow=("bob", "a?a")), True, "has this feature"),
    (ada(), "evaluation", Lists(allow=("ada",), deny=("ada",)), False, "list of denied"),
    (ada(), "evaluation", Lists(deny=("ADA", "Ada*")), True, "has this feature"),
    (ada(is_administrator=True), "administration", Lists(deny=("*",)), False, "list of denied"),
    (Standing(None, "free", True), "evaluation", Lists(), True, "has this feature"),
    (Standing(None, "free", True), "evaluation", Lists(allow=("*",)), False, "Anonymous"),
    (Standing(None, "free", True), "basic", Lists(allow=("ada",)), True, "has this feature"),
]


@pytest.mark.parametrize(("standing", "feature", "lists", "granted", "why"), DECISIONS)
def test_a_decision_and_its_reason(standing, feature, lists, granted, why):
    decision = decide(builtin_catalogue(), lists, standing, feature)

    assert decision.granted is granted
    assert why in decision.reason
    assert len(decision.reason) < 200
    assert (decision.feature, decision.tier) == (feature, standing.tier)
