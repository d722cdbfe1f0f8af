"""The commands that change classes one by one: whole or not at all."""

import pytest

from tests.commands.sources import TWO, snapshot

POINT = "Object << #Place slots: { #x. #y }; sharedVariables: { #Origin }; tag: 'Core'; package: 'Demo'"


# define_class


async def test_a_class_is_defined_by_its_expression(ada):
    info = (await ada.do("define_class", definition=POINT))["class_info"]

    assert info["superclass"] == "Object"
    assert info["package"] == "Demo-Core"
    assert info["is_system"] is False
    shown = await ada.do("browse_class", class_name="Place")
    assert (shown["instance_vars"], shown["class_vars"]) == (["x", "y"], ["Origin"])
    assert await ada.evaluate("Place new class name") == "#Place"


@pytest.mark.parametrize(
    "definition",
    [
        "Object subclass: #Place instanceVariableNames: 'x y' classVariableNames: 'Origin' package: 'Demo-Core'",
        "Object subclass: #Place instanceVariableNames: 'x y' classVariableNames: 'Origin' poolDictionaries: '' "
        "category: 'Demo-Core'",
        "Object subclass: #Place slots: { #x. #y } classVariables: { #Origin } package: 'Demo-Core'",
        "^ Object << #Place slots: { #x => InstanceVariableSlot. #y }; sharedVariables: { #Origin }; "
        "package: 'Demo-Core'",
    ],
)
async def test_all_forms_of_a_definition_mean_the_same(ada, definition):
    expected = await ada.do("define_class", definition=POINT)
    await ada.do("remove_class", class_name="Place")

    assert await ada.do("define_class", definition=definition) == expected


async def test_a_class_that_is_defined_anew_keeps_its_methods_instances_and_comment(ada):
    await ada.do("define_class", definition=POINT)
    await ada.do("compile_method", class_name="Place", source="x ^ x", category="accessing")
    await ada.do("compile_method", class_name="Place", source="x: a x := a")
    await ada.evaluate("Place comment: 'I am somewhere.'. p := Place new x: 5; yourself")

    await ada.do("define_class", definition="Object << #Place slots: { #x. #z }; package: 'Demo'")

    assert await ada.evaluate("{ p x. Place comment. Place instVarNames size }") == "#(5 'I am somewhere.' 2)"


async def test_a_class_gets_variables_of_its_own(ada):
    await ada.do("define_class", definition=POINT)

    info = (await ada.do("define_class", definition="Place class instanceVariableNames: 'default'"))["class_info"]

    assert info["name"] == "Place"
    assert await ada.evaluate("Place class instVarNames") == "#(#default)"


@pytest.mark.parametrize(
    ("definition", "error"),
    [
        ("Zork << #Place slots: {}; package: 'Demo'", "ClassNotFound"),
        ("Object << #Place slots: {", "ParseError"),
        ("3 + 4", "InvalidRequest"),
        ("Object new", "InvalidRequest"),
        ("Object << #place slots: {}; package: 'Demo'", "InvalidRequest"),
        ("Object << #Place slots: { #self }; package: 'Demo'", "InvalidRequest"),
        ("Object << #Place slots: { #x. #x }; package: 'Demo'", "InvalidRequest"),
        ("Object << #Place sharedVariables: { #'a b' }; package: 'Demo'", "InvalidRequest"),
        ("Object << #Place zork: 3; package: 'Demo'", "InvalidRequest"),
        ("Object << #Place layout: ZorkLayout; package: 'Demo'", "InvalidRequest"),
        ("SmallInteger << #Place slots: {}; package: 'Demo'", "InvalidRequest"),
        ("Object << #Object slots: {}; package: 'Demo'", "InvalidRequest"),
        ("Smalltalk at: #X put: 3", "InvalidRequest"),
        ("Object << #Place traits: TZork; package: 'Demo'", "ClassNotFound"),
        ("Object << #Place slots: {}; package: '" + "x" * 1_000_000 + "'", "InvalidRequest"),
    ],
)
async def test_a_definition_that_cannot_be_changes_nothing(house, ada, definition, error):
    before = await snapshot(house, ada)

    assert await ada.fail("define_class", definition=definition) == error
    assert await snapshot(house, ada) == before


# compile_method


async def test_a_method_is_compiled_and_shown(ada):
    await ada.do("define_class", definition=POINT)

    method = (await ada.do("compile_method", class_name="Place", source='twice: n\n\t"Both."\n\t^ n * 2'))["method"]

    assert method == {
        "name": "twice:",
        "source": 'twice: n\n\t"Both."\n\t^ n * 2',
        "category": "as yet unclassified",
        "is_class_method": False,
        "arguments": ["n"],
        "comment": "Both.",
    }
    assert await ada.evaluate("Place new twice: 21") == "42"


async def test_a_method_that_is_compiled_again_keeps_its_protocol_unless_told(ada):
    await ada.do("define_class", definition=POINT)
    await ada.do("compile_method", class_name="Place", source="n ^ 1", category="first")

    again = await ada.do("compile_method", class_name="Place", source="n ^ 2")
    moved = await ada.do("compile_method", class_name="Place", source="n ^ 3", category="second")

    assert (again["method"]["category"], moved["method"]["category"]) == ("first", "second")


async def test_methods_go_to_the_class_side_and_into_the_library(ada):
    await ada.do("compile_method", class_name="Integer", source="doubled ^ self * 2", category="*Demo")
    await ada.do("compile_method", class_name="Integer", source="seven ^ 7", is_class_method=True)
    await ada.do("compile_method", class_name="Integer class", source="eight ^ 8")

    assert await ada.evaluate("{ 21 doubled. Integer seven. Integer eight }") == "#(42 7 8)"


async def test_a_method_that_does_not_compile_says_where_and_changes_nothing(house, ada):
    await ada.do("define_class", definition=POINT)
    before = await snapshot(house, ada)

    reply = await ada.ask("compile_method", class_name="Place", source="foo\n\t^ (3 + ")

    assert reply["error_type"] == "ParseError"
    assert (reply["details"]["line"], reply["details"]["column"]) == (2, 9)
    assert reply["details"]["source_line"] == "\t^ (3 + "
    assert reply["details"]["expected"]
    assert await ada.fail("compile_method", class_name="Place", source="foo: a a := 3") == "ParseError"
    assert await ada.fail("compile_method", class_name="Place", source="foo Object := 3") == "ParseError"
    assert await ada.fail("compile_method", class_name="Place", source="") == "ParseError"
    assert await ada.fail("compile_method", class_name="Zork", source="foo ^ 3") == "ClassNotFound"
    assert await ada.fail("compile_method", class_name="Place", source="foo ^ '" + "x" * 1_000_000) == "InvalidRequest"
    assert await snapshot(house, ada) == before


# remove_class, remove_method


async def test_a_class_is_removed_and_its_subclass_moves_up(ada):
    await ada.do("load_source", source=TWO)

    assert await ada.do("remove_class", class_name="Shape") == {"removed": True, "class_name": "Shape"}
    assert await ada.evaluate("Square superclass") == "Object"
    assert await ada.fail("remove_class", class_name="Shape") == "ClassNotFound"
    assert await ada.fail("remove_class", class_name="Bag") == "InvalidRequest"


async def test_a_method_is_removed(ada):
    await ada.do("load_source", source=TWO)

    removed = await ada.do("remove_method", class_name="Square", method_name="area")

    assert removed == {"removed": True, "class_name": "Square", "method_name": "area"}
    assert await ada.evaluate("Square includesSelector: #area") == "false"
    assert await ada.fail("remove_method", class_name="Square", method_name="area") == "MethodNotFound"
    assert await ada.fail("remove_method", class_name="Zork", method_name="area") == "ClassNotFound"


async def test_a_removed_method_of_the_library_is_gone_for_this_session_only(house, ada):
    bob = house.peer()
    await bob.create("bob")

    await ada.do("remove_method", class_name="Collection", method_name="sum")

    assert await ada.fail("get_method_code", class_name="Collection", method_name="sum") == "MethodNotFound"
    assert (await bob.do("get_method_code", class_name="Collection", method_name="sum"))["name"] == "sum"
