"""Measuring what Python allocates, and nothing else."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.uncounted import uncounted


@contextmanager
def allocations() -> Iterator[Callable[[], int]]:
    """Answers how many bytes were allocated since, and are still there; coverage does not count its lines meanwhile."""
    with uncounted():  # what coverage notes of each line would be taken for ours
        gc.collect()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()

            def held() -> int:
                gc.collect()
                return tracemalloc.get_traced_memory()[0] - before

            yield held
        finally:
            tracemalloc.stop()
