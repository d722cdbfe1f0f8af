"""What a listing tells of a session that is on disk only: taken from the session, or cut out of its text.

A text is long, and its last line tells what counts: there these facts come first, so little of it is looked at.
"""

import re

from attrs import frozen

from stui_actors.errors import SessionCorrupt
from stui_actors.protocol.messages import Json
from stui_actors.protocol.times import iso_time
from stui_actors.session.delta import BEGIN
from stui_actors.session.record import SCHEMA, read_record
from stui_actors.session.session import Session

COUNTERS = ("requests", "evaluations", "errors", "restores")
_NUMBER, _COUNT, _TEXT = r"([0-9]++(?:\.[0-9]++)?+)", r"([0-9]++)", r"'([^'\\]*+)'"
_AS_WRITTEN = re.compile(
    rf"(?:{{'schema':{SCHEMA},)?+'session':{{'id':{_TEXT},'client_id':{_TEXT},'name':{_TEXT},'created_at':{_NUMBER}"
    rf",'last_used':{_NUMBER},'last_modified':{_NUMBER},'timeout':{_NUMBER},'durability':{_TEXT},'version':{_COUNT}"
    rf",'closed':(true|false)(?:,'epoch':(?:nil|'[^'\\]*+'))?+}}"
    rf",'statistics':{{'requests':{_COUNT},'evaluations':{_COUNT},'errors':{_COUNT},'restores':{_COUNT}}}"
)  # what is spelled otherwise is read as any text: that takes a hundred times as long


@frozen
class StoredFacts:
    """A session as it was last saved. Times in seconds since the epoch, ``size`` in bytes.

    ``counts``: those that COUNTERS names.
    """

    name: str
    created_at: float
    last_used: float
    last_modified: float
    timeout: float
    version: int
    closed: bool
    counts: tuple[int, ...]
    size: int = 0

    def info(self, session_id: str, client_id: str, retention: float, now: float) -> dict[str, Json]:
        """``get_session_info`` of it."""
        return {
            "session_id": session_id,
            "client_id": client_id,
            "name": self.name,
            "created_at": iso_time(self.created_at),
            "last_modified": iso_time(self.last_modified),
            "timeout": self.timeout,
            "is_active": not self.closed,
            "is_expired": now - self.last_used > retention,
            "time_until_expiry": max(0.0, round(self.last_used + retention - now, 3)),
            "version": self.version,
            "state": "sleeping",
            "size_bytes": self.size,
            "statistics": dict(zip(COUNTERS, self.counts, strict=True)),
        }


def facts_of(session: Session) -> StoredFacts:
    """Those of a session that is saved just now."""
    counted = session.statistics
    return StoredFacts(
        session.name,
        session.created_at,
        session.last_used,
        session.last_modified,
        session.timeout,
        session.version,
        session.closed,
        tuple(getattr(counted, each) for each in COUNTERS),
    )


def facts_in(body: str, size: int) -> StoredFacts:
    """Those that a session's text tells last; raise SessionCorrupt where it is none."""
    start = body.rfind(BEGIN)
    found = _AS_WRITTEN.match(body, 0 if start < 0 else start + len(BEGIN))
    if found is None:
        return _facts_read(body, size)
    _, _, name, created_at, last_used, last_modified, timeout, _, version, closed, *counts = found.groups()
    return StoredFacts(
        name,
        _number(created_at),
        _number(last_used),
        _number(last_modified),
        _number(timeout),
        int(version),
        closed == "true",
        tuple(map(int, counts)),
        size,
    )


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)


def _facts_read(body: str, size: int) -> StoredFacts:
    """The same, with all before them read as well."""
    record = read_record(body)
    known, counted = record.section("session"), record.section("statistics")
    try:
        return StoredFacts(
            str(known["name"]),
            _number(str(known["created_at"])),
            _number(str(known["last_used"])),
            _number(str(known["last_modified"])),
            _number(str(known["timeout"])),
            int(str(known["version"])),
            known["closed"] is True,
            tuple(int(str(counted[each])) for each in COUNTERS),
            size,
        )
    except (KeyError, ValueError) as error:
        raise SessionCorrupt(f"The session's record lacks something: {error}") from error
