"""Bugs planted in servers that share a database: in what they say to it, and in what they make of its answers."""

from collections.abc import Collection
from typing import Any

from attrs import define

from stui_actors.storage import postgres_statements as sql
from stui_actors.storage.database import Row
from stui_actors.storage.store import SessionKey
from tests.simulation.database import SeatedDatabase, SeatedStore
from tests.simulation.sharing import SharedParts


@define(eq=False)
class LeavesOut(SeatedDatabase):
    """Says some of its statements without a part of them."""

    left_out: tuple[tuple[str, str], ...] = ()

    def _once(self, pool: Any, statement: Any, parameters: Any) -> list[Row]:
        for said, part in self.left_out:
            if statement == said:
                assert part in said
                statement = said.replace(part, "")
        return super()._once(pool, statement, parameters)


def _without(*left_out: tuple[str, str]) -> SharedParts:
    @define(eq=False)
    class Store(SeatedStore):
        def __attrs_post_init__(self) -> None:
            super().__attrs_post_init__()
            self.database = LeavesOut("", 3, seat=self.seat, left_out=left_out)

    return SharedParts(store=Store)


class TakesWhatItHasForTheNewest(SeatedStore):
    """Who takes a session over goes on with what it read of it at some time."""

    def hold(self, key: SessionKey, attachment: str, *, force: bool) -> bool:
        super().hold(key, attachment, force=force)
        with self._shelves.of(key) as shelf:
            self._remember(key, shelf, self._ask_newest(key)[0])
        return True


class NoticesNothing(SeatedStore):
    """A session that another server took is noticed when it is saved."""

    def lost(self, client_ids: Collection[str]) -> list[SessionKey]:
        return []


PLANTS = {
    "holder not asked": _without((sql.SAVE_NEXT, f" AND {sql.FREE}"), (sql.HOLD, ", epoch = %(epoch)s")),
    "claim not asked": _without((sql.SAVE_FIRST, " WHERE %(mark)s::text = '' OR EXISTS (SELECT 1 FROM claimed)")),
    "older state taken for the newest": SharedParts(store=TakesWhatItHasForTheNewest),
    "loss unnoticed": SharedParts(store=NoticesNothing),
}
