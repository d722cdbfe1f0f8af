"""Classes that use traits, as they are exported, browsed and loaded."""

import pytest

from stui_actors.errors import InvalidRequest
from stui_actors.smalltalk.exporting import exported
from stui_actors.smalltalk.loading import Loading
from stui_actors.smalltalk.mirror import Mirror
from stui_actors.smalltalk.tonel import read_class_file

TRAIT = "Trait << #TCount slots: { #count }; package: 'T'"
USER = "Object << #Gate traits: TCount - { #down }; slots: { #name }; package: 'T'"


@pytest.fixture
def gate(bench):
    """A bench with a trait and a class that uses it."""
    bench.print(TRAIT)
    for method in ("up ^ count := self count + 1", "count ^ count ifNil: [ 0 ]", "down ^ count := self count - 1"):
        bench.compile("TCount", method)
    bench.print(USER)
    bench.compile("Gate", "open ^ self up; up")
    return bench


def load(bench, source):
    loading = Loading(bench.image, source)
    for body in (loading.prepare, loading.apply):
        process = bench.image.start_work(body)
        while not process.run_slice():
            pass
        assert process.error is None, process.error
    return loading


def test_the_file_of_a_class_names_its_traits_and_holds_nothing_of_them(gate):
    found = read_class_file(exported(gate.image, "Gate").source)

    assert found.traits == "TCount - { #down }"
    assert found.instance_variables == ("name",)
    assert [each.selector for each in found.methods] == ["open"]


def test_the_exported_file_and_the_classs_own_hold_the_same(gate):
    own = read_class_file(gate.print("Gate fileOut")[1:-1].replace("''", "'"))
    told = read_class_file(exported(gate.image, "Gate").source)

    assert (own.name, own.traits, own.methods) == (told.name, told.traits, told.methods)


def test_what_was_exported_loads_again_and_follows_its_trait(gate, make_bench):
    again = make_bench()

    loading = load(again, exported(gate.image).source)

    assert again.print("Gate new open") == "2"
    assert {each.selector for each in loading.methods if each.class_name == "Gate"} == {"open", "up", "count"}
    assert exported(again.image).source == exported(gate.image).source
    again.compile("TCount", "count ^ 40")
    assert again.print("Gate new open") == "41"


def test_loading_a_trait_anew_reaches_the_classes_that_use_it(gate):
    load(gate, "Trait { #name : 'TCount', #instVars : [ 'count', 'step' ], #package : 'T' }\n\nTCount >> up [ ^ 7 ]\n")

    assert gate.print("Gate new open") == "7"
    assert gate.print("Gate instanceVariableNames") == "#(#name #count #step)"


def test_the_browser_shows_the_source_of_a_traits_method_in_the_class(gate):
    mirror = Mirror(gate.image)

    assert mirror.method_code("Gate", "up")["source_code"] == "up ^ count := self count + 1"
    assert {each["name"] for each in mirror.method_list("Gate")} == {"open", "up", "count"}


def test_a_composition_that_is_none_changes_nothing(gate):
    record = gate.image.record_named("Gate")

    with pytest.raises(InvalidRequest):
        gate.image.compose(record, "TCount foo")

    assert record.traits == "TCount - { #down }"
    assert gate.print("Gate new open") == "2"


def test_a_trait_of_which_one_client_has_changed_is_anothers_no_business(gate, make_bench):
    other = make_bench()

    assert other.print("(Smalltalk includesKey: #TCount) or: [ Object new respondsTo: #up ]") == "false"
