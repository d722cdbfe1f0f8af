import json

import pytest
import trio
import trio.testing

from stui_actors.actors.messages import ConnectionGone
from stui_actors.transport.address import Address


async def test_a_message_goes_to_the_client_that_it_names(front):
    assert (await front.ask(b"c1", client_id="ada"))["client"] == "ada"
    assert (await front.ask(b"c1", parameters={"client_id": "bob"}))["client"] == "bob"


async def test_a_connection_is_bound_by_its_session_and_the_binding_fills_in_what_is_missing(front):
    await front.ask(b"c1", "create_session", client_id="ada", session="s1")

    reply = await front.ask(b"c1")

    assert (reply["client"], reply["bound"]) == ("ada", "s1")


async def test_a_binding_is_of_no_use_for_another_client(front):
    await front.ask(b"c1", "create_session", client_id="ada", session="s1")

    reply = await front.ask(b"c1", client_id="bob")

    assert (reply["client"], reply["bound"]) == ("bob", None)


async def test_a_binding_is_of_no_use_for_another_connection(front):
    await front.ask(b"c1", "create_session", client_id="ada", session="s1")

    assert (await front.ask(b"c2"))["client"] != "ada"


async def test_an_unbound_connection_that_names_a_session_reaches_its_owner(front):
    front.owners["secret"] = "ada"

    assert (await front.ask(b"c1", session_id="secret"))["client"] == "ada"
    assert (await front.ask(b"c2", session_id="guess"))["client"].startswith("~")


async def test_a_bound_connection_that_names_a_foreign_session_does_not_reach_its_owner(front):
    front.owners["of-bob"] = "bob"
    await front.ask(b"c1", "create_session", client_id="ada", session="s1")

    assert (await front.ask(b"c1", session_id="of-bob"))["client"] == "ada"


async def test_without_any_name_each_connection_has_a_client_of_its_own(front):
    one, other = await front.ask(b"c1"), await front.ask(b"c2")

    assert one["client"] != other["client"]
    assert (await front.ask(b"c1"))["client"] == one["client"]


async def test_a_message_over_the_limit_is_refused_under_its_id_and_costs_nothing_else(front):
    at_limit = json.dumps({"id": "1", "command": "ping", "x": ""}).encode()
    at_limit = at_limit.replace(b'""', b'"' + b"y" * ((1 << 20) - len(at_limit)) + b'"')

    front.raw(b"c1", at_limit)
    front.raw(b"c2", at_limit + b" ")

    await trio.testing.wait_all_tasks_blocked()
    (taken,), (refused,) = (front.router.replies_to(connection) for connection in (b"c1", b"c2"))
    assert "error_type" not in taken
    assert (refused["error_type"], refused["id"]) == ("InvalidRequest", "1")
    assert refused["details"] == {"path": "$", "limit": "max_message_bytes", "value": 1 << 20}


async def test_nobody_can_name_an_anonymous_client(front):
    anonymous = (await front.ask(b"c1"))["client"]

    assert (await front.ask(b"c2", client_id=anonymous))["error_type"] == "InvalidRequest"
    assert front.heard[-1][0] not in (anonymous, "ada")


async def test_a_closed_session_unbinds_its_connection(front):
    await front.ask(b"c1", "create_session", client_id="ada", session="s1")
    await front.ask(b"c1", "close_session")

    assert (await front.ask(b"c1"))["client"].startswith("~")


async def test_a_connection_stays_bound_when_another_session_is_closed_over_it(front):
    await front.ask(b"c1", "create_session", client_id="ada", session="s1")
    await front.ask(b"c1", "close_session", client_id="ada", session="s2")

    assert (await front.ask(b"c1"))["bound"] == "s1"


@pytest.mark.parametrize("payload", [b"{", b"\xff\xfe", b"[1]", b'"x"', b"1" * 5000, b"[" * 100_000])
async def test_what_is_not_json_reaches_the_bound_client_and_costs_nobody_else(front, payload):
    await front.ask(b"c1", "create_session", client_id="ada", session="s1")

    front.raw(b"c1", payload)
    await trio.testing.wait_all_tasks_blocked()

    assert front.heard[-1][1].payload == payload
    assert front.heard[-1][0] == "ada"
    assert (await front.ask(b"c2", client_id="bob"))["client"] == "bob"


async def test_wrong_frames_are_answered_at_once(front):
    front.gateway.malformed(Address(b"c1", (b"",)), "More than one frame after the empty one.")

    (reply,) = front.router.replies_to(b"c1")
    assert reply["error_type"] == "InvalidRequest"
    assert front.heard == []


async def test_a_full_mailbox_refuses_at_once_and_only_what_is_too_much(front):
    await front.ask(b"c1", "ping", client_id="ada")
    front.send(b"c1", "hang", client_id="ada")
    await trio.testing.wait_all_tasks_blocked()

    for number in range(300):
        front.send(b"c1", client_id="ada", id=str(number))

    refused = [reply for reply in front.router.replies_to(b"c1") if reply.get("error_type")]
    assert len(refused) == 300 - 256
    assert {reply["error_type"] for reply in refused} == {"Overloaded"}
    assert refused[0]["id"] == "256"
    assert refused[0]["retryable"] is True
    assert (await front.ask(b"c2", client_id="bob"))["client"] == "bob"


async def test_too_many_clients_are_refused_and_those_that_are_here_are_served(make_front):
    front = await make_front(max_clients=2)
    await front.ask(b"c1", client_id="ada")
    await front.ask(b"c2", client_id="bob")

    reply = await front.ask(b"c3", client_id="eve", id=7)

    assert (reply["error_type"], reply["id"], reply["details"]["limit"]) == ("Overloaded", 7, "max_clients")
    assert (await front.ask(b"c1", client_id="ada"))["client"] == "ada"


async def test_the_refusal_of_an_envelope_is_an_envelope(make_front):
    front = await make_front(max_clients=1)
    await front.ask(b"c1", client_id="ada")
    data = {"request_type": "Ping", "params": {"client_id": "eve"}}

    front.raw(b"c2", json.dumps({"id": "1", "version": "1.0.0", "payload": {"type": "Request", "data": data}}).encode())

    (reply,) = front.router.replies_to(b"c2")
    assert reply["payload"]["data"]["response_type"] == "Error"
    assert reply["payload"]["data"]["data"]["details"]["error_type"] == "Overloaded"


async def test_clients_hear_of_a_connection_that_is_gone_and_others_do_not(front):
    await front.ask(b"c1", client_id="ada")
    await front.ask(b"c1", client_id="bob")
    await front.ask(b"c2", client_id="eve")

    front.gateway.gone(b"c1")
    await trio.testing.wait_all_tasks_blocked()

    assert front.notes("ada", ConnectionGone) == front.notes("bob", ConnectionGone) == [ConnectionGone(b"c1")]
    assert front.notes("eve", ConnectionGone) == []
    assert front.forgotten == [b"c1"]


async def test_a_connection_that_is_gone_takes_its_binding_with_it(front):
    await front.ask(b"c1", "create_session", client_id="ada", session="s1")
    front.gateway.gone(b"c1")

    front.gateway.bind(b"c1", "ada", "s1")  # as a reply that comes too late would

    assert (await front.ask(b"c1"))["client"].startswith("~")


async def test_a_draining_gateway_answers_that_it_shuts_down(front):
    await front.ask(b"c1", client_id="ada")

    front.gateway.drain()

    assert (await front.ask(b"c1", client_id="ada", id=3))["error_type"] == "ShuttingDown"
    assert (await front.ask(b"c9", client_id="new"))["error_type"] == "ShuttingDown"


async def test_a_stopped_gateway_serves_no_more(front):
    front.gateway.stop()
    await trio.testing.wait_all_tasks_blocked()

    assert front.router.receiver is front.gateway


async def test_a_delayed_reply_comes_when_it_is_due_and_in_order(front, autojump_clock):
    address = Address(b"c1")
    front.gateway.send(address, b'"late"', after=5.0)
    front.gateway.send(address, b'"soon"', after=2.0)
    front.gateway.send(address, b'"now"')
    seen = []
    for _ in range(7):
        await trio.sleep(1)
        seen.append(len(front.router.sent))

    assert [text for _, text in front.router.sent] == ["now", "soon", "late"]
    assert seen[0] == 1
    assert seen[-1] == 3
