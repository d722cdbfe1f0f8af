"""How much memory the process holds, as the operating system counts it: the account that nothing escapes."""

import os
import resource
import weakref
from pathlib import Path

STATM = Path("/proc/self/statm")  # Linux: pages, the resident ones second
PEAK_UNIT = 1024  # bytes: what other systems count the greatest size so far in, or less


class Resident:
    """The resident memory of the process; ``growth`` is since it was last asked for."""

    def __init__(self) -> None:
        self._page = resource.getpagesize()
        self._descriptor = os.open(STATM, os.O_RDONLY | os.O_CLOEXEC) if STATM.exists() else -1
        if self._descriptor >= 0:
            weakref.finalize(self, os.close, self._descriptor)
        self._last = self.size()

    def size(self) -> int:
        """Bytes now; where the system does not tell, the most that it ever was."""
        if self._descriptor < 0:
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * PEAK_UNIT
        return int(os.pread(self._descriptor, 64, 0).split(b" ", 2)[1]) * self._page

    def growth(self) -> int:
        """Bytes gained since the last call, whoever gained them; 0 if it shrank."""
        last, self._last = self._last, self.size()
        return max(0, self._last - last)
