"""A request that makes a session, sent to two servers at once, makes one."""

import pytest
import trio
import trio.testing


@pytest.mark.parametrize("turn", range(16))
async def test_a_creation_that_is_sent_to_two_servers_makes_one_session_that_both_replies_tell(houses, turn):
    peers, request_id = [house.peer() for house in houses], "the-same-creation-twice"
    for peer in peers:
        await peer.do("list_client_sessions", client_id="ada")
    peers[0].send("create_session", id=request_id, client_id="ada")
    for _ in range(turn):
        await trio.lowlevel.checkpoint()
    peers[1].send("create_session", id=request_id, client_id="ada")

    made, again = [(await each.receive())["result"] for each in peers]
    assert made["session_id"] == again["session_id"]
    assert made["session_epoch"] == again["session_epoch"]
    assert (await peers[0].do("list_client_sessions", client_id="ada"))["session_count"] == 1


@pytest.mark.parametrize("turn", range(16))
async def test_a_fork_that_is_asked_of_two_servers_makes_one_copy(houses, turn):
    ada = houses[0].peer()
    await ada.create("ada")
    await ada.evaluate("x := 1")
    peers = [house.peer(**ada.names) for house in houses]
    for peer in peers:
        await peer.do("get_session_info")
    asked = {"on_conflict": "fork", "id": "the-same-fork-asked-twice"}
    peers[0].send("restore_session", **asked)
    for _ in range(turn):
        await trio.lowlevel.checkpoint()
    peers[1].send("restore_session", **asked)

    first, second = [(await each.receive())["result"]["session_id"] for each in peers]
    assert first == second != ada.names["session_id"]
    assert (await ada.do("list_client_sessions"))["session_count"] == 2


async def test_a_fork_that_attached_a_free_session_makes_no_copy_when_it_comes_to_another_server(houses):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    here.router.cut(ada.connection)
    await trio.testing.wait_all_tasks_blocked()
    other = there.peer(**ada.names)
    assert (await other.do("get_session_info"))["version"] == 1
    asked = {"on_conflict": "fork", "id": "the-same-fork-asked-twice"}

    first = await here.peer(**ada.names).do("restore_session", **asked)
    again = await other.do("restore_session", **asked)
    assert first["session_id"] == again["session_id"] == ada.names["session_id"]
    assert first["session_epoch"] == again["session_epoch"]
