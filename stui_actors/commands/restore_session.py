"""Attaches a connection to a session that exists."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context, OnConflict
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.commands.get_session_info import GetSessionInfoResult
from stui_actors.errors import (
    SessionClosed,
    SessionConflict,
    SessionCorrupt,
    SessionExpired,
    SessionLimitExceeded,
    SessionNotFound,
    StorageError,
    UnsupportedOperation,
)
from stui_actors.protocol.messages import Json
from stui_actors.session.session import Session


@parameters_of_command
class RestoreSessionParameters:
    """What ``restore_session`` takes."""

    on_conflict: OnConflict = optional(
        "where the session is attached elsewhere and alive: ``reject`` the request, ``takeover`` the session, so that "
        "the other connection can write no more, or ``fork`` it, which attaches a copy, a session of its own",
        "reject",
    )
    events: bool = optional("push the session's events to this connection (DEALER only)", False)


@result_of_command
class RestoreSessionResult(GetSessionInfoResult):
    """What ``restore_session`` answers: what ``get_session_info`` does, and all state."""

    session_state: dict[str, Json] = required("what ``update_session_state`` merged")
    workspace_context: dict[str, Json] = required("as the client stored it")
    object_registry: dict[str, Json] = required("as the client stored it")
    inspector_state: dict[str, Json] = required("as the client stored it")
    preferences: dict[str, Json] = required("as the client stored it")
    capabilities: list[str] = required("as the client stored them")
    workspace: dict[str, Json] = required(
        "a summary of the live workspace: variables, classes, history_count, registry_count"
    )
    client_specific_data: bool = required("true")
    recovered_from: list[str] = required("damaged generations that were passed over; empty in a healthy session")
    not_restored: list[str] = required("what of the workspace could not be brought back, each by name")
    last_event_seq: int = required("the number of the newest event")
    server_epoch: str = required("new at each start")
    session_epoch: str = required("new at each attach")
    forked_from: str | None = optional("the id of the session that this one is a copy of, if it was just made", None)


class RestoreSession(Command):
    """Attach this connection to a session that exists, and answer all its state."""

    name: ClassVar[str] = "restore_session"
    text: ClassVar[str] = "Attach this connection to a session that exists, and answer all its state."
    feature: ClassVar[str] = "session_persistence"
    attaches: ClassVar[bool] = True
    parameters = RestoreSessionParameters
    result = RestoreSessionResult
    errors = (
        SessionClosed,
        SessionConflict,
        SessionCorrupt,
        SessionExpired,
        SessionLimitExceeded,
        SessionNotFound,
        StorageError,
        UnsupportedOperation,
    )

    async def run(self, context: Context, parameters: RestoreSessionParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``RestoreSessionResult``."""
        asked = context.session
        session = await context.shelf.restore(
            asked, on_conflict=parameters.on_conflict, pushes_events=parameters.events
        )
        session.statistics.restores += 1
        answer = restored(session, context)
        if session.id != asked.id:
            answer["forked_from"] = asked.id
        return answer


def restored(session: Session, context: Context) -> dict[str, Json]:
    """All that a client needs to go on where it was."""
    return {
        **session.info(context.now()),
        **session.state.as_json(),
        "workspace": session.workspace.overview(len(session.history.entries)),
        "client_specific_data": True,
        "recovered_from": list(session.recovered_from),
        "not_restored": list(session.not_restored),
        "last_event_seq": session.events.last_seq,
        "server_epoch": context.server.epoch,
        "session_epoch": session.epoch or "",
    }


def forks(parameters: object) -> bool:
    """Whether a request of these parameters may make a copy of its session."""
    return isinstance(parameters, RestoreSessionParameters) and parameters.on_conflict == "fork"
