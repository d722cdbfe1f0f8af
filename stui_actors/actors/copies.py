"""Copies of a session that were asked for while it is at work: all are made at once, between two of its jobs."""

from collections.abc import Awaitable, Callable

from attrs import define, field

from stui_actors.actors.mailbox import Question
from stui_actors.errors import StuiError


@define(eq=False)
class Copies:
    """Those that are asked for and not yet made. ``ask`` gets word when there is a first one."""

    ask: Callable[[], None]
    _wanted: list[Question[str]] = field(factory=list)

    def __len__(self) -> int:
        return len(self._wanted)

    async def one(self) -> str:
        """The session's text, once its turn has come; raise what kept it from being made."""
        if not self._wanted:
            self.ask()
        question: Question[str] = Question()
        self._wanted.append(question)
        return await question.answered()

    async def make(self, text_of: Callable[[], Awaitable[str]]) -> None:
        """Answer all with one text: who asks while it is written has asked for the same state."""
        text = await text_of()
        for question in self._taken():
            question.answer(text)

    def fail(self, error: StuiError) -> None:
        """There will be none."""
        for question in self._taken():
            question.fail(error)

    def _taken(self) -> list[Question[str]]:
        wanted, self._wanted = self._wanted, []
        return wanted
