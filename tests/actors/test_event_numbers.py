"""No number of an event is given twice, and what a session tells is still there when it sleeps and wakes."""

import trio

from tests.actors.test_takeover import kinds, next_event
from tests.actors.world import as_a_kill_leaves, everything, running
from tests.doubles.full_store import FullStore

TALKING = "Transcript show: 'a'. (Delay forSeconds: 1) wait. Transcript show: 'b'. 7"


async def rested(library, store):
    """The names of a client whose session told something, and was saved as its server ended."""
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("3 + 4")
        return ada.names


async def test_what_is_pushed_after_a_restart_and_before_a_kill_has_numbers_of_its_own(library, autojump_clock):
    store = FullStore()
    names = await rested(library, store)
    async with running(library, store) as house:
        ada = house.peer(**names)
        await ada.do("restore_session", events=True)
        ada.send("evaluate", code=TALKING)
        told = [await next_event(ada, "evaluation_started"), await next_event(ada, "transcript")]
        found = as_a_kill_leaves(store)
    async with running(library, found) as house:
        ada = house.peer(**names)
        await ada.evaluate("5")

        assert not {each["seq"] for each in told} & {each["seq"] for each in await everything(ada)}
        assert (await ada.do("poll_events", after=told[-1]["seq"]))["events"] == await everything(ada)


async def test_what_is_polled_while_the_first_evaluation_after_a_sleep_runs_has_numbers_of_its_own(
    library, autojump_clock
):
    store = FullStore()
    names = await rested(library, store)
    async with running(library, store) as house:
        ada, other = house.peer(**names), house.peer(**names)
        ada.send("evaluate", code=TALKING)
        await trio.sleep(0.5)
        told = (await other.do("poll_events"))["last_event_seq"]
        found = as_a_kill_leaves(store)
    async with running(library, found) as house:
        ada = house.peer(**names)
        await ada.evaluate("5")

        assert (await ada.do("poll_events", after=told))["events_lost"]["first"] == told + 1
        assert kinds(await everything(ada)) == ["evaluation_started", "evaluation_finished"]


async def test_the_events_of_a_session_that_only_was_attached_since_it_slept_are_there_when_it_wakes_again(
    house, ada, autojump_clock
):
    await ada.evaluate("Transcript show: 'hello'")
    told = await everything(ada)
    for _ in range(3):
        house.router.cut(ada.connection)
        await trio.sleep(house.server.settings.session.timeout + 60)
        ada = house.peer(**ada.names)
        assert (await ada.do("list_client_sessions"))["sessions"][0]["state"] == "sleeping"
        await ada.do("restore_session")
        await trio.sleep(house.server.settings.session.save_interval + 1)

    assert await everything(ada) == told
    assert "events_lost" not in await ada.do("poll_events")


async def test_of_a_session_that_never_told_anything_nothing_is_said_to_be_lost(house, ada, autojump_clock):
    house.router.cut(ada.connection)
    await trio.sleep(house.server.settings.session.timeout + 60)
    later = house.peer(**ada.names)
    assert (await later.do("list_client_sessions"))["sessions"][0]["state"] == "sleeping"

    assert await later.do("poll_events") == {"events": [], "last_event_seq": 0}


async def test_a_session_that_is_only_read_after_a_restart_is_as_it_was_after_the_next(library):
    store = FullStore()
    names = await rested(library, store)
    (kept,) = store.index()
    async with running(library, store) as house:
        told = await everything(house.peer(**names))
    (after,) = store.index()
    async with running(library, store) as house:
        assert await everything(house.peer(**names)) == told
    assert after.newest.number == kept.newest.number


async def test_on_a_full_disk_a_session_that_wakes_still_evaluates_and_gives_numbers_that_nobody_else_does(
    library, autojump_clock
):
    store = FullStore()
    names = await rested(library, store)
    async with running(library, store) as house:
        ada = house.peer(**names)
        store.is_full = True
        assert await ada.evaluate("3 + 4") == "7"
        told = {each["seq"] for each in await everything(ada)}
        found = as_a_kill_leaves(store)
        store.is_full = False
    async with running(library, found) as house:
        ada = house.peer(**names)
        await ada.evaluate("5")
        assert not told & {each["seq"] for each in (await everything(ada))[2:]}


async def test_who_was_told_of_a_server_that_could_save_nothing_misses_nothing_of_the_next(library, autojump_clock):
    store = FullStore()
    names = await rested(library, store)
    async with running(library, store) as house:
        ada = house.peer(**names)
        store.is_full = True
        await ada.evaluate("3 + 4")
        told = (await ada.do("poll_events"))["last_event_seq"]
        found = as_a_kill_leaves(store)
        store.is_full = False
    async with running(library, found) as house:
        ada = house.peer(**names)
        await ada.evaluate("5")
        polled = await ada.do("poll_events", after=told, wait=10)

        assert polled["last_event_seq"] < told
        assert polled["events"] == await everything(ada)
        assert "events_lost" not in polled
        assert (await ada.do("poll_events", after=polled["last_event_seq"]))["events"] == []
