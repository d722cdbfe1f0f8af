"""What stores have in common that gain nothing by saving many states together, or by doing something ahead."""

from collections.abc import Sequence

from stui_actors.errors import StuiError
from stui_actors.storage.store import Generation, Save, Store


class SavesSingly:
    """A part of a ``Store`` whose ``save`` is all there is to saving; others override what they do better."""

    __slots__ = ()

    @property
    def saves_together(self) -> bool:
        """False."""
        return False

    def save_all(self: Store, saves: Sequence[Save]) -> list[Generation | StuiError]:
        """``save`` each."""
        return [_saved(self, each) for each in saves]

    @property
    def is_prepared(self) -> bool:
        """True: nothing can be done ahead."""
        return True

    def prepare(self) -> None:
        """Nothing."""


def _saved(store: Store, save: Save) -> Generation | StuiError:
    try:
        return store.save(save.key, save.text, version=save.version, reason=save.reason, saved_at=save.saved_at)
    except StuiError as error:
        return error
