"""The store in memory does what every store does."""

from stui_actors.config import StorageSettings
from stui_actors.storage.memory import MemoryStore
from stui_actors.storage.store import Store
from tests.conformance.store_suite import StoreSuite


class TestMemoryStore(StoreSuite):
    made: MemoryStore | None = None

    def make(self, settings: StorageSettings) -> Store:
        if self.made is None:
            self.made = MemoryStore(settings)
        return self.made
