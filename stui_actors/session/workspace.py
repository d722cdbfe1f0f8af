"""A session's live Smalltalk: an image, the ids of its objects, and named copies of its variables."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from math import inf

from attrs import define, field, frozen

from stui_actors import ston
from stui_actors.config import EvaluationSettings
from stui_actors.errors import InvalidRequest, ObjectNotFound, StuiError
from stui_actors.protocol.messages import Json, RequestId
from stui_actors.session.evaluation import Evaluation, Outcome
from stui_actors.session.inspectors import Inspectors, is_held_name
from stui_actors.session.leaving import Leaving
from stui_actors.session.objects import ObjectRegistry
from stui_actors.session.processes import Processes
from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter
from stui_actors.session.snapshot_delta import Fingerprint
from stui_actors.session.surroundings import Surroundings
from stui_actors.smalltalk.forwarding import Forwarding
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.mirror import Mirror, Reflected
from stui_actors.smalltalk.objects import Character
from stui_actors.smalltalk.process import Outcome as Ended
from stui_actors.smalltalk.process import Process

PLAIN = (bool, int, float, str, Character)  # booleans, numbers, symbols, characters
MAX_CONTEXTS = 20  # named copies per session: each is as large as the workspace
TAG_LENGTH = 8  # characters of the session's id that its object ids carry


@frozen
class SavedContext:
    """A named copy of the workspace's variables: ``snapshot`` is its content, ``text`` the whole as it is saved."""

    name: str
    saved_at: float
    variables: int
    snapshot: str
    text: str


def saved_context(name: str, saved_at: float, variables: int, snapshot: str) -> SavedContext:
    """A copy with its saved form, which is made once."""
    row: dict[str, Json] = {"name": name, "saved_at": saved_at, "variables": variables, "snapshot": snapshot}
    return SavedContext(name, saved_at, variables, snapshot, ston.write(row))


@define(eq=False)
class Workspace:
    """One session's image. ``incarnation`` tells its object ids from those of any other time in memory.

    ``inspected``: objects of inspectors that were read from disk, by the names that ``Inspectors.held`` gave them.
    """

    session_id: str
    library: Library
    bounds: EvaluationSettings
    incarnation: str
    surroundings: Surroundings = field(factory=Surroundings)
    contexts: dict[str, SavedContext] = field(factory=dict)
    not_restored: tuple[str, ...] = ()
    image: Image = field(init=False)
    registry: ObjectRegistry = field(init=False)
    inspectors: Inspectors = field(init=False)
    inspected: dict[str, object] = field(factory=dict)
    processes: Processes = field(init=False)
    fingerprint: Fingerprint | None = field(default=None, init=False)  # of what was written last

    def __attrs_post_init__(self) -> None:
        outside = self.surroundings
        self.image = Image(
            self.library,
            self.bounds,
            outside.clock,
            wall_clock=outside.wall_clock,
            preemption=outside.make_preemption(),
            random_seed=outside.random_seed,
        )
        self.processes = Processes(self.image)
        tag = self.session_id[:TAG_LENGTH]
        self.registry = ObjectRegistry(tag, self.incarnation, self.bounds.max_objects)
        self.inspectors = Inspectors(tag, self.incarnation, self.bounds.max_inspectors)
        self.image.kept = self.kept
        self.image.let_go = self.let_go
        self.image.forwarded = self.forward
        self.image.beside = self.bytes_beside

    # Evaluation

    def start(
        self,
        code: str,
        *,
        mode: str = "Execute",
        receiver: object = None,
        receiver_id: str | None = None,
        limit: float | None = None,
        max_output: int | None = None,
        request_id: RequestId = None,
    ) -> Evaluation:
        """Parse and compile ``code``; raise ParseError, InvalidRequest (too long), ObjectNotFound (no receiver)."""
        if len(code) > self.bounds.max_source_bytes:
            raise InvalidRequest(
                f"`parameters.code` has {len(code)} characters; {self.bounds.max_source_bytes} are allowed.",
                path="parameters.code",
                limit="max_source_bytes",
                value=self.bounds.max_source_bytes,
            )
        if receiver_id is not None:
            receiver = self.registry.object_of(receiver_id)
        process = self.image.start(code, receiver=receiver, mode=mode, max_output=max_output)
        process.origin = request_id
        return Evaluation(code, mode, process, self.surroundings.clock, limit or self.bounds.timeout, request_id)

    def start_work(self, body: Callable[[], object]) -> Evaluation:
        """Work of the server's own on the image, done in turns and stopped like an evaluation."""
        return Evaluation("", "Work", self.image.start_work(body), self.surroundings.clock, self.bounds.timeout)

    def start_on(self, receiver: object, code: str, *, limit: float | None = None) -> Evaluation:
        """A do-it of the server's own on an object that it has at hand."""
        process = self.image.start(code, receiver=receiver, mode="Value")
        seconds = self.bounds.timeout if limit is None else limit
        return Evaluation(code, process.mode, process, self.surroundings.clock, seconds, is_internal=True)

    def outcome_of(self, evaluation: Evaluation) -> Outcome:
        """What an evaluation that has ended came to."""
        process = evaluation.process
        outcome = ended(process)
        return Outcome(
            result=outcome.text,
            display=outcome.display,
            result_type=outcome.class_name,
            object_id=None if outcome.error is not None else self.id_of(outcome.value),
            transcript=process.transcript,
            truncated=process.truncated,
            changed=process.changed or bool(process.assigned),
            assigned=None if process.changed else process.assigned,
            execution_time=int(evaluation.elapsed * 1000),
            warnings=tuple(process.warnings),
            error=outcome.error,
        )

    def value_of(self, evaluation: Evaluation) -> object:
        """The value of an evaluation that has ended; raise what it failed with."""
        outcome = ended(evaluation.process)
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    def id_of(self, value: object) -> str | None:
        """The id under which an object can be inspected; None for those that are written as they are."""
        return None if value is None or isinstance(value, PLAIN) else self.registry.register(value)

    # Browsing

    def mirror(self) -> Mirror:
        """What a browser asks."""
        return Mirror(Reflected(self.image))

    def own_classes(self) -> list[str]:
        """The names of classes that the client defined or changed."""
        return sorted(self.image.changed_classes())

    def overview(self, history_count: int) -> dict[str, Json]:
        """The counts that ``restore_session`` tells."""
        variables: list[Json] = [*sorted(self.image.variables)]
        contexts: list[Json] = [*sorted(self.contexts)]
        return {
            "variables": variables,
            "classes": list(self.own_classes()),
            "history_count": history_count,
            "registry_count": len(self.registry),
            "contexts": contexts,
            "inspectors": self.listing(),
        }

    def listing(self) -> list[Json]:
        """The open inspectors with id, name, class of the selected object, and path."""
        return [
            {
                "id": each.id,
                "name": each.name,
                "class": self.image.class_name(each.place.value),
                "path": [*each.place.path],
            }
            for each in self.inspectors.all()
        ]

    # Named copies

    def save_context(self, name: str, now: float) -> SavedContext:
        """Keep a copy of all variables and what they hold; raise InvalidRequest beyond MAX_CONTEXTS."""
        if name not in self.contexts and len(self.contexts) >= MAX_CONTEXTS:
            raise InvalidRequest(f"The session has {MAX_CONTEXTS} saved contexts.", path="parameters.name")
        snapshot = "".join(SnapshotWriter.of_variables(self.image).slices())
        self.contexts[name] = saved_context(name, now, len(self.image.variables), snapshot)
        return self.contexts[name]

    def load_context(self, name: str) -> SavedContext:
        """Bring a copy back in place of the present variables; raise ObjectNotFound."""
        saved = self.contexts.get(name)
        if saved is None:
            raise ObjectNotFound(
                f"No context is saved under {name!r}.", suggestion="`save_context` keeps one under a name.", name=name
            )
        present = dict(self.image.variables)
        self.image.variables.clear()
        try:
            for _ in SnapshotReader.of_variables(saved.snapshot, self.image).slices():
                pass
        except StuiError:
            self.image.variables.update(present)
            raise
        return saved

    def restore_contexts(self, rows: list[dict[str, Json]]) -> None:
        """Take back what was saved of ``contexts``."""
        for row in rows:
            name, saved_at, count, snapshot = row["name"], row["saved_at"], row["variables"], row["snapshot"]
            if not isinstance(name, str) or not isinstance(snapshot, str):
                raise TypeError("a saved context without name or content")
            self.contexts[name] = saved_context(name, float(str(saved_at)), int(str(count)), snapshot)

    def clear(self) -> dict[str, Json]:
        """Forget all variables and registered objects; say how many there were."""
        variables = len(self.image.variables)
        self.image.variables.clear()
        return {"variables": variables, "objects": self.registry.clear()}

    # Saving

    def writing(self) -> "Writing":
        """The saving of the workspace, to be run in turns."""
        return Writing(SnapshotWriter.of_image(self.image, self.held()).slices())

    def last_writing(self) -> "Writing":
        """``writing``, after which nothing goes on from what was written: all that is known of it is let go before."""
        return Writing(chain(self.forgetting_written(), SnapshotWriter.of_image(self.image, self.held()).slices()))

    def remembered_writing(self, held: dict[str, object], least: int) -> "Writing":
        """``writing``, after which ``changes_writing`` can go on if it has ``least`` characters or more."""
        texts = SnapshotWriter.of_image(self.image, held).remembering(least)
        return Writing(self._noting(chain(self.forgetting_written(), texts)))

    def changes_writing(self, held: dict[str, object]) -> "Writing | None":
        """The saving of what changed since the last text that was remembered; None where there is none.

        It goes behind the texts before it: ``reading`` takes all of them joined. Nothing of the image may run between
        the first slice and the last. What could not be kept must be forgotten, and so must this text's predecessors.
        """
        if self.fingerprint is None:
            return None
        slices, self.fingerprint = self._going_on(self.fingerprint, held), None
        return Writing(slices)

    def _going_on(self, fingerprint: Fingerprint, held: dict[str, object]) -> Iterator[str | None]:
        for part in fingerprint.slices(held):
            if part is None:
                yield from fingerprint.forgetting()
            yield part
        self.fingerprint = fingerprint

    def _noting(self, slices: Iterable[str | Fingerprint]) -> Iterator[str]:
        for each in slices:
            if isinstance(each, Fingerprint):
                self.fingerprint = each
            else:
                yield each

    def bytes_beside(self) -> int:
        """The memory that the comparison takes, beside all objects."""
        return 0 if self.fingerprint is None else self.fingerprint.bytes_held

    def let_go(self) -> bool:
        """Make room where memory runs out: the next save is a whole one, then half of the registry is released."""
        if self.fingerprint is None:
            return self.registry.release_oldest()
        self.fingerprint = None
        return True

    def forget_written(self) -> None:
        """The next text is a whole one."""
        self.fingerprint = None

    def forgetting_written(self) -> Iterator[str]:
        """The same in turns: empty texts."""
        fingerprint, self.fingerprint = self.fingerprint, None
        return iter(()) if fingerprint is None else fingerprint.forgetting()

    def held(self) -> dict[str, object]:
        """What clients know by an id, by names that ``take_back`` knows."""
        return {**self.registry.held(), **self.inspectors.held()}

    def take_back(self, held: dict[str, object]) -> None:
        """Take what a snapshot kept beside the variables: objects under their ids, and those of inspectors."""
        for name, value in held.items():
            if is_held_name(name):
                self.inspected[name] = value
            else:
                self.registry.restore(name, value)

    def restore_inspectors(self, rows: list[dict[str, Json]]) -> None:
        """Take back the inspectors that the session's record tells of."""
        self.inspectors.restore(rows, self.inspected)
        self.inspected = {}

    def kept(self) -> list[object]:
        """What the image holds for its clients, beside what it holds by itself."""
        return [*self.registry.held().values(), *self.inspectors.objects()]

    def forward(self, forwarding: Forwarding) -> None:
        """Some objects have become others: so they have for clients."""
        self.registry.forward(forwarding.of)
        self.inspectors.forward(forwarding.of)

    def reading(self, text: str, compared_from: float = inf) -> "Reading":
        """The restoring of the workspace from ``text``, to be run in turns.

        Where that has ``compared_from`` characters or more, ``changes_writing`` can go on from it.
        """
        return Reading(self, SnapshotReader.of_image(text, self.image, compared_from))

    def release(self) -> dict[str, Json]:
        """Let go of everything; say how much that was."""
        return {"objects": self.registry.clear() + self.inspectors.clear() + len(self.image.variables)}

    def leaving(self) -> Leaving:
        """The end of a workspace that nobody will ask again, to be run in turns."""
        return Leaving(self._letting_go())

    def _letting_go(self) -> Iterator[object]:
        yield from self.forgetting_written()
        yield from self.image.memory.dismantling(self.empty)

    def empty(self) -> None:
        """Let go of everything, the variables included."""
        self.release()
        self.image.variables.clear()

    def abandon(self) -> None:
        """Another state takes this one's place: nothing of it runs any more."""
        self.image.scheduler.abandon()


def ended(process: Process) -> Ended:
    """The outcome of a process that has ended."""
    assert process.outcome is not None, "the process runs on"
    return process.outcome


@define(eq=False)
class Writing:
    """A snapshot on its way to text."""

    _slices: Iterator[str | None]
    parts: list[str] = field(factory=list)
    is_possible: bool = True  # to write it so; known once it has ended

    def run_slice(self) -> bool:
        """Write for a turn; true once all is written."""
        for part in self._slices:
            if part is None:
                self.is_possible = False
                return True
            if part:
                self.parts.append(part)
            return False
        return True

    @property
    def text(self) -> str:
        """The text, once it is written."""
        return "".join(self.parts)


@define(eq=False)
class Reading:
    """A workspace on its way from text."""

    workspace: Workspace
    reader: SnapshotReader
    _slices: Iterator[None] | None = None

    def run_slice(self) -> bool:
        """Read for a turn; true once all is there; raise SessionCorrupt."""
        if self._slices is None:
            self._slices = iter(self.reader.slices())
        for _ in self._slices:
            return False
        self.workspace.take_back(self.reader.objects)
        self.workspace.not_restored = tuple(self.reader.not_restored)
        self.workspace.fingerprint = self.reader.fingerprint
        return True
