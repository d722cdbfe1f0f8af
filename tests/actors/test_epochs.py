"""An attachment is known by its epoch wherever the session was since: asleep, restarted, on another machine."""

import pytest
import trio

from stui_actors.storage.memory import MemoryStore
from tests.actors.world import NOON, running

CREATION = {"id": "a-creation-that-comes-twice", "client_id": "ada"}


@pytest.fixture
def store():
    return MemoryStore(now=lambda: NOON)


async def test_the_epoch_of_the_last_attachment_counts_when_the_session_was_asleep(house, ada, autojump_clock):
    old = (await ada.do("restore_session"))["session_epoch"]
    new = (await ada.do("restore_session"))["session_epoch"]
    house.router.cut(ada.connection)
    await trio.sleep(house.server.settings.session.timeout + 60)
    later = house.peer(**ada.names)

    assert (await later.do("list_client_sessions"))["sessions"][0]["state"] == "sleeping"
    assert await later.fail("evaluate", code="x := 1", session_epoch=old) == "SessionConflict"
    assert await later.evaluate("x := 2", session_epoch=new) == "2"


async def test_the_epoch_of_the_last_attachment_counts_after_a_restart(library, store):
    async with running(library, store) as house:
        ada = house.peer()
        old = (await ada.create("ada"))["session_epoch"]
        new = (await ada.do("restore_session"))["session_epoch"]
        await ada.evaluate("x := 1")
    async with running(library, store) as house:
        later = house.peer(**ada.names)
        assert await later.fail("evaluate", code="x := 2", session_epoch=old) == "SessionConflict"
        assert await later.evaluate("x", session_epoch=new) == "1"


async def test_a_late_copy_of_a_creation_brings_no_old_attachment_back_after_a_restart(library, store):
    async with running(library, store) as house:
        ada = house.peer()
        created = await ada.create(**CREATION)
        restored = await ada.do("restore_session")
        await ada.evaluate("x := 1")
    async with running(library, store) as house:
        late, later = house.peer(), house.peer(**ada.names)
        again = (await late.ask("create_session", **CREATION))["result"]

        assert again == created
        assert await later.fail("evaluate", code="x := 2", session_epoch=created["session_epoch"]) == "SessionConflict"
        assert await later.evaluate("x", session_epoch=restored["session_epoch"]) == "1"


async def test_nor_while_the_server_runs_and_nobody_is_attached(house):
    ada = house.peer()
    created = await ada.create(**CREATION)
    restored = await ada.do("restore_session")
    house.router.cut(ada.connection)
    late, later = house.peer(), house.peer(**ada.names)
    await late.ask("create_session", **CREATION)

    assert await later.fail("evaluate", code="x := 2", session_epoch=created["session_epoch"]) == "SessionConflict"
    assert await later.evaluate("x", session_epoch=restored["session_epoch"]) == "nil"


async def test_a_copy_of_a_session_is_not_written_to_under_the_epoch_of_the_original(house, ada):
    epoch = (await ada.do("restore_session"))["session_epoch"]
    data = (await ada.do("export_session"))["data"]
    copy = (await ada.do("import_session", data=data))["session_id"]

    assert await ada.fail("evaluate", code="x := 1", session_id=copy, session_epoch=epoch) == "SessionConflict"
