"""Inspectors in a whole server: what they show, where they go, what they outlive."""

import pytest

POINTS = "OrderedCollection new add: 3 @ 4; add: 5 @ 6; yourself"
LOUD = """Object subclass: #{name} instanceVariableNames: 'held' classVariableNames: '' package: 'P'.
{name} compile: 'printOn: s {body}'. {name} compile: 'held ^ held'. {name} compile: 'held: x held := x'. 7"""


def named(view):
    return {line["name"]: line["value"] for line in view["page"]["lines"]}


async def opened(peer, target, **parameters):
    return await peer.do("inspector_open", target=target, **parameters)


async def select(peer, inspector, path=None, **parameters):
    if path is not None:
        parameters["path"] = path
    return await peer.do("inspector_select", inspector_id=inspector["inspector_id"], **parameters)


async def test_an_inspector_shows_the_variables_of_its_object(ada):
    view = await opened(ada, "3 @ 4")

    assert (view["name"], view["path"], view["view"]) == ("Point", [], "fields")
    assert named(view) == {"x": "3", "y": "4"}
    assert view["root"] == view["selection"]
    assert view["selection"]["value"] == "(3@4)"


async def test_it_goes_along_a_path_of_indexes_and_names(ada):
    view = await opened(ada, POINTS, view="elements")
    assert named(view) == {"1": "(3@4)", "2": "(5@6)"}

    view = await select(ada, view, [2], view="fields")
    assert named(view) == {"x": "5", "y": "6"}
    view = await select(ada, view, [2, "y"])

    assert view["selection"] == {"class": "SmallInteger", "value": "6", "object_id": None}
    assert view["root"]["class"] == "OrderedCollection"


async def test_it_goes_to_the_value_of_a_key_by_the_text_of_the_key(ada):
    view = await opened(ada, "Dictionary new at: #a put: 3 @ 4; at: 7 put: 8; yourself", view="elements")
    assert sorted(named(view)) == ["#a", "7"]

    assert (await select(ada, view, ["#a", "x"]))["selection"]["value"] == "3"
    assert (await select(ada, view, ["7"]))["selection"]["value"] == "8"


async def test_it_goes_back_and_forward(ada):
    view = await opened(ada, POINTS)
    await select(ada, view, [1])
    await select(ada, view, [1, "x"])

    back = await select(ada, view, "back")
    assert (back["path"], back["position"]) == ([1], 1)
    assert [each["path"] for each in back["history"]] == [[], [1], [1, "x"]]
    assert (await select(ada, view, "forward"))["selection"]["value"] == "3"
    assert await ada.fail("inspector_select", inspector_id=view["inspector_id"], path="forward") == "InvalidRequest"


async def test_back_is_the_same_object_though_it_left_its_place(ada):
    await ada.do("evaluate", code=f"c := {POINTS}")
    view = await opened(ada, "c")
    first = await select(ada, view, [1])
    await ada.do("evaluate", code="c removeAll: c copy. c add: 7")
    await select(ada, view, [1])
    await select(ada, view, [])

    assert (await select(ada, view, [1]))["selection"]["value"] == "7"
    assert first["selection"]["value"] == "(3@4)"


async def test_looking_again_shows_what_became_of_the_object(ada):
    await ada.do("evaluate", code="a := Array with: 1")
    view = await opened(ada, "a", view="elements")
    await ada.do("evaluate", code="a at: 1 put: 2")

    assert named(await select(ada, view)) == {"1": "2"}


async def test_an_object_in_itself_can_be_followed_as_far_as_one_likes(ada):
    view = await opened(ada, "a := Array new: 2. a at: 1 put: a; at: 2 put: #end. a", view="elements")

    deep = await select(ada, view, [1] * 20)

    assert deep["selection"]["object_id"] == view["root"]["object_id"]
    assert (await select(ada, view, [1] * 20 + [2]))["selection"]["value"] == "#end"
    assert await ada.fail("inspector_select", inspector_id=view["inspector_id"], path=[1] * 101) == "InvalidRequest"


@pytest.mark.parametrize(
    ("target", "last"),
    [
        ("(1 to: 20000) asArray", "20000"),
        ("(1 to: 20000) asOrderedCollection", "20000"),
        ("1 to: 20000", "20000"),
        ("(1 to: 20000) asSet", None),
        ("(1 to: 20000) inject: Dictionary new into: [ :d :i | d at: i put: i negated. d ]", "-20000"),
        ("String new: 20000 withAll: $x", "$x"),
    ],
)
async def test_large_collections_are_shown_a_page_at_a_time(ada, target, last):
    view = await opened(ada, target, view="elements", start=19_999, count=10)

    assert view["page"]["total"] == 20_000
    assert [line["index"] for line in view["page"]["lines"]] == [19_999, 20_000]
    if last is not None:
        assert view["page"]["lines"][-1]["value"] == last


async def test_a_page_has_a_bound_of_its_own(ada):
    view = await opened(ada, "Array new: 2000", view="elements", count=100_000)

    assert len(view["page"]["lines"]) == 500


async def test_all_ids_of_a_page_are_good(ada):
    view = await opened(ada, "(1 to: 500) collect: [ :i | i @ i ]", view="elements", count=500)

    for line in (view["page"]["lines"][0], view["page"]["lines"][-1]):
        assert (await ada.do("inspect", object_id=line["object_id"]))["object_info"]["class_name"] == "Point"


async def test_the_methods_view_shows_own_and_inherited_ones(ada):
    await ada.do("evaluate", code=LOUD.format(name="Quiet", body="s << ''quiet''"))

    page = (await opened(ada, "Quiet new", view="methods"))["page"]

    assert [(line["name"], line["class"]) for line in page["lines"]] == [
        ("held", "Quiet"),
        ("held:", "Quiet"),
        ("printOn:", "Quiet"),
    ]
    inherited = (await opened(ada, "Set new", view="methods", count=500))["page"]["lines"]
    assert {"Set", "HashedCollection", "Collection"} <= {line["class"] for line in inherited}


async def test_the_print_view_shows_the_whole_text(ada):
    view = await opened(ada, "(1 to: 600) asArray", view="print")

    assert view["page"]["text"].endswith(" 600)")
    assert len(view["selection"]["value"]) <= 1000


async def test_a_view_of_the_clients_shows_elements_or_text(ada):
    views = {
        "sum": "self x + self y",
        "both": "{ self x. self y }",
        "said": "'x is ', self x printString",
        "bad": "self zork",
    }
    view = await opened(ada, "3 @ 4", custom_views=views, view="sum")
    assert view["page"]["text"] == "7"
    assert view["views"][4:] == list(views)

    assert named(await select(ada, view, view="both")) == {"1": "3", "2": "4"}
    assert (await select(ada, view, view="said"))["page"]["text"] == "x is 3"
    assert "did not understand #zork" in (await select(ada, view, view="bad"))["page"]["text"]
    assert await ada.fail("inspector_select", inspector_id=view["inspector_id"], view="none") == "InvalidRequest"
    assert await ada.fail("inspector_open", target="3", custom_views={"v": 7}) == "InvalidRequest"


async def test_a_refused_move_changes_nothing(ada):
    view = await opened(ada, "3 @ 4")

    refused = await ada.ask(
        "inspector_select", inspector_id=view["inspector_id"], path=["x", "zork"], view="print", custom_views={"v": "1"}
    )

    assert refused["error_type"] == "ObjectNotFound"
    assert refused["details"]["path"] == "parameters.path[1]"
    later = await select(ada, view)
    assert (later["path"], later["view"], later["views"]) == ([], "fields", view["views"])


async def test_code_runs_with_the_selected_object_as_self(ada):
    view = await opened(ada, POINTS)
    await select(ada, view, [2])

    result = await ada.do("inspector_evaluate", inspector_id=view["inspector_id"], code="x := x + 1. self")

    assert result["result"] == "(6@6)"
    assert (await select(ada, view, [2, "x"]))["selection"]["value"] == "6"
    assert (await ada.do("get_history"))["entries"][0]["code"] == "x := x + 1. self"


async def test_code_of_an_inspector_that_never_ends_is_interrupted(ada):
    view = await opened(ada, "3")
    loop = ada.send("inspector_evaluate", inspector_id=view["inspector_id"], code="[ true ] whileTrue", timeout=100)

    assert (await ada.do("interrupt"))["interrupted"] == [loop]


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("Endless", "[ true ] whileTrue", "takes longer than"),
        ("Sleepy", "(Delay forSeconds: 100) wait", "takes longer than"),
        ("Failing", "^ 1 / 0", "ZeroDivide"),
        ("Deep", "self printOn: s", "calls within calls"),
        ("Greedy", "Array new: 1000000000", "exceed"),
        ("Confused", "^ s nextPutAll: 7", "not printed"),
    ],
)
async def test_an_object_that_cannot_be_printed_hides_nothing(ada, name, body, told):
    await ada.do("evaluate", code=LOUD.format(name=name, body=body))
    await ada.do("evaluate", code=f"l := {name} new. l held: 3 @ 4. 7")

    view = await opened(ada, "{ 1. l. 2 }", view="elements")

    shown = named(view)
    assert (shown["1"], shown["3"]) == ("1", "2")
    assert told in shown["2"]
    assert named(await select(ada, view, [2], view="fields")) == {"held": "(3@4)"}


async def test_a_text_that_fails_is_told_in_the_print_view_too(ada):
    await ada.do("evaluate", code=LOUD.format(name="Failing", body="^ 1 / 0"))

    assert "ZeroDivide" in (await opened(ada, "Failing new", view="print"))["page"]["text"]


async def test_a_page_of_objects_that_cannot_be_printed_comes_in_time(house, ada):
    await ada.do("evaluate", code=LOUD.format(name="Endless", body="[ true ] whileTrue"))
    used = house.server.cpu.used

    view = await opened(ada, "(1 to: 50) collect: [ :i | Endless new ]", view="elements")

    assert len(view["page"]["lines"]) == 50
    assert house.server.cpu.used - used < 10


@pytest.mark.parametrize("selector", ["do: b", "size", "isCollection"])
async def test_a_collection_that_fails_to_tell_its_elements_says_so(ada, selector):
    await ada.do(
        "evaluate", code="Collection subclass: #Odd instanceVariableNames: 'v' classVariableNames: '' package: 'P'"
    )
    await ada.do("evaluate", code=f"Odd compile: '{selector} ^ self error: ''never'''")

    view = await opened(ada, "Odd new", view="elements")

    assert "never" in view["page"]["text"]
    assert named(await select(ada, view, view="fields")) == {"v": "nil"}


async def test_an_image_whose_object_view_was_changed_harms_only_its_own_views(house, ada):
    for selector in ("textsOf: a limitedTo: b each: c within: d", "elementsOf: a from: b count: c"):
        await ada.do("evaluate", code=f"ObjectView class compile: '{selector} ^ 7'")
    failures = (await ada.do("get_session_statistics"))["totals"]["actor_failures"]

    view = await opened(ada, "Set new", view="elements")

    assert "ObjectView" in view["page"]["text"]
    assert (await ada.do("inspect", target="3"))["object_info"]["class_name"] == "SmallInteger"
    assert (await ada.do("get_session_statistics"))["totals"]["actor_failures"] == failures


async def test_inspectors_are_listed_and_closed(ada):
    first, second = await opened(ada, POINTS, name="points"), await opened(ada, "nil")
    await select(ada, first, [1])

    assert (await ada.do("inspector_list"))["inspectors"] == [
        {"id": first["inspector_id"], "name": "points", "class": "Point", "path": [1]},
        {"id": second["inspector_id"], "name": "UndefinedObject", "class": "UndefinedObject", "path": []},
    ]
    await ada.do("inspector_close", inspector_id=first["inspector_id"])

    assert len((await ada.do("inspector_list"))["inspectors"]) == 1
    assert await ada.fail("inspector_select", inspector_id=first["inspector_id"]) == "ObjectNotFound"


async def test_ids_of_another_session_are_not_found(house, ada):
    other = house.peer()
    await other.create("bob")
    view = await opened(ada, "3 @ 4")

    for command in ("inspector_select", "inspector_close", "inspector_evaluate"):
        code = {"code": "self"} if command == "inspector_evaluate" else {}
        assert await other.fail(command, inspector_id=view["inspector_id"], **code) == "ObjectNotFound"
    assert await other.fail("release_object", object_id=view["root"]["object_id"]) == "ObjectNotFound"
    assert await other.fail("inspector_open", object_id=view["root"]["object_id"]) == "ObjectNotFound"


ODD = (
    "Object",
    "Object class",
    "Transcript",
    "Smalltalk",
    "Processor",
    "thisContext",
    "[ :x | x ]",
    "[ [ ] repeat ] fork",
    "Object >> #printString",
    "[ 1 / 0 ] on: ZeroDivide do: [ :e | e ]",
    "ReadStream on: #(1 2)",
    "Float nan",
    "#[1 2 3]",
    "#sym",
    "$c",
    "2 ** 100",
    "1/3",
    "Set withAll: #(1 $a nil)",
    "Bag withAll: #(1 1 2)",
    "1 to: 0",
    "(Object subclass: #Gone instanceVariableNames: 'v' package: 'P') new. g := (Smalltalk at: #Gone) new. "
    "(Smalltalk at: #Gone) removeFromSystem. g",
)


@pytest.mark.parametrize("target", ODD)
async def test_whatever_there_is_can_be_looked_at_in_every_view(house, ada, target):
    failures = (await ada.do("get_session_statistics"))["totals"]["actor_failures"]

    view = await opened(ada, target)
    for name in ("elements", "methods", "print"):
        view = await select(ada, view, view=name)
    for step in (1, 0, -1, 2**40, "v", "", "zork"):
        reply = await ada.ask("inspector_select", inspector_id=view["inspector_id"], path=[step])
        assert reply["status"] == "success" or reply["error_type"] == "ObjectNotFound"
    await ada.do("inspect", target=target, depth=5, include_methods=True)

    assert (await ada.do("get_session_statistics"))["totals"]["actor_failures"] == failures


@pytest.mark.parametrize(("start", "count"), [(-5, 10), (0, 0), (1, 0), (2**62, 2**62), (3, 1)])
async def test_odd_pages_are_empty_or_begin_at_the_first(ada, start, count):
    for target in ("#(1 2)", "Set withAll: #(1 2)", "3 @ 4"):
        for name in ("fields", "elements", "methods"):
            page = (await opened(ada, target, view=name, start=start, count=count))["page"]
            assert len(page["lines"]) <= count
            assert page["start"] >= 1
