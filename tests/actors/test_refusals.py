"""What is refused, and what could be saved in part: durable before it is told, made once, each in its turn."""

import pytest
import trio

from stui_actors.errors import StorageError
from stui_actors.storage.memory import MemoryStore

from .test_client import key_of
from .world import running


class SaysThatItFailed(MemoryStore):
    """Saves, and says once that it did not: as a disk does whose last sync fails."""

    def save(self, *arguments, **options):
        generation = super().save(*arguments, **options)
        if generation.number == 1 and len(list(self.index())) == 1:
            raise StorageError("The folder cannot be synced.")
        return generation


@pytest.mark.parametrize("command", ["create_session", "import_session"])
async def test_a_session_whose_save_failed_halfway_is_made_once(library, command):
    store = SaysThatItFailed()
    async with running(library, MemoryStore()) as house:
        ada = house.peer()
        await ada.create("ada")
        exported = await ada.do("export_session")
    parameters = {"client_id": "ada"} | ({"data": exported["data"]} if command == "import_session" else {})
    async with running(library, store) as house:
        ada = house.peer()
        refused = await ada.ask(command, id="a-request-sent-once-more", **parameters)
        made = await ada.ask(command, id="a-request-sent-once-more", **parameters)

        assert refused["error_type"] == "StorageError"
        assert [each.key.session_id for each in store.index()] == [made["result"]["session_id"]]


@pytest.mark.parametrize(
    ("command", "parameters", "error_type"),
    [
        ("evaluate", {"code": "x := 8", "session_epoch": "an-older-one"}, "SessionConflict"),
        ("load_context", {"name": "later"}, "ObjectNotFound"),
        ("evaluate", {"code": "y foo. x := 8"}, "EvaluationError"),
    ],
)
async def test_a_refusal_is_durable_before_it_is_told(library, command, parameters, error_type):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        assert await ada.fail(command, id="a-request-that-is-refused", **parameters) == error_type

        assert "a-request-that-is-refused" in store.load(key_of(house, ada)).body


async def test_code_that_does_not_parse_needs_no_save(library):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        generations = len(store.history(key_of(house, ada)))

        assert await ada.fail("evaluate", id="a-request-that-is-no-code", code="3 +") == "ParseError"
        assert len(store.history(key_of(house, ada))) == generations


async def test_a_request_under_an_id_that_another_misuses_gets_its_reply_again(house, ada, other, autojump_clock):
    sent = ada.send("evaluate", code="y := 3 + 4")
    first = await ada.receive()
    ada.send("evaluate", code="(Delay forSeconds: 1) wait")
    other.send("evaluate", code="y := 'other'", id=sent)
    await trio.testing.wait_all_tasks_blocked()
    ada.send("evaluate", code="y := 3 + 4", id=sent)
    await ada.receive()

    again = await ada.receive()
    assert (again["result"], again["replayed"]) == (first["result"], True)
    refused = await other.receive()
    assert (refused["error_type"], refused["details"]["reason"]) == ("InvalidRequest", "id_reused")


async def test_another_content_under_the_id_of_what_runs_is_refused(ada, other, autojump_clock):
    sent = ada.send("evaluate", code="(Delay forSeconds: 1) wait. y := 1")
    await trio.testing.wait_all_tasks_blocked()
    other.send("evaluate", code="y := 2", id=sent)

    refused = await other.receive()
    assert (refused["error_type"], refused["details"]["reason"]) == ("InvalidRequest", "id_reused")
    assert (await ada.receive())["result"]["result"] == "1"
    assert await ada.evaluate("y") == "1"
