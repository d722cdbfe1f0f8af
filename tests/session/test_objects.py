"""Ids of objects."""

import pytest

from stui_actors.errors import ObjectNotFound
from stui_actors.session.objects import ObjectRegistry


def test_the_same_object_has_the_same_id():
    registry, value = ObjectRegistry("s", "1", 100), [1]

    assert registry.register(value) == registry.register(value)
    assert registry.register([1]) != registry.register(value)


def test_an_id_leads_to_its_object():
    registry, value = ObjectRegistry("s", "1", 100), [1]

    assert registry.object_of(registry.register(value)) is value


def test_an_unknown_id_is_an_error_that_quotes_little_of_it():
    with pytest.raises(ObjectNotFound) as refusal:
        ObjectRegistry("s", "1", 100).object_of("x" * 1000)
    assert "x" * 65 not in refusal.value.message


def test_only_the_last_objects_are_kept_alive():
    registry = ObjectRegistry("s", "1", 100)
    first = registry.register([0])
    for number in range(100):
        registry.register([number])

    assert len(registry) == 100
    with pytest.raises(ObjectNotFound):
        registry.object_of(first)


def test_a_released_object_has_no_id_and_its_number_is_not_given_again():
    registry, value = ObjectRegistry("s", "1", 100), [1]
    object_id = registry.register(value)

    assert registry.release(object_id)
    assert not registry.release(object_id)
    assert registry.register(value) != object_id


def test_ids_of_another_incarnation_differ():
    assert ObjectRegistry("s", "1", 100).register([1]) != ObjectRegistry("s", "2", 100).register([1])


def test_the_half_that_was_not_used_for_longest_is_let_go_first():
    registry, values = ObjectRegistry("s", "1", 100), [[0], [1], [2], [3]]
    ids = [registry.register(each) for each in values]
    registry.object_of(ids[0])

    assert registry.release_oldest()

    assert list(registry.held()) == [ids[3], ids[0]]


def test_where_nothing_is_held_nothing_is_let_go():
    assert not ObjectRegistry("s", "1", 100).release_oldest()
