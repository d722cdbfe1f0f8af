"""The compiled do-its of all sessions together: code, and what it means where; nothing in it can be changed.

Two sessions that send the same text share its code, and no more: the function around it, its variables and what its
literals make are each session's own.
"""

import sys
from collections import OrderedDict
from collections.abc import Mapping
from types import CodeType

from attrs import define, field, frozen

from stui_actors.smalltalk.bindings import Kind

MOST = 8192  # do-its: a thousand people at work with some lines each
MOST_BYTES = 16 << 20  # of them and their texts, about
OVERHEAD = 1000  # bytes: what a short do-it takes beside its code and text


@frozen(eq=False)
class CompiledDoIt:
    """A do-it's code, and what its names and selectors meant when it was compiled.

    ``assigned``: the workspace's variables that it assigns, if it is proved that it does no more (see ``purity``).
    ``assigned_globals``: those that it assigns, which nobody may where they are fixed.
    """

    code: CodeType
    names: Mapping[str, Kind]
    selectors: Mapping[str, str]
    declared: tuple[str, ...]
    assigned_globals: tuple[str, ...]
    assigned: frozenset[str] | None


@define(eq=False)
class DoItCache:
    """The do-its that were used last, by their texts; at most ``most`` and about ``most_bytes``."""

    most: int = MOST
    most_bytes: int = MOST_BYTES
    size: int = field(default=0, init=False)
    _kept: OrderedDict[str, tuple[CompiledDoIt, int]] = field(factory=OrderedDict, init=False)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, source: str) -> CompiledDoIt | None:
        """The one that was put last for this text."""
        found = self._kept.get(source)
        if found is None:
            return None
        self._kept.move_to_end(source)
        return found[0]

    def put(self, source: str, do_it: CompiledDoIt) -> None:
        """Keep one in place of any other for this text, and let go of those that were not used for longest."""
        self._drop(source)
        size = OVERHEAD + sys.getsizeof(source) + bytes_of(do_it.code)
        self._kept[source] = (do_it, size)
        self.size += size
        while len(self._kept) > self.most or self.size > self.most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, source: str) -> None:
        self.size -= self._kept.pop(source, (None, 0))[1]


def bytes_of(code: CodeType) -> int:
    """What a code object takes, with its constants and the code within it."""
    own = (code, code.co_consts, code.co_linetable, code.co_exceptiontable)
    constants = [bytes_of(each) if isinstance(each, CodeType) else sys.getsizeof(each) for each in code.co_consts]
    return sum(map(sys.getsizeof, own)) + sum(constants)
