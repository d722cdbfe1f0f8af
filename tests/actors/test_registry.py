import pytest
import trio
import trio.testing

from stui_actors.actors.messages import Arrived, Drain, Sweep
from stui_actors.transport.address import Address

from .conftest import Front


async def settle():
    await trio.testing.wait_all_tasks_blocked()


async def test_a_failed_client_is_started_again_and_its_messages_are_still_there(front):
    front.send(b"c1", "crash", client_id="ada", id="1")
    front.send(b"c1", "ping", client_id="ada", id="2")
    await settle()

    replies = {reply["id"]: reply for reply in front.router.replies_to(b"c1")}
    assert replies["1"]["error_type"] == "ActorCrashed"
    assert replies["2"]["client"] == "ada"
    assert front.runs["ada"] == 2


async def test_a_failed_client_costs_the_others_nothing(front):
    await front.ask(b"c2", client_id="bob")
    await front.ask(b"c1", "crash", client_id="ada")

    assert (await front.ask(b"c2", client_id="bob"))["client"] == "bob"
    assert front.runs["bob"] == 1


async def crash_too_often(front):
    for number in range(4):
        front.send(b"c1", "crash", client_id="ada", id=f"crash {number}")
        await settle()


async def test_a_client_that_fails_too_often_is_parked_and_told_so(front):
    await crash_too_often(front)

    reply = await front.ask(b"c1", client_id="ada", id="after")

    assert [each["error_type"] for each in front.router.replies_to(b"c1")] == [
        *["ActorCrashed"] * 3,
        "SessionParked",
        "SessionParked",
    ]
    assert reply["retryable"] is True
    assert (await front.registry.clients())[0]["state"] == "parked"
    assert (await front.ask(b"c2", client_id="bob"))["client"] == "bob"


async def test_a_parked_client_comes_back_when_it_restores_its_session(front):
    await crash_too_often(front)

    assert (await front.ask(b"c1", "restore_session", client_id="ada"))["client"] == "ada"
    assert (await front.ask(b"c1", client_id="ada"))["client"] == "ada"


async def test_failures_that_lie_apart_do_not_park(front, autojump_clock):
    for _ in range(10):
        front.send(b"c1", "crash", client_id="ada")
        await trio.sleep(61)

    assert front.runs["ada"] == 11


async def test_an_idle_client_ends_and_comes_back_with_its_next_message(make_front, autojump_clock):
    front = await make_front(timeout=100.0, attach_timeout=50.0, cleanup_interval=10.0)
    await front.ask(b"c1", client_id="ada")
    await trio.sleep(299)
    assert "ada" in front.registry.here

    await trio.sleep(20)

    assert "ada" not in front.registry.here
    assert front.saved == ["ada"]
    assert (await front.ask(b"c1", client_id="ada"))["client"] == "ada"


async def test_a_client_without_sessions_in_memory_ends_sooner(make_front, autojump_clock):
    front = await make_front(timeout=1000.0, attach_timeout=50.0, cleanup_interval=10.0)
    await front.ask(b"c1", client_id="ada")
    front.registry.note("ada", sessions=0, attached=0)

    await trio.sleep(61)

    assert front.registry.here == {}


async def test_a_client_with_a_session_in_memory_stays_until_that_has_left(make_front, autojump_clock):
    front = await make_front(timeout=100.0, attach_timeout=50.0, cleanup_interval=10.0)
    await front.ask(b"c1", client_id="ada")
    front.registry.note("ada", sessions=1, attached=0)
    await trio.sleep(1000)
    assert "ada" in front.registry.here
    assert ("ada", Sweep()) in front.heard

    front.registry.note("ada", sessions=0, attached=0)
    await trio.sleep(11)

    assert front.registry.here == {}


async def test_a_client_that_waits_for_a_reply_stays_until_it_is_told(make_front, autojump_clock):
    front = await make_front(timeout=100.0, attach_timeout=50.0, cleanup_interval=10.0)
    await front.ask(b"c1", client_id="ada")
    front.registry.note("ada", sessions=0, attached=0)
    actor = front.registry.here["ada"].actor
    actor.is_awaited = True
    await trio.sleep(1000)
    assert "ada" in front.registry.here

    actor.is_awaited = False
    await trio.sleep(11)

    assert front.registry.here == {}


async def test_an_anonymous_client_ends_after_its_own_patience(make_front, autojump_clock):
    front = await make_front(anonymous_timeout=20.0, cleanup_interval=5.0)
    await front.ask(b"c1")
    await trio.sleep(15)
    assert len(front.registry.here) == 1

    await trio.sleep(15)

    assert front.registry.here == {}


async def test_a_client_that_is_spoken_to_stays(make_front, autojump_clock):
    front = await make_front(anonymous_timeout=20.0, cleanup_interval=5.0)
    for _ in range(20):
        await front.ask(b"c1")
        await trio.sleep(10)

    assert len(front.registry.here) == 1


async def test_a_message_that_comes_while_its_client_ends_is_answered_by_the_next_one(make_front, autojump_clock):
    front = await make_front(anonymous_timeout=20.0, cleanup_interval=5.0)
    front.saving_takes = 3.0
    await front.ask(b"c1")
    with trio.fail_after(60):
        while not front.notes(next(iter(front.registry.here)), Drain):  # noqa: ASYNC110  # the clock jumps
            await trio.sleep(0.5)

    front.send(b"c1", id="meanwhile")
    await trio.sleep(4)

    assert front.router.replies_to(b"c1")[-1]["id"] == "meanwhile"
    assert len(front.registry.here) == 1


async def test_anonymous_clients_whose_connections_are_gone_make_room(make_front):
    front = await make_front(max_clients=20)
    for number in range(200):
        connection = b"c%d" % number
        assert "client" in await front.ask(connection)
        front.gateway.gone(connection)
    await settle()

    assert len(front.registry.here) <= 10
    assert "client" in await front.ask(b"another")


async def test_clients_are_swept_now_and_then(make_front, autojump_clock):
    front = await make_front(cleanup_interval=5.0)
    await front.ask(b"c1", client_id="ada")

    await trio.sleep(16)

    assert len(front.notes("ada", Sweep)) == 3


async def test_a_drain_saves_everybody_and_answers_everything(front, autojump_clock):
    front.saving_takes = 2.0
    for number in range(20):
        await front.ask(b"c%d" % number, client_id=f"client-{number}")
    front.send(b"c1", "ping", client_id="client-1", id="before")

    await front.registry.drain()

    assert len(front.saved) == 20
    assert front.router.replies_to(b"c1")[-1]["id"] == "before"
    assert front.registry.here == {}
    assert (await front.ask(b"c1", client_id="late"))["error_type"] == "ShuttingDown"


async def test_what_waits_behind_the_drain_is_answered_that_the_server_shuts_down(front):
    await front.ask(b"c1", client_id="ada")
    client = front.registry.here["ada"]
    client.mailbox.notify(Drain())
    front.registry._draining = True
    client.mailbox.post(Arrived(Address(b"c1"), b'{"command": "ping", "id": "behind"}'))
    await settle()

    assert front.router.replies_to(b"c1")[-1]["error_type"] == "ShuttingDown"


async def test_a_drain_ends_parked_clients_and_those_that_fail_while_they_save(front):
    await crash_too_often(front)
    await front.ask(b"c2", client_id="bob")
    front.cursed.add("bob")
    front.send(b"c2", "crash", client_id="bob")

    with trio.fail_after(5):
        await front.registry.drain()

    assert front.registry.here == {}


async def test_the_registry_tells_who_is_here(front):
    await front.ask(b"c1", client_id="ada")
    await front.ask(b"c2", client_id="ada")
    front.registry.note("ada", sessions=2, attached=1)
    front.owners.update(s1="ada", s2="ada", s3="bob")

    (row,) = await front.registry.clients()
    statistics = await front.registry.statistics()

    assert (row["client_id"], row["connections"], row["sessions"], row["state"]) == ("ada", 2, 2, "running")
    assert (statistics["total_sessions"], statistics["active_clients"]) == (3, 1)
    assert statistics["totals"]["clients_admitted"] == 1


async def test_a_registry_that_failed_finds_its_clients_and_their_messages_again(autojump_clock):
    front = Front()
    async with trio.open_nursery() as nursery:
        await nursery.start(front.registry.run)
        await nursery.start(front.gateway.run)
        await front.ask(b"c1", client_id="ada")
        nursery.cancel_scope.cancel()
    front.send(b"c1", client_id="ada", id="meanwhile")
    front.send(b"c2", client_id="bob", id="new")

    async with trio.open_nursery() as nursery:
        await nursery.start(front.registry.run)
        await nursery.start(front.gateway.run)
        await settle()
        nursery.cancel_scope.cancel()

    assert front.router.replies_to(b"c1")[-1]["id"] == "meanwhile"
    assert front.router.replies_to(b"c2")[-1]["id"] == "new"
    assert front.runs == {"ada": 2, "bob": 1}


@pytest.mark.parametrize("command", ["ping", "crash"])
async def test_every_request_gets_exactly_one_reply(front, command, autojump_clock):
    for number in range(40):
        front.send(b"c1", command if number % 10 == 0 else "ping", client_id="ada", id=str(number))
        await trio.sleep(61 if number % 10 == 0 else 0)
    await settle()

    assert sorted(int(reply["id"]) for reply in front.router.replies_to(b"c1")) == list(range(40))
