"""Functions that set variables: each its own, and no more or less than they are made for."""

import pytest

from stui_actors.session.snapshot_filling import WIDEST, filling


class Holder:
    """Has what it is given."""


@pytest.mark.parametrize("count", [0, 1, 2, WIDEST])
def test_as_many_variables_are_set_as_there_are_values(count: int) -> None:
    made = Holder()

    filling(tuple(f"i_{number}" for number in range(count)))(made, list(range(count)))

    assert vars(made) == {f"i_{number}": number for number in range(count)}


def test_two_choices_of_as_many_variables_do_not_get_in_each_others_way() -> None:
    first, second, made = filling(("i_a", "i_b")), filling(("i_b", "i_c")), Holder()

    first(made, [1, 2])
    second(made, [3, 4])

    assert vars(made) == {"i_a": 1, "i_b": 3, "i_c": 4}


@pytest.mark.parametrize("values", [[], [1], [1, 2, 3]], ids=len)
def test_another_number_of_values_is_refused_before_any_is_set(values: list[object]) -> None:
    made = Holder()

    with pytest.raises(ValueError, match="values to unpack"):
        filling(("i_a", "i_b"))(made, values)

    assert vars(made) == {}


def test_an_attribute_that_is_no_word_is_set_as_it_is() -> None:
    made = Holder()

    filling(("i_größe ", "import os"))(made, [1, 2])

    assert vars(made) == {"i_größe ": 1, "import os": 2}
