"""A real PostgreSQL for the tests of the store that uses one."""

from collections.abc import Iterator

import pytest

from tests.doubles.postgres import PostgresServer, running_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def dsn(server: PostgresServer) -> str:
    return server.dsn()
