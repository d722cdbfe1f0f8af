"""Forked processes after their evaluation's end: turns, output, errors, saving, and what ends them."""

import pytest
import trio

from stui_actors.storage.memory import MemoryStore

from .world import running, settings_with

COUNTING = "n := 0. [ [ n := n + 1 ] repeat ] fork. 7"
PATIENCE = 30  # seconds: what takes longer does not come
HOSTILE = "60 timesRepeat: [ [ [ [ ] repeat ] ensure: [ [ ] repeat ] ] fork ]. Processor yield. 7"
TICKING = "n := 0. [ [ (Delay forSeconds: 60) wait. n := n + 1 ] repeat ] fork. 7"


async def events(peer, kind):
    return [each for each in (await peer.do("poll_events", limit=1000))["events"] if each["event"] == kind]


async def event(peer, kind):
    """The first of its kind, waited for."""
    seen = 0
    with trio.fail_after(PATIENCE):
        while True:
            found = await peer.do("poll_events", after=seen, wait=1)
            seen = found["last_event_seq"]
            for each in found["events"]:
                if each["event"] == kind:
                    return each


async def alive(peer):
    return [each["process"] for each in (await peer.do("get_context_summary"))["processes"]]


async def until_alive(peer, numbers):
    """Return once just these processes are alive."""
    with trio.fail_after(PATIENCE):
        while await alive(peer) != numbers:
            pass  # each question lets them run


async def test_a_process_goes_on_after_its_evaluation_and_waits_by_the_clock(ada, autojump_clock):
    await ada.evaluate("[ (Delay forSeconds: 500) wait. done := 7 ] fork")

    await trio.sleep(499)
    assert await ada.evaluate("done") == "nil"
    await trio.sleep(2)
    assert await ada.evaluate("done") == "7"


async def test_processes_that_wake_one_another_go_on(ada, autojump_clock):
    code = """s := Semaphore new. log := OrderedCollection new.
    [ 3 timesRepeat: [ s wait. log add: #woken ] ] fork.
    [ 3 timesRepeat: [ (Delay forSeconds: 1) wait. log add: #signal. s signal ] ] fork. 7"""
    await ada.evaluate(code)

    await trio.sleep(10)

    assert await ada.evaluate("log asArray") == "#(#signal #woken #signal #woken #signal #woken)"


async def test_an_endless_process_neither_stops_nor_holds_up_its_session_or_others(house, ada):
    bob = house.peer()
    await bob.create("bob")
    await ada.evaluate(COUNTING)

    seen = [int(await ada.evaluate("n")) for _ in range(5)]

    assert seen == sorted(set(seen))
    assert await bob.evaluate("3 + 4") == "7"


async def test_requests_in_line_leave_processes_a_slice_between_two(ada):
    await ada.evaluate(COUNTING)

    ids = [ada.send("evaluate", code="n") for _ in range(20)]
    replies = {reply["id"]: reply["result"]["result"] for reply in [await ada.receive() for _ in ids]}

    seen = [int(replies[each]) for each in ids]
    assert seen == sorted(set(seen))


async def test_clients_with_endless_processes_share_the_cpu(house):
    peers = [house.peer() for _ in range(4)]
    for number, peer in enumerate(peers):
        await peer.create(f"client{number}")
        await peer.evaluate(COUNTING)
    await trio.sleep(0.3)

    counts = [int(await peer.evaluate("n")) for peer in peers]

    assert min(counts) * 5 > max(counts)


async def test_what_a_process_changes_is_saved_within_the_interval(library, autojump_clock):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("[ (Delay forSeconds: 100) wait. changed := #thing ] fork")
        key = house.server.storage.index.sessions_of("ada")[0].key

        await trio.sleep(99)
        version = (await ada.do("get_session_info"))["version"]
        assert "#thing" not in saved_variables(store, key)
        await trio.sleep(1 + house.server.settings.session.save_interval + 0.1)

        assert "#thing" in saved_variables(store, key)
        assert (await ada.do("get_session_info"))["version"] == version + 1


def saved_variables(store, key):
    return store.load(key).body.rpartition("Stui_Workspace")[2].partition("#state")[0]


async def test_a_process_that_only_waits_saves_nothing(library, autojump_clock):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("[ Semaphore new wait ] fork. [ (Delay forSeconds: 10000) wait ] fork. 7")
        key = house.server.storage.index.sessions_of("ada")[0].key
        await trio.sleep(10)
        generations = len(store.history(key))

        await trio.sleep(100)

        assert len(store.history(key)) == generations


async def test_output_is_told_with_the_process_and_its_parents(ada, autojump_clock):
    code = """[ [ (Delay forSeconds: 1) wait. Transcript show: 'inner' ] forkNamed: 'child'.
    Transcript show: 'outer' ] fork. 7"""
    request_id = ada.send("evaluate", code=code)
    await ada.receive()
    await trio.sleep(2)

    told = await events(ada, "transcript")

    assert [each["data"] for each in told] == [
        {"process": 1, "name": None, "parent": 0, "text": "outer", "truncated": False},
        {"process": 2, "name": "child", "parent": 1, "text": "inner", "truncated": False},
    ]
    assert {each["request_id"] for each in told} == {request_id}


async def test_output_beside_another_evaluation_is_not_taken_for_its(ada, autojump_clock):
    await ada.evaluate("[ (Delay forSeconds: 1) wait. Transcript show: 'early' ] fork. 7")

    later = await ada.do("evaluate", code="(Delay forSeconds: 3) wait. Transcript show: 'late'. 8")

    assert later["transcript"] == "late"
    assert [each["data"].get("process") for each in await events(ada, "transcript")] == [1, 0]


async def test_an_error_that_nobody_handles_is_told_and_in_the_transcript(ada):
    request_id = ada.send("evaluate", code="[ 1 / 0 ] fork. [ x := 3 ] fork. 7")
    await ada.receive()

    failed = await event(ada, "process_failed")

    assert failed["request_id"] == request_id
    assert failed["data"]["error_type"] == "EvaluationError"
    assert "ZeroDivide" in failed["data"]["error"]
    assert "SmallInteger(Integer)>>/" in failed["data"]["stack_trace"]
    assert [each["data"]["process"] for each in await events(ada, "transcript")] == [1]
    assert "ZeroDivide" in (await events(ada, "transcript"))[0]["data"]["text"]
    assert await ada.evaluate("x") == "3"


async def test_a_process_that_takes_too_much_memory_ends_alone(library):
    async with running(library, settings=settings_with(evaluation={"max_memory": 4 << 20})) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("[ Array new: 10000000 ] fork. n := 0. [ [ n := n + 1 ] repeat ] fork. 7")

        failed = await event(ada, "process_failed")
        assert failed["data"]["error_type"] == "ResourceExhausted"
        assert await alive(ada) == [2]


async def test_more_processes_than_the_limit_are_refused_whoever_forks_them(ada):
    await ada.evaluate("[ 100 timesRepeat: [ [ Semaphore new wait ] fork. Processor yield ] ] fork. 7")

    failed = await event(ada, "process_failed")

    assert failed["data"]["error_type"] == "ResourceExhausted"
    assert len(await alive(ada)) == 63


async def test_the_processes_are_listed(ada):
    request_id = ada.send("evaluate", code="s := [ Semaphore new wait ] forkNamed: 'sleeper'. [ [ ] repeat ] fork. 7")
    await ada.receive()

    rows = (await ada.do("get_context_summary"))["processes"]

    assert rows[0] == {"process": 1, "name": "sleeper", "parent": 0, "request_id": request_id, "state": "waiting"}
    assert rows[1]["state"] == "running"
    await ada.evaluate("s suspend")
    assert (await ada.do("get_context_summary"))["processes"][0]["state"] == "suspended"


async def test_interrupt_stops_the_process_that_it_names(ada):
    await ada.evaluate("[ [ [ ] repeat ] ensure: [ ended := true ] ] fork. [ [ ] repeat ] fork. Processor yield. 7")

    answer = await ada.do("interrupt", process=1)
    assert (answer["processes"], answer["interrupted"], answer["reason"]) == ([1], [], None)
    assert (await event(ada, "process_failed"))["data"]["error_type"] == "Interrupted"

    assert await ada.evaluate("ended") == "true"
    assert [each["process"] for each in (await ada.do("interrupt"))["alive"]] == [2]


async def test_interrupt_wakes_a_process_that_waits_for_ever(ada, autojump_clock):
    await ada.evaluate("[ [ Semaphore new wait ] ensure: [ ended := true ] ] fork. Processor yield. 7")

    assert (await ada.do("interrupt", process=1))["processes"] == [1]
    await until_alive(ada, [])

    assert await ada.evaluate("ended") == "true"


async def test_interrupt_stops_what_an_evaluation_forked(ada):
    one = ada.send("evaluate", code="2 timesRepeat: [ [ [ ] repeat ] fork ]. 7")
    await ada.receive()
    await ada.evaluate("[ [ ] repeat ] fork. 7")

    answer = await ada.do("interrupt", request_id=one)

    assert answer["processes"] == [1, 2]
    await until_alive(ada, [3])


@pytest.mark.parametrize(
    ("named", "reason"), [({}, "idle"), ({"process": 9}, "unknown_process"), ({"request_id": "no"}, "unknown_request")]
)
async def test_interrupt_says_why_nothing_was_stopped(ada, named, reason):
    await ada.evaluate(COUNTING)

    answer = await ada.do("interrupt", **named)

    assert (answer["interrupted"], answer["processes"], answer["reason"]) == ([], [], reason)
    assert [each["process"] for each in answer["alive"]] == [1]


async def test_a_process_of_another_session_cannot_be_named(house, ada):
    bob = house.peer()
    await bob.create("bob")
    await ada.evaluate(COUNTING)

    assert (await bob.do("interrupt", process=1))["reason"] == "unknown_process"
    assert len((await ada.do("get_context_summary"))["processes"]) == 1


async def test_a_session_with_processes_does_not_sleep(house, ada, autojump_clock):
    await ada.evaluate(TICKING)
    house.router.cut(ada.connection)
    await trio.sleep(house.server.settings.session.timeout * 3)

    later = house.peer(**ada.names)

    assert (await later.do("list_client_sessions"))["sessions"][0]["state"] == "detached"
    assert int(await later.evaluate("n")) > 170


async def test_after_long_disuse_the_processes_are_ended_the_session_sleeps_and_says_so(library, autojump_clock):
    async with running(library, settings=settings_with(session={"process_retention": 9000.0})) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("[ [ (Delay forSeconds: 100) wait ] repeat ] forkNamed: 'ticker'. 7")
        house.router.cut(ada.connection)
        await trio.sleep(10_000)

        later = house.peer(**ada.names)
        assert (await later.do("list_client_sessions"))["sessions"][0]["state"] == "sleeping"
        assert (await later.do("restore_session"))["not_restored"] == ["a running process: ticker"]


async def test_closing_ends_all_with_their_ensure_blocks_and_counts_them(library):
    async with running(library) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("5 timesRepeat: [ [ [ ] repeat ] fork ]. [ [ true ] whileTrue ] fork. 7")
        workers = house.actor("ada")

        released = (await ada.do("close_session"))["released"]

        assert released["processes"] == 6
        assert workers is house.actor("ada")
        used = None
        with trio.fail_after(PATIENCE):  # what ran while the session was closed may be counted a little later
            while house.server.cpu.used != used:
                used = house.server.cpu.used
                await trio.sleep(0.05)


async def test_hostile_ensure_blocks_of_many_processes_do_not_hold_up_others(library):
    async with running(library, settings=settings_with(evaluation={"cleanup_budget": 0.02})) as house:
        ada, bob = house.peer(), house.peer()
        await ada.create("ada")
        await bob.create("bob")
        await ada.evaluate(HOSTILE)
        closing = ada.send("close_session")

        began = trio.current_time()
        assert await bob.evaluate("3 + 4") == "7"
        answered = trio.current_time() - began
        reply = await ada.receive()

        assert reply["id"] == closing
        assert reply["result"]["released"]["processes"] == 60
        assert answered * 5 < trio.current_time() - began


async def test_hostile_ensure_blocks_do_not_hold_up_a_shutdown_and_what_was_done_is_saved(library):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate(f"x := 7. {HOSTILE}")
        began = trio.current_time()
        await house.server.drain()
        assert trio.current_time() - began < 4  # with all their budgets it would take six
    async with running(library, store) as house:
        assert await house.peer(**ada.names).evaluate("x") == "7"


async def test_shutdown_ends_processes_saves_what_they_did_last_and_says_what_was_lost(library):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("[ [ [ ] repeat ] ensure: [ ended := #well ] ] forkNamed: 'loop'. Processor yield. 7")
    async with running(library, store) as house:
        later = house.peer(**ada.names)
        assert (await later.do("restore_session"))["not_restored"] == ["a running process: loop"]
        assert await later.evaluate("ended") == "#well"


async def test_a_rollback_ends_the_processes_of_the_state_that_goes(ada):
    await ada.evaluate("x := 1")
    version = (await ada.do("get_session_info"))["version"]
    await ada.evaluate(COUNTING)

    await ada.do("rollback_session", version=version)

    assert (await ada.do("get_context_summary"))["processes"] == []
    assert [each["data"]["reason"] for each in await events(ada, "processes_ended")] == ["rollback"]


async def test_a_process_that_makes_the_session_too_large_is_rolled_back_with_it_and_that_is_told(library):
    async with running(library, settings=settings_with(session={"max_session_bytes": 50_000})) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("x := 1. [ x := (1 to: 100000) asArray. [ ] repeat ] fork. 7")

        told = await event(ada, "session_rolled_back")

        assert "bytes on disk" in told["data"]["reason"]
        assert await ada.evaluate("x") == "1"
        assert (await ada.do("get_context_summary"))["processes"] == []


async def test_an_anonymous_clients_processes_run_and_end_with_it(house, autojump_clock):
    nobody = house.peer()
    await nobody.evaluate(TICKING)
    await trio.sleep(200)
    assert await nobody.evaluate("n") == "3"

    await trio.sleep(house.server.settings.session.anonymous_timeout + 60)

    assert await nobody.evaluate("n") == "nil"


async def test_after_a_crash_of_the_actor_nothing_of_its_processes_runs(house, ada, poison):
    await ada.evaluate("x := 1. [ [ [ ] repeat ] ensure: [ x := 2 ] ] forkNamed: 'loop'. Processor yield. 7")
    assert await ada.fail("evaluate", code="#bomb") == "ActorCrashed"
    assert await ada.evaluate("x") == "1"
    assert (await ada.do("get_context_summary"))["processes"] == []
    assert (await ada.do("restore_session"))["not_restored"] == ["a running process: loop"]
