"""What is asked of a session between two of its jobs is answered, also where the session has left."""

import pytest
import trio
import trio.testing

from stui_actors.actors.errands import Errands
from stui_actors.errors import Overloaded, StorageError


@pytest.fixture
def asked():
    return []


@pytest.fixture
def errands(asked):
    return Errands(lambda: asked.append("a turn"))


async def text():
    return "a text"


async def saved(reason):
    return None


async def broken(reason):
    return StorageError("The disk is full.")


async def test_all_who_ask_at_once_get_one_turn_and_one_text(errands, asked):
    copies = []

    async def copy():
        copies.append(await errands.copy())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(copy)
        nursery.start_soon(copy)
        await trio.testing.wait_all_tasks_blocked()
        await errands.make(text, saved)

    assert copies == ["a text", "a text"]
    assert asked == ["a turn"]


@pytest.mark.parametrize("what", ["copy", "durable"])
async def test_where_the_session_cannot_be_saved_who_asked_is_told(errands, what):
    async def ask():
        with pytest.raises(StorageError):
            await getattr(errands, what)()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        await errands.make(text, broken)


@pytest.mark.parametrize("what", ["copy", "durable"])
async def test_who_asks_a_session_that_has_left_is_refused_at_once(errands, asked, what):
    errands.fail(Overloaded("The session is just leaving memory."))

    with pytest.raises(Overloaded):
        await getattr(errands, what)()
    assert asked == []
