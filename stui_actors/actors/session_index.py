"""The index of stored sessions: whose they are, their newest generations, and what those say of them."""

from collections.abc import Iterable

from attrs import define, field

from stui_actors.session.facts import StoredFacts
from stui_actors.storage.store import SessionKey, StoredSession


@define(eq=False)
class SessionIndex:
    """What is stored of whom. Changed by the storage actor alone; others look things up.

    ``facts``: what generations say of their sessions, with their numbers; of a newer one it is not known.
    """

    _by_client: dict[str, dict[str, StoredSession]] = field(factory=dict)
    _owners: dict[str, str] = field(factory=dict)
    _facts: dict[SessionKey, tuple[int, StoredFacts]] = field(factory=dict)

    def __len__(self) -> int:
        return len(self._owners)

    def fill(self, sessions: Iterable[StoredSession]) -> None:
        """Forget everything, and take ``sessions`` instead."""
        self._by_client.clear()
        self._owners.clear()
        self._facts.clear()
        for each in sessions:
            self.put(each)

    def put(self, session: StoredSession) -> None:
        """A session was saved."""
        client_id, session_id = session.key.client_id, session.key.session_id
        self._by_client.setdefault(client_id, {})[session_id] = session
        self._owners[session_id] = client_id

    def replace(self, client_id: str, sessions: Iterable[StoredSession]) -> None:
        """These are all the sessions of a client."""
        found = {each.key: each for each in sessions}
        for key in self.keys_of([client_id]):
            if key not in found:
                self.remove(key)
        for each in found.values():
            self.put(each)

    def remove(self, key: SessionKey) -> None:
        """A session is no more."""
        self._facts.pop(key, None)
        if self._owners.get(key.session_id) == key.client_id:
            del self._owners[key.session_id]
        sessions = self._by_client.get(key.client_id, {})
        sessions.pop(key.session_id, None)
        if not sessions:
            self._by_client.pop(key.client_id, None)

    def owner_of(self, session_id: str) -> str | None:
        """Whose session it is; None for one that is not stored."""
        return self._owners.get(session_id)

    def sessions_of(self, client_id: str) -> list[StoredSession]:
        """What is stored of one client, in no order."""
        return list(self._by_client.get(client_id, {}).values())

    def keys_of(self, client_ids: Iterable[str]) -> list[SessionKey]:
        """The sessions of several clients."""
        return [each.key for client_id in client_ids for each in self.sessions_of(client_id)]

    def note(self, key: SessionKey, number: int, facts: StoredFacts) -> None:
        """Generation ``number`` of a session says so."""
        if key.session_id in self._by_client.get(key.client_id, {}):
            self._facts[key] = (number, facts)

    def facts_of(self, stored: StoredSession) -> StoredFacts | None:
        """What the newest generation says of its session; None where that was not noted."""
        number, facts = self._facts.get(stored.key, (0, None))
        return facts if number == stored.newest.number else None

    def saved_at(self, key: SessionKey) -> float | None:
        """When a session was saved last; None for one that is not stored."""
        found = self._by_client.get(key.client_id, {}).get(key.session_id)
        return None if found is None else found.newest.saved_at
