"""Blocks come back with the variables that they share."""

from typing import Any

from tests.session.fake_heap import FakeHeap, Home, counters, knot, late, restored, returning, round_trip, saved, source


def test_blocks_that_share_a_variable_share_it_again() -> None:
    step, read = counters()
    step()

    again_step, again_read = round_trip([step, read])

    assert (again_step(), again_step(), again_read()) == (2, 3, 3)
    assert read() == 1


def test_a_block_may_hold_itself_in_its_variable() -> None:
    assert round_trip(knot())(500) == 500


def test_a_variable_that_was_never_assigned_comes_back_as_nil() -> None:
    assert round_trip(late())() is None


def test_a_home_comes_back_as_one_that_has_returned() -> None:
    assert isinstance(round_trip(returning())(), Home)


def test_a_block_whose_source_is_gone_becomes_nil_and_is_listed() -> None:
    text = saved(FakeHeap(variables={"x": [knot(), 1]})).replace("knot:", "gone:")

    again, reader = restored(text)

    assert again.variables["x"] == [None, 1]
    assert len(reader.not_restored) == 1
    assert reader.not_restored[0].startswith("a block of a do-it: gone:")


def test_twenty_thousand_blocks_that_hold_one_another_are_no_recursion() -> None:
    chain: object = None

    @source
    def link(inner: object) -> Any:
        def ask() -> object:
            return inner

        return ask

    for _ in range(20_000):
        chain = link(chain)

    again, count = round_trip(chain), 0
    while again is not None:
        again, count = again(), count + 1
    assert count == 20_000
