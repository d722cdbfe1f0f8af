"""What others ask of a session while it is at work, and that is done between two of its jobs: copies, durability."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from attrs import define, field

from stui_actors.actors.mailbox import Question
from stui_actors.errors import StuiError

R = TypeVar("R")


@define(eq=False)
class Errands:
    """What is asked for and not yet done. ``ask`` gets word when there is a first one."""

    ask: Callable[[], None]
    _wanted: list[Question[str]] = field(factory=list)
    _owed: list[Question[None]] = field(factory=list)
    _ended: StuiError | None = field(default=None, init=False)

    def __len__(self) -> int:
        return len(self._wanted) + len(self._owed)

    async def copy(self) -> str:
        """The session's text, once its turn has come; raise what kept it from being made."""
        return await self._asked(self._wanted)

    async def durable(self) -> None:
        """Return once all that the session holds now is saved; raise what kept it from being."""
        await self._asked(self._owed)

    async def _asked(self, waiting: list[Question[R]]) -> R:
        if self._ended is not None:
            raise self._ended
        if not len(self):
            self.ask()
        question: Question[R] = Question()
        waiting.append(question)
        return await question.answered()

    async def make(
        self, text_of: Callable[[], Awaitable[str]], save: Callable[[str], Awaitable[StuiError | None]]
    ) -> None:
        """Save, and answer all with one text: who asks while it is written has asked for the same state.

        A copy holds nothing that a crash could take from the session: both would tell of different pasts.
        """
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
        for each in _taken(self._owed):
            each.fail(error)


def _taken(waiting: list[Question[R]]) -> list[Question[R]]:
    taken = waiting.copy()
    waiting.clear()
    return taken
