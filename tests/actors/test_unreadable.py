"""A session of which no state can be read: it is refused in all, but can be deleted."""

import pytest

from stui_actors.errors import SessionCorrupt, StorageError
from stui_actors.storage.memory import MemoryStore

from .world import NOON, running


class DamagedStore(MemoryStore):
    """Loads nothing; deletes unless it ``is_stuck``."""

    is_damaged = is_stuck = False

    def load(self, key, number=None):
        loaded = super().load(key, number)
        if self.is_damaged:
            raise SessionCorrupt("No saved state of the session can be read.", quarantine="aside", damaged=[])
        return loaded

    def delete(self, key):
        if self.is_stuck:
            raise StorageError("The session cannot be deleted.")
        super().delete(key)


@pytest.fixture
def store():
    return DamagedStore(now=lambda: NOON)


@pytest.fixture
async def names(library, store):
    """Of the one session in the store, which cannot be read."""
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
    store.is_damaged = True
    return ada.names


@pytest.fixture
async def house(library, store, names):
    async with running(library, store) as house:
        yield house


@pytest.fixture
def ada(house, names):
    return house.peer(**names)


async def test_it_can_be_deleted_and_is_not_there_afterwards(ada, names, store):
    answer = await ada.do("close_session", delete=True)

    assert answer == {
        "session_id": names["session_id"],
        "closed": True,
        "released": {"objects": 0, "processes": 0, "bytes": 0},
    }
    assert await ada.fail("restore_session") == "SessionNotFound"
    assert list(store.index()) == []


async def test_what_stands_in_line_before_the_deletion_is_told_why_and_what_stands_behind_it_that_it_is_gone(ada):
    sent = [ada.send("evaluate", code="3"), ada.send("close_session", delete=True), ada.send("evaluate", code="4")]

    replies = [await ada.receive() for _ in sent]

    assert [each["id"] for each in replies] == sent
    assert [each.get("error_type") for each in replies] == ["SessionCorrupt", None, "SessionNotFound"]


@pytest.mark.parametrize(
    ("command", "parameters"),
    [
        ("close_session", {}),
        ("close_session", {"delete": False}),
        ("close_session", {"delete": True, "session_epoch": "0123456789abcdef"}),
        ("restore_session", {}),
        ("rename_session", {"name": "new"}),
    ],
)
async def test_all_else_is_refused_and_deletes_nothing(ada, store, command, parameters):
    assert await ada.fail(command, **parameters) == "SessionCorrupt"
    assert len(list(store.index())) == 1


async def test_another_client_cannot_delete_it(house, names, store):
    eve = house.peer(client_id="eve", session_id=names["session_id"])

    assert await eve.fail("close_session", delete=True) == "SessionNotFound"
    assert len(list(store.index())) == 1


async def test_a_deletion_that_fails_leaves_it_and_can_be_tried_again(ada, store):
    store.is_stuck = True
    assert await ada.fail("close_session", delete=True) == "StorageError"
    assert await ada.fail("evaluate", code="3") == "SessionCorrupt"
    store.is_stuck = False

    assert (await ada.do("close_session", delete=True))["closed"] is True
