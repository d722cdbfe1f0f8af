"""A client that changes objects in a session of its own, and reads all of them after each change.

Each reply is known beforehand: what the objects hold, and which of them are the same.
"""

from copy import deepcopy

import trio
from attrs import define, field

from stui_actors.protocol.client import Answered
from stui_actors.protocol.messages import Json
from tests.simulation.client import Terminal
from tests.simulation.hoard import SETUP, TELL, Hoard
from tests.simulation.model import Session, error_type

NOTING = 0.3  # of the changes: the others are known by their replies alone
ROLLING_BACK = 0.08  # of the operations


@define(eq=False)
class HoardWork:
    """One terminal and its hoard. ``shared``: the client's other session. ``versions``: what it held at each."""

    terminal: Terminal
    shared: Session
    hoard: Hoard = field(factory=Hoard.first)
    versions: dict[int, Hoard] = field(factory=dict)
    id: str | None = None
    is_lost: bool = False
    is_made: bool = False

    async def work(self, operations: int) -> None:
        """Change so many things, now and then with a pause or a way back."""
        await self._make()
        chance = self.terminal.chance
        for _ in range(operations):
            await trio.sleep(chance.uniform(0, 6) if chance.random() < 0.1 else chance.uniform(0, 0.3))
            if self.is_lost or not self.is_made:
                return
            await (self._roll_back() if chance.random() < ROLLING_BACK else self._change())

    async def _make(self) -> None:
        answer = await self.terminal.ask("create_session")
        if answer.error is not None:
            self._refused("create_session", answer)
            return
        self.id = str((answer.result or {})["session_id"])
        for code in SETUP:  # each may be done again: a repeat changes nothing
            while error_type((answer := await self._ask(code)).error) == "Interrupted":
                pass
            if answer.error is not None:
                self._refused("what makes the hoard", answer)
                return
        self.is_made = True

    async def _ask(self, code: str) -> Answered:
        return await self.terminal.ask("evaluate", session_id=self.id, code=code)

    async def _change(self) -> None:
        before = deepcopy(self.hoard)
        code = f"{self.hoard.change(self.terminal.chance)}. {TELL}"
        answer = await self._ask(code)
        if error_type(answer.error) == "Interrupted":  # the server was told to end: it is done or not
            await self._settle(before)
        elif answer.error is not None:
            self._refused(code, answer)
        else:
            self._compare(answer, code)
            if self.terminal.chance.random() < NOTING:
                await self._note_version()

    async def _settle(self, before: Hoard) -> None:
        told = await self._told()
        if told == before.told():
            self.hoard = before
        elif told is not None and told != self.hoard.told():
            self._violated(f"after an interruption it has {told}, not {self.hoard.told()}")

    async def _told(self) -> str | None:
        while error_type((answer := await self._ask(TELL)).error) == "Interrupted":
            pass
        if answer.error is not None:
            self._refused("reading", answer)
            return None
        return str((answer.result or {})["result"]).strip("'")

    def _compare(self, answer: Answered, code: str) -> None:
        told, expected = str((answer.result or {}).get("result")), f"'{self.hoard.told()}'"
        if told != expected:
            self._violated(f"{code} was told {told}, not {expected}")

    async def _note_version(self) -> None:
        answer = await self.terminal.ask("get_session_info", session_id=self.id)
        if answer.error is None:
            version = (answer.result or {})["version"]
            assert isinstance(version, int), "a version is a number"
            self.versions[version] = deepcopy(self.hoard)

    async def _roll_back(self) -> None:
        """Go back to a version that is still there; what it held is there again, shared as it was."""
        version = self.terminal.chance.choice([*self.versions, 0])
        parameters: dict[str, Json] = {"session_id": self.id, "version": version}
        answer = await self.terminal.ask("rollback_session", **parameters)
        if answer.error is None:
            self.hoard = deepcopy(self.versions[version])
            await self._note_version()
        elif error_type(answer.error) != "InvalidRequest":  # thinned out
            self._refused("rollback_session", answer)

    def _refused(self, what: str, answer: Answered) -> None:
        self.is_lost = True
        if error_type(answer.error) != "SessionCorrupt":
            self._violated(f"{what} was answered {error_type(answer.error)}: {answer.error}")

    def _violated(self, text: str) -> None:
        if not self.shared.may_be_damaged():
            self.shared.violated(f"{self.terminal.name} hoarding: {text}")

    async def check(self) -> None:
        """All is there, and shared as it was."""
        if self.is_made and not self.is_lost:
            told = await self._told()
            if told is not None and told != self.hoard.told():
                self._violated(f"in the end it has {told}, not {self.hoard.told()}")
