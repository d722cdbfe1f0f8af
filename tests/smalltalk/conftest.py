import pytest

from stui_actors.smalltalk.library import Library

from .bench import Bench


@pytest.fixture(scope="session")
def shared_library():
    return Library()


@pytest.fixture
def bench(shared_library):
    return Bench(shared_library)


@pytest.fixture
def make_bench(shared_library):
    return lambda **settings: Bench(shared_library, **settings)
