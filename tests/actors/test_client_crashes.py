"""A bug in the product ends the actor of one client: what was durable is there, nothing is run again."""


async def test_a_crash_answers_the_request_that_caused_it_and_keeps_what_was_durable(ada, poison):
    await ada.evaluate("x := 5")

    reply = await ada.ask("evaluate", code="#bomb")

    assert reply["error_type"] == "ActorCrashed"
    assert await ada.evaluate("x") == "5"


async def test_nobody_else_notices_a_crash(house, ada, poison):
    bob = house.peer()
    await bob.create("bob")
    await bob.evaluate("y := 6")
    actor = house.actor("bob")

    await ada.ask("evaluate", code="#bomb")

    assert await bob.evaluate("y") == "6"
    assert house.actor("bob") is actor


async def test_a_poisonous_request_is_not_run_again(house, ada, poison):
    request_id = "poisonous-request-1"
    await ada.ask("evaluate", id=request_id, code="#bomb")
    failures = (await ada.do("get_session_statistics"))["totals"]["actor_failures"]

    reply = await ada.ask("evaluate", id=request_id, code="#bomb")

    assert reply["error_type"] == "ActorCrashed"
    assert (await ada.do("get_session_statistics"))["totals"]["actor_failures"] == failures


async def test_requests_behind_a_crash_are_done(ada, poison):
    await ada.evaluate("x := 5")
    ada.send("evaluate", code="#bomb")
    later = ada.send("evaluate", code="x + 1")

    replies = [await ada.receive(), await ada.receive()]

    by_id = {reply["id"]: reply for reply in replies}
    assert by_id[later]["result"]["result"] == "6"


async def test_a_client_that_crashes_too_often_is_parked_until_it_asks_again(ada, poison):
    for _ in range(4):
        await ada.ask("evaluate", code="#bomb")

    assert await ada.fail("evaluate", code="3") == "SessionParked"
    await ada.do("restore_session")
    assert await ada.evaluate("3") == "3"


async def test_requests_behind_a_crash_that_name_no_session_are_done_too(house, ada, poison):
    await ada.evaluate("x := 5")
    ada.names = {}
    first, later = ada.send("evaluate", code="#bomb"), ada.send("evaluate", code="x + 1")

    by_id = {reply["id"]: reply for reply in [await ada.receive(), await ada.receive()]}

    assert by_id[first]["error_type"] == "ActorCrashed"
    assert by_id[later]["result"]["result"] == "6"
