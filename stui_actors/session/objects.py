"""Gives objects of a workspace ids that clients can name, and keeps the last of them alive, no more."""

from collections import OrderedDict
from collections.abc import Callable

from attrs import define, field

from stui_actors.errors import ObjectNotFound


@define(eq=False)
class ObjectRegistry:
    """Object ids of one session: ``<tag>.<incarnation>.<n>``, so that no id is ever given twice, crashes included.

    A registered object lives on though nothing in the workspace refers to it. ``most`` bounds that garbage by number;
    ``release_oldest`` lets go of some where the workspace's memory runs out.
    """

    tag: str
    incarnation: str
    most: int
    next_number: int = 1
    _objects: OrderedDict[str, object] = field(factory=OrderedDict)
    _ids: dict[int, str] = field(factory=dict)

    def __len__(self) -> int:
        return len(self._objects)

    def register(self, value: object) -> str:
        """The id of ``value``, a new one if it has none; the one least recently used is released beyond the bound."""
        known = self._ids.get(id(value))
        if known is not None:
            self._objects.move_to_end(known)
            return known
        object_id = f"{self.tag}.{self.incarnation}.{self.next_number}"
        self.next_number += 1
        self.restore(object_id, value)
        while len(self._objects) > self.most:
            self.release(next(iter(self._objects)))
        return object_id

    def object_of(self, object_id: str) -> object:
        """The object that has this id; raise ObjectNotFound where none has, or has any more."""
        if object_id not in self._objects:
            raise ObjectNotFound(f"No object has the id {object_id[:64]!r}.", object_id=object_id[:64])
        self._objects.move_to_end(object_id)
        return self._objects[object_id]

    def release(self, object_id: str) -> bool:
        """Let go of an object; say whether it was held."""
        if object_id not in self._objects:
            return False
        self._ids.pop(id(self._objects.pop(object_id)), None)
        return True

    def release_oldest(self) -> bool:
        """Let go of the half that was not used for longest; false if there was nothing to let go of."""
        oldest = list(self._objects)[: (len(self._objects) + 1) // 2]
        for object_id in oldest:
            self.release(object_id)
        return bool(oldest)

    def restore(self, object_id: str, value: object) -> None:
        """Hold ``value`` under an id that was given before."""
        self._objects[object_id] = value
        self._ids[id(value)] = object_id

    def forward(self, new_of: Callable[[object], object]) -> None:
        """Hold what ``new_of`` answers for each object instead, under the same id."""
        held = self.held()
        self._ids.clear()
        for object_id, value in held.items():
            self.restore(object_id, new_of(value))

    def held(self) -> dict[str, object]:
        """All that is held, least recently used first."""
        return dict(self._objects)

    def clear(self) -> int:
        """Let go of everything; answer how much that was."""
        count = len(self._objects)
        self._objects.clear()
        self._ids.clear()
        return count
