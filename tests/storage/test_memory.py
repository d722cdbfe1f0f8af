"""The store in memory does what every store does; so does the double that several servers share."""

from stui_actors.config import StorageSettings
from stui_actors.storage.memory import MemoryStore
from stui_actors.storage.store import Store
from tests.conformance.shared_suite import SharedStoreSuite
from tests.conformance.store_suite import StoreSuite
from tests.doubles.shared_store import SharedStore


class TestMemoryStore(StoreSuite):
    made: MemoryStore | None = None

    def make(self, settings: StorageSettings) -> Store:
        if self.made is None:
            self.made = MemoryStore(settings)
        return self.made


class TestSharedStore(SharedStoreSuite):
    made: SharedStore | None = None

    def make(self, settings: StorageSettings) -> Store:
        self.made = SharedStore(settings, self.made)
        return self.made

    def let_lease_end(self, store: Store) -> None:
        assert self.made is not None
        self.made.shared.alive.discard(store.epoch)
