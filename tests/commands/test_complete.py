"""Completion: what it proposes where, from the first character on, and while something runs."""

import pytest

SHAPES = (
    "Object subclass: #Shape instanceVariableNames: 'origin' package: 'Demo'. "
    "Shape compile: 'areaOf: aUnit roundedTo: digits ^ 3'. Shape compile: 'arealess ^ 4'. "
    "Shape class compile: 'areaDefault ^ 5'. shape := Shape new. shade := 3. dictionary := Dictionary new"
)


@pytest.fixture
async def shapes(ada):
    await ada.evaluate(SHAPES)
    return ada


async def proposals(peer, code, **parameters):
    """Text and kind of what is proposed where ``|`` stands."""
    place = code.index("|")
    answer = await peer.do("complete", code=code.replace("|", "", 1), position=place, **parameters)
    assert answer["replace_to"] == place
    return [(item["text"], item["kind"]) for item in answer["items"]]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("sha|", [("shade", "variable"), ("shape", "variable"), ("Shape", "class")]),
        ("x := sha|", [("shade", "variable"), ("shape", "variable"), ("Shape", "class")]),
        ("3 + shap|e foo", [("shape", "variable"), ("Shape", "class")]),
        ("Sha|", [("Shape", "class"), ("shade", "variable"), ("shape", "variable")]),
        ("shape area|", [("areaOf:roundedTo:", "selector"), ("arealess", "selector")]),
        ("Shape new area|", [("areaOf:roundedTo:", "selector"), ("arealess", "selector")]),
        ("Shape area|", [("areaDefault", "selector")]),
        ("shape areaOf: 3 round|", [("roundedTo:", "keyword"), ("rounded", "selector")]),
        ("shape areaOf: (3 max: 4) round|", [("roundedTo:", "keyword")]),
        ("shape areaOf: sha|", [("shade", "variable"), ("shape", "variable"), ("Shape", "class")]),
        ("shape foo; areal|", [("arealess", "selector")]),
        ("'a string' asUpp|", [("asUppercase", "selector")]),
        ("[ 3 ] whileTr|", [("whileTrue", "selector"), ("whileTrue:", "selector")]),
        ("shape areaOf: 3. sha|", [("shade", "variable"), ("shape", "variable"), ("Shape", "class")]),
        ("3 zork zork areal|", [("arealess", "selector")]),
        ("Transcript sho|", [("show:", "selector")]),
    ],
)
async def test_what_fits_is_proposed(shapes, code, expected):
    found = await proposals(shapes, code)

    assert [each for each in found if each in expected] == expected
    assert {text[:2].lower() for text, _ in found} == {expected[0][0][:2].lower()}


@pytest.mark.parametrize("code", ["'sha|", '"sha|', "#sha|", "$s|", "12|", "'it''s sha|"])
async def test_nothing_is_proposed_within_literals_and_comments(shapes, code):
    assert await proposals(shapes, code) == []


async def test_the_messages_of_a_known_receiver_only(shapes):
    known = {text for text, _ in await proposals(shapes, "dictionary |", limit=5000)}

    assert {"at:put:", "keysDo:", "yourself"} <= known
    assert "arealess" not in known
    assert "asUppercase" not in known


async def test_a_keyword_goes_on_as_its_receiver_understands_it(shapes):
    answer = await shapes.do("complete", code="dictionary at: 3 if")

    assert ("ifAbsent:", "at:ifAbsent:") in {(item["text"], item["detail"]) for item in answer["items"]}
    assert answer["replace_from"] == len("dictionary at: 3 ")


async def test_details_tell_what_a_proposal_is(shapes):
    items = {item["text"]: item for item in (await shapes.do("complete", prefix="sha"))["items"]}

    assert items["shade"]["detail"] == "SmallInteger"
    assert items["Shape"]["detail"] == "Demo"
    selector = (await shapes.do("complete", code="shape areal"))["items"][0]
    assert (selector["text"], selector["detail"]) == ("arealess", "Shape")


async def test_more_than_the_limit_is_said(shapes):
    reply = await shapes.ask("complete", prefix="a", limit=3)

    assert len(reply["result"]["items"]) == 3
    assert "more than 3" in reply["warnings"][0]


async def test_it_goes_on_while_an_evaluation_runs(house, shapes, autojump_clock):
    request = shapes.send("evaluate", code="(Delay forSeconds: 20) wait. 7")
    other = house.peer(**shapes.names)

    assert ("shape", "variable") in await proposals(other, "sha|")
    reply = await shapes.receive()
    assert (reply["id"], reply["result"]["result"]) == (request, "7")


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({}, "parameters.prefix"),
        ({"code": "x", "position": 2}, "parameters.position"),
        ({"code": "x", "position": -1}, "parameters.position"),
        ({"code": " " * 1_000_001}, "parameters.code"),
    ],
)
async def test_a_place_that_is_none_is_refused(shapes, parameters, path):
    reply = await shapes.ask("complete", **parameters)

    assert (reply["error_type"], reply["details"]["path"]) == ("InvalidRequest", path)


async def test_far_into_a_long_source_it_looks_at_the_lines_before_the_cursor(shapes):
    code = "'a line' size.\n" * 20_000 + "shape area|"

    assert ("arealess", "selector") in await proposals(shapes, code)


async def test_what_an_own_class_shadows_is_proposed_once(shapes):
    await shapes.evaluate("Object subclass: #Bag instanceVariableNames: '' package: 'Demo'")

    assert (await proposals(shapes, "Bag|")).count(("Bag", "class")) == 1
