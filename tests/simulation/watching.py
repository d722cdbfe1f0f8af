"""A client that watches the events of a session of its own, asks for results later, and uses ids a second time.

What it evaluates tells what its events must be: which there are, in which order, and whose. Each event has a number of
its own for good: polled, pushed, before a crash and after it.
"""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import trio
from attrs import define, field, frozen

from stui_actors.protocol.client import Answered
from tests.simulation.client import Terminal
from tests.simulation.model import READ, Session, error_type
from tests.simulation.relaxed import ADD

SAY = "Transcript show: '<{mark}>'. "
FORK = "[(Delay forMilliseconds: 200) wait. Transcript show: '<{mark}>'] fork. "
WAIT = "(Delay forMilliseconds: 400) wait. "
PENDING_AFTER = 0.05  # seconds: less than such a wait
MARK = re.compile(r"<(.+?)>")
STARTS = 20  # of the server, at most
AT_ONCE = 1000  # events per poll: more than there ever are


@frozen
class Done:
    """An evaluation that was answered. ``output``: what it wrote itself. ``is_failed``: with an error of its own."""

    request_id: str
    asked_at: float
    output: str
    is_failed: bool


@define(eq=False)
class Stream:
    """The events that were told of one session. ``next``: the first number that no poll told of or called lost."""

    violated: Callable[[str], None]
    losses: list[float]
    failures: list[float]  # when the disk failed: what a session tells that wakes then may be taken for more than it is
    told: dict[int, str] = field(factory=dict)
    rows: dict[int, dict[str, Any]] = field(factory=dict)
    next: int = 1
    polled_at: float = 0.0
    origins: dict[str, str] = field(factory=dict)  # marks, and the requests that are to write them
    unchecked: list[Done] = field(factory=list)

    def heard(self, row: dict[str, Any]) -> None:
        """An event was told, by whatever way: its number is its own, and it says whose it is."""
        seq, text = row["seq"], json.dumps(row, sort_keys=True)
        if self.told.setdefault(seq, text) != text:
            self.violated(f"event {seq} was {self.told[seq]} and is {text}")
        self.rows[seq] = row
        for mark in MARK.findall(str(row["data"].get("text", ""))):
            if row["request_id"] != self.origins[mark] or (row["data"]["process"] == 0) == ("fork" in mark):
                self.violated(f"{mark} was written by {row}, not by {self.origins[mark]}")

    def polled(self, result: dict[str, Any], asked_at: float) -> None:
        """A poll from ``next`` on was answered: nothing is missing without a word, and no word without a reason."""
        lost, rows = result.get("events_lost"), result["events"]
        if result["last_event_seq"] < self.next - 1:  # told of by a server that could save nothing, and was killed
            if not self.failures or not self._was_lossy_since(self.polled_at):
                self.violated(
                    f"the newest event is {result['last_event_seq']}, after {self.next - 1}, without a reason"
                )
            self.next = 1
        if lost is not None:
            if lost["first"] != self.next or lost["last"] < lost["first"]:
                self.violated(f"{lost} is said to be lost, where {self.next} was asked for")
            if not self.failures and not self._was_lossy_since(self.polled_at):
                self.violated(f"{lost} is said to be lost, without a reason since {self.polled_at:.3f}")
            self.next = lost["last"] + 1
        for row in rows:
            if row["seq"] != self.next:
                self.violated(f"event {row['seq']} was told, where {self.next} comes next")
            self.heard(row)
            self.next = row["seq"] + 1
        if self.next != result["last_event_seq"] + 1:
            self.violated(f"the newest event is {result['last_event_seq']}, and they were told up to {self.next - 1}")
        self.polled_at = asked_at
        for done in self.unchecked:
            if not self._was_lossy_since(done.asked_at):
                self._check(done)
        self.unchecked = []

    def _was_lossy_since(self, at: float) -> bool:
        return any(at <= each for each in (*self.losses, *self.failures))

    def _check(self, done: Done) -> None:
        """An evaluation has its events: begun once, ended once, and all that it wrote in between."""
        rows = [row for _, row in sorted(self.rows.items()) if row["request_id"] == done.request_id]
        own = [row for row in rows if row["data"]["process"] == 0]
        kinds = [row["event"] for row in own]
        written = "".join(row["data"]["text"] for row in own if row["event"] == "transcript")
        begin, end = kinds[:1] == ["evaluation_started"], kinds[-1:] == ["evaluation_finished"]
        if not begin or not end or set(kinds[1:-1]) - {"transcript"}:
            self.violated(f"the events of {done.request_id} are {kinds}")
        elif written != done.output or own[-1]["data"]["has_error"] != done.is_failed:
            self.violated(f"{done.request_id} wrote {done.output!r}, and its events are {own}")


@define(eq=False)
class WatchWork:
    """One terminal that evaluates and watches; another uses its ids. ``shared``: the client's other session."""

    terminal: Terminal
    other: Terminal
    shared: Session
    failures: list[float]
    stream: Stream = field(init=False)
    id: str | None = None
    is_lost: bool = False
    log: str = ""
    used: list[str] = field(factory=list)
    _marks: int = 0

    def __attrs_post_init__(self) -> None:
        self.stream = Stream(self._violated, self.shared.losses, self.failures)
        self.terminal.heard = self.other.heard = self.stream.heard

    def _violated(self, text: str) -> None:
        if not self.shared.may_be_damaged():
            self.shared.violated(f"{self.terminal.name} watching: {text}")

    async def work(self, operations: int) -> None:
        """Do so many things, now and then with a pause in which the session may fall asleep."""
        await self._make()
        chance = self.terminal.chance
        for _ in range(operations):
            await trio.sleep(chance.uniform(0, 6) if chance.random() < 0.15 else chance.uniform(0, 0.3))
            if self.id is None or self.is_lost:
                return
            await chance.choice(self._operations())()
            if chance.random() < 0.6:
                await self.poll()

    def _operations(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        often = (self.say, self.say, self.wait, self.wait, self.attach, self.attach)
        return *often, self.fork, self.fail, self.use_again

    async def _make(self) -> None:
        answer = await self.terminal.ask("create_session", events=True)
        if answer.error is None:
            self.id = str((answer.result or {})["session_id"])
        else:
            self._refused("create_session", answer)

    def _refused(self, what: str, answer: Answered) -> None:
        self.is_lost = True
        self._violated(f"{what} was answered {error_type(answer.error)}: {answer.error}")

    async def attach(self) -> None:
        """Be pushed the events from now on, over whatever connection it has by now."""
        answer = await self.terminal.ask("restore_session", session_id=self.id, on_conflict="takeover", events=True)
        if answer.error is not None:
            self._refused("restore_session", answer)

    # What it evaluates

    async def say(self) -> None:
        await self._evaluate("say", SAY)

    async def fork(self) -> None:
        await self._evaluate("fork", FORK)

    async def fail(self) -> None:
        await self._evaluate("fail", SAY, end=". 1 / 0")

    async def wait(self) -> None:
        """Be answered that it still runs, perhaps, and ask for its result."""
        await self._evaluate("wait", WAIT + SAY, wait=PENDING_AFTER)

    async def _evaluate(self, kind: str, begin: str, *, end: str = "", **parameters: float) -> None:
        self._marks += 1
        mark, request_id, now = f"{self.terminal.name}.{self._marks}.{kind}", self.terminal.new_id(), self._now()
        self.stream.origins[mark] = request_id
        code = begin.format(mark=mark) + ADD.format(mark=mark) + end
        answer = await self._answer_to(request_id, code, parameters)
        if error_type(answer.error) == "Interrupted":  # the server was told to end: it is done or not
            await self._settle(f"{self.log}{mark};")
        elif error_type(answer.error) == "SessionConflict":  # a late copy of an attachment came over another connection
            await self.attach()
        elif error_type(answer.error) != ("EvaluationError" if end else ""):
            self._refused(code, answer)
        else:
            self.log += f"{mark};"
            if not end and (told := str((answer.result or {})["result"])) != f"'{self.log}'":
                self._violated(f"{mark} was told {told}, not {self.log}")
            self.used.append(request_id)
            self.stream.unchecked.append(Done(request_id, now, f"<{mark}>" if kind != "fork" else "", bool(end)))

    async def _answer_to(self, request_id: str, code: str, parameters: dict[str, float]) -> Answered:
        """The answer to an evaluation, asked for until it is no longer pending; sent again where nobody knows of it.

        It is not known where the server was killed, or told to end, while it ran: no more often than servers start.
        """
        for _ in range(STARTS):
            answer = await self.terminal.ask_as(request_id, "evaluate", session_id=self.id, code=code, **parameters)
            while (answer.result or {}).get("pending"):
                if self.terminal.chance.random() < 0.5:
                    await self.poll()
                answer = await self.terminal.ask("get_result", session_id=self.id, request_id=request_id, wait=1.0)
            if error_type(answer.error) not in ("InvalidRequest", "SessionConflict") or answer.id == request_id:
                break  # else it is not its own answer, but that of who asked for it
        return answer

    async def _settle(self, after: str) -> None:
        told = await self._read()
        if told == after:
            self.log = after
        elif told is not None and told != self.log:
            self._violated(f"after an interruption the log is {told}, not {self.log}")

    async def _read(self) -> str | None:
        while (refusal := error_type((answer := await self._ask_log()).error)) in ("Interrupted", "SessionConflict"):
            if refusal == "SessionConflict":  # as in ``_evaluate``
                await self.attach()
        if answer.error is not None:
            self._refused("reading", answer)
            return None
        return str((answer.result or {})["result"]).strip("'")

    async def _ask_log(self) -> Answered:
        return await self.terminal.ask("evaluate", session_id=self.id, code=READ)

    async def use_again(self) -> None:
        """Ask for something else under an id that was used: it is refused, and not done."""
        if self.used:
            request_id = self.terminal.chance.choice(self.used)
            code = ADD.format(mark=f"{self.terminal.name}.again")
            answer = await self.other.ask_as(request_id, "evaluate", session_id=self.id, code=code)
            reason = "" if answer.error is None else answer.error.details.get("reason")
            if error_type(answer.error) != "InvalidRequest" or reason != "id_reused":
                self._violated(f"{request_id}, used again, was answered {error_type(answer.error) or 'success'}")

    # What it watches

    def _now(self) -> float:
        return self.terminal.trace.clock.now

    async def poll(self) -> None:
        """Ask for what is new."""
        now, wait = self._now(), self.terminal.chance.choice((0.0, 1.0))
        answer = await self.terminal.ask(
            "poll_events", session_id=self.id, after=self.stream.next - 1, wait=wait, limit=AT_ONCE
        )
        if answer.error is not None:
            self._refused("poll_events", answer)
        else:
            self.stream.polled(answer.result or {}, now)

    async def check(self) -> None:
        """All is there; what is kept of the events is what they were."""
        if self.id is None or self.is_lost:
            return
        told = await self._read()
        if told is not None and told != self.log:
            self._violated(f"in the end the log is {told}, not {self.log}")
        await self.poll()
        answer = await self.terminal.ask("poll_events", session_id=self.id, limit=AT_ONCE)
        for row in (answer.result or {}).get("events", []):  # type: ignore[union-attr]  # rows
            self.stream.heard(row)  # type: ignore[arg-type]  # an event
