"""Inspectors: where they were and are, their views, and what is kept of them."""

import pytest

from stui_actors.errors import InvalidRequest, ObjectNotFound, Overloaded
from stui_actors.session.inspectors import MAX_CUSTOM_VIEWS, MAX_PLACES, Inspectors, Place, is_held_name


@pytest.fixture
def inspectors():
    return Inspectors("tag", "1", 3)


@pytest.fixture
def inspector(inspectors):
    made = inspectors.made(["root"], "an Array")
    inspectors.add(made)
    return made


def paths(inspector):
    return [each.path for each in inspector.places]


def test_an_inspector_begins_at_its_root(inspector):
    assert inspector.place == Place((), inspector.root)


def test_it_goes_back_and_forward(inspector):
    inspector.go(Place((1,), "a"))
    inspector.go(Place((1, "x"), "b"))

    inspector.go_back()
    assert inspector.place.path == (1,)
    inspector.go_back()
    assert inspector.place.path == ()
    inspector.go_forward()
    assert inspector.place.value == "a"


def test_going_elsewhere_forgets_what_was_ahead(inspector):
    inspector.go(Place((1,), "a"))
    inspector.go_back()
    inspector.go(Place((2,), "b"))

    assert paths(inspector) == [(), (2,)]
    with pytest.raises(InvalidRequest):
        inspector.go_forward()


def test_going_where_it_is_looks_again_and_is_no_step(inspector):
    inspector.go(Place((1,), "a"))
    inspector.go(Place((1,), "changed"))

    assert paths(inspector) == [(), (1,)]
    assert inspector.place.value == "changed"


def test_there_is_nothing_before_the_root(inspector):
    with pytest.raises(InvalidRequest):
        inspector.go_back()


def test_places_too_far_behind_are_forgotten(inspector):
    for number in range(MAX_PLACES + 5):
        inspector.go(Place((number,), number))

    assert len(inspector.places) == MAX_PLACES
    assert inspector.place.path == (MAX_PLACES + 4,)
    assert set(inspector.held()) == {"root", *map(str, range(MAX_PLACES))}


def test_a_view_of_the_clients_is_shown_and_removed(inspector):
    inspector.configure({"size": "self size"})
    inspector.show("size")
    assert inspector.views == ["fields", "elements", "methods", "print", "size"]

    inspector.configure({"size": None})

    assert inspector.view == "fields"
    with pytest.raises(InvalidRequest):
        inspector.show("size")


@pytest.mark.parametrize(
    "views", [{"print": "self"}, {"": "self"}, {"x" * 65: "self"}, {"empty": " "}, {"long": "x" * 10_001}]
)
def test_a_view_without_a_fit_name_or_code_is_refused(inspector, views):
    with pytest.raises(InvalidRequest):
        inspector.configure({"good": "self", **views})

    assert inspector.custom_views == {}


def test_too_many_views_are_refused(inspector):
    with pytest.raises(InvalidRequest):
        inspector.configure({str(number): "self" for number in range(MAX_CUSTOM_VIEWS + 1)})


def test_a_copy_moves_alone(inspector):
    copy = inspector.copy()
    copy.go(Place((1,), "a"))
    copy.configure({"v": "self"})

    assert paths(inspector) == [()]
    assert inspector.custom_views == {}


def test_more_than_the_limit_are_refused(inspectors):
    for _ in range(3):
        inspectors.check_room()
        inspectors.add(inspectors.made(1, "x"))

    with pytest.raises(Overloaded) as refused:
        inspectors.check_room()
    assert refused.value.details["limit"] == "max_inspectors"


def test_a_closed_one_is_not_found_and_its_id_not_given_again(inspectors, inspector):
    inspectors.close(inspector.id)

    assert inspectors.objects() == []
    with pytest.raises(ObjectNotFound):
        inspectors.named(inspector.id)
    assert inspectors.made(1, "x").id != inspector.id


def test_an_unknown_id_is_quoted_in_part(inspectors):
    with pytest.raises(ObjectNotFound) as refused:
        inspectors.named("x" * 1000)
    assert "x" * 65 not in refused.value.message


def test_what_is_kept_brings_all_back(inspectors, inspector):
    inspector.go(Place((1, "name"), None))
    inspector.configure({"v": "self size"})
    inspector.show("v")
    inspector.go_back()
    kept = {name: value for name, value in inspectors.held().items() if value is not None}  # as a snapshot does
    assert all(map(is_held_name, kept))

    later = Inspectors("tag", "2", 3)
    later.restore(inspectors.rows(), kept)

    back = later.named(inspector.id)
    assert back.as_json() == inspector.as_json()
    assert back.root is inspector.root
    assert back.places == inspector.places


@pytest.mark.parametrize(
    "damage",
    [
        {"paths": 7},
        {"paths": [7]},
        {"paths": []},
        {"position": 9},
        {"position": "1"},
        {"custom_views": []},
        {"id": ...},
    ],
)
def test_what_is_no_inspector_is_refused(inspectors, inspector, damage):
    row = {**inspector.as_json(), **damage}
    row = {name: value for name, value in row.items() if value is not ...}

    with pytest.raises((KeyError, TypeError, ValueError)):
        Inspectors("tag", "2", 3).restore([row], inspectors.held())
