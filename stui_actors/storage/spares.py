"""Folders made ahead, empty and nameless, so that a new session waits for fewer changes of the disk.

They stand under ``.incoming/`` until one moves to its place with the session's first file in it. Those that nobody
used are removed at the end. What a crash left there is removed when the next opening makes its own: nobody waits for
that, and nothing of it is in anybody's way. Raises OSError.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from attrs import define, field

from stui_actors.storage.tree import INCOMING, Tree

ENOUGH = 64  # folders; two for each session of a new client
FEW = 32  # so many or less, and more are made


@define(eq=False)
class Spares:
    """The spare folders of one opening; ``owner`` begins their names. Threads may take while another one makes.

    ``strays``: what an earlier opening left.
    """

    tree: Tree
    owner: str
    strays: Sequence[str] = ()
    _ready: deque[str] = field(init=False, factory=deque)

    def __len__(self) -> int:
        return len(self._ready)

    @property
    def are_few(self) -> bool:
        """Whether it is time to make more, or strays are left."""
        return len(self._ready) <= FEW or bool(self.strays)

    def make(self) -> None:
        """Make as many as are missing, and sync them, so that no later sync has to wait for them; remove strays."""
        strays, self.strays = self.strays, ()
        for name in strays:
            self.drop(name)
        for _ in range(ENOUGH - len(self._ready)):
            self._ready.append(self._make())
        self.tree.sync(INCOMING)

    def _make(self) -> str:
        name = f"{self.owner}-folder.{next(self.tree.serial)}"
        self.tree.disk.make_folder(self.tree.path(INCOMING, name))
        return name

    def take(self) -> str:
        """The name of a folder in ``.incoming/`` that is the caller's now."""
        try:
            return self._ready.popleft()
        except IndexError:
            return self._make()

    def filled(self, files: Sequence[tuple[str, bytes]]) -> str:
        """Take a folder and write files into it, by name; return once all is durable."""
        folder = self.take()
        try:
            self._fill(folder, files)
        except FileNotFoundError:  # somebody cleared ``.incoming/``
            self._ready.clear()
            folder = self._make()
            self._fill(folder, files)
        return folder

    def _fill(self, folder: str, files: Sequence[tuple[str, bytes]]) -> None:
        try:
            self.tree.write_files((self.tree.path(INCOMING, folder, name), data) for name, data in files)
            self.tree.sync(INCOMING, folder)
        except OSError:
            self.drop(folder)
            raise

    def drop(self, folder: str) -> None:
        """Remove what came to nothing, as far as that can be done."""
        with suppress(OSError):
            self.tree.clear(INCOMING, folder)

    def close(self) -> None:
        """Remove all, as far as that can be done."""
        self._ready.extend(self.strays)
        while self._ready:
            self.drop(self._ready.popleft())
