"""Reads the events of a session."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.commands.limits import MAX_LINE, capped_wait, counted
from stui_actors.protocol.messages import Event, Json
from stui_actors.protocol.times import iso_time

MAX_EVENTS = 1000  # per answer: it must stay below the largest message


@parameters_of_command
class PollEventsParameters:
    """What ``poll_events`` takes."""

    after: int = optional("only events numbered above this; all that are kept, where it is above ``last_event_seq``", 0)
    wait: float = optional("seconds to wait for one, if there is none", 0.0)
    limit: int = optional("at most so many", 100)


@result_of_command
class PollEventsResult:
    """What ``poll_events`` answers."""

    events: list[dict[str, Json]] = required(
        "oldest first: ``evaluation_started``, ``evaluation_finished`` (with has_error, error_type and error), "
        "``transcript``; of forked processes ``transcript`` and ``process_failed`` with process, name and parent, and "
        "``processes_ended``; ``session_rolled_back`` where what processes made of the session was too large to be "
        "saved; ``session_taken_over`` by another connection; ``session_expiring`` for want of use; ``server_draining``"
    )
    last_event_seq: int = required("the number of the session's newest event")
    events_lost: dict[str, Json] | None = optional("bounds of a gap that was dropped before anybody asked", None)


class PollEvents(Command):
    """Read the events of a session: what a REQ client uses where a DEALER is pushed."""

    name: ClassVar[str] = "poll_events"
    text: ClassVar[str] = "Read the events of a session: what a REQ client uses where a DEALER is pushed."
    feature: ClassVar[str] = "events"
    overtakes: ClassVar[bool] = True
    parameters = PollEventsParameters
    result = PollEventsResult

    async def run(self, context: Context, parameters: PollEventsParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``PollEventsResult``."""
        session = context.session
        limit = counted(parameters.limit, MAX_EVENTS, "limit", context)
        after = session.events.place_of(counted(parameters.after, MAX_LINE, "after", context))
        wait = capped_wait(parameters.wait, context)
        if session.events.last_seq <= after and wait > 0:
            await context.shelf.wait_for_events(session, after, wait)
        found, lost = session.events.after(after, limit)
        answer: dict[str, Json] = {
            "events": [event_json(each) for each in found],
            "last_event_seq": session.events.last_seq,
        }
        if lost is not None:
            answer["events_lost"] = {"first": lost.first, "last": lost.last}
        return answer


def event_json(event: Event) -> Json:
    """An event as it is pushed, but for its envelope."""
    return {
        "event": event.kind,
        "session_id": event.session_id,
        "seq": event.seq,
        "request_id": event.request_id,
        "data": event.data,
        "timestamp": iso_time(event.timestamp),
    }
