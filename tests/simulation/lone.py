"""A client that works alone in sessions of its own, one request after another: so each reply is known beforehand.

It does what would upset the others' log: rolls back, loads contexts, renames, exports, imports, copies, closes.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import trio
from attrs import define, evolve, field, frozen

from stui_actors.protocol.client import Answered
from stui_actors.protocol.messages import Json
from tests.simulation.client import Terminal
from tests.simulation.model import READ, Session, error_type
from tests.simulation.relaxed import ADD

MAX_SESSIONS = 3  # of the client's own: with the shared one and a copy fewer than it may have attached
REFUSED = {True: "SessionNotFound", False: "SessionClosed"}


class Other(Protocol):
    """What the client does beside, in a session that is in its list as well."""

    id: str | None


@frozen
class State:
    """What a session holds."""

    log: str = ""
    name: str = ""
    kept: frozenset[str] = frozenset()
    contexts: tuple[tuple[str, str], ...] = ()


@define(eq=False)
class Book:
    """One session. ``versions``: what it held when it was told to be at a version. ``is_deleted``: None while open."""

    id: str
    state: State = State()
    versions: dict[int, State] = field(factory=dict)
    is_deleted: bool | None = None


@define(eq=False)
class LoneWork:
    """What one terminal does in its own sessions, and what it must be told. ``shared``: the client's other session."""

    terminal: Terminal
    shared: Session
    others: list[Other] = field(factory=list)
    books: list[Book] = field(factory=list)
    exported: list[tuple[str, State]] = field(factory=list)
    copies: list[tuple[frozenset[str], str]] = field(factory=list)
    is_lost: bool = False
    _marks: int = 0

    # Its course

    async def work(self, operations: int) -> None:
        """Do so many operations, chosen by chance, with pauses in which a session may fall asleep."""
        chance = self.terminal.chance
        for _ in range(operations):
            await trio.sleep(chance.uniform(0, 6) if chance.random() < 0.15 else chance.uniform(0, 0.3))
            if self.is_lost:
                return
            book = await self._open_book()
            if book is not None:
                await chance.choice(self._operations())(book)

    def _operations(self) -> list[Callable[[Book], Awaitable[None]]]:
        often = [self.append, self.append, self.append, self.roll_back, self.load_context]
        return [*often, self.save_context, self.rename, self.keep, self.export, self.import_, self.copy, self.close]

    async def _open_book(self) -> Book | None:
        opened = [book for book in self.books if book.is_deleted is None]
        if opened:
            return self.terminal.chance.choice(opened)
        answer = await self._asks("create_session", {})
        return None if answer is None else self._add(answer, State())

    def _add(self, answer: dict[str, Json], state: State) -> Book:
        book = Book(str(answer["session_id"]), state)
        if any(each.id == book.id for each in self.books):
            self._violated(f"the session {book.id} was made twice")
        self.books.append(book)
        return book

    # Asking

    async def _ask(self, command: str, parameters: dict[str, Json], book: Book | None = None) -> Answered:
        named: dict[str, Json] = {} if book is None else {"session_id": book.id}
        return await self.terminal.ask(command, **named, **parameters)

    async def _asks(
        self, command: str, parameters: dict[str, Json], book: Book | None = None, *, may: str = ""
    ) -> dict[str, Json] | None:
        """The result; None where it was refused as it ``may`` be. Another refusal breaks a promise."""
        answer = await self._ask(command, parameters, book)
        if answer.error is None:
            return answer.result or {}
        if self._may_be_lost(answer):
            self.is_lost = True
        elif error_type(answer.error) != may:
            self._violated(f"{command} was answered {error_type(answer.error)}: {answer.error}")
        return None

    def _may_be_lost(self, answer: Answered) -> bool:
        return error_type(answer.error) == "SessionCorrupt" and self.shared.may_be_damaged()

    def _violated(self, text: str) -> None:
        if not self.shared.may_be_damaged():
            self.shared.violated(f"{self.terminal.name} alone: {text}")

    def _new_mark(self) -> str:
        self._marks += 1
        return f"{self.terminal.name}.{self._marks}"

    # Operations

    async def append(self, book: Book) -> None:
        mark = self._new_mark()
        answer = await self._ask("evaluate", {"code": ADD.format(mark=mark)}, book)
        after = evolve(book.state, log=f"{book.state.log}{mark};")
        if error_type(answer.error) == "Interrupted":  # the server was told to end: it is done or not
            await self._settle(book, after)
        elif answer.error is not None:
            self.is_lost = self._may_be_lost(answer)
            self._violated(f"{mark} was answered {error_type(answer.error)}")
        else:
            book.state = after
            self._expect(f"'{after.log}'", (answer.result or {}).get("result"), mark)
            await self._note_version(book)

    async def _settle(self, book: Book, after: State) -> None:
        told = await self._log_of(book)
        if told == after.log:
            book.state = after
        elif told is not None:
            self._expect(book.state.log, told, "after an interruption")

    async def _log_of(self, book: Book) -> str | None:
        answer = await self._ask("evaluate", {"code": READ}, book)
        while error_type(answer.error) == "Interrupted":  # the server was told to end
            answer = await self._ask("evaluate", {"code": READ}, book)
        if answer.error is None:
            return str((answer.result or {})["result"]).strip("'")
        self.is_lost = True
        if not self._may_be_lost(answer):
            self._violated(f"the log of {book.id} was answered {error_type(answer.error)}")
        return None

    async def _note_version(self, book: Book) -> None:
        info = await self._asks("get_session_info", {}, book)
        if info is not None:
            self._expect(book.state.name, info["name"], "the name")
            version = info["version"]
            assert isinstance(version, int), "a version is a number"
            if book.versions.setdefault(version, book.state) != book.state:
                self._violated(f"version {version} was {book.versions[version]} and is {book.state}")

    def _expect(self, expected: object, told: object, what: str) -> None:
        if expected != told:
            self._violated(f"{what}: was told {told}, not {expected}")

    async def rename(self, book: Book) -> None:
        name = self._new_mark()
        if await self._asks("rename_session", {"name": name}, book) is not None:
            book.state = evolve(book.state, name=name)
            await self._note_version(book)

    async def keep(self, book: Book) -> None:
        mark = self._new_mark()
        result = await self._asks("update_session_state", {"state_data": {mark: 1}}, book)
        if result is not None:
            book.state = evolve(book.state, kept=book.state.kept | {mark})
            self._expect(book.state.kept, frozenset(result["session_state"] or ()), "the state")  # type: ignore[arg-type]  # a mapping
            await self._note_version(book)

    async def save_context(self, book: Book) -> None:
        name = self.terminal.chance.choice("ab")
        if await self._asks("save_context", {"name": name}, book) is not None:
            contexts = {**dict(book.state.contexts), name: book.state.log}
            book.state = evolve(book.state, contexts=tuple(sorted(contexts.items())))
            await self._note_version(book)

    async def load_context(self, book: Book) -> None:
        name = self.terminal.chance.choice("ab")
        known = dict(book.state.contexts)
        if await self._asks("load_context", {"name": name}, book, may="" if name in known else "ObjectNotFound"):
            book.state = evolve(book.state, log=known.get(name, "there is no such context"))
            await self._note_version(book)

    async def roll_back(self, book: Book) -> None:
        """Go back to a version that the history lists; it may be thinned out before it is asked for."""
        history = await self._asks("session_history", {}, book)
        if history is None:
            return
        listed = [row["version"] for row in history["generations"]]  # type: ignore[union-attr,index,call-overload]  # rows
        if listed != sorted(listed, reverse=True) or max(listed, default=0) < max(book.versions, default=0):
            self._violated(f"the history has {listed}, and {sorted(book.versions)} were told")
        known = [each for each in listed if each in book.versions]
        if known:
            version = self.terminal.chance.choice(known)
            result = await self._asks("rollback_session", {"version": version}, book, may="InvalidRequest")
            if result is not None:
                book.state = book.versions[version]
                self._expect(book.state.kept, frozenset(result["session_state"] or ()), "the state")  # type: ignore[arg-type]  # a mapping
                await self._note_version(book)

    async def export(self, book: Book) -> None:
        result = await self._asks("export_session", {}, book)
        if result is not None:
            self.exported.append((str(result["data"]), book.state))

    async def import_(self, book: Book) -> None:
        if self.exported and len(self.books) < MAX_SESSIONS:
            data, state = self.terminal.chance.choice(self.exported)
            result = await self._asks("import_session", {"data": data})
            if result is not None:
                await self._note_version(self._add(result, state))

    async def copy(self, book: Book) -> None:
        """Copy the session that the others work in; it is theirs as it was at some moment since this was asked."""
        if self.shared.id is None or self.shared.lost:
            return
        before = frozenset(each.mark for each in self.shared.operations if each.is_acknowledged and each.is_logged)
        parameters: dict[str, Json] = {"session_id": self.shared.id, "on_conflict": "fork"}
        result = await self._asks("restore_session", parameters)
        if result is not None and result.get("forked_from") is not None:
            copy = Book(str(result["session_id"]))
            log = await self._log_of(copy)
            if log is not None and not self.is_lost:
                self.copies.append((before, "" if log == "nil" else log))
            await self._end(copy, delete=True)

    async def close(self, book: Book) -> None:
        delete = self.terminal.chance.random() < 0.5
        await self._end(book, delete=delete)
        book.is_deleted = delete
        await self._check_refused(book)

    async def _end(self, book: Book, *, delete: bool) -> None:
        """Close it; whose reply was lost when it was deleted is told that it is not there."""
        if delete:
            self.terminal.deleted.add(book.id)
        await self._asks("close_session", {"delete": delete}, book, may="SessionNotFound" if delete else "")

    async def _check_refused(self, book: Book) -> None:
        assert book.is_deleted is not None, "it was closed"
        answer = await self._ask("evaluate", {"code": "log"}, book)
        if error_type(answer.error) != REFUSED[book.is_deleted] and not self._may_be_lost(answer):
            self._violated(f"a session closed with delete {book.is_deleted} was answered {answer.error or 'success'}")

    # In the end

    async def check(self) -> None:
        """Compare all sessions with what they should be; the client has no others."""
        for book in self.books:
            if book.is_deleted is not None:
                await self._check_refused(book)
            elif not self.is_lost:
                self._expect(book.state.log, await self._log_of(book), "in the end")
                await self._note_version(book)
        if not self.is_lost and not self.shared.lost and self.shared.id is not None:
            await self._check_list()
        for before, log in self.copies:
            self._check_copy(before, log)

    async def _check_list(self) -> None:
        """No session is missing, and none was made twice: not by a request's late copy after the deletion either."""
        result = await self._asks("list_client_sessions", {})
        if result is not None:
            listed = {row["session_id"] for row in result["sessions"]}  # type: ignore[union-attr,index,call-overload]  # rows
            opened = [book.id for book in self.books if book.is_deleted is None]
            known = {str(self.shared.id), *opened, *(each.id for each in self.others if each.id is not None)}
            self._expect(sorted(known), sorted(map(str, listed)), "the sessions")

    def _check_copy(self, before: frozenset[str], log: str) -> None:
        if self.shared.lost or self.shared.words:
            return
        missing = before - set(log.split(";"))
        if missing or not self.shared.log.startswith(log):
            self._violated(f"a copy had {log}, without {sorted(missing)}, and in the end the log is {self.shared.log}")
