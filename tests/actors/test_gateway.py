import json

import pytest
import trio
import trio.testing

from stui_actors.actors.messages import ConnectionGone
from stui_actors.transport.address import Address


async def test_a_message_goes_to_the_client_that_it_names(house):
    assert (await house.ask(b"c1", client_id="ada"))["client"] == "ada"
    assert (await house.ask(b"c1", parameters={"client_id": "bob"}))["client"] == "bob"


async def test_a_connection_is_bound_by_its_session_and_the_binding_fills_in_what_is_missing(house):
    await house.ask(b"c1", "create_session", client_id="ada", session="s1")

    reply = await house.ask(b"c1")

    assert (reply["client"], reply["bound"]) == ("ada", "s1")


async def test_a_binding_is_of_no_use_for_another_client(house):
    await house.ask(b"c1", "create_session", client_id="ada", session="s1")

    reply = await house.ask(b"c1", client_id="bob")

    assert (reply["client"], reply["bound"]) == ("bob", None)


async def test_a_binding_is_of_no_use_for_another_connection(house):
    await house.ask(b"c1", "create_session", client_id="ada", session="s1")

    assert (await house.ask(b"c2"))["client"] != "ada"


async def test_an_unbound_connection_that_names_a_session_reaches_its_owner(house):
    house.owners["secret"] = "ada"

    assert (await house.ask(b"c1", session_id="secret"))["client"] == "ada"
    assert (await house.ask(b"c2", session_id="guess"))["client"].startswith("~")


async def test_a_bound_connection_that_names_a_foreign_session_does_not_reach_its_owner(house):
    house.owners["of-bob"] = "bob"
    await house.ask(b"c1", "create_session", client_id="ada", session="s1")

    assert (await house.ask(b"c1", session_id="of-bob"))["client"] == "ada"


async def test_without_any_name_each_connection_has_a_client_of_its_own(house):
    one, other = await house.ask(b"c1"), await house.ask(b"c2")

    assert one["client"] != other["client"]
    assert (await house.ask(b"c1"))["client"] == one["client"]


async def test_a_message_over_the_limit_is_refused_under_its_id_and_costs_nothing_else(house):
    at_limit = json.dumps({"id": "1", "command": "ping", "x": ""}).encode()
    at_limit = at_limit.replace(b'""', b'"' + b"y" * ((1 << 20) - len(at_limit)) + b'"')

    house.raw(b"c1", at_limit)
    house.raw(b"c2", at_limit + b" ")

    await trio.testing.wait_all_tasks_blocked()
    (taken,), (refused,) = (house.router.replies_to(connection) for connection in (b"c1", b"c2"))
    assert "error_type" not in taken
    assert (refused["error_type"], refused["id"]) == ("InvalidRequest", "1")
    assert refused["details"] == {"path": "$", "limit": "max_message_bytes", "value": 1 << 20}


async def test_nobody_can_name_an_anonymous_client(house):
    anonymous = (await house.ask(b"c1"))["client"]

    assert (await house.ask(b"c2", client_id=anonymous))["error_type"] == "InvalidRequest"
    assert house.heard[-1][0] not in (anonymous, "ada")


async def test_a_closed_session_unbinds_its_connection(house):
    await house.ask(b"c1", "create_session", client_id="ada", session="s1")
    await house.ask(b"c1", "close_session")

    assert (await house.ask(b"c1"))["client"].startswith("~")


async def test_a_connection_stays_bound_when_another_session_is_closed_over_it(house):
    await house.ask(b"c1", "create_session", client_id="ada", session="s1")
    await house.ask(b"c1", "close_session", client_id="ada", session="s2")

    assert (await house.ask(b"c1"))["bound"] == "s1"


@pytest.mark.parametrize("payload", [b"{", b"\xff\xfe", b"[1]", b'"x"', b"1" * 5000, b"[" * 100_000])
async def test_what_is_not_json_reaches_the_bound_client_and_costs_nobody_else(house, payload):
    await house.ask(b"c1", "create_session", client_id="ada", session="s1")

    house.raw(b"c1", payload)
    await trio.testing.wait_all_tasks_blocked()

    assert house.heard[-1][1].payload == payload
    assert house.heard[-1][0] == "ada"
    assert (await house.ask(b"c2", client_id="bob"))["client"] == "bob"


async def test_wrong_frames_are_answered_at_once(house):
    house.gateway.malformed(Address(b"c1", (b"",)), "More than one frame after the empty one.")

    (reply,) = house.router.replies_to(b"c1")
    assert reply["error_type"] == "InvalidRequest"
    assert house.heard == []


async def test_a_full_mailbox_refuses_at_once_and_only_what_is_too_much(house):
    await house.ask(b"c1", "ping", client_id="ada")
    house.send(b"c1", "hang", client_id="ada")
    await trio.testing.wait_all_tasks_blocked()

    for number in range(300):
        house.send(b"c1", client_id="ada", id=str(number))

    refused = [reply for reply in house.router.replies_to(b"c1") if reply.get("error_type")]
    assert len(refused) == 300 - 256
    assert {reply["error_type"] for reply in refused} == {"Overloaded"}
    assert refused[0]["id"] == "256"
    assert refused[0]["retryable"] is True
    assert (await house.ask(b"c2", client_id="bob"))["client"] == "bob"


async def test_too_many_clients_are_refused_and_those_that_are_here_are_served(make_house):
    house = await make_house(max_clients=2)
    await house.ask(b"c1", client_id="ada")
    await house.ask(b"c2", client_id="bob")

    reply = await house.ask(b"c3", client_id="eve", id=7)

    assert (reply["error_type"], reply["id"], reply["details"]["limit"]) == ("Overloaded", 7, "max_clients")
    assert (await house.ask(b"c1", client_id="ada"))["client"] == "ada"


async def test_the_refusal_of_an_envelope_is_an_envelope(make_house):
    house = await make_house(max_clients=1)
    await house.ask(b"c1", client_id="ada")
    data = {"request_type": "Ping", "params": {"client_id": "eve"}}

    house.raw(b"c2", json.dumps({"id": "1", "version": "1.0.0", "payload": {"type": "Request", "data": data}}).encode())

    (reply,) = house.router.replies_to(b"c2")
    assert reply["payload"]["data"]["response_type"] == "Error"
    assert reply["payload"]["data"]["data"]["details"]["error_type"] == "Overloaded"


async def test_clients_hear_of_a_connection_that_is_gone_and_others_do_not(house):
    await house.ask(b"c1", client_id="ada")
    await house.ask(b"c1", client_id="bob")
    await house.ask(b"c2", client_id="eve")

    house.gateway.gone(b"c1")
    await trio.testing.wait_all_tasks_blocked()

    assert house.notes("ada", ConnectionGone) == house.notes("bob", ConnectionGone) == [ConnectionGone(b"c1")]
    assert house.notes("eve", ConnectionGone) == []
    assert house.forgotten == [b"c1"]


async def test_a_connection_that_is_gone_takes_its_binding_with_it(house):
    await house.ask(b"c1", "create_session", client_id="ada", session="s1")
    house.gateway.gone(b"c1")

    house.gateway.bind(b"c1", "ada", "s1")  # as a reply that comes too late would

    assert (await house.ask(b"c1"))["client"].startswith("~")


async def test_a_draining_gateway_answers_that_it_shuts_down(house):
    await house.ask(b"c1", client_id="ada")

    house.gateway.drain()

    assert (await house.ask(b"c1", client_id="ada", id=3))["error_type"] == "ShuttingDown"
    assert (await house.ask(b"c9", client_id="new"))["error_type"] == "ShuttingDown"


async def test_a_stopped_gateway_serves_no_more(house):
    house.gateway.stop()
    await trio.testing.wait_all_tasks_blocked()

    assert house.router.receiver is house.gateway


async def test_a_delayed_reply_comes_when_it_is_due_and_in_order(house, autojump_clock):
    address = Address(b"c1")
    house.gateway.send(address, b'"late"', after=5.0)
    house.gateway.send(address, b'"soon"', after=2.0)
    house.gateway.send(address, b'"now"')
    seen = []
    for _ in range(7):
        await trio.sleep(1)
        seen.append(len(house.router.sent))

    assert [text for _, text in house.router.sent] == ["now", "soon", "late"]
    assert seen[0] == 1
    assert seen[-1] == 3
