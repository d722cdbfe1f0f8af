"""The inspectors of one session: what each looks at, where it was before, and the views that the client gave it.

An inspector holds its objects: they live on while it is open, however the workspace changes. So there is a bound on the
inspectors of a session and one on the places that each remembers; both are refused or forgotten in the client's sight.
"""

from collections.abc import Callable, Mapping, Sequence

from attrs import define, evolve, field, frozen

from stui_actors.errors import InvalidRequest, ObjectNotFound, Overloaded
from stui_actors.protocol.messages import Json
from stui_actors.session.parts import Step

VIEWS = ("fields", "elements", "methods", "print")
MAX_PLACES = 50  # places that an inspector can go back to: each keeps an object alive
MAX_CUSTOM_VIEWS = 20
MAX_NAME = 64  # characters of the name of an inspector or a view
MAX_VIEW_CODE = 10_000  # characters
MAX_PATH = 100  # steps: each may cost an evaluation
ROOT = "root"


@frozen
class Place:
    """Where an inspector is or was: the way from its root, and the object that was found there."""

    path: tuple[Step, ...]
    value: object


@define(eq=False)
class Inspector:
    """One inspector. ``custom_views``: Smalltalk by name, run with the selected object as ``self``."""

    id: str
    name: str
    root: object
    view: str = "fields"
    places: list[Place] = field(factory=list)
    position: int = 0
    custom_views: dict[str, str] = field(factory=dict)

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.places[self.position]

    def go(self, place: Place) -> None:
        """Go on to ``place``; what was ahead is forgotten, and what is too far behind."""
        if place.path == self.place.path:
            self.places[self.position] = place
            return
        self.places[self.position + 1 :] = [place]
        del self.places[:-MAX_PLACES]
        self.position = len(self.places) - 1

    def go_back(self) -> None:
        """Go where it was before; raise InvalidRequest at the oldest place."""
        self._move(-1, "There is nothing to go back to.")

    def go_forward(self) -> None:
        """Take back a ``go_back``; raise InvalidRequest at the newest place."""
        self._move(+1, "There is nothing to go forward to.")

    def _move(self, by: int, refusal: str) -> None:
        if not 0 <= self.position + by < len(self.places):
            raise InvalidRequest(refusal, path="parameters.path")
        self.position += by

    def show(self, view: str) -> None:
        """Change the view; raise InvalidRequest for one that is neither built in nor the client's."""
        if view not in self.views:
            raise InvalidRequest(
                f"There is no view {view[:MAX_NAME]!r}.", path="parameters.view", expected=", ".join(self.views)
            )
        self.view = view

    @property
    def views(self) -> list[str]:
        """The names of all views."""
        return [*VIEWS, *self.custom_views]

    def configure(self, changes: Mapping[str, str | None]) -> None:
        """Add, replace, or with null remove views of the client's; raise InvalidRequest and change nothing."""
        changed = {name: code for name, code in {**self.custom_views, **changes}.items() if code is not None}
        for name, code in changed.items():
            check_view(name, code)
        if len(changed) > MAX_CUSTOM_VIEWS:
            raise InvalidRequest(
                f"An inspector has at most {MAX_CUSTOM_VIEWS} views of its own.", path="parameters.custom_views"
            )
        self.custom_views = changed
        if self.view not in self.views:
            self.view = VIEWS[0]

    def copy(self) -> "Inspector":
        """A copy that can be moved without moving this one: a refused request changes nothing."""
        return evolve(self, places=list(self.places), custom_views=dict(self.custom_views))

    def held(self) -> dict[str, object]:
        """What it keeps alive, by name."""
        return {ROOT: self.root, **{str(number): each.value for number, each in enumerate(self.places)}}

    def as_json(self) -> dict[str, Json]:
        """All but the objects."""
        paths: list[Json] = [[*each.path] for each in self.places]
        return {
            "id": self.id,
            "name": self.name,
            "view": self.view,
            "paths": paths,
            "position": self.position,
            "custom_views": {**self.custom_views},
        }


def check_view(name: str, code: str) -> None:
    """Raise InvalidRequest unless a client's view may be called so and be made so."""
    path = f"parameters.custom_views.{name[:MAX_NAME]}"
    if name in VIEWS or not 0 < len(name) <= MAX_NAME:
        raise InvalidRequest(f"A view cannot have the name {name[:MAX_NAME]!r}.", path=path)
    if not code.strip() or len(code) > MAX_VIEW_CODE:
        raise InvalidRequest(f"A view's code has 1 to {MAX_VIEW_CODE} characters.", path=path)


@define(eq=False)
class Inspectors:
    """All inspectors of a session. Ids are ``<tag>.<incarnation>.i<n>``: none is given twice, crashes included."""

    tag: str
    incarnation: str
    most: int
    next_number: int = 1
    _opened: dict[str, Inspector] = field(factory=dict)

    def __len__(self) -> int:
        return len(self._opened)

    def made(self, value: object, name: str) -> Inspector:
        """A new inspector on ``value``, not yet open."""
        inspector = Inspector(f"{self.tag}.{self.incarnation}.i{self.next_number}", name, value)
        inspector.places.append(Place((), value))
        self.next_number += 1
        return inspector

    def add(self, inspector: Inspector) -> None:
        """Open an inspector, or put it in the place of the one that it is a moved copy of."""
        self._opened[inspector.id] = inspector

    def check_room(self) -> None:
        """Raise Overloaded if there is no place for one more."""
        if len(self._opened) >= self.most:
            raise Overloaded(
                f"The session has {self.most} open inspectors.",
                limit="max_inspectors",
                value=self.most,
                suggestion="Close one with `inspector_close` first.",
            )

    def named(self, inspector_id: str) -> Inspector:
        """The inspector that has this id; raise ObjectNotFound."""
        found = self._opened.get(inspector_id)
        if found is None:
            raise ObjectNotFound(
                f"No inspector has the id {inspector_id[:MAX_NAME]!r}.",
                inspector_id=inspector_id[:MAX_NAME],
                suggestion="`inspector_list` tells which are open.",
            )
        return found

    def close(self, inspector_id: str) -> None:
        """Close it and let go of its objects; raise ObjectNotFound."""
        del self._opened[self.named(inspector_id).id]

    def all(self) -> list[Inspector]:
        """All that are open, the oldest first."""
        return list(self._opened.values())

    def clear(self) -> int:
        """Close all; answer how many there were."""
        count = len(self._opened)
        self._opened.clear()
        return count

    # Memory and disk

    def objects(self) -> list[object]:
        """All objects that are held."""
        return [value for each in self._opened.values() for value in each.held().values()]

    def forward(self, new_of: Callable[[object], object]) -> None:
        """Look at what ``new_of`` answers for each object instead."""
        for each in self._opened.values():
            each.root = new_of(each.root)
            each.places = [Place(place.path, new_of(place.value)) for place in each.places]

    def held(self) -> dict[str, object]:
        """All objects that are held, by names that ``restore`` knows."""
        return {f"{each.id}/{name}": value for each in self._opened.values() for name, value in each.held().items()}

    def rows(self) -> list[Json]:
        """What the session's record keeps of them; their objects are in the snapshot."""
        return [each.as_json() for each in self._opened.values()]

    def restore(self, rows: Sequence[Mapping[str, Json]], objects: Mapping[str, object]) -> None:
        """Take back what ``rows`` and ``held`` gave; raise KeyError, TypeError, ValueError for what is neither."""
        for row in rows:
            inspector = _restored(row, objects)
            self._opened[inspector.id] = inspector


def is_held_name(name: str) -> bool:
    """Whether ``held`` gave this name, and not the registry of objects."""
    return "/" in name


def _restored(row: Mapping[str, Json], objects: Mapping[str, object]) -> Inspector:
    inspector_id, paths, views = str(row["id"]), row["paths"], row["custom_views"]
    position = row["position"]
    if not isinstance(paths, list) or not isinstance(views, dict) or not isinstance(position, int):
        raise TypeError("an inspector without paths, views or position")
    places = [Place(_path_of(path), objects.get(f"{inspector_id}/{number}")) for number, path in enumerate(paths)]
    if not 0 <= position < len(places):
        raise ValueError("an inspector at no place")
    custom = {name: str(code) for name, code in views.items()}
    root = objects.get(f"{inspector_id}/{ROOT}")  # a snapshot leaves nil out
    return Inspector(inspector_id, str(row["name"]), root, str(row["view"]), places, position, custom)


def _path_of(path: Json) -> tuple[Step, ...]:
    if not isinstance(path, list):
        raise TypeError("a path that is no list")
    return tuple(each if isinstance(each, int) else str(each) for each in path)
