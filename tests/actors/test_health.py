"""What the server tells of its own health, to anybody, naming nobody."""

import json

import pytest

from stui_actors.commands.evaluate import Evaluate
from tests.actors.world import running, settings_with


@pytest.fixture
async def house(library):
    async with running(library, settings=settings_with(supervision={"max_restarts": 1})) as house:
        yield house


@pytest.fixture
def bug(monkeypatch):
    async def explode(self, context, parameters):
        raise ZeroDivisionError("the text of a client")

    monkeypatch.setattr(Evaluate, "run", explode)


async def health_of(peer):
    return (await peer.do("system_info", info_type="Health"))["info"]["health"]


async def test_a_server_in_which_nothing_failed_says_so(house):
    health = await health_of(house.peer())

    assert health["failures"] == {}
    assert health["last_failures"] == []
    assert (health["parked_clients"], health["loop_blocked"]) == (0, 0)


async def test_full_collections_are_counted_and_measured(house):
    assert (await health_of(house.peer()))["collections"] == 0
    garbage = house.server.garbage
    garbage.count, garbage.seconds, garbage.longest = 3, 0.25, 0.1239

    health = await health_of(house.peer())

    assert (health["collections"], health["collections_seconds"], health["longest_collection_ms"]) == (3, 0.25, 123.9)


async def test_failures_are_told_with_their_kind_and_how_they_were_answered(house, bug):
    ada, bob = house.peer(), house.peer()
    await ada.create("ada")
    for _ in range(2):
        await ada.ask("evaluate", code="3")

    health = await health_of(bob)

    assert health["failures"] == {"client restarted": 1, "client parked": 1}
    assert [(each["part"], each["answer"]) for each in health["last_failures"]] == [
        ("client", "restarted"),
        ("client", "parked"),
    ]
    assert health["parked_clients"] == 1
    assert "ada" not in json.dumps(health)
    assert "text of a client" not in json.dumps(health)
