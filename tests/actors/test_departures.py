"""Workspaces that have left memory are taken apart in turns, behind those who are here."""

import pytest
import trio
import trio.testing

from stui_actors.actors.cpu import CpuActor
from stui_actors.actors.departures import BATCH, LEAST, MOST, NOBODY, PATIENT, DeparturesActor
from tests.actors.test_cpu import Clock, Work

SLICES = 3


class LeftBehind:
    """A workspace that is taken apart in three turns."""

    def __init__(self, clock, diary):
        self.clock, self.diary = clock, diary

    def leaving(self):
        return Work(self.clock, NOBODY, SLICES, self.diary)


class House:
    """Departures beside clients of weight 1."""

    def __init__(self):
        self.clock, self.diary = Clock(), []
        self.cpu = CpuActor(self.weight_of, self.clock)
        self.departures = DeparturesActor(self.cpu)

    def weight_of(self, client_id):
        return self.departures.weight if client_id == NOBODY else 1.0

    def leave(self, count):
        for _ in range(count):
            self.departures.post(LeftBehind(self.clock, self.diary))

    async def work(self, slices):
        """Work of a client; answer how many turns the departures had meanwhile."""
        self.diary.clear()
        await self.cpu.run(Work(self.clock, "ada", slices, self.diary), "ada")
        return self.diary.count(NOBODY)


@pytest.fixture
async def house(nursery):
    house = House()
    nursery.start_soon(house.departures.run)
    await trio.testing.wait_all_tasks_blocked()
    return house


async def test_all_that_leaves_is_taken_apart(house):
    house.leave(2 * BATCH + 1)
    await trio.testing.wait_all_tasks_blocked()

    assert house.departures.taken_apart == 2 * BATCH + 1
    assert house.diary == [NOBODY] * SLICES * (2 * BATCH + 1)


async def test_who_works_has_nearly_all_turns_while_few_leave(house):
    house.leave(5)
    await trio.lowlevel.checkpoint()

    assert await house.work(20) <= 1 + 20 * LEAST + 1

    await trio.testing.wait_all_tasks_blocked()
    assert house.departures.taken_apart == 5


async def test_a_crowd_that_leaves_is_not_left_waiting_for_long(house):
    house.leave(4 * PATIENT)
    await trio.lowlevel.checkpoint()
    assert house.departures.weight >= 3

    assert await house.work(20) >= 2 * 20


async def test_of_a_crowd_too_large_the_rest_is_let_go_of_at_once(house):
    house.leave(MOST + 5)

    await trio.testing.wait_all_tasks_blocked()
    assert MOST <= house.departures.taken_apart < MOST + 5


async def test_what_leaves_when_all_are_gone_is_not_kept():
    house = House()

    house.leave(3)

    assert house.departures.waiting == 0
