"""The store in files with a journal: what is saved is durable in the journal first, and has files of its own later.

Many saves are one write and one sync. Once the journal is large or old, its sessions' states move to files, oldest
first, and the journal's files are removed. So do they when the store is closed: then it has nothing but files.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from math import inf

from attrs import define, field

from stui_actors.errors import SessionCorrupt, SessionNotFound, StorageError, StuiError
from stui_actors.storage.entries import Entries, Entry, merged, resting_on, steps_between
from stui_actors.storage.files import FileStore, as_storage_error
from stui_actors.storage.header import (
    MAX_TEXT,
    DamagedError,
    Growing,
    NewerError,
    Packed,
    pack,
    read_body,
    read_header,
    seal,
)
from stui_actors.storage.journal import Journal, new_key
from stui_actors.storage.leftovers import Leftovers
from stui_actors.storage.names import generation_name
from stui_actors.storage.passed_over import PassedOver, journal_findings
from stui_actors.storage.recovery import Recovery
from stui_actors.storage.salvage import readable
from stui_actors.storage.shelf import Guard
from stui_actors.storage.store import Finding, Generation, Loaded, Save, SessionKey, StoredSession
from stui_actors.storage.thinning import Saved, superfluous
from stui_actors.storage.together import SavesTogether

MAX_NUMBERS = 20_000  # sessions whose last number is remembered; that of others is looked up
PATIENCE = 10.0  # seconds that closing spends on moving states to files; what is left stays in the journal
RETRY = 5.0  # seconds until that is tried again after it failed
TOGETHER = 1 << 20  # bytes of one session's states from which on they are given files, before more are read
LATER_BASE = "The session cannot be saved: it goes on from a state that there is not."
MOST_AT_ONCE = 16  # of these files: each has a descriptor until all are synced


@define(eq=False)
class JournaledStore(SavesTogether, FileStore):
    """Sessions in the files of one folder, behind a journal."""

    new_key: Callable[[], str] = field(default=new_key, kw_only=True)
    _journal: Journal = field(init=False)
    _entries: Entries = field(init=False)
    _leftovers: Leftovers = field(init=False)
    _passed_over: PassedOver = field(init=False, factory=PassedOver)
    _numbers: dict[SessionKey, int] = field(init=False, factory=dict)  # the last one of each session
    _writing: Guard = field(init=False)  # held by who changes the journal or the numbers
    _moving: Guard = field(init=False)  # held by who moves states to files
    _oldest: float = field(init=False, default=inf)  # when the first that has no file was saved
    _retry_at: float = field(init=False, default=-inf)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._begin_journal("")
        self._writing, self._moving = self.new_guard(), self.new_guard()

    # Opening

    def open(self) -> None:
        """Take the folder, and find what the journal holds."""
        if self._opened is not None:
            return
        super().open()
        self._begin_journal(self.epoch)
        try:
            with as_storage_error("The journal cannot be read"):
                self._recovery().look(self._passed_over) if self.read_only else self._recovery().take_over()
        except StorageError:
            super().close()
            raise
        self._oldest = self.now() if self._entries.sessions() else inf

    def _begin_journal(self, epoch: str) -> None:
        self._journal, self._entries = self._journal_of(epoch), Entries()
        self._leftovers = Leftovers(self._journal, self._entries)

    def _journal_of(self, epoch: str) -> Journal:
        return Journal(self.tree, epoch, self.new_key)

    def _recovery(self) -> Recovery:
        return Recovery(self.tree, self._journal, self._entries, self.settings, self.now)

    def close(self) -> None:
        """Move everything to files, as far as that can be done soon, and give the folder back."""
        if self._opened is not None:
            with suppress(StuiError):
                self._move(self.now() + PATIENCE)
            with self._writing:
                self._journal.seal()
                self._numbers.clear()
            self._oldest = inf
        super().close()

    # Finding

    def index(self) -> Iterator[StoredSession]:
        """Every session of the store."""
        return merged(self._entries.newest(), super().index())

    def sessions_of(self, client_id: str) -> list[StoredSession]:
        """Every session of one client."""
        return list(merged(self._entries.newest(client_id), super().sessions_of(client_id)))

    def _newest(self, key: SessionKey) -> Generation | None:
        entries = self._entries.of(key)
        return entries[max(entries)].generation if entries else super()._newest(key)

    def _is_stored(self, key: SessionKey) -> bool:
        return bool(self._entries.of(key)) or super()._is_stored(key)

    # Saving

    def save_all(self, saves: Sequence[Save]) -> list[Generation | StuiError]:
        """``save`` each, with one sync for all."""
        done: dict[int, Generation | StuiError] = {}
        packed = [pack(save.body, self.settings.compress_above) for save in saves]  # others may write meanwhile
        while len(done) < len(saves):
            waiting = {place: save for place, save in enumerate(saves) if place not in done}
            done |= {place: error for place, save in waiting.items() if (error := self._refusal_of(save)) is not None}
            with self._writing:  # who was deleted since is refused in the next round
                ready = {place: save for place, save in waiting.items() if save.key in self._numbers}
                done |= self._append({place: save for place, save in ready.items() if place not in done}, packed)
        return [done[place] for place in range(len(saves))]

    def _refusal_of(self, save: Save) -> StuiError | None:
        """Why a state cannot be saved, or None: then its session's last number is known."""
        try:
            self._check_writable(save.key)
            if save.key not in self._numbers:
                in_journal = self._entries.of(save.key)  # first: meanwhile they may move to files
                number = max([self.last_number(save.key), *in_journal])
                with self._writing:
                    self._numbers.setdefault(save.key, number)
        except StuiError as error:
            return error
        return StorageError(LATER_BASE) if save.extends > self._numbers[save.key] else None

    def _append(self, saves: Mapping[int, Save], packed: Sequence[Packed]) -> Mapping[int, Generation | StuiError]:
        """Number and write all; ``_writing`` is held."""
        if not saves:
            return {}
        made = [self._encoded(save, packed[place]) for place, save in saves.items()]
        homes = [self.tree.home(save.key) for save in saves.values()]
        try:
            with as_storage_error("The session cannot be saved"):
                places = self._journal.append([(home, data) for home, (_, data) in zip(homes, made, strict=True)])
        except StorageError as error:
            return dict.fromkeys(saves, error)
        generations = [each.sized(place.length) for (each, _), place in zip(made, places, strict=True)]
        for save, generation, place in zip(saves.values(), generations, places, strict=True):
            self._entries.put(save.key, Entry(place, generation, save.extends))
        self._oldest = min(self._oldest, self.now())
        while len(self._numbers) > MAX_NUMBERS:
            del self._numbers[next(iter(self._numbers))]
        return dict(zip(saves, generations, strict=True))

    def _encoded(self, save: Save, body: Packed) -> tuple[Generation, bytes]:
        self._numbers[save.key] = number = self._numbers[save.key] + 1
        generation = Generation(number, save.saved_at, 0, save.reason[:MAX_TEXT], self.epoch, save.version)
        return generation, seal(save.key, generation, body, save.extends)

    # Loading

    def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        """The newest whole generation, or the one numbered ``number``."""
        loaded = self._load(key, number)
        return loaded if number is not None else self._passed_over.told(loaded, self.tree.home(key))

    def _load(self, key: SessionKey, number: int | None) -> Loaded:
        if number is not None and number in self._superfluous(key):
            raise SessionNotFound(f"The session has no generation {number}.")
        while True:
            entries = self._entries.of(key)
            found = max(entries, default=0) if number is None else number
            if found in entries:
                with as_storage_error("The session cannot be loaded"):
                    body = self._body_of(key, entries, found)
                    if body is not None:
                        passed = self.reading.passed_before(key, found, []) if number is None else []
                        return Loaded(body, entries[found].generation, tuple(passed))
            elif (loaded := self._load_file(key, number)) is not None:
                return loaded

    def _load_file(self, key: SessionKey, number: int | None) -> Loaded | None:
        """A generation that has a file; None where a better one was brought back into the journal."""
        try:
            loaded = super().load(key, number)
        except SessionCorrupt:
            if not self._is_brought_back(key):
                raise
            return None
        is_passed_over = number is None and loaded.recovered_from
        return None if is_passed_over and self._is_brought_back(key, beyond=loaded.generation.number) else loaded

    def _is_brought_back(self, key: SessionKey, numbers: Collection[int] = (), beyond: int = 0) -> bool:
        with as_storage_error("The session cannot be loaded"):
            copies = self._leftovers.copies(key, numbers)
            if all(header.generation.number <= beyond for header, _ in copies):
                return False
            with self._writing:
                self._tombstones.check(key)
                self._leftovers.bring_back(key, copies)
                self._oldest = min(self._oldest, self.now())
        return True

    def _body_of(self, key: SessionKey, entries: Mapping[int, Entry], number: int) -> str | None:
        """A generation's body; None where it is damaged and put aside, or has a file of its own by now."""
        bodies: list[str] = []
        numbers: list[int] = []
        while number in entries:
            entry = entries[number]
            numbers.insert(0, number)
            body = self._own_body_of(key, entry)
            if body is None:
                return None
            bodies.insert(0, body)
            if not entry.extends:
                return "".join(bodies)
            number = entry.extends
        for done, each in enumerate((number, *numbers)):  # a later one may have a file of its own, and the first none
            with suppress(SessionNotFound, SessionCorrupt):
                return super().load(key, each).body + "".join(bodies[done:])
        self._lose(key, entry, "what it goes on from is missing")
        return None

    def _own_body_of(self, key: SessionKey, entry: Entry) -> str | None:
        try:
            data = self._journal.read(entry.place)
            header = read_header(data)
            if (header.key, header.generation.number) != (key, entry.number):
                raise DamagedError("it is another generation")
            return read_body(header, data, self.max_body)
        except FileNotFoundError:
            self._entries.drop(key, [entry])
        except (DamagedError, NewerError) as fault:
            if not self._is_brought_back(key, [entry.number]):
                self._lose(key, entry, str(fault))
        return None

    def _lose(self, key: SessionKey, entry: Entry, problem: str) -> None:
        """Put a record aside that cannot be read, and do without those that rest on it; the last is put aside too.

        So it is told that what rests on it is passed over, also where an older copy of the record is whole.
        """
        lost = resting_on(entry, self._entries.of(key).values())
        home = self.tree.home(key)
        if self.read_only:
            self._passed_over.note(home, lost[-1].number, problem)
        else:
            for each in dict.fromkeys((entry, lost[-1])):
                name = generation_name(home[0], each.number, each.generation.saved_at)
                self.tree.put_aside(home, name.text, self._journal.read(each.place))
            with self._shelves.of(key) as shelf:  # its number is not given again
                shelf.last = None if shelf.last is None else max(shelf.last, lost[-1].number)
        self._entries.drop(key, lost)

    def history(self, key: SessionKey) -> list[Generation]:
        """The kept generations that can be read, newest first."""
        in_journal = self._entries.of(key)  # first: meanwhile they may move to files
        found = {each.number: each for each in super().history(key)}
        found |= {number: each.generation for number, each in in_journal.items()}
        drop = self._superfluous(key)
        return [found[number] for number in sorted(found, reverse=True) if number not in drop]

    def _superfluous(self, key: SessionKey) -> frozenset[int]:
        """The numbers of a session's generations that need not be kept."""
        in_journal = self._entries.of(key)  # first: meanwhile they may move to files
        with as_storage_error("The session's files cannot be listed"):
            in_files = self.tree.generations(*self.tree.home(key))
        saved = {each.number: Saved(each.number, each.saved_at) for each in in_files}
        saved |= {number: Saved(number, each.generation.saved_at) for number, each in in_journal.items()}
        return superfluous(saved.values(), self.settings)

    def verify(self, key: SessionKey | None = None) -> Iterator[Finding]:
        """Read every file of a session, or of all, and every record of theirs, and change nothing."""
        yield from super().verify(key)
        with as_storage_error("The journal cannot be read"):
            home = None if key is None else self.tree.home(key)
            yield from journal_findings(self._journal, self.tree, home, self.max_body)

    def remains(self, key: SessionKey) -> Iterator[tuple[str, str]]:
        """The session's records and files and what can be read of them, newest first."""
        with as_storage_error("The journal cannot be read"):
            for entry in reversed(self._entries.of(key).values()):
                text = readable(self._journal.read(entry.place))
                if text and not entry.extends:
                    yield entry.path, text
        yield from super().remains(key)

    # Deleting

    def _delete(self, key: SessionKey) -> None:
        with self._writing:  # before: should this fail, the next save looks what is there
            self._numbers.pop(key, None)
        super()._delete(key)
        with self._writing:
            self._numbers.pop(key, None)
            self._entries.forget(key)

    # Moving to files

    @property
    def is_prepared(self) -> bool:
        """Whether there are folders for new sessions, and the journal is neither large nor old."""
        return super().is_prepared and not self._is_due()

    def _is_due(self) -> bool:
        now = self.now()
        if self._opened is None or now < self._retry_at:
            return False
        is_old = now - self._oldest >= self.settings.checkpoint_interval
        return is_old or bool(self._journal.closed) or self._journal.size > self.settings.journal_bytes

    def prepare(self) -> None:
        """Make folders for new sessions; move what the journal holds to files where that is due."""
        super().prepare()
        if self._is_due():
            try:
                self._move(inf)
            except StuiError:
                self._retry_at = self.now() + RETRY

    def _move(self, until: float) -> None:
        """Give every generation that is to be kept a file, and remove the journal's files; raise StorageError."""
        with self._moving:
            with self._writing:
                self._journal.seal()
                files = tuple(self._journal.closed)
                self._oldest = inf
            for key in self._entries.sessions():
                if self.now() > until:
                    return
                with as_storage_error("The session cannot be moved to files"):
                    self._move_session(key, files)
            with self._writing:
                for name in files:
                    self._journal.remove(name)

    def _move_session(self, key: SessionKey, files: Collection[str]) -> None:
        while not self._is_moved(key, files):  # something could not be read: others are to be kept in its place
            continue

    def _is_moved(self, key: SessionKey, files: Collection[str]) -> bool:
        entries = self._entries.of(key)
        moving = {number: each for number, each in entries.items() if each.place.file in files}
        needed = {each.extends for number, each in entries.items() if number not in moving}
        drop = self._superfluous(key) - needed
        keeping = [each for number, each in moving.items() if number not in drop]
        with suppress(SessionNotFound):  # deleted meanwhile
            for some in self._sealed(key, entries, keeping):
                if some is None:
                    return False
                self.keep(key, some)
        self._entries.drop(key, moving.values())
        return True

    def _sealed(
        self, key: SessionKey, entries: Mapping[int, Entry], keeping: Sequence[Entry]
    ) -> Iterator[list[tuple[Generation, bytes]] | None]:
        """Generations as their files will be, some at a time; None, as the last, for one that cannot be read."""
        growing, some, size = Growing(self.settings.compress_above), [], 0
        for each in keeping:
            if not self._is_read(key, entries, each, growing):
                yield None
                return
            some.append((each.generation, seal(key, each.generation, growing.packed())))
            size += len(some[-1][1])
            if size >= TOGETHER or len(some) == MOST_AT_ONCE:
                yield some
                some, size = [], 0
        if some:
            yield some

    def _is_read(self, key: SessionKey, entries: Mapping[int, Entry], entry: Entry, growing: Growing) -> bool:
        """Let ``growing`` hold a generation's body; it holds the one that was read before it."""
        added = [self._own_body_of(key, each) for each in steps_between(growing.number, entry, entries)]
        if not added or None in added:
            body = self._body_of(key, entries, entry.number)
            if body is None:
                return False
            growing.begin(body)
            added = []
        for each in filter(None, added):
            growing.add(each)
        growing.number = entry.number
        return True
