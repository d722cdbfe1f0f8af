"""The commands of the class browser, on the library and on a client's own classes."""

import pytest

from tests.actors.world import running, settings_with

SHAPE = (
    "Object subclass: #Shape instanceVariableNames: 'origin' classVariableNames: '' package: 'Demo'. "
    "Shape subclass: #Circle instanceVariableNames: '' classVariableNames: '' package: 'Demo'. "
    "Shape compile: 'area\n\t^ self subclassResponsibility' classified: 'measuring'. "
    "Circle compile: 'area\n\t^ 3 zorkify' classified: 'measuring'. "
    "Circle class compile: 'unit ^ self new' classified: 'making'. "
    "3 class compile: 'zorkify ^ self' classified: '*Demo'"
)


@pytest.fixture
async def shapes(ada):
    await ada.evaluate(SHAPE)
    return ada


def place(row):
    return f"{row['class_name']}{' class' * row['is_class_method']}>>{row['method_name']}"


async def found(peer, command, **parameters):
    return [place(row) for row in (await peer.do(command, **parameters))["methods"]]


async def test_the_tree_of_all_classes_holds_the_librarys_and_ones_own(shapes):
    tree = (await shapes.do("get_class_tree"))["tree"]
    below = {node["name"]: node for node in tree["children"][0]["children"] + tree["children"]}

    assert tree["name"] == "nil"
    assert "Object" in below
    assert (await shapes.do("get_class_tree", class_name="Shape"))["tree"] == {
        "name": "Shape",
        "children": [{"name": "Circle", "children": []}],
    }


async def test_the_tree_is_as_deep_as_asked_for(ada):
    tree = (await ada.do("get_class_tree", class_name="Collection", depth=1))["tree"]

    assert "Bag" in [child["name"] for child in tree["children"]]
    assert all(child["children"] == [] for child in tree["children"])


async def test_protocols_are_counted_by_side(shapes):
    assert await shapes.do("get_method_categories", class_name="Circle") == {
        "categories": [{"name": "measuring", "method_count": 1}]
    }
    both = await shapes.do("get_method_categories", class_name="Circle", mode="All")
    assert [row["name"] for row in both["categories"]] == ["making", "measuring"]


async def test_methods_are_listed_by_protocol_and_side(shapes):
    assert await shapes.do("get_method_list", class_name="Circle", mode="Class") == {
        "methods": [{"name": "unit", "category": "making", "is_class_method": True}]
    }
    testing = await shapes.do("get_method_list", class_name="Integer", category="testing")
    assert "isPrime" in [row["name"] for row in testing["methods"]]
    assert {row["category"] for row in testing["methods"]} == {"testing"}


async def test_the_source_of_a_method_is_shown_whole(shapes):
    assert await shapes.do("get_method_code", class_name="Circle", method_name="area") == {
        "name": "area",
        "category": "measuring",
        "source_code": "area\n\t^ 3 zorkify",
        "line_count": 2,
    }


async def test_every_method_of_the_library_shows_its_source_primitives_included(ada):
    names = (await ada.do("list_classes"))["classes"]
    shown = primitives = 0
    for name in ("Object", "SmallInteger", "Array", "String", "BlockClosure", "Exception", *names[::20]):
        for row in (await ada.do("get_method_list", class_name=name, mode="All"))["methods"]:
            code = await ada.do(
                "get_method_code", class_name=name, method_name=row["name"], is_class_method=row["is_class_method"]
            )
            assert code["source_code"].startswith(row["name"].split(":")[0])
            primitives += "<primitive:" in code["source_code"]
            shown += 1
    assert shown > 500
    assert primitives > 20


async def test_classes_are_found_by_a_part_of_their_name(shapes):
    assert await shapes.do("search_classes", query="SHAP") == {"classes": ["Shape"], "total_count": 1}
    cut = await shapes.do("search_classes", query="*Collection", limit=2)
    assert cut["classes"] == ["ArrayedCollection", "Collection"]
    assert cut["total_count"] > 2


async def test_methods_are_found_by_a_part_of_their_selector(shapes):
    assert await found(shapes, "search_methods", query="zorkif") == ["SmallInteger>>zorkify"]
    assert await found(shapes, "search_methods", query="*n*", class_name="Circle") == ["Circle class>>unit"]
    assert await found(shapes, "search_methods", query="*n*", class_name="Circle", mode="Instance") == []


async def test_senders_and_implementors_are_found_in_the_library_and_in_ones_own_code(shapes):
    assert await found(shapes, "senders_of", selector="zorkify") == ["Circle>>area"]
    assert await found(shapes, "implementors_of", selector="zorkify") == ["SmallInteger>>zorkify"]
    assert await found(shapes, "implementors_of", selector="area") == [
        "Circle>>area",
        "Rectangle>>area",
        "Shape>>area",
    ]
    assert "Collection>>detect:" in await found(shapes, "implementors_of", selector="detect:")
    assert "Collection>>detect:" in await found(shapes, "senders_of", selector="detect:ifNone:")
    (row,) = (await shapes.do("senders_of", selector="zorkify"))["methods"]
    assert row["package"] == "Demo"


async def test_a_cut_list_of_methods_says_so(ada):
    reply = await ada.ask("implementors_of", selector="printOn:", limit=3)

    assert len(reply["result"]["methods"]) == 3
    assert "more than the 3 methods" in reply["warnings"][0]
    assert "warnings" not in await ada.ask("implementors_of", selector="detect:")


@pytest.mark.parametrize(
    ("command", "parameters", "error"),
    [
        ("get_class_tree", {"class_name": "Zork"}, "ClassNotFound"),
        ("get_method_categories", {"class_name": "Zork"}, "ClassNotFound"),
        ("get_method_list", {"class_name": "Zork"}, "ClassNotFound"),
        ("get_method_code", {"class_name": "Zork", "method_name": "x"}, "ClassNotFound"),
        ("get_method_code", {"class_name": "Object", "method_name": "zork"}, "MethodNotFound"),
        ("search_methods", {"query": "x", "class_name": "Zork"}, "ClassNotFound"),
        ("search_classes", {"query": "x" * 300}, "InvalidRequest"),
        ("get_method_list", {"class_name": "Object", "mode": "Both"}, "InvalidRequest"),
    ],
)
async def test_what_is_not_there_is_told_so(ada, command, parameters, error):
    assert await ada.fail(command, **parameters) == error


async def test_the_debugger_is_denied_outside_its_tier_and_not_built_within_it(library):
    settings = settings_with(auth={"default_tier": "pro"})
    async with running(library) as house, running(library, settings=settings) as rich:
        assert await house.peer().fail("debug", operation="step", client_id="ada") == "PermissionDenied"
        assert await rich.peer().fail("debug", operation="step", client_id="ada") == "UnsupportedOperation"
