"""Ids of objects."""

import pytest

from stui_actors.errors import ObjectNotFound
from stui_actors.session.objects import MAX_OBJECTS, ObjectRegistry


def test_the_same_object_has_the_same_id():
    registry, value = ObjectRegistry("s", "1"), [1]

    assert registry.register(value) == registry.register(value)
    assert registry.register([1]) != registry.register(value)


def test_an_id_leads_to_its_object():
    registry, value = ObjectRegistry("s", "1"), [1]

    assert registry.object_of(registry.register(value)) is value


def test_an_unknown_id_is_an_error_that_quotes_little_of_it():
    with pytest.raises(ObjectNotFound) as refusal:
        ObjectRegistry("s", "1").object_of("x" * 1000)
    assert "x" * 65 not in refusal.value.message


def test_only_the_last_objects_are_kept_alive():
    registry = ObjectRegistry("s", "1")
    first = registry.register([0])
    for number in range(MAX_OBJECTS):
        registry.register([number])

    assert len(registry) == MAX_OBJECTS
    with pytest.raises(ObjectNotFound):
        registry.object_of(first)


def test_a_released_object_has_no_id_and_its_number_is_not_given_again():
    registry, value = ObjectRegistry("s", "1"), [1]
    object_id = registry.register(value)

    assert registry.release(object_id)
    assert not registry.release(object_id)
    assert registry.register(value) != object_id


def test_ids_of_another_incarnation_differ():
    assert ObjectRegistry("s", "1").register([1]) != ObjectRegistry("s", "2").register([1])
