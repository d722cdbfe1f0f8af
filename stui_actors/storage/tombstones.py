"""What stays of deleted sessions in a store's folder: that they were, and which request had made each.

A session has two entries among the tombstones: one of its own name, which keeps its files from coming back, and one of
the mark that its creation left in its id, by which a late copy of that request is known.
"""

import re
from contextlib import suppress

from attrs import define, field

from stui_actors.errors import SessionNotFound
from stui_actors.storage.names import client_folder, session_folder
from stui_actors.storage.store import SessionKey, mark_of
from stui_actors.storage.tree import DELETED, JOURNAL, Tree

MARK = re.compile(r"-[A-Za-z0-9_-]{1,127}")


@define(eq=False)
class Tombstones:
    """The tombstones of one tree. Raises OSError, and SessionNotFound where it says so.

    A deletion that failed halfway is in doubt: asked for again it is finished; before anything else is done with the
    session it is taken back.
    """

    tree: Tree
    _doubtful: set[SessionKey] = field(factory=set)

    def hide(self, key: SessionKey) -> bool:
        """Whether the session was deleted."""
        return key not in self._doubtful and self.tree.look(self.tree.tombstone(key)) is not None

    def check(self, key: SessionKey) -> None:
        """Raise SessionNotFound if the session was deleted; take back a deletion that is in doubt."""
        if self.hide(key):
            raise SessionNotFound("The session was deleted.")
        if key in self._doubtful:
            with suppress(FileNotFoundError):
                self.tree.disk.unlink(self.tree.tombstone(key))
            self.tree.sync(DELETED)
            self._doubtful.discard(key)

    def put(self, key: SessionKey) -> None:
        """Delete the session: return once that is durable."""
        self._doubtful.add(key)
        mark = mark_of(session_folder(key.session_id))
        if mark:
            with suppress(FileNotFoundError):  # an older session's, whose creation had the same id
                self.tree.disk.unlink(self._path(key.client_id, mark))
            self._create(self._path(key.client_id, mark))
        if self.tree.look(self.tree.tombstone(key)) is None:
            self._create(self.tree.tombstone(key))
        self.tree.sync(DELETED)
        self._doubtful.discard(key)

    def has_mark(self, client_id: str, mark: str, since: float) -> bool:
        """Whether a session of the client with this mark was deleted, at ``since`` or later."""
        if MARK.fullmatch(mark) is None:
            return False
        facts = self.tree.look(self._path(client_id, mark))
        return facts is not None and facts.changed_at >= since

    def forget(self, before: float) -> None:
        """Remove the tombstones that are older than ``before``, of sessions of which nothing is left."""
        if any(self._is_older(before, JOURNAL, name) for name in self.tree.names(JOURNAL)):
            return  # one that could not be removed is read by the next opening; who was deleted must stay so
        settled: set[str] = set()
        for name in sorted(self.tree.disk.list_folder(self.tree.path(DELETED)), key=_is_mark):
            client, _, session = name.partition("+")
            if self.tree.look(self.tree.path(client, session)) is None and self._is_older(before, DELETED, name):
                if client not in settled:  # that the files are gone must be durable first: nothing hides them then
                    settled.add(client)
                    with suppress(FileNotFoundError):
                        self.tree.sync(client)
                self.tree.disk.unlink(self.tree.path(DELETED, name))

    def _is_older(self, before: float, *names: str) -> bool:
        facts = self.tree.look(self.tree.path(*names))
        return facts is not None and facts.changed_at < before

    def settle(self) -> None:
        """Make all tombstones durable, and whole: who wrote them may have been killed in between, or knew no marks."""
        names = self.tree.disk.list_folder(self.tree.path(DELETED))
        known = set(names)
        for name in names:
            client, _, session = name.partition("+")
            entry = f"{client}+{mark_of(session)}"
            if client and mark_of(session) and entry not in known:
                known.add(entry)
                self._create(self.tree.path(DELETED, entry))
        if names:
            self.tree.sync(DELETED)

    def _path(self, client_id: str, mark: str) -> str:
        return self.tree.path(DELETED, f"{client_folder(client_id)}+{mark}")

    def _create(self, path: str) -> None:
        self.tree.disk.close(self.tree.disk.create(path))


def _is_mark(name: str) -> bool:
    """Whether it names a creation. Those go last: a session's without its mark would be given a new one."""
    return name.partition("+")[2].startswith("-")
