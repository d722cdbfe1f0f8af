"""What a workspace takes from outside itself: time, chance, and who ends its slices."""

import secrets
import time
from collections.abc import Callable

from attrs import frozen

from stui_actors.smalltalk.preemption import Preemption, TimerPreemption


def _random_seed() -> int:
    return secrets.randbits(64)


@frozen
class Surroundings:
    """``clock`` is in seconds and nobody sets it; ``wall_clock`` in seconds since the epoch."""

    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    random_seed: Callable[[], int] = _random_seed
    make_preemption: Callable[[], Preemption] = TimerPreemption
