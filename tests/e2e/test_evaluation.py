"""The row Evaluation of the fault table, and every command of evaluation, inspection and browsing."""

import pytest

from .conftest import Client

ENDLESS = {
    "a loop": "[ true ] whileTrue",
    "a repeat": "[ ] repeat",
    "printOn:": "Object subclass: #P instanceVariableNames: '' classVariableNames: '' package: 'P'. "
    "P compile: 'printOn: s [ true ] whileTrue'. P new",
    "=": "Object subclass: #E instanceVariableNames: '' classVariableNames: '' package: 'P'. "
    "E compile: '= other [ true ] whileTrue'. E new = E new",
    "hash": "Object subclass: #H instanceVariableNames: '' classVariableNames: '' package: 'P'. "
    "H compile: 'hash [ true ] whileTrue'. Set new add: H new",
    "ensure:": "[ 1 ] ensure: [ [ true ] whileTrue ]",
    "a sort block": "#(3 1 2) asOrderedCollection sort: [ :a :b | [ true ] whileTrue ]",
    "catch all and retry": "[ 1 / 0 ] on: Error do: [ :e | e retry ]",
    "ifCurtailed:": "[ [ true ] whileTrue ] ifCurtailed: [ [ true ] whileTrue ]",
}


@pytest.mark.parametrize("code", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_never_ends_is_stopped_by_its_time(ada, code):
    ada.do("evaluate", code="before := 1")

    reply = ada.fail("evaluate", code=code, timeout=0.2)

    assert reply["error_type"] == "Timeout"
    assert ada.evaluate("before + 1") == "2"


EXHAUSTING = {
    "endless recursion of a method": (
        "Object subclass: #R instanceVariableNames: '' classVariableNames: '' package: 'P'. "
        "R compile: 'deeper ^ self deeper'. R new deeper",
        "depth",
    ),
    "endless recursion of a block": ("b := nil. b := [ b value ]. b value", "depth"),
    "endless recursion of printOn:": (
        "Object subclass: #Q instanceVariableNames: '' classVariableNames: '' package: 'P'. "
        "Q compile: 'printOn: s self printOn: s'. Q new",
        "depth",
    ),
    "a huge array": ("Array new: 1000000000000", "memory"),
    "doubling a string": ("s := 'x'. 40 timesRepeat: [ s := s , s ]", "memory"),
    "keeping ten million objects": (
        "k := OrderedCollection new. 10000000 timesRepeat: [ k add: Object new ]",
        "memory",
    ),
    "a huge power": ("2 raisedTo: 1000000000", "integer"),
    "a huge shift": ("1 bitShift: 1000000000", "integer"),
    "a huge factorial": ("1000000 factorial", "integer"),
    "a fork bomb": ("1000 timesRepeat: [ [ [ true ] whileTrue ] fork ]", "processes"),
    "repeated squaring": ("n := 3. 100 timesRepeat: [ n := n * n ]", "integer"),
}


@pytest.mark.parametrize(("code", "limit"), EXHAUSTING.values(), ids=EXHAUSTING.keys())
def test_what_takes_too_much_is_stopped_by_the_limit_that_it_hits(ada, code, limit):
    ada.do("evaluate", code="before := 1")

    reply = ada.fail("evaluate", code=code)

    assert reply["error_type"] == "ResourceExhausted", reply
    assert reply["details"]["limit"] == limit
    assert ada.evaluate("before + 1") == "2"


@pytest.mark.parametrize(("code", "limit"), EXHAUSTING.values(), ids=EXHAUSTING.keys())
def test_no_handler_catches_a_limit(ada, code, limit):
    reply = ada.fail("evaluate", code=f"[ {code} ] on: Exception do: [ :e | e return: 7 ]")

    assert reply["error_type"] == "ResourceExhausted"
    assert reply["details"]["limit"] == limit


def test_output_without_end_is_cut_with_a_mark_and_is_no_error(ada):
    result = ada.do("evaluate", code="1 to: 25000 do: [ :i | Transcript show: 'line'; cr ]. 7")

    assert result["result"] == "7"
    assert result["truncated"] is True
    assert len(result["transcript"]) <= 110_000


def test_output_is_cut_where_the_request_says(ada):
    result = ada.do("evaluate", code="Transcript show: (String new: 1000 withAll: $x)", max_output=100)

    assert result["truncated"] is True
    assert len(result["transcript"]) < 200


def test_source_above_its_limit_is_refused(ada):
    assert ada.fail("evaluate", code="'" + "x" * 1_000_001 + "'")["error_type"] == "InvalidRequest"


UNPARSEABLE = {
    "an unterminated string": "'abc",
    "an unterminated comment": '"abc',
    "an unterminated block": "[ :x | x",
    "deep brackets": "[" * 10_000,
    "deep parentheses": "(" * 10_000 + "1" + ")" * 10_000,
    "a missing argument": "3 +",
}


@pytest.mark.parametrize("code", UNPARSEABLE.values(), ids=UNPARSEABLE.keys())
def test_what_does_not_parse_says_where(ada, code):
    reply = ada.fail("evaluate", code=code)

    assert reply["error_type"] == "ParseError"
    assert {"line", "column", "position", "expected", "source_line"} <= set(reply["details"])
    assert ada.evaluate("3 + 4") == "7"


def test_a_parse_error_names_the_line_and_column(ada):
    details = ada.fail("evaluate", code="x := 3.\ny := (4 + .\nz")["details"]

    assert details["line"] == 2
    assert details["source_line"] == "y := (4 + ."


@pytest.mark.parametrize("count", [10_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_a_hundred_thousand_cascades_parse(own_server, count):
    """With the memory that a workspace has by default: the tree of a source counts while it lives."""
    code = "s := WriteStream on: String new. s space" + "; space" * count + ". s contents size"

    with Client(own_server().start().endpoint) as client:
        client.create("ada")
        evaluated = client.do("evaluate", code=code)

    assert evaluated["result"] == str(count + 1)


FAILING = {
    "a negative size": "Array new: -1",
    "a dead home": "Object subclass: #D instanceVariableNames: '' classVariableNames: '' package: 'P'. "
    "D compile: 'make ^ [ ^ 3 ]'. D new make value",
    "becoming a number": "3 become: 4",
    "performing what is no selector": "3 perform: 7",
    "an unknown message": "3 foo",
    "a division by zero": "1 / 0",
    "a wrong index": "#(1 2) at: 5",
    "an index that is none": "#(1 2) at: 'x'",
    "an operand of the wrong kind": "3 + 'x'",
    "redefining true": "Object subclass: #True instanceVariableNames: '' classVariableNames: '' package: 'P'",
    "becoming true": "true become: false",
}


@pytest.mark.parametrize("code", FAILING.values(), ids=FAILING.keys())
def test_an_unhandled_exception_is_told_in_smalltalks_words(ada, code):
    reply = ada.fail("evaluate", code=code)

    assert reply["error_type"] == "EvaluationError", reply
    assert reply["details"]["exception_class"]
    assert "stack_trace" in reply["details"]
    assert "Traceback" not in str(reply)
    assert "TypeError" not in str(reply)
    assert ada.evaluate("3 + 4") == "7"


def test_an_error_keeps_what_was_done_until_then(ada):
    ada.fail("evaluate", code="kept := 5. 1 / 0. kept := 6")

    assert ada.evaluate("kept") == "5"


def test_an_error_tells_class_text_receiver_and_stack(ada):
    details = ada.fail("evaluate", code="3 foo")["details"]

    assert details["exception_class"] == "MessageNotUnderstood"
    assert "foo" in details["message_text"]
    assert details["receiver"] == "3"
    assert "SmallInteger(Object)>>doesNotUnderstand: #foo" in details["stack_trace"]


HARMLESS = {
    "an array in itself": ("a := Array new: 1. a at: 1 put: a. a printString includesSubstring: '[..]'", "true"),
    "a deep nest": (
        "d := #(). 1000 timesRepeat: [ d := Array with: d ]. d printString includesSubstring: '[..]'",
        "true",
    ),
    "a long list": ("l := OrderedCollection new. 1 to: 100000 do: [ :i | l add: i ]. l size", "100000"),
    "an inconsistent sort block": ("#(3 1 2 5 4) asArray copy sort: [ :p :q | true ]; yourself. 7", "7"),
    "not a number": ("Float nan", "Float nan"),
    "infinity": ("1.0e308 * 10", "Float infinity"),
    "garbage": ("1 to: 100000 do: [ :i | Array new: 10 ]. 7", "7"),
}


@pytest.mark.parametrize(("code", "result"), HARMLESS.values(), ids=HARMLESS.keys())
def test_what_is_odd_but_harmless_works(ada, code, result):
    assert ada.evaluate(code) == result


def test_a_clients_changes_to_the_library_are_its_own(ada, connect):
    other = connect()
    other.create()
    ada.do("evaluate", code="Integer compile: 'double ^ self * 2'. Object compile: 'foo ^ 42'")

    assert ada.evaluate("21 double") == "42"
    assert ada.evaluate("nil foo") == "42"
    assert other.fail("evaluate", code="21 double")["error_type"] == "EvaluationError"
    assert other.fail("evaluate", code="nil foo")["error_type"] == "EvaluationError"


def test_display_mode_answers_the_display_string_too(ada):
    result = ada.do("evaluate", code="'it''s'", evaluation_mode="Display")

    assert (result["result"], result["display"], result["result_type"]) == ("'it''s'", "it's", "ByteString")


def test_the_result_can_be_inspected_and_be_self(ada):
    object_id = ada.do("evaluate", code="OrderedCollection withAll: #(10 20 30)")["object_id"]

    assert ada.evaluate("self size", context=object_id) == "3"
    page = ada.do("inspect", object_id=object_id, start=2, count=1)
    assert page["element_count"] == 3
    assert [element["value"] for element in page["elements"]] == ["20"]
    assert page["object_info"]["class_name"] == "OrderedCollection"


def test_an_object_in_itself_can_be_inspected(ada):
    ada.do("evaluate", code="a := Array new: 2. a at: 1 put: a")

    shown = ada.do("inspect", target="a", depth=3)

    assert shown["elements"][0]["object_id"] == shown["object_info"]["object_id"]


def test_a_released_object_has_no_id_any_more(ada):
    object_id = ada.do("evaluate", code="Object new")["object_id"]
    ada.do("release_object", object_id=object_id)

    assert ada.fail("inspect", object_id=object_id)["error_type"] == "ObjectNotFound"


def test_a_saved_context_comes_back(ada):
    ada.do("evaluate", code="x := OrderedCollection with: 1. y := 2")
    saved = ada.do("save_context", name="before")
    ada.do("evaluate", code="x add: 5. z := 3")

    loaded = ada.do("load_context", name="before")

    assert saved["variables"] == loaded["variables"] == 2
    assert ada.evaluate("x size") == "1"
    assert ada.evaluate("z") == "nil"


def test_a_context_that_was_never_saved_cannot_be_loaded(ada):
    assert ada.fail("load_context", name="nothing")["error_type"] == "ObjectNotFound"


def test_a_cleared_workspace_is_empty(ada):
    ada.do("evaluate", code="x := 1. y := 2")

    assert ada.do("clear_context")["cleared"]["variables"] == 2
    assert ada.evaluate("x") == "nil"


def test_the_summary_tells_variables_and_classes(ada):
    ada.do("evaluate", code="x := 3")
    ada.do("evaluate", code="Object subclass: #Mine instanceVariableNames: '' classVariableNames: '' package: 'P'")

    summary = ada.do("get_context_summary")

    assert {"name": "x", "class": "SmallInteger", "printString": "3", "object_id": None} in summary["variables"]
    assert "Mine" in summary["classes"]
    assert summary["history_count"] == 2


def test_the_history_is_there_after_a_restart(own_server):
    server = own_server().start()
    with Client(server.endpoint) as client:
        session = client.create("ada")
        client.do("evaluate", code="x := 6 * 7")
    server.restart()
    with Client(server.endpoint) as client:
        client.do("restore_session", client_id="ada", session_id=session["session_id"])
        entry = client.do("get_history")["entries"][0]

    assert (entry["code"], entry["result"], entry["mode"]) == ("x := 6 * 7", "42", "Execute")


def test_classes_are_listed_and_browsed(ada):
    ada.do(
        "evaluate",
        code="Object subclass: #Animal instanceVariableNames: 'name' classVariableNames: 'Count' package: 'Zoo'",
    )
    ada.do("evaluate", code="Animal compile: 'speak \"Says something.\" ^ name' classified: 'talking'")

    assert "Animal" in ada.do("list_classes", pattern="Ani*")["classes"]
    assert "OrderedCollection" in ada.do("list_classes", pattern="*Collection")["classes"]
    shown = ada.do("browse_class", class_name="Animal")
    assert shown["class_info"]["superclass"] == "Object"
    assert shown["class_info"]["package"] == "Zoo"
    assert shown["class_info"]["is_system"] is False
    assert shown["instance_methods"] == ["speak"]
    assert shown["instance_vars"] == ["name"]
    assert shown["class_vars"] == ["Count"]
    method = ada.do("get_method", class_name="Animal", method_name="speak")["method"]
    assert method["source"].startswith("speak")
    assert method["category"] == "talking"


def test_the_librarys_methods_show_their_source(ada):
    assert "inject" in ada.do("get_method", class_name="Collection", method_name="inject:into:")["method"]["source"]


def test_what_is_not_there_is_said(ada):
    assert ada.fail("browse_class", class_name="Nowhere")["error_type"] == "ClassNotFound"
    assert ada.fail("get_method", class_name="Object", method_name="nowhere")["error_type"] == "MethodNotFound"
    assert ada.fail("inspect", object_id="x.1.1")["error_type"] == "ObjectNotFound"
