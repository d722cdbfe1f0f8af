"""Damage in a journal as a reader meets it: who may put nothing aside must remember what was passed over."""

from collections.abc import Iterator

from attrs import define, evolve, field

from stui_actors.storage.frames import CUT_OFF, Home, Record
from stui_actors.storage.header import DamagedError, read_body
from stui_actors.storage.journal import Journal
from stui_actors.storage.store import Finding, Loaded
from stui_actors.storage.tree import DELETED, JOURNAL, Tree


@define(eq=False)
class PassedOver:
    """What a store that changes nothing could not read, by session and number."""

    _problems: dict[Home, dict[int, str]] = field(init=False, factory=dict)

    def note(self, home: Home, number: int, problem: str) -> None:
        """A generation cannot be read."""
        self._problems.setdefault(home, {})[number] = problem

    def told(self, loaded: Loaded, home: Home) -> Loaded:
        """``loaded``, with the word of each of the session's later generations, newest first."""
        found = sorted(self._problems.get(home, {}).items(), reverse=True)
        later = [(number, problem) for number, problem in found if number > loaded.generation.number]
        words = [f"generation {number}: {problem}; left where it is" for number, problem in later]
        return evolve(loaded, recovered_from=(*words, *loaded.recovered_from)) if words else loaded


def journal_findings(journal: Journal, tree: Tree, home: Home | None, most: int) -> Iterator[Finding]:
    """A finding for each record of a session, or of all that were not deleted; raise OSError, NewerError.

    The record that a server is just writing is none. ``most``: bytes of a body.
    """
    deleted = frozenset(tree.names(DELETED))
    for name, data in journal.left():
        for record in journal.records_in(name, data):
            if home not in (None, record.home) or "+".join(record.home) in deleted:
                continue
            if record.problem == CUT_OFF and journal.length_of(name) != len(data):
                continue
            number = 0 if record.header is None else record.header.generation.number
            problem = record.problem or _problem_of(record, data, most)
            yield Finding(f"{JOURNAL}/{name}@{record.start}", number, problem)


def _problem_of(record: Record, data: bytes, most: int) -> str:
    assert record.header is not None, "a whole record has its first line"
    try:
        read_body(record.header, data[record.start : record.start + record.length], most)
    except DamagedError as fault:
        return str(fault)
    return ""
