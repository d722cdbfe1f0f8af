"""With a journal a save says only what changed, where that is known; what comes back is the same."""

from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stui_actors.session.record import read_record
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.store import SessionKey
from stui_actors.storage.tree import JOURNAL
from tests.actors.world import NOON, running, settings_with
from tests.doubles.disk import SimulatedDisk

FILL = "all := (1 to: 200) collect: [:n | n @ n]. x := 0"
EAGER = settings_with(storage={"checkpoint_interval": 86400.0})


@pytest.fixture
def disk():
    return SimulatedDisk()


class UnmovedStore(JournaledStore):
    """All stays in the journal, as if the server was always killed."""

    def _move(self, until):
        pass


def store_on(disk):
    disk.open_files.clear()
    disk.locked.clear()
    disk.is_read_only = False
    return UnmovedStore(Path("/data"), EAGER.storage, disk=disk, now=lambda: NOON)


@asynccontextmanager
async def client_on(library, disk, **names):
    """A client of a server that ends without a last save, and the store that the server has."""
    store = store_on(disk)
    async with running(library, store, EAGER) as house:
        peer = house.peer(**names)
        yield peer, store
        disk.is_read_only = True  # so that it has no chance to save once more


def saves_of(store, peer):
    """Which saves of the client's session are whole ones, oldest first."""
    key = SessionKey(peer.names["client_id"], peer.names["session_id"])
    return [entry.extends == 0 for entry in store._entries.of(key).values()]


def lengths_of(store, peer):
    key = SessionKey(peer.names["client_id"], peer.names["session_id"])
    return [entry.place.length for entry in store._entries.of(key).values()]


async def test_a_variable_that_is_assigned_a_number_is_all_that_is_written_of_a_large_workspace(library, disk):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(FILL)
        before = len(saves_of(store, ada))
        for n in range(1, 4):
            assert await ada.evaluate("x := x + 1") == str(n)
        assert saves_of(store, ada)[before:] == [False] * 3
        assert all(length * 2 < lengths_of(store, ada)[before - 1] for length in lengths_of(store, ada)[before:])
        names = ada.names
    async with client_on(library, disk, **names) as (ada, _):
        assert await ada.evaluate("x + all size") == "203"


@pytest.mark.parametrize(
    "code",
    [
        "all first setX: 7 setY: 8",
        "all at: 1 put: nil",
        "y := all",
        "y := 'text'",
        "y := #(1 2)",
        "y := x printString",
        "y := [x]",
        "[x := 5] value",
        "x := 3. all := nil. x foo",
        "Object subclass: #Foo instanceVariableNames: '' classVariableNames: '' package: 'Foo'. x := 1",
        "Smalltalk at: #Foo put: 3",
        "x := 1/3",
    ],
)
async def test_whatever_may_change_more_is_written_whole(library, disk, code):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(FILL)
        before = len(saves_of(store, ada))
        await ada.ask("evaluate", code=code)
        assert saves_of(store, ada)[before:] == [True]


async def test_an_object_that_is_self_is_no_variable_of_the_workspace(library, disk):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(FILL)
        point = (await ada.do("evaluate", code="all first"))["object_id"]
        await ada.evaluate("1")
        before = len(saves_of(store, ada))
        await ada.evaluate("x := 1000", context=point)
        assert saves_of(store, ada)[before:] == [True]
        names = ada.names
    async with client_on(library, disk, **names) as (ada, _):
        assert await ada.evaluate("all first x") == "1000"


LARGE = "all := (1 to: 1500) collect: [:n | n -> n printString]. list := OrderedCollection new. x := 0"


LARGE_CHANGES = (
    "list add: 3",
    "list add: list; add: all first",
    "(all at: 5) value: 'five'",
    "all at: 7 put: nil",
    "(all at: 5) value at: 1 put: $x",
    "y := 'text'. z := [:n | y := n]",
    "z := [x := x + 1]. z value",
    "x := 3. x foo",
    "(all at: 1) become: (all at: 2)",
    "Smalltalk at: #Zork put: list",
    "all := all copyFrom: 1 to: 9",
)


async def test_of_a_large_workspace_what_changed_is_all_that_is_written(library, disk):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(LARGE)
        await ada.evaluate("x := 41")
        before = len(saves_of(store, ada))
        for code in LARGE_CHANGES:
            await ada.ask("evaluate", code=code)
        assert saves_of(store, ada)[before:] == [False] * len(LARGE_CHANGES)
        lengths = lengths_of(store, ada)[before:]
        assert lengths[0] < 2000
        assert max(lengths) < 3000
        seen = await large_seen_by(ada)
        names = ada.names
    async with client_on(library, disk, **names) as (ada, _):
        assert await large_seen_by(ada) == seen


async def large_seen_by(ada):
    return await ada.evaluate(
        "{x. list. all size. all first: 5. all at: 5. z isNil. Smalltalk at: #Zork ifAbsent: [0]}"
    )


async def test_what_a_small_delta_assigned_is_overtaken_by_a_later_one_of_objects(library, disk):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(LARGE)
        await ada.evaluate("x := 1")
        await ada.evaluate("x := list. list add: x")
        await ada.evaluate("y := 2")
        await ada.evaluate("list add: y. y := nil")
        assert saves_of(store, ada)[-4:] == [False] * 4
        names = ada.names
    async with client_on(library, disk, **names) as (ada, _):
        assert await ada.evaluate("{x == list. x first == x. x last. y}") == "#(true true 2 nil)"


async def test_after_a_failed_save_of_changed_objects_the_whole_is_written(library, disk):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(LARGE)
        disk.is_read_only = True
        assert (await ada.ask("evaluate", code="list add: 1"))["error_type"] == "StorageError"
        disk.is_read_only = False
        before = len(saves_of(store, ada))
        await ada.evaluate("list add: 2")
        assert saves_of(store, ada)[before:][-1:] == [True]
        names = ada.names
    async with client_on(library, disk, **names) as (ada, _):
        assert await ada.evaluate("list asArray") == "#(1 2)"


async def test_deltas_as_large_as_the_workspace_are_followed_by_a_whole_text(library, disk):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(LARGE)
        before = len(saves_of(store, ada))
        for _ in range(4):
            await ada.evaluate("all := all collect: [:each | each key -> each value copy]. nil")
        assert saves_of(store, ada)[before:].count(True) == 1


async def test_a_saved_context_is_in_a_whole_text(library, disk):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(LARGE)
        await ada.do("save_context", name="then")
        assert saves_of(store, ada)[-1] is True
        await ada.evaluate("list add: 1")
        assert saves_of(store, ada)[-1] is False
        names = ada.names
    async with client_on(library, disk, **names) as (ada, _):
        assert await ada.evaluate("list size") == "1"
        await ada.do("load_context", name="then")
        assert await ada.evaluate("list size") == "0"


async def test_a_version_before_and_one_among_deltas_of_objects_come_back(library, disk):
    async with client_on(library, disk) as (ada, _):
        await ada.create("ada")
        await ada.evaluate(LARGE)
        versions = [(await ada.do("evaluate", code=f"list add: {n}; yourself"))["version"] for n in range(3)]
        await ada.do("rollback_session", version=versions[1])
        assert await ada.evaluate("list asArray") == "#(0 1)"
        await ada.evaluate("list add: 9")
        names = ada.names
    async with client_on(library, disk, **names) as (ada, _):
        assert await ada.evaluate("list asArray") == "#(0 1 9)"


async def test_client_held_state_names_and_replies_need_no_workspace(library, disk):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(FILL)
        before = len(saves_of(store, ada))
        await ada.do("update_session_state", state_data={"pane": "code"})
        await ada.do("rename_session", name="mine")
        assert saves_of(store, ada)[before:] == [False, False]
        names = ada.names
    async with client_on(library, disk, **names) as (ada, _):
        restored = await ada.do("restore_session")
        assert restored["session_state"]["pane"] == "code"
        assert (await ada.do("get_session_info"))["name"] == "mine"


async def test_a_request_that_was_done_in_a_delta_is_not_done_again_after_a_crash(library, disk):
    request = {"id": "0123456789abcdef0123", "code": "x := x + 1"}
    async with client_on(library, disk) as (ada, _):
        await ada.create("ada")
        await ada.evaluate(FILL)
        await ada.ask("evaluate", **request)
        names = ada.names
    async with client_on(library, disk, **names) as (ada, _):
        again = await ada.ask("evaluate", **request)
        assert (again["result"]["result"], again["replayed"]) == ("1", True)
        assert await ada.evaluate("x") == "1"


async def test_what_a_session_changes_first_after_it_came_back_is_all_that_is_written(library, disk):
    async with client_on(library, disk) as (ada, _):
        await ada.create("ada")
        await ada.evaluate(FILL)
        await ada.evaluate("x := 1")
        names = ada.names
    async with client_on(library, disk, **names) as (ada, store):
        before = len(saves_of(store, ada))
        await ada.evaluate("x := x + 1")
        assert saves_of(store, ada)[before:] == [False, False]  # the first: events may be told from now on
    async with client_on(library, disk, **names) as (ada, _):
        assert await ada.evaluate("x + all size") == "202"


async def test_a_session_that_falls_asleep_writes_its_last_words_and_not_its_workspace(library, disk, autojump_clock):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(FILL)
        await ada.evaluate("Transcript show: 'kept'")
        before = len(saves_of(store, ada))
        told = (await ada.do("poll_events", after_seq=0))["events"]
        ada.router.cut(ada.connection)
        await trio.sleep(EAGER.session.timeout + 60)
        assert saves_of(store, ada)[before:] == [False]
        names = ada.names
    async with client_on(library, disk, **names) as (ada, _):
        assert (await ada.do("poll_events", after_seq=0))["events"] == told


async def test_what_was_recovered_from_an_older_state_is_written_whole(library, disk):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(FILL)
        await ada.evaluate("y := OrderedCollection new")
        key = SessionKey(ada.names["client_id"], ada.names["session_id"])
        newest = max(store._entries.of(key).values(), key=lambda each: each.number).place
        names = ada.names
    disk.flip(f"/data/{JOURNAL}/{newest.file}", (newest.start + newest.length // 2) * 8)
    async with client_on(library, disk, **names) as (ada, store):
        before = len(saves_of(store, ada))
        assert await ada.evaluate("x := x + 1") == "1"
        assert saves_of(store, ada)[before:] == [True, False]


async def test_after_so_many_deltas_the_whole_is_written(library, disk):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(FILL)
        before = len(saves_of(store, ada))
        for _ in range(70):
            await ada.evaluate("x := x + 1")
        assert 1 <= saves_of(store, ada)[before:].count(True) <= 3


async def test_after_a_save_that_failed_the_whole_is_written(library, disk):
    async with client_on(library, disk) as (ada, store):
        await ada.create("ada")
        await ada.evaluate(FILL)
        disk.is_read_only = True
        assert (await ada.ask("evaluate", code="x := 7"))["error_type"] == "StorageError"
        disk.is_read_only = False
        before = len(saves_of(store, ada))
        await ada.evaluate("y := 8")
        assert saves_of(store, ada)[before:][-1:] == [True]
        names = ada.names
    async with client_on(library, disk, **names) as (ada, _):
        assert await ada.evaluate("x + y") == "15"


async def test_an_earlier_version_comes_back_though_it_was_a_delta(library, disk):
    async with client_on(library, disk) as (ada, _):
        await ada.create("ada")
        await ada.evaluate(FILL)
        version = (await ada.do("evaluate", code="x := 41"))["version"]
        await ada.evaluate("x := 42")
        await ada.do("rollback_session", version=version)
        assert await ada.evaluate("x + all size") == "241"


async def test_a_store_without_a_journal_is_given_whole_states_only(library):
    async with running(library) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("x := 1")
        await ada.evaluate("x := 2")
        assert not house.server.storage.keeps_deltas


CODES = (
    "x := x + 1",
    "y := x * 2.5",
    "z := #sym",
    "x := nil. y := true",
    "x := 2 ** 100",
    "x := 0",
    "c add: x",
    "c := OrderedCollection new",
    "x + 1",
    "y := c",
    "3 +",
    "nil foo",
    "x := 3. nil foo",
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.sampled_from((*CODES, "STATE", "CRASH")), max_size=14))
def test_whatever_is_done_what_comes_back_is_what_was_there(library, plan):
    trio.run(_done_and_back, library, plan, clock=trio.testing.MockClock(autojump_threshold=0))


async def _done_and_back(library, plan):
    disk, names, seen, parts = SimulatedDisk(), None, None, [[]]
    for step in plan:
        if step == "CRASH":
            parts.append([])
        else:
            parts[-1].append(step)
    for number, steps in enumerate(parts):
        async with client_on(library, disk, **(names or {})) as (ada, store):
            if names is None:
                await ada.create("ada")
                await ada.evaluate("c := OrderedCollection new. x := 0. y := nil. z := nil")
            elif number:
                assert await seen_by(ada) == seen
            for step in steps:
                if step == "STATE":
                    await ada.do("update_session_state", state_data={f"k{len(steps)}": number})
                else:
                    await ada.ask("evaluate", code=step)
            seen = await seen_by(ada)
            names = ada.names
            key = SessionKey(names["client_id"], names["session_id"])
            record = read_record(store.load(key).body)
            assert record.section("session")["id"] == names["session_id"]


async def seen_by(ada):
    values = await ada.evaluate("{x. y. z. c. y == c}")
    state = (await ada.do("restore_session"))["session_state"]
    history = (await ada.do("get_history"))["entries"]
    return values, state, [(each["code"], each.get("result")) for each in history if "y == c" not in each["code"]]
