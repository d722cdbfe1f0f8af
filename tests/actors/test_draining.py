"""The end of a client's sessions with its actor: what the store does not take is tried again, and named if lost."""

import structlog
import trio
import trio.testing
from attrs import define

from stui_actors.errors import StorageError
from tests.actors.world import everything, running, settings_with
from tests.doubles.full_store import FullStore
from tests.doubles.shared_store import SharedStore
from tests.doubles.stuck_disk import StuckDisk

DRAIN = 8.0  # seconds that a shutdown may take by default


@define(eq=False)
class PickyStore(FullStore):
    """Full after each of the next ``refusals`` tries to save."""

    refusals: int = 0

    def save(self, key, body, *, version, reason, saved_at):
        if self.refusals:
            self.refusals -= 1
            raise StorageError("The session cannot be saved: Input/output error.")
        return super().save(key, body, version=version, reason=reason, saved_at=saved_at)


async def relaxed(house):
    """A peer whose session's last change is told and not yet saved."""
    ada = house.peer()
    await ada.create("ada", durability="relaxed")
    await ada.evaluate("x := 7")
    return ada


async def test_a_disk_that_refuses_once_at_the_end_costs_nothing_that_was_told(library, autojump_clock):
    store = PickyStore()
    async with running(library, store) as house:
        ada = await relaxed(house)
        store.refusals = 2
        with structlog.testing.capture_logs() as lines:
            await house.server.drain()
    assert "not saved" not in [line["event"] for line in lines]
    async with running(library, store) as house:
        assert await house.peer(**ada.names).evaluate("x") == "7"


async def test_what_a_full_disk_does_not_take_at_the_end_is_named_in_the_log_and_holds_nobody_up(
    library, autojump_clock
):
    store = FullStore()
    async with running(library, store) as house:
        ada, other = await relaxed(house), house.peer()
        await other.create("ada")
        await other.evaluate("y := 8")
        await trio.sleep(house.server.settings.session.save_interval + 1)
        await ada.evaluate("x := 9")
        store.is_full, began = True, trio.current_time()
        with structlog.testing.capture_logs() as lines:
            await house.server.drain()
        assert trio.current_time() - began < DRAIN / 2
    (line,) = [line for line in lines if line["event"] == "not saved"]
    assert line["client"] == "ada"
    assert line["changed"] == [ada.names["session_id"][:8]]
    assert line["lagging"] == [other.names["session_id"][:8]]  # its events alone: they are saved at the end
    assert "No space left" in line["error"]
    store.is_full = False
    async with running(library, store) as house:
        assert await house.peer(**ada.names).evaluate("x") == "7"
        assert await house.peer(**other.names).evaluate("y") == "8"


async def test_many_sessions_that_cannot_be_saved_are_tried_within_the_time_that_one_has(library, autojump_clock):
    store = FullStore()
    async with running(library, store, settings_with(session={"max_sessions_per_client": 20})) as house:
        peers = [await relaxed(house) for _ in range(20)]
        store.is_full, began = True, trio.current_time()
        with structlog.testing.capture_logs() as lines:
            await house.server.drain()
        assert trio.current_time() - began < DRAIN / 2
    (line,) = [line for line in lines if line["event"] == "not saved"]
    assert line["changed"] == sorted(peer.names["session_id"][:8] for peer in peers)
    store.is_full = False


async def test_an_attachment_that_a_full_disk_did_not_take_is_named_as_lost(library, autojump_clock):
    store = FullStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        store.is_full = True
        await house.peer(**ada.names).do("restore_session", on_conflict="takeover")
        with structlog.testing.capture_logs() as lines:
            await house.server.drain()
    assert [line["lagging"] for line in lines if line["event"] == "not saved"] == [[ada.names["session_id"][:8]]]
    store.is_full = False


async def test_who_lost_a_change_that_was_too_large_at_the_end_reads_of_it_after_the_restart(library, autojump_clock):
    store, small = FullStore(), settings_with(session={"max_session_bytes": 50_000})
    async with running(library, store, small) as house:
        ada = await relaxed(house)
        await trio.sleep(small.session.save_interval + 1)
        await ada.evaluate("x := (1 to: 100000) asArray. 8")
        told = await everything(ada)
    async with running(library, store, small) as house:
        later = house.peer(**ada.names)
        polled = await later.do("poll_events")

        assert "events_lost" not in polled
        assert polled["events"][: len(told)] == told
        assert "session_rolled_back" in [each["event"] for each in polled["events"]]
        assert await later.evaluate("x") == "7"


async def test_what_waits_for_its_session_to_be_read_as_the_server_ends_is_refused_and_not_done(
    library, autojump_clock
):
    store = PickyStore()
    async with running(library, store) as house:
        ada = await relaxed(house)
    async with running(library, store) as house:
        await relaxed(house)
        later, disk = house.peer(**ada.names), StuckDisk("load")
        house.server.storage.in_thread = disk
        later.send("evaluate", code="x := 8")
        await disk.has_begun.wait()
        store.refusals = 2  # so that the end takes a while
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.server.drain)
            await trio.sleep(0.1)
            disk.free()
        assert (await later.receive())["error_type"] == "ShuttingDown"
    async with running(library, store) as house:
        assert await house.peer(**ada.names).evaluate("x") == "7"


async def test_who_attaches_a_session_while_the_server_ends_holds_it_after_the_restart(library, autojump_clock):
    store = SharedStore()
    async with running(library, store) as house:
        ada, disk = house.peer(), StuckDisk("hold")
        await ada.create("ada")
        await ada.evaluate("x := 7")
        house.router.cut(ada.connection)
        house.server.storage.in_thread = disk
        house.peer(**ada.names).send("poll_events", after=2, wait=30)
        await trio.testing.wait_all_tasks_blocked()
        later = house.peer(**ada.names)
        later.send("restore_session")
        await disk.has_begun.wait()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.server.drain)
            await trio.sleep(2)
            disk.free()
        epoch = (await later.receive())["result"]["session_epoch"]
    async with running(library, SharedStore(beside=store)) as house:
        assert await house.peer(**ada.names).evaluate("x", session_epoch=epoch) == "7"
