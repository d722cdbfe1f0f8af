"""What is to be said of a session that nobody uses."""

from stui_actors.actors.session_worker import SessionWorker
from stui_actors.protocol.times import iso_time

WARNED = 0.9  # of its retention: from here on a session's disuse is told, once until it is used again


def warn_of_expiry(worker: SessionWorker, now: float) -> None:
    """Tell that a session in memory is about to expire; nobody hears of one that did nothing since it woke."""
    session = worker.opened
    if (
        session.is_warned
        or not session.persistent
        or not session.events.is_reserved
        or now - session.last_used <= WARNED * session.retention
    ):
        return
    session.is_warned = True
    worker.tell("session_expiring", {"expires_at": iso_time(session.last_used + session.retention)})
