"""What stores have in common that save many states for the price of one."""

from stui_actors.errors import StuiError
from stui_actors.storage.store import Generation, Save, SessionKey, Store


class SavesTogether:
    """A part of a ``Store`` whose ``save_all`` is all there is to saving."""

    __slots__ = ()

    @property
    def saves_together(self) -> bool:
        """True."""
        return True

    def save(self: Store, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        """Keep ``body`` as the next generation and return once it is durable."""
        (saved,) = self.save_all([Save(key, body, version, reason, saved_at)])
        if isinstance(saved, StuiError):
            raise saved
        return saved
