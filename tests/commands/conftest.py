"""A whole server in this process, and a client with a session in it."""

import pytest

from tests.actors.world import running


@pytest.fixture
async def house(library, autojump_clock):
    async with running(library) as house:
        yield house
