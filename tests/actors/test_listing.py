"""A listing reads no session's text twice, is what is stored, and gives way to others."""

import pytest
import trio

from stui_actors.actors.session_files import LISTED
from stui_actors.session.delta import BEGIN
from stui_actors.session.facts import facts_in
from stui_actors.storage.memory import MemoryStore
from stui_actors.storage.store import SessionKey
from tests.actors.world import NOON, running, settings_with

MANY = 3 * LISTED + 1
ROOMY = settings_with(
    session={"max_stored_sessions": 10 * MANY, "timeout": 5.0, "attach_timeout": 5.0, "cleanup_interval": 5.0}
)


class CountingStore(MemoryStore):
    """Counts the texts that are read."""

    loads = 0

    def load(self, key, number=None):
        self.loads += 1
        return super().load(key, number)

    def glance(self, key):
        self.loads += 1
        return super().glance(key)


@pytest.fixture
def store():
    return CountingStore(now=lambda: NOON)


async def asleep(house):
    """A session that left memory, and its names."""
    ada = house.peer()
    await ada.create("ada", name="one")
    await ada.evaluate("x := 41")
    house.router.cut(ada.connection)
    await trio.sleep(ROOMY.session.timeout + 20)
    assert "ada" not in house.server.registry.here
    return ada.names


async def listed(house):
    return (await house.peer(client_id="ada").do("list_client_sessions"))["sessions"]


async def test_a_session_that_fell_asleep_is_listed_without_its_text(library, store, autojump_clock):
    async with running(library, store, ROOMY) as house:
        names = await asleep(house)
        store.loads = 0

        (row,) = await listed(house)
        assert store.loads == 0
        assert (row["session_id"], row["name"], row["state"]) == (names["session_id"], "one", "sleeping")
        loaded = store.load(SessionKey("ada", names["session_id"]))
        told = facts_in(loaded.body, row["size_bytes"])
        assert row == told.info(names["session_id"], "ada", ROOMY.session.retention, house.server.world.now())


async def test_after_a_start_each_text_is_read_once(library, store, autojump_clock):
    async with running(library, store, ROOMY) as house:
        await asleep(house)
        (before,) = await listed(house)
    async with running(library, store, ROOMY) as house:
        store.loads = 0
        rows = [await listed(house) for _ in range(3)]

        assert store.loads == 1
        assert [row["version"] for (row,) in rows] == [before["version"]] * 3
        assert rows[0][0]["statistics"] == before["statistics"]


async def test_of_what_a_server_writes_no_more_than_the_beginning_of_the_last_line_is_read(
    library, store, autojump_clock
):
    async with running(library, store, ROOMY) as house:
        names = await asleep(house)
        body = store.load(SessionKey("ada", names["session_id"])).body
        line = body[body.rfind(BEGIN) :] if BEGIN in body else body
        assert facts_in(line[: line.index(",'client_info'")], 0) == facts_in(body, 0)


async def test_what_changed_since_is_told(library, store, autojump_clock):
    async with running(library, store, ROOMY) as house:
        names = await asleep(house)
        (before,) = await listed(house)
        ada = house.peer(**names)
        await ada.do("rename_session", name="two")
        await ada.evaluate("x := 42")
        house.router.cut(ada.connection)
        await trio.sleep(ROOMY.session.timeout + 20)

        (after,) = await listed(house)
        assert (before["name"], after["name"], after["state"]) == ("one", "two", "sleeping")
        assert after["version"] > before["version"]
        assert after["statistics"]["evaluations"] == before["statistics"]["evaluations"] + 1


async def test_a_closed_session_and_a_deleted_one_are_not_listed(library, store, autojump_clock):
    async with running(library, store, ROOMY) as house:
        for delete in (True, False):
            names = await asleep(house)
            assert len(await listed(house)) == 1
            await house.peer(**names).do("close_session", delete=delete)
            assert await listed(house) == []


async def test_what_another_server_saved_is_read_anew(library, store, autojump_clock):
    async with running(library, store, ROOMY) as house:
        names = await asleep(house)
        await listed(house)
        key, index = SessionKey("ada", names["session_id"]), house.server.storage.index
        body = store.load(key).body.replace("'name':'one'", "'name':'two'")
        generation = store.save(key, body, version=9, reason="elsewhere", saved_at=NOON)
        (stored,) = store.sessions_of("ada")
        assert stored.newest.number == generation.number
        index.replace("ada", [stored])
        store.loads = 0

        assert [row["name"] for row in await listed(house)] == ["two"]
        assert store.loads == 1


async def test_others_are_served_while_many_are_listed(library, store, autojump_clock):
    async with running(library, store, ROOMY) as house:
        names = await asleep(house)
        body = store.load(SessionKey("ada", names["session_id"])).body
        for number in range(MANY):
            store.save(SessionKey("ada", f"{number:032d}"), body, version=1, reason="many", saved_at=NOON)
    async with running(library, store, ROOMY) as house:
        assert len(await listed(house)) == MANY + 1
        rounds, ended = 0, trio.Event()

        async def go_round():
            nonlocal rounds
            while not ended.is_set():
                rounds += 1
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            store.loads = 0
            await trio.lowlevel.checkpoint()
            nursery.start_soon(go_round)
            assert len(await listed(house)) == MANY + 1
            with_few = rounds
            ended.set()
        assert store.loads == 0
        assert with_few >= MANY // LISTED
