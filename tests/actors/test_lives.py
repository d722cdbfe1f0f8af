"""Ten thousand clients come, work and go, in one server: nothing of them stays but what the store must remember."""

import gc
import os
import threading
from collections import Counter

import pytest
import trio

from stui_actors.config import StorageSettings
from stui_actors.smalltalk.library import Library
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.memory import MemoryStore
from tests.actors.world import running, settings_with
from tests.storage.test_files import FasterDisk

WORK = (
    "Object subclass: #Item instanceVariableNames: 'name' package: 'Lives'. Item compile: 'name ^name'. "
    "items := OrderedCollection new. 1 to: 50 do: [:each | items add: each printString]. "
    "count := [:more | more + items size]. [Processor yield] fork. count value: 3"
)
SHORT = {"timeout": 1.0, "attach_timeout": 0.5, "heartbeat_attach_timeout": 0.5, "cleanup_interval": 1.0}
QUIET = 40  # virtual seconds after which whoever is idle has gone
SLACK = 1500  # objects: Trio forgets the deadlines of ended scopes a thousand at a time
REMEMBERED = ("SessionKey", "_CacheHashWrapper")  # in memory, of each deleted session: its id must not come back

CACHED = ("tuple",)  # keys of caches that are bounded: names of folders


async def live(house, number):
    """Come, work, perhaps crash, and go: close, or just be cut off and deleted later by another connection."""
    peer = house.peer()
    await peer.create(f"client-{number}")
    assert await peer.evaluate(WORK) == "53"
    if number % 3 == 0:
        assert await peer.fail("evaluate", code="#bomb") == "ActorCrashed"
    if number % 3 == 1:
        house.router.cut(peer.connection)
        peer, left = house.peer(**peer.names), peer
        house.router.outbox.pop(left.connection)
    await peer.do("close_session", delete=True)
    house.router.cut(peer.connection)
    house.router.outbox.pop(peer.connection)


async def census(house, remembered):
    """What is there once all is quiet."""
    await trio.sleep(QUIET)
    gc.collect()
    kinds = Counter(type(each).__name__ for each in gc.get_objects())
    return {
        "clients": len(house.server.registry.here),
        "tasks": trio.lowlevel.current_statistics().tasks_living,
        "threads": threading.active_count(),
        "files": len(os.listdir("/proc/self/fd")),
        "greenlets": kinds["greenlet"],
        "objects": sum(kinds.values()) - sum(kinds[each] for each in remembered),
    }


def grown(before, after):
    """What there is more of. There may be less: threads that earlier tests left idle end after some seconds."""
    allowed = {**before, "objects": before["objects"] + SLACK}
    return {kind: (before[kind], count) for kind, count in after.items() if count > allowed[kind]}


@pytest.mark.parametrize("lives", [60, pytest.param(10_000, marks=pytest.mark.long)])
async def test_nothing_stays_of_clients_that_came_worked_and_went(lives, poison, autojump_clock):
    store = MemoryStore()
    await leave_nothing(lives, store, remembered=REMEMBERED)


@pytest.mark.long
async def test_nothing_stays_in_memory_and_no_file_open_where_they_were_kept_in_files(poison, autojump_clock, tmp_path):
    store = JournaledStore(tmp_path / "data", StorageSettings(checkpoint_interval=60.0), disk=FasterDisk())
    await leave_nothing(1000, store, remembered=CACHED)
    assert [each.name for each in (tmp_path / "data").iterdir() if not each.name.startswith(".")] == []


async def leave_nothing(lives, store, *, remembered):
    async with running(Library(), store, settings=settings_with(session=SHORT)) as house:
        for number in range(30):
            await live(house, number)
        before = await census(house, remembered)

        for number in range(30, 30 + lives):
            await live(house, number)

        after = await census(house, remembered)
    assert after["clients"] == 0
    assert grown(before, after) == {}
