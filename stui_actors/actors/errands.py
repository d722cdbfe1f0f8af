"""What others ask of a session while it is at work, and that is done between two of its jobs."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from attrs import define, field

from stui_actors.actors.mailbox import Question
from stui_actors.errors import StuiError

R = TypeVar("R")
Deed = Callable[[], Awaitable[None]]


@define(eq=False)
class Errands:
    """What is asked for and not yet done. ``ask`` gets word when there is a first one."""

    ask: Callable[[], None]
    _wanted: list[Question[str]] = field(factory=list)
    _owed: list[Question[None]] = field(factory=list)
    _deeds: list[tuple[Deed, Question[None]]] = field(factory=list)
    _ended: StuiError | None = field(default=None, init=False)

    def __len__(self) -> int:
        return len(self._wanted) + len(self._owed) + len(self._deeds)

    async def copy(self) -> str:
        """The session's text, once its turn has come; raise what kept it from being made."""
        return await self._asked(self._wanted)

    async def durable(self) -> None:
        """Return once all that the session holds now is saved; raise what kept it from being."""
        await self._asked(self._owed)

    async def do(self, deed: Deed) -> None:
        """Return once ``deed`` is done, before anything is saved; raise what it raised, or what kept it from that."""
        self._ask()
        question: Question[None] = Question()
        self._deeds.append((deed, question))
        await question.answered()

    async def _asked(self, waiting: list[Question[R]]) -> R:
        self._ask()
        question: Question[R] = Question()
        waiting.append(question)
        return await question.answered()

    def _ask(self) -> None:
        if self._ended is not None:
            raise self._ended
        if not len(self):
            self.ask()

    async def make(
        self, text_of: Callable[[], Awaitable[str]], save: Callable[[str], Awaitable[StuiError | None]]
    ) -> None:
        """Do the deeds, save, and answer all with one text: who asks while it is written has asked for the same state.

        A copy holds nothing that a crash could take from the session: both would tell of different pasts.
        """
        for deed, question in _taken(self._deeds):
            await _done(deed, question)
        owed = _taken(self._owed)  # who asks during the save may owe what it does not hold
        failure = await save("restore_session")
        for each in owed:
            each.answer(None) if failure is None else each.fail(failure)
        if self._wanted:
            await self._copy(text_of, failure)
        if len(self):
            self.ask()

    async def _copy(self, text_of: Callable[[], Awaitable[str]], failure: StuiError | None) -> None:
        text = await text_of() if failure is None else ""
        for question in _taken(self._wanted):
            question.answer(text) if failure is None else question.fail(failure)

    def fail(self, error: StuiError) -> None:
        """There will be none any more."""
        self._ended = error
        for copy in _taken(self._wanted):
            copy.fail(error)
        for each in (*_taken(self._owed), *(question for _, question in _taken(self._deeds))):
            each.fail(error)


async def _done(deed: Deed, question: Question[None]) -> None:
    try:
        await deed()
    except StuiError as error:
        question.fail(error)
    else:
        question.answer(None)


def _taken(waiting: list[R]) -> list[R]:
    taken = waiting.copy()
    waiting.clear()
    return taken
