"""Reads generations back, from the newest to the first whole one, and puts aside what is damaged. Raises OSError."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby

from attrs import define, frozen

from stui_actors.errors import SessionCorrupt, SessionNotFound, StorageError
from stui_actors.storage.header import LIMIT, DamagedError, Header, NewerError, read_body, read_header
from stui_actors.storage.names import HASHED, GenerationName
from stui_actors.storage.store import Finding, Generation, Loaded, SessionKey, StoredSession
from stui_actors.storage.tree import Tree


@frozen
class _Whole:
    """A generation that was read and found whole."""

    name: GenerationName
    generation: Generation
    body: str


@define(eq=False)
class Reading:
    """The reading half of a file store. ``keeps_hands_off``: damaged files stay where they are."""

    tree: Tree
    max_body: int
    keeps_hands_off: bool

    # One file

    def header(self, folder: tuple[str, str], name: GenerationName) -> Header:
        """A file's header; raise DamagedError, NewerError."""
        path = self.tree.path(*folder, name.text)
        header = read_header(self._trusted(path, LIMIT))
        self._check(header, folder, name)
        if self.tree.disk.look(path).size != header.generation.size:
            raise DamagedError("its length is not what the header says")
        return header

    def whole(self, folder: tuple[str, str], name: GenerationName) -> tuple[Header, str]:
        """A file's header and body; raise DamagedError, NewerError."""
        data = self._trusted(self.tree.path(*folder, name.text), LIMIT + self.max_body + 1)
        header = read_header(data)
        self._check(header, folder, name)
        return header, read_body(header, data, self.max_body)

    def _trusted(self, path: str, most: int) -> bytes:
        reason = self.tree.distrust(self.tree.disk.look(path))
        if reason:
            raise DamagedError(reason)
        return self.tree.read(path, most)

    def _check(self, header: Header, folder: tuple[str, str], name: GenerationName) -> None:
        if self.tree.home(header.key) != folder:
            raise DamagedError("it belongs to another session")
        if header.generation.number != name.number:
            raise DamagedError(f"it holds generation {header.generation.number}")

    # One session

    def load(self, key: SessionKey, number: int | None) -> tuple[Loaded, str]:
        """The newest whole generation, or the one numbered ``number``, and its file's name."""
        names = self.tree.generations(*self.tree.home(key))
        passed: list[str] = []
        for each, same in groupby(names, key=lambda name: name.number):
            if number is None or number == each:
                whole = self._one_of(key, list(same), passed)
                if whole is not None:
                    passed.extend(self.passed_before(key, each, passed) if number is None else ())
                    return Loaded(whole.body, whole.generation, tuple(passed)), whole.name.text
        raise self._nothing(key, number, passed)

    def glance(self, key: SessionKey) -> Loaded | None:
        """The newest generation; None where it is not the only whole one with its number, and nothing is put aside."""
        home = self.tree.home(key)
        names = self.tree.generations(*home)
        if not names or len([each for each in names if each.number == names[0].number]) > 1:
            return None
        try:
            header, body = self.whole(home, names[0])
        except (DamagedError, NewerError, FileNotFoundError):
            return None
        return Loaded(body, header.generation)

    def passed_before(self, key: SessionKey, number: int, passed: list[str]) -> list[str]:
        """Generations beyond ``number`` that an earlier load put aside: nothing was saved since, so they are missed."""
        folder, damaged = self.tree.quarantined(key)
        told = {text.partition(":")[0] for text in passed}
        later = (f"generation {each.number}" for each in damaged if each.number > number)
        return [f"{each}: it was damaged; kept in {folder}" for each in later if each not in told]

    def _one_of(self, key: SessionKey, names: list[GenerationName], passed: list[str]) -> _Whole | None:
        """Of the files with one number the whole one, and if there are several, the one of the highest epoch."""
        found = [whole for name in names if (whole := self._if_whole(key, name, passed)) is not None]
        found.sort(key=lambda whole: whole.generation.server_epoch)
        for other in found[:-1]:
            passed.append(self._put_aside(key, other.name, "a later start of the server gave its number again"))
        return found[-1] if found else None

    def _if_whole(self, key: SessionKey, name: GenerationName, passed: list[str]) -> _Whole | None:
        try:
            header, body = self.whole(self.tree.home(key), name)
        except FileNotFoundError:
            return None
        except DamagedError as fault:
            passed.append(self._put_aside(key, name, str(fault)))
            return None
        except NewerError as fault:
            raise StorageError(
                f"The session was saved by a newer server ({fault}); its files were left as they are.",
                suggestion="Run the server that wrote it, or restore an older backup.",
            ) from fault
        return _Whole(name, header.generation, body)

    def _put_aside(self, key: SessionKey, name: GenerationName, why: str) -> str:
        """Move a file to the quarantine if that can be done; what happened, as text."""
        where = "left where it is"
        if not self.keeps_hands_off:
            with suppress(OSError):
                where = "kept as " + self.tree.quarantine(*self.tree.home(key), name.text)
        return f"generation {name.number}: {why}; {where}"

    def _nothing(self, key: SessionKey, number: int | None, passed: list[str]) -> SessionCorrupt | SessionNotFound:
        folder, damaged = self.tree.quarantined(key)
        if passed or (number is None and damaged):
            return SessionCorrupt("No saved state of the session can be read.", quarantine=folder, damaged=passed)
        if number is None:
            return SessionNotFound("No such session is stored.")
        return SessionNotFound(f"The session has no generation {number}.")

    def history(self, key: SessionKey) -> list[Generation]:
        """The generations whose headers can be read, newest first."""
        folder = self.tree.home(key)
        headers = (self._header_or_none(folder, name) for name in self.tree.generations(*folder))
        return [header.generation for header in headers if header is not None]

    def _header_or_none(self, folder: tuple[str, str], name: GenerationName) -> Header | None:
        try:
            return self.header(folder, name)
        except (DamagedError, NewerError, FileNotFoundError):
            return None

    # Any session

    def stored(self, client: str, session: str) -> StoredSession | None:
        """What a folder's names tell, and where they are digests a header; None where it is no session's."""
        names = self.tree.generations(client, session)
        key = self._key(client, session, names)
        if key is None:
            return None
        if not names:
            damaged = self.tree.quarantined(key)[1]
            return StoredSession(key, Generation(0, damaged[0].saved_at, 0)) if damaged else None
        facts = self.tree.look(self.tree.path(client, session, names[0].text))
        return StoredSession(key, Generation(names[0].number, names[0].saved_at, facts.size if facts else 0))

    def _key(self, client: str, session: str, names: list[GenerationName]) -> SessionKey | None:
        key = SessionKey(client, session)
        if HASHED not in (client[0], session[0]):
            return key if self.tree.home(key) == (client, session) else None
        for name in names:
            header = self._header_or_none((client, session), name)
            if header is not None:
                return header.key
        return None

    def verify(self, key: SessionKey | None) -> Iterator[Finding]:
        """A finding for each file of a session, or of all."""
        homes = [self.tree.home(key)] if key is not None else self._homes()
        for home in homes:
            known = {name.text: name for name in self.tree.generations(*home)}
            for text in sorted(self.tree.names(*home)):
                path = "/".join((*home, text))
                if text in known:
                    yield Finding(path, known[text].number, self._problem(home, known[text]))
                else:
                    yield Finding(path, 0, "its name is not that of a saved state")

    def _homes(self) -> Iterator[tuple[str, str]]:
        return ((client, session) for client in self.tree.names() for session in self.tree.names(client))

    def _problem(self, home: tuple[str, str], name: GenerationName) -> str:
        try:
            self.whole(home, name)
        except (DamagedError, NewerError, OSError) as fault:
            return str(fault)
        return ""
