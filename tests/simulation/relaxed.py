"""A session of relaxed durability: a crash may take what was acknowledged within the save interval, and nothing older.

What a crash took may be done again by a late copy of its request, so the order of marks is not what was told first.
"""

import trio
from attrs import define, field

from stui_actors.protocol.messages import Json
from tests.simulation.client import Terminal
from tests.simulation.model import READ, Session, error_type

ADD = "log := (log ifNil: ['']) , '{mark};'"  # one statement: interrupted, it is done or not
SAVING = 1.0  # seconds at most that a save takes on a disk that is only slow


@define(eq=False)
class RelaxedWork:
    """One terminal that appends. ``losses``: when the server was killed, or ended and said that not all was saved.

    ``lag``: seconds before that may be lost.
    """

    terminal: Terminal
    shared: Session
    losses: list[float]
    lag: float
    roams: bool = False  # a server that lost the session, and did not notice yet, may tell of its own changes alone
    id: str | None = None
    acknowledged: dict[str, tuple[float, float]] = field(factory=dict)  # when it was asked for, and when told
    is_lost: bool = False
    _log: list[str] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.terminal.is_strict = False

    async def work(self, operations: int) -> None:
        """Append so many marks, now and then with a pause."""
        result = await self._asks("create_session", {"durability": "relaxed"})
        if result is None:
            return
        self.id = str(result["session_id"])
        chance = self.terminal.chance
        for number in range(operations):
            await trio.sleep(chance.uniform(0, 6) if chance.random() < 0.15 else chance.uniform(0, 0.5))
            mark, asked = f"{self.terminal.name}.{number}", self._now()
            result = await self._asks("evaluate", {"code": ADD.format(mark=mark)})
            if result is not None:
                self._told(str(result["result"]))
                self.acknowledged[mark] = asked, self._now()
                if self._log[-1:] != [mark]:
                    self._violated(f"{mark} was told {self._log}")

    def _now(self) -> float:
        return self.terminal.trace.clock.now

    async def _asks(self, command: str, parameters: dict[str, Json]) -> dict[str, Json] | None:
        named: dict[str, Json] = {} if self.id is None else {"session_id": self.id}
        answer = await self.terminal.ask(command, **named, **parameters)
        kind = error_type(answer.error)
        if kind == "SessionCorrupt" and self.shared.may_be_damaged():
            self.is_lost = True
        elif kind not in ("", "Interrupted"):
            self._violated(f"{command} was answered {kind}: {answer.error}")
        return None if kind else answer.result

    def _told(self, told: str) -> None:
        """Look at a whole log: nothing is there twice, and what is missing was young when a server was killed."""
        self._log = told.strip("'").split(";")[:-1]
        if len(set(self._log)) != len(self._log):
            self._violated(f"something was done twice: {self._log}")
        told = {} if self.roams else self.acknowledged
        for mark, (asked, at) in told.items():  # a reply may be on its way while the server is killed
            if mark not in self._log and not any(asked <= loss <= at + self.lag for loss in self.losses):
                self._violated(f"{mark}, acknowledged at {at:.3f}, is missing: {self._log}; losses {self.losses}")

    def _violated(self, text: str) -> None:
        if not self.shared.may_be_damaged():
            self.shared.violated(f"{self.terminal.name} relaxed: {text}")

    async def check(self) -> None:
        """What was lost stays within what may be."""
        self.roams = False
        if self.id is not None and not self.is_lost:
            result = await self._asks("evaluate", {"code": READ})
            if result is not None:
                self._told(str(result["result"]))
