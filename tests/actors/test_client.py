"""The client's actor in a whole server: order, crashes, sleep, drain."""

import gc
import weakref

import pytest
import trio

from stui_actors.errors import StorageError
from stui_actors.server import Server
from stui_actors.smalltalk.objects import Instance
from stui_actors.smalltalk.references import MentionIndex
from stui_actors.storage.memory import MemoryStore
from tests.doubles.full_store import FullStore

from .world import House, UncollectedServer, as_a_kill_leaves, running, settings_with


async def test_a_session_evaluates(ada):
    assert await ada.evaluate("3 + 4") == "7"


async def test_an_idle_detached_session_sleeps_and_wakes_whole(house, ada, autojump_clock):
    await ada.evaluate("x := 41")
    house.router.cut(ada.connection)
    await trio.sleep(house.server.settings.session.timeout + 60)

    later = house.peer(**ada.names)
    assert (await later.do("list_client_sessions"))["sessions"][0]["state"] == "sleeping"
    assert await later.evaluate("x + 1") == "42"


@pytest.fixture
def uncollected():
    gc.disable()
    yield
    gc.enable()


RING = (
    "Object subclass: #Link instanceVariableNames: 'next' classVariableNames: '' package: 'Rings'. "
    "Link compile: 'next: other next := other'. Link compile: 'next ^ next'",
    "ring := (1 to: 2500) collect: [ :i | Link new ]. "
    "ring doWithIndex: [ :each :i | each next: (ring at: i \\\\ 2500 + 1) ]. ring size",
)


def links():
    """What links of rings there are, as long as somebody holds them."""
    return weakref.WeakSet(each for each in gc.get_objects() if isinstance(each, Instance) and "i_next" in vars(each))


@pytest.mark.parametrize("leave", ["sleep", "close"])
async def test_what_leaves_memory_leaves_no_rings_for_a_collection(house, ada, uncollected, autojump_clock, leave):
    others = links()  # what the test before left, as long as nobody collects it
    for code in RING:
        await ada.do("evaluate", code=code)
    held = links() - others
    assert len(held) == 2500

    if leave == "sleep":
        house.router.cut(ada.connection)
        await trio.sleep(house.server.settings.session.timeout + 60)
    else:
        await ada.do("close_session")
        await trio.sleep(1)
    assert len(held) == 0
    if leave == "sleep":
        assert await house.peer(**ada.names).evaluate("ring last next == ring first") == "true"


async def test_a_session_that_is_attached_does_not_sleep(library, autojump_clock):
    async with running(library, settings=settings_with(session={"timeout": 10.0, "attach_timeout": 1e9})) as house:
        ada = house.peer()
        await ada.create("ada")
        await trio.sleep(1000)

        assert (await ada.do("list_client_sessions"))["sessions"][0]["state"] == "attached"


async def test_what_was_acknowledged_is_there_after_a_restart(library):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("x := OrderedCollection new")
        await ada.evaluate("x add: 3; add: x")
    async with running(library, store) as house:
        later = house.peer(**ada.names)
        assert await later.evaluate("x last == x") == "true"


async def test_what_cannot_be_saved_stays_in_memory_however_long_the_client_is_silent(library, autojump_clock):
    store = FullStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada", durability="relaxed")
        store.is_full = True
        await ada.evaluate("x := 41")
        house.router.cut(ada.connection)
        await trio.sleep(3 * house.server.settings.session.timeout)
        store.is_full = False

        assert await house.peer(**ada.names).evaluate("x + 1") == "42"


async def test_history_alone_lags_by_the_save_interval_and_no_more(library, autojump_clock):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("3 + 4")
        generations = len(store.history(key_of(house, ada)))
        await trio.sleep(2)

        assert len(store.history(key_of(house, ada))) == generations + 1


def key_of(house: House, peer):
    return house.server.storage.index.sessions_of(peer.names["client_id"])[0].key


async def test_what_cannot_be_saved_is_kept_and_saved_with_the_repeat(library, monkeypatch):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        save = store.save

        def full(*arguments, **options):
            raise StorageError("No space left.")

        monkeypatch.setattr(MemoryStore, "save", full)
        refused = await ada.ask("evaluate", id="a-request-for-full-disk", code="n := (n ifNil: [ 0 ]) + 1")
        monkeypatch.undo()
        repeated = await ada.ask("evaluate", id="a-request-for-full-disk", code="n := (n ifNil: [ 0 ]) + 1")

        assert refused["error_type"] == "StorageError"
        assert refused["retryable"] is True
        assert repeated["result"]["result"] == "1"
        assert save is not None
        assert await ada.evaluate("n") == "1"


async def test_a_refusal_that_could_not_be_saved_is_told_once_it_is(library):
    store = FullStore()
    asked = {"id": "a-refusal-for-a-full-disk", "code": "x := 1"}
    async with running(library, store) as house:
        ada = house.peer()
        asked["session_epoch"] = (await ada.create("ada"))["session_epoch"]
        await ada.do("restore_session")
        store.is_full = True
        assert await ada.fail("evaluate", **asked) == "StorageError"
        assert await ada.fail("evaluate", **asked) == "StorageError"
        store.is_full = False
        assert await ada.fail("evaluate", **asked) == "SessionConflict"
        found = as_a_kill_leaves(store)
    async with running(library, found) as house:
        again = await house.peer(**ada.names).ask("evaluate", **asked)
        assert (again["error_type"], again["replayed"]) == ("SessionConflict", True)


async def test_a_result_that_could_not_be_saved_is_told_once_it_is(library):
    store = FullStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        store.is_full = True
        assert await ada.fail("evaluate", id="a-change-for-a-full-disk", code="x := 1") == "StorageError"

        assert await ada.fail("get_result", request_id="a-change-for-a-full-disk") == "StorageError"
        store.is_full = False
        assert (await ada.do("get_result", request_id="a-change-for-a-full-disk"))["result"] == "1"
        assert "x" in store.load(key_of(house, ada)).body


async def test_draining_refuses_what_comes_and_saves_what_is_here(library):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada", durability="relaxed")
        await ada.evaluate("x := 7")
        await house.server.drain()

        assert await ada.fail("evaluate", code="x") == "ShuttingDown"
    async with running(library, store) as house:
        assert await house.peer(**ada.names).evaluate("x") == "7"


async def test_an_endless_loop_does_not_keep_others_from_being_served(house, ada):
    bob = house.peer()
    await bob.create("bob")
    loop = ada.send("evaluate", code="[ true ] whileTrue", timeout=300)

    assert await bob.evaluate("3 + 4") == "7"
    assert (await ada.do("interrupt"))["interrupted"] == [loop]


@pytest.mark.parametrize("session_id", ["nope", "0123456789abcdef0123456789abcdef-0123456789abcdef", "../anonymous"])
@pytest.mark.parametrize("command", ["evaluate", "restore_session", "get_session_info", "close_session"])
async def test_without_a_name_there_is_no_session_but_ones_own(house, command, session_id):
    nobody = house.peer()

    reply = await nobody.ask(command, session_id=session_id, **({"code": "1"} if command == "evaluate" else {}))

    assert reply["error_type"] == "SessionNotFound"
    assert reply["error"] == "The client has no session of this id."
    own = (await nobody.do("get_session_info"))["session_id"]
    assert (await nobody.do("evaluate", code="7", session_id=own))["result"] == "7"


async def test_an_anonymous_workspace_lives_with_its_connection(house, autojump_clock):
    nobody = house.peer()
    await nobody.do("evaluate", code="x := 1")
    assert await nobody.evaluate("x") == "1"

    await trio.sleep(house.server.settings.session.anonymous_timeout + 60)

    assert await nobody.evaluate("x") == "nil"


async def test_sessions_of_one_client_do_not_wait_for_each_other(house, ada):
    other = house.peer()
    await other.create("ada")
    ada.send("evaluate", code="[ true ] whileTrue", timeout=300)

    assert await other.evaluate("3 + 4") == "7"
    await ada.do("interrupt")


async def test_a_session_over_its_size_is_back_at_its_last_saved_state(library):
    async with running(library, settings=settings_with(session={"max_session_bytes": 50_000})) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("x := 1")

        reply = await ada.ask("evaluate", code="x := (1 to: 100000) asArray")

        assert reply["error_type"] == "ResourceExhausted"
        assert reply["details"]["limit"] == "size"
        assert await ada.evaluate("x") == "1"


async def test_a_session_of_megabytes_is_saved_and_read_whole(house, ada):
    version = (await ada.do("evaluate", code="x := (1 to: 200000) asArray. x size"))["version"]
    await ada.evaluate("x := 1")

    await ada.do("rollback_session", version=version)

    assert await ada.evaluate("x = (1 to: 200000) asArray") == "true"


async def test_a_repeat_that_waits_behind_the_closing_gets_its_first_reply(ada):
    first = await ada.ask("evaluate", id="a-request-that-is-repeated", code="x := 41")
    closing = ada.send("close_session")
    ada.send("evaluate", id=first["id"], code="x := 41")

    replies = {each["id"]: each for each in [await ada.receive(), await ada.receive()]}

    assert replies[closing]["status"] == "success"
    assert replies[first["id"]] == {**first, "replayed": True, "timestamp": replies[first["id"]].get("timestamp")}


async def test_a_repeat_after_a_rollback_by_size_is_not_executed(library):
    async with running(library, settings=settings_with(session={"max_session_bytes": 50_000})) as house:
        ada = house.peer()
        await ada.create("ada")
        request = {"id": "a-request-that-is-too-large", "code": "x := (1 to: 100000) asArray"}

        first, second = await ada.ask("evaluate", **request), await ada.ask("evaluate", **request)

        assert first["error_type"] == second["error_type"] == "ResourceExhausted"
        assert second["replayed"] is True


async def test_nor_is_it_after_a_crash_right_behind_its_reply(library):
    store, small = MemoryStore(), settings_with(session={"max_session_bytes": 50_000})
    request = {"id": "a-request-that-is-too-large", "code": "x := (1 to: 100000) asArray"}
    async with running(library, store, small) as house:
        ada = house.peer()
        await ada.create("ada")
        assert await ada.fail("evaluate", **request) == "ResourceExhausted"
        found = as_a_kill_leaves(store)
    async with running(library, found) as house:  # where it would be done, by now
        later = await house.peer(**ada.names).ask("evaluate", **request)
        assert (later["error_type"], later["replayed"]) == ("ResourceExhausted", True)


async def test_of_two_connections_that_restore_at_once_one_is_attached(house, ada):
    house.router.cut(ada.connection)
    one, other = house.peer(**ada.names), house.peer(**ada.names)
    one.send("restore_session")
    other.send("restore_session")

    replies = [await one.receive(), await other.receive()]

    assert sorted(reply["status"] for reply in replies) == ["error", "success"]
    assert [reply["error_type"] for reply in replies if reply["status"] == "error"] == ["SessionConflict"]


async def test_a_session_that_is_touched_while_it_falls_asleep_is_there(house, ada, autojump_clock):
    await ada.evaluate("x := 41")
    house.router.cut(ada.connection)
    later = house.peer(**ada.names)
    for _ in range(40):
        await trio.sleep(house.server.settings.session.timeout + 29.999)
        assert await later.evaluate("x + 1") == "42"


async def test_an_update_with_a_stale_epoch_changes_nothing(house, ada):
    old = (await ada.do("restore_session"))["session_epoch"]
    await ada.do("restore_session")

    assert await ada.fail("update_session_state", state_data={"a": 1}, session_epoch=old) == "SessionConflict"
    assert (await ada.do("restore_session"))["session_state"] == {}


async def test_an_evaluation_that_waits_lets_time_pass_and_goes_on(house, ada):
    began = house.server.cpu.used

    assert await ada.evaluate("(Delay forMilliseconds: 300) wait. 7") == "7"
    assert house.server.cpu.used - began < 0.25


async def test_an_evaluation_that_waits_can_be_interrupted(house, ada):
    waiting = ada.send("evaluate", code="(Delay forSeconds: 100) wait", timeout=300)
    await trio.sleep(0.05)

    assert (await ada.ask("interrupt"))["result"]["interrupted"] == [waiting]


async def test_an_evaluation_that_waits_for_ever_ends_with_its_time(ada):
    assert await ada.fail("evaluate", code="Semaphore new wait", timeout=0.2) == "Timeout"


async def test_a_server_reads_who_sends_what_in_the_library_while_clients_are_served(monkeypatch, library):
    library.index = MentionIndex(list(library.index.sources)[:50])
    monkeypatch.setattr(UncollectedServer, "_index_library", Server._index_library)
    async with running(library) as house:
        peer = house.peer()
        await peer.create("ada")
        assert await peer.evaluate("3 + 4") == "7"
        while not library.index.is_complete:
            await trio.lowlevel.checkpoint()
        found = (await peer.do("senders_of", selector="at:put:", limit=5))["methods"]
        assert len(found) == 5
