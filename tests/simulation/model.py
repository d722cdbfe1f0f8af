"""What one session should be: its operations in the order in which its log tells that they were done.

Each operation that changes the workspace adds its own mark to a log there, and answers the whole log. So a reply says
after which operations it came, and two replies must agree about that: one log begins with the other.
"""

from collections.abc import Callable
from math import inf
from random import Random

from attrs import define, field

from stui_actors.errors import StuiError
from stui_actors.protocol.client import Answered
from stui_actors.protocol.messages import Json

ADD = "log := log isNil ifTrue: ['{mark};'] ifFalse: [log , '{mark};']. n := n isNil ifTrue: [1] ifFalse: [n + 1]. "
READ = "log ifNil: ['']"
BAG = "(bag ifNil: [#()]) inject: '' into: [:all :each | all , each printString , ',']"
TELL = f"n printString , ' ' , ({BAG}) , ' ' , log"
KINDS = {
    "append": ADD + TELL,
    "fail": ADD + "1 / 0",
    "work": ADD + "1 to: 2000 do: [:each | each * each]. " + TELL,
    "wait": ADD + "(Delay forMilliseconds: 300) wait. " + TELL,
    "endless": ADD + "[true] whileTrue",
    "object": ADD + "bag := bag isNil ifTrue: [OrderedCollection with: n] ifFalse: [bag add: n; yourself]. " + TELL,
    "fenced": ADD + TELL,
    "stale": ADD + TELL,
    "read": "log",
}
DONE_BY_ERROR = {"fail": "EvaluationError", "endless": "Timeout", "stale": "SessionConflict"}
CHOICES = (
    "fenced",
    "stale",
    "append",
    "append",
    "append",
    "object",
    "fail",
    "work",
    "wait",
    "endless",
    "read",
    "keep",
    "restore",
    "takeover",
    "info",
)
FENCED = ("fenced", "stale")  # sent with the epoch of an attachment: the newest that the terminal knows, and an older


@define(eq=False)
class Operation:
    """Something a client asks once. ``before``: the marks that were acknowledged when it was sent."""

    kind: str
    mark: str
    before: frozenset[str] = frozenset()
    answer: Answered | None = None
    epoch: str | None = None
    sent_at: float = 0.0
    answered_at: float = inf
    since: tuple[float, float] = (0.0, 0.0)  # when the attachment after the one that it names was asked for, and told

    @property
    def command(self) -> str:
        """The command that does it."""
        special = {
            "keep": "update_session_state",
            "restore": "restore_session",
            "takeover": "restore_session",
            "info": "get_session_info",
        }
        return special.get(self.kind, "evaluate")

    @property
    def parameters(self) -> dict[str, Json]:
        """What goes with the command."""
        if self.kind == "keep":
            return {"state_data": {self.mark: 1}}
        if self.kind == "takeover":
            return {"on_conflict": "takeover"}
        if self.command != "evaluate":
            return {}
        if self.kind in FENCED:
            return {"code": KINDS[self.kind].format(mark=self.mark), "session_epoch": self.epoch}
        code = KINDS[self.kind].format(mark=self.mark)
        return {"code": code, "timeout": 0.03} if self.kind == "endless" else {"code": code}

    @property
    def is_logged(self) -> bool:
        """Whether it adds its mark to the log."""
        return self.command == "evaluate" and self.kind != "read"

    @property
    def is_acknowledged(self) -> bool:
        """Whether an answer said that it was done."""
        if self.answer is None or self.kind == "stale":
            return False
        expected = DONE_BY_ERROR.get(self.kind)
        return self.answer.error is None if expected is None else error_type(self.answer.error) == expected


def error_type(error: StuiError | None) -> str:
    """What the wire calls it."""
    return "" if error is None else error.error_type


def some_operations(client_id: str, terminal: int, count: int, chance: Random) -> list[Operation]:
    """Operations of any kind, each with its own mark."""
    return [Operation(chance.choice(CHOICES), f"{client_id}.{terminal}.{number}") for number in range(count)]


@define(eq=False)
class Session:
    """What a client did in its session and was told. ``violated`` notes a broken promise."""

    client_id: str
    durability: str
    violated: Callable[[str], None]
    may_be_damaged: Callable[[], bool]
    was_cut_off: Callable[[], bool]  # there was a power cut
    was_robbed: Callable[[], bool]  # there was one, on a disk that had lied
    losses: list[float]  # when the server was killed, or ended and said that not all was saved
    lag: float = 0.0  # seconds that a read may be old: another server may have the session, which is noticed later
    id: str | None = None
    operations: list[Operation] = field(factory=list)
    words: list[str] = field(factory=list)
    lost: str = ""
    log: str = ""
    kept: dict[str, Json] = field(factory=dict)

    # While it runs

    def sent(self, operation: Operation, now: float) -> None:
        operation.sent_at = now
        operation.before = frozenset(each.mark for each in self.operations if each.is_acknowledged)
        self.operations.append(operation)

    def answered(self, operation: Operation, answer: Answered, now: float) -> None:
        operation.answer, operation.answered_at = answer, now
        expected = DONE_BY_ERROR.get(operation.kind, "")
        if error_type(answer.error) != expected:
            self._unexpected(operation, answer)

    def _unexpected(self, operation: Operation, answer: Answered) -> None:
        kind = error_type(answer.error)
        if kind == "SessionConflict" and operation.kind != "takeover":  # another connection has it: nothing is done
            return
        if self._may_be_lost(kind):
            self.lost = kind
            return
        if kind in ("Interrupted",):  # the server was told to end
            return
        if kind == "" and operation.kind == "stale" and self._may_be_forgotten(operation.since):
            return
        self.violated(f"{operation.mark} ({operation.kind}) was answered {kind or 'success'}: {answer.error}")

    def _may_be_forgotten(self, since: tuple[float, float]) -> bool:
        """Whether the server was killed, or could not save, after it attached somebody, and before that was saved.

        Or the disk lost that again. ``since``: when the attachment was asked for, and told.
        """
        asked_at, told_at = since
        is_forgotten = (asked_at <= loss and not self._was_saved(told_at, loss) for loss in self.losses)
        return self.may_be_damaged() or self.was_robbed() or any(is_forgotten)

    def _was_saved(self, since: float, loss: float) -> bool:
        """Whether something that was done between the two was acknowledged, and all before it is saved by that."""
        return self.durability == "strict" and any(
            since < each.sent_at and each.answered_at < loss
            for each in self.operations
            if each.is_acknowledged and each.is_logged
        )

    def refused(self, what: str, error: StuiError) -> None:
        if self._may_be_lost(error.error_type):
            self.lost = error.error_type
            return
        self.violated(f"{what} of {self.client_id} was answered {error.error_type}: {error}")

    def _may_be_lost(self, kind: str) -> bool:
        """Whether an error of this type is what the disk deserves."""
        return (kind == "SessionCorrupt" and self.may_be_damaged()) or (kind == "SessionNotFound" and self.was_robbed())

    def recovered(self, words: Json) -> None:
        """The server said that it passed over damaged generations.

        After a power cut it may say that of one that was only being written, which nobody was told of.
        """
        if isinstance(words, list) and words:
            if self.may_be_damaged():
                self.words = [str(each) for each in words]
            elif not self.was_cut_off():
                self.violated(f"{self.client_id} fell back without damage: {words}")

    # In the end

    def check(self) -> None:
        """Compare all that was told with the log as it is in the end."""
        if self.lost:
            return
        if self.words or self.was_robbed():  # something is lost; what it gave is what it had at some time
            return
        marks = self.log.split(";")[:-1]
        if len(set(marks)) != len(marks):
            self.violated(f"something was done twice in the session of {self.client_id}: {self.log}")
        for mark in marks:
            if mark.partition(".")[0] != self.client_id:
                self.violated(f"{self.client_id} sees {mark}")
        for each in self.operations:
            self._check_operation(each, marks)

    def _check_bag(self, operation: Operation, bag: list[str], seen: list[str]) -> None:
        """The collection has the number of each operation that added to it; one that was interrupted may not have."""
        adding = {each.mark: each.is_acknowledged for each in self.operations if each.kind == "object"}
        allowed = [(str(place), adding[mark]) for place, mark in enumerate(seen, 1) if mark in adding]
        missing = {place for place, is_due in allowed if is_due} - set(bag)
        if missing or bag != [place for place, _ in allowed if place in bag]:
            self.violated(f"{operation.mark} was told of a collection with {bag}, of {allowed}")

    def at_rest(self) -> tuple[str, str, list[str]]:
        """What there is of it before the server is started once more."""
        return self.log, self.lost, self.words

    def check_restarted(self, before: tuple[str, str, list[str]]) -> None:
        """It has what it had; or the server said anew that damage took the end of it, or all."""
        log, lost, words = before
        is_told = self.lost != lost or (self.words != words and log.startswith(self.log))
        if self.log != log and not is_told:  # a bit may have been flipped that was read only now
            self.violated(f"after a restart the log of {self.client_id} is {self.log!r}, not {log!r}")

    def _check_operation(self, operation: Operation, marks: list[str]) -> None:
        if operation.is_acknowledged and operation.is_logged and operation.mark not in marks:
            self.violated(f"{operation.mark} was acknowledged and is missing: {self.log}")
        refused = error_type(operation.answer and operation.answer.error) == "SessionConflict"
        if refused and operation.mark in marks:
            self.violated(f"{operation.mark} was refused and done: {self.log}")
        if operation.is_acknowledged and operation.kind == "keep" and operation.mark not in self.kept:
            self.violated(f"{operation.mark} was acknowledged and is missing from the state: {sorted(self.kept)}")
        if operation.answer is not None and operation.answer.error is None and operation.command == "evaluate":
            self._check_reply(operation, str((operation.answer.result or {}).get("result")), marks)

    def _owed_to(self, operation: Operation) -> frozenset[str]:
        """The marks that its reply must tell of, if they are there."""
        if not self.lag or operation.kind != "read":
            return operation.before
        told = {each.mark for each in self.operations if each.answered_at < operation.sent_at - self.lag}
        return operation.before & told

    def _check_reply(self, operation: Operation, result: str, marks: list[str]) -> None:
        told, count = result.strip("'"), None
        if operation.is_logged:
            count, bag, told = told.split(" ")
        seen = [] if told == "nil" else told.split(";")[:-1]
        if operation.is_logged:
            self._check_bag(operation, bag.split(",")[:-1], seen)
        if seen != marks[: len(seen)]:
            self.violated(f"{operation.mark} was told {result}, and in the end the log is {self.log}")
        missing = {mark for mark in self._owed_to(operation) if mark in marks} - set(seen)
        if missing:
            self.violated(f"{operation.mark} came after {sorted(missing)}, and was told {result}")
        if operation.is_logged and (seen[-1:] != [operation.mark] or count != str(len(seen))):
            self.violated(f"{operation.mark} was told {result}")
