"""Several images in one process take turns: each one's timer must ring for its own code."""

import time

import pytest

from stui_actors.config import EvaluationSettings
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library


@pytest.fixture(scope="module")
def library():
    return Library()


def test_endless_loops_of_several_images_all_give_way_again_and_again(library):
    images = [Image(library, EvaluationSettings(), time.monotonic) for _ in range(3)]
    processes = [image.start("[true] whileTrue") for image in images]

    turns = [[process.run_slice() for process in processes] for _ in range(5)]

    assert turns == [[False] * 3] * 5
