"""Source is loaded and exported: durable, done once, whole or not at all."""

import itertools
import json
from functools import partial

import pytest

from stui_actors.storage.memory import MemoryStore
from tests.actors.world import running, settings_with
from tests.commands.sources import CHUNKS, COUNTER, TRAITS, TWO, snapshot

# load_source


async def test_a_tonel_class_is_loaded_and_initialized(ada):
    loaded = await ada.do("load_source", source=COUNTER, file_name="Counter.class.st")

    assert loaded["classes"] == ["Counter"]
    assert {(row["class_name"], row["method_name"], row["is_class_method"]) for row in loaded["methods"]} == {
        ("Counter", "initialize", True),
        ("Counter", "made", True),
        ("Counter", "count", False),
        ("Counter", "increment", False),
    }
    assert loaded["initializers"] == ["Counter"]
    assert await ada.evaluate("Counter made") == "107"
    assert await ada.evaluate("Counter new increment; increment; count") == "2"
    assert await ada.evaluate("Counter comment") == "'I count.'"


async def test_several_files_load_at_once_whatever_their_order(ada):
    loaded = await ada.do("load_source", source=TWO)

    assert loaded["classes"] == ["Shape", "Square"]
    assert await ada.evaluate("{ (Square new side: 11) isBig. 5 squared2 }") == "#(true 25)"


async def test_a_file_out_is_loaded_in_its_order(ada):
    loaded = await ada.do("load_source", source=CHUNKS)

    assert loaded["classes"] == ["Greeter"]
    assert loaded["initializers"] == ["Greeter"]
    assert [row["method_name"] for row in loaded["methods"]] == ["greet", "name:", "initialize", "standard"]
    assert await ada.evaluate("{ seen. Greeter comment }") == "#('Hello, World!' 'I greet!')"


async def test_what_an_initializer_shows_is_answered(ada):
    source = COUNTER.replace("Made := 7.", "Made := 7. Transcript show: 'ready'.")

    assert (await ada.do("load_source", source=source))["transcript"] == "ready"


async def test_traits_are_taken_over_by_the_classes_that_use_them(ada):
    loaded = await ada.do("load_source", source=TRAITS)

    assert set(loaded["classes"]) == {"TTick", "TShow", "Clock"}
    assert await ada.evaluate("c := Clock quiet. { c show. c tick. c beat. c respondsTo: #rest }") == (
        "#('a clock' 1 2 false)"
    )
    await ada.do("define_class", definition="Object << #Watch traits: { TTick }; slots: {}; package: 'Demo'")
    assert await ada.evaluate("Watch new tick; tick") == "2"


async def test_traits_that_conflict_are_refused_unless_the_class_decides(ada):
    conflict = TRAITS.replace("TShow >> name", "TTick >> show [ ^ 1 ]\n\nTShow >> name")

    assert await ada.fail("load_source", source=conflict) == "InvalidRequest"
    decided = conflict.replace("Clock >> name", "Clock >> show [ ^ 2 ]\n\nClock >> name")
    await ada.do("load_source", source=decided)
    assert await ada.evaluate("Clock new show") == "2"


BROKEN = {
    "a syntax error in a method": (
        COUNTER.replace("^ Made + limit", "^ Made +"),
        "ParseError",
        {"line": 22, "class_name": "Counter", "method_name": "made", "is_class_method": True},
    ),
    "an assignment to an argument": (
        COUNTER.replace("count := self count + 1", "[ :n | n := 3 ] value: 1"),
        "ParseError",
        {"line": 32, "class_name": "Counter", "method_name": "increment"},
    ),
    "a missing bracket": (COUNTER[:-2], "ParseError", {"line": 31}),
    "an unknown superclass": (
        TWO.replace("'Shape'", "'Zork'", 1),
        "ClassNotFound",
        {"line": 1, "class_name": "Square"},
    ),
    "an extension of nothing": (
        TWO.replace("'Integer'", "'Zork'"),
        "ClassNotFound",
        {"line": 17, "class_name": "Zork"},
    ),
    "an unknown trait": (TRAITS.replace("TShow +", "TZork +"), "ClassNotFound", {"line": 1, "class_name": "Clock"}),
    "a variable twice": (
        TWO.replace("'side'", "'side', 'side'"),
        "InvalidRequest",
        {"line": 1, "class_name": "Square"},
    ),
    "classes in a circle": (
        TWO.replace("#superclass : 'Object'", "#superclass : 'Square'"),
        "InvalidRequest",
        {},
    ),
    "an initializer that fails": (
        COUNTER.replace("limit := 100", "(Smalltalk at: #Old) add: 4. Smalltalk at: #Left put: 3. 1 / 0"),
        "EvaluationError",
        {"line": 15, "class_name": "Counter", "method_name": "initialize", "exception_class": "ZeroDivide"},
    ),
    "a do-it that fails": (
        CHUNKS.replace("seen :=", "3 zork. seen :="),
        "EvaluationError",
        {"line": 29, "exception_class": "MessageNotUnderstood"},
    ),
    "a do-it that does not parse": (CHUNKS.replace("seen :=", "seen := ("), "ParseError", {"line": 29}),
    "a method of a fileOut that does not parse": (
        CHUNKS.replace("name := aString", "name := := aString"),
        "ParseError",
        {"line": 16, "class_name": "Greeter", "method_name": "name:"},
    ),
    "no source": ("just words", "InvalidRequest", {}),
    "nothing": ("", "InvalidRequest", {}),
    "too much": ("Class { #name : 'X' } " + " " * 1_000_000, "InvalidRequest", {"limit": "max_source_bytes"}),
    "too much memory": (
        COUNTER.replace("limit := 100", "Smalltalk at: #Big put: (Array new: 100000000)"),
        "ResourceExhausted",
        {"limit": "memory", "class_name": "Counter"},
    ),
}


@pytest.mark.parametrize(("source", "error", "details"), BROKEN.values(), ids=BROKEN)
async def test_an_error_anywhere_in_a_load_tells_where_and_changes_nothing(house, ada, source, error, details):
    await ada.evaluate("kept := OrderedCollection with: 3. a := { kept. kept }. Smalltalk at: #Old put: kept")
    inspected = (await ada.do("evaluate", code="kept"))["object_id"]
    await ada.do("load_source", source=COUNTER.replace("Made := 7", "Made := 5").replace("'limit'", "'limit', 'other'"))
    await ada.evaluate("counter := Counter new increment; yourself")
    before = await snapshot(house, ada)

    reply = await ada.ask("load_source", source=source, file_name="broken.st")

    assert reply["error_type"] == error, reply
    assert {name: reply["details"][name] for name in details} == details
    if "line" in details:
        assert reply["details"]["file"] == "broken.st"
        assert f"broken.st, line {details['line']}" in reply["error"]
    assert await snapshot(house, ada) == before
    assert await ada.evaluate("{ (a at: 1) == (a at: 2). counter count. Counter made }") == "#(true 1 105)"
    assert (await ada.do("inspect", object_id=inspected))["object_info"]["size"] == 1


async def test_an_endless_initializer_is_interrupted_and_nothing_of_the_load_stays(house, ada):
    before = await snapshot(house, ada)
    endless = "Transcript show: 'going'. [ true ] whileTrue"
    request = ada.send("load_source", source=COUNTER.replace("limit := 100", endless))
    watcher = house.peer(**ada.names)
    seen = 0
    while "going" not in json.dumps(polled := await watcher.do("poll_events", after=seen, wait=10)):
        seen = polled["last_event_seq"]

    stopped = await watcher.do("interrupt")
    reply = await ada.receive()

    assert stopped["interrupted"] == [request]
    assert reply["error_type"] == "Interrupted"
    assert reply["details"]["method_name"] == "initialize"
    assert await snapshot(house, ada) == before


async def test_an_initializer_that_takes_too_long_is_stopped(library, autojump_clock):
    seconds = itertools.count(step=0.01)  # virtual time stands still while somebody computes
    clock = partial(next, seconds)
    async with running(library, settings=settings_with(evaluation={"timeout": 0.3}), clock=clock) as house:
        ada = house.peer()
        await ada.create("ada")

        assert await ada.fail("load_source", source=COUNTER.replace("limit := 100", "[ true ] whileTrue")) == "Timeout"
        assert await ada.fail("browse_class", class_name="Counter") == "ClassNotFound"


async def test_a_change_is_durable_before_it_is_answered_and_done_once(library, autojump_clock):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        loaded = await ada.do("load_source", source=COUNTER, id="load-0000-0000-0001")
        await ada.do("compile_method", class_name="Counter", source="n ^ n0 := 1", id="compile-0000-0000-1")
        await ada.evaluate("Counter compile: 'made ^ 1'")
        names = ada.names

    async with running(library, store) as house:
        ada = house.peer(**names)
        again = await ada.ask("load_source", source=COUNTER, id="load-0000-0000-0001")
        assert again["replayed"] is True
        assert again["result"] == loaded
        assert await ada.evaluate("Counter new increment; count") == "1"
        assert await ada.evaluate("Counter includesSelector: #made") == "true"
        other = await ada.ask("load_source", source=TWO, id="load-0000-0000-0001")
        assert other["error_type"] == "InvalidRequest"


# export_source


async def test_what_is_exported_loads_back_as_the_same(house, ada):
    await ada.do("load_source", source=COUNTER)
    await ada.do("load_source", source=TWO)
    await ada.do("load_source", source=CHUNKS)
    await ada.do("load_source", source=TRAITS)
    await ada.do("define_class", definition="Object variableSubclass: #Row slots: {} classVariables: {} package: 'D'")
    await ada.do("compile_method", class_name="Row", source="odd ^ 'a \\ ''b''' , \"[\" ']'", category="it's \\ odd")
    exported = await ada.do("export_source")

    bob = house.peer()
    await bob.create("bob")
    await bob.do("load_source", source=exported["source"])

    assert await bob.do("export_source") == exported
    assert {"Counter", "Square", "Shape", "Integer", "Greeter", "Clock", "TTick", "Row"} <= set(exported["classes"])
    for wanted in ('"\nI count.\n"', "#classVars", "#classInstVars", "{ #category : 'counting' }", "Trait {"):
        assert wanted in exported["source"]
    assert await bob.evaluate("{ Counter made. 5 squared2. Greeter standard greet. (Row new: 2) size }") == (
        "#(107 25 'Hello, World!' 2)"
    )


async def test_a_class_or_a_package_is_exported_by_itself(ada):
    await ada.do("load_source", source=TWO)
    await ada.do("load_source", source=COUNTER.replace("'Demo'", "'Other'"))

    assert (await ada.do("export_source", class_name="Shape"))["classes"] == ["Shape"]
    assert (await ada.do("export_source", class_name="Integer"))["source"].startswith("Extension {")
    assert (await ada.do("export_source", package="Demo"))["classes"] == ["Shape", "Square", "Integer"]
    assert (await ada.do("export_source", package="Other"))["classes"] == ["Counter"]
    assert "Bag >> occurrencesOf:" in (await ada.do("export_source", class_name="Bag"))["source"]
    assert await ada.fail("export_source", class_name="Zork") == "ClassNotFound"
    assert await ada.fail("export_source", package="Zork") == "InvalidRequest"
    assert await ada.fail("export_source", package="Demo", class_name="Shape") == "InvalidRequest"


async def test_a_removed_method_of_the_library_is_told_because_tonel_cannot(ada):
    await ada.do("remove_method", class_name="Collection", method_name="sum")

    reply = await ada.ask("export_source")

    assert "Collection>>#sum was removed" in json.dumps(reply["warnings"])
