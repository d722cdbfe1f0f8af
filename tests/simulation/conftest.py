"""One class library for all seeds: it is the same for all, and never changed."""

import pytest

from stui_actors.smalltalk.library import Library


@pytest.fixture(scope="session")
def library():
    return Library()
