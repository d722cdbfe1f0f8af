"""A session that comes back, from sleep or from a kill, goes on with deltas: also where objects changed."""

import pytest
import trio

from stui_actors.smalltalk.library import Library
from stui_actors.storage.store import SessionKey
from stui_actors.storage.tree import JOURNAL
from tests.actors.test_deltas import EAGER, LARGE, LARGE_CHANGES, client_on, large_seen_by, lengths_of, saves_of
from tests.actors.world import running, settings_with
from tests.doubles.disk import SimulatedDisk


@pytest.fixture
def disk():
    return SimulatedDisk()


@pytest.fixture(scope="module")
def library():
    return Library()


async def filled(ada):
    await ada.create("ada")
    await ada.evaluate(LARGE)
    return ada.names


async def test_each_change_is_a_delta_though_the_server_was_killed_before_it(library, disk):
    async with client_on(library, disk) as (ada, _):
        names = await filled(ada)
    for code in LARGE_CHANGES[::2]:
        async with client_on(library, disk, **names) as (ada, store):
            before = len(saves_of(store, ada))
            await ada.ask("evaluate", code=code)
            assert saves_of(store, ada)[before:] == [False, False]  # the first: events may be told from now on
            assert max(lengths_of(store, ada)[before:]) < 3000
            seen = await large_seen_by(ada)
    async with client_on(library, disk, **names) as (ada, _):
        assert await large_seen_by(ada) == seen


async def test_the_first_change_after_a_sleep_is_a_delta(library, disk, autojump_clock):
    async with client_on(library, disk) as (ada, store):
        await filled(ada)
        ada.router.cut(ada.connection)
        await trio.sleep(EAGER.session.timeout + 60)
        before = len(saves_of(store, ada))
        assert await ada.evaluate("list add: 3") == "3"
        assert saves_of(store, ada)[before:] == [False, False]
        assert max(lengths_of(store, ada)[before:]) < 2000


async def test_what_was_assigned_before_a_kill_is_in_the_delta_of_objects_after_it(library, disk):
    async with client_on(library, disk) as (ada, _):
        names = await filled(ada)
        await ada.evaluate("x := 41")
        await ada.evaluate("y := x + 1")
    async with client_on(library, disk, **names) as (ada, store):
        before = len(saves_of(store, ada))
        await ada.evaluate("list add: y")
        await ada.evaluate("x := 5")
        assert saves_of(store, ada)[before:] == [False] * 3
    async with client_on(library, disk, **names) as (ada, _):
        assert await ada.evaluate("{x. y. list}") == "an Array(5 42 an OrderedCollection(42))"


async def test_a_large_session_that_was_recovered_from_an_older_state_is_written_whole(library, disk):
    async with client_on(library, disk) as (ada, store):
        names = await filled(ada)
        await ada.evaluate("list add: 1")
        key = SessionKey(names["client_id"], names["session_id"])
        newest = max(store._entries.of(key).values(), key=lambda each: each.number).place
    disk.flip(f"/data/{JOURNAL}/{newest.file}", (newest.start + newest.length // 2) * 8)
    async with client_on(library, disk, **names) as (ada, store):
        before = len(saves_of(store, ada))
        await ada.evaluate("list add: 2")
        assert saves_of(store, ada)[before:] == [True, False]


async def test_ids_of_objects_and_inspectors_come_back_across_deltas(library, disk):
    async with client_on(library, disk) as (ada, _):
        names = await filled(ada)
        point = (await ada.do("evaluate", code="all at: 5"))["object_id"]
    async with client_on(library, disk, **names) as (ada, store):
        before = len(saves_of(store, ada))
        other = (await ada.do("evaluate", code="list add: (all at: 6); yourself"))["object_id"]
        assert saves_of(store, ada)[before:] == [False, False]
    async with client_on(library, disk, **names) as (ada, _):
        assert await ada.evaluate("self == (all at: 5)", context=point) == "true"
        assert await ada.evaluate("self == list and: [self last == (all at: 6)]", context=other) == "true"


async def test_of_classes_that_changed_is_all_that_is_written(library, disk):
    async with client_on(library, disk) as (ada, store):
        names = await filled(ada)
        before = len(saves_of(store, ada))
        await ada.do("define_class", definition="Object << #Knot slots: { #left }; package: 'Mine'")
        await ada.do("compile_method", class_name="Knot", source="left ^ left ifNil: [ left := 41 ]")
        await ada.evaluate("k := Knot new. k left")
        await ada.do("compile_method", class_name="Integer", source="successor ^ self + 1")
        assert saves_of(store, ada)[before:] == [False] * 4
        assert max(lengths_of(store, ada)[before:]) < 4000
    async with client_on(library, disk, **names) as (ada, store):
        before = len(saves_of(store, ada))
        await ada.do("compile_method", class_name="Knot", source="left ^ left successor")
        assert saves_of(store, ada)[before:] == [False, False]
    async with client_on(library, disk, **names) as (ada, _):
        assert await ada.evaluate("k left") == "42"


async def test_a_client_that_waits_for_what_it_woke_is_not_sent_away(library, autojump_clock):
    async with running(library, settings=settings_with(session={"attach_timeout": 20.0, "timeout": 30.0})) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("x := 7")
        ada.router.cut(ada.connection)
        again = house.peer(client_id="ada")
        for _ in range(20):
            await trio.sleep(10)
            await again.do("ping")
        assert house.server.registry.here["ada"].sessions == 0

        woken = house.peer(**ada.names)
        assert await woken.evaluate("(Delay forSeconds: 90) wait. x", timeout=100) == "7"
