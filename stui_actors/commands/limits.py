"""Bounds that commands share: what is capped is said in the reply's warnings, what makes no sense is refused."""

import math
import re

from stui_actors.commands.context import Context
from stui_actors.config import Settings
from stui_actors.errors import InvalidRequest
from stui_actors.protocol.messages import Json
from stui_actors.session.inspection import MAX_PAGE

SERVER_CAPABILITIES = ("session_persistence", "evaluation", "inspection", "browsing", "events", "rollback")
CLIENT_CAPABILITIES = frozenset(("session_persistence", "events", "envelope"))
MAX_WAIT = 60.0  # seconds: a waiting request holds a place in its session
MAX_SESSION_TIMEOUT = 30 * 86400.0  # seconds: beyond the retention it would mean nothing
MAX_NAME = 200  # characters of a session's name: it is for people
MAX_LINE = 2**53  # what every reader of JSON counts to
CONTEXT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")


def capped(value: float, most: float, path: str, context: Context) -> float:
    """``value``, at most ``most`` (said in a warning); raise InvalidRequest unless it is above zero."""
    if not value > 0 or math.isinf(value):
        raise InvalidRequest(f"`{path}` must be above zero and finite.", path=path)
    if value > most:
        context.warnings.append(f"`{path}` was capped to {most:.15g}")
        return most
    return value


def counted(value: int, most: int, name: str, context: Context) -> int:
    """The parameter ``name``, at most ``most`` (said in a warning); raise InvalidRequest if it is below zero."""
    path = f"parameters.{name}"
    if value < 0:
        raise InvalidRequest(f"`{path}` must be at least 0, not {value}.", path=path)
    if value > most:
        context.warnings.append(f"`{path}` was capped to {most}")
        return most
    return value


def page_asked(start: int, count: int, context: Context) -> tuple[int, int]:
    """The first line of a page, at least 1 (said in a warning), and how many it has; raise InvalidRequest."""
    if start < 1:
        context.warnings.append("`parameters.start` was raised to 1: lines are numbered from there")
    first = counted(max(1, start), MAX_LINE, "start", context)
    return first, counted(count, MAX_PAGE, "count", context)


def capped_output(most: int | None, context: Context) -> int | None:
    """How many bytes of output are kept, bounded; None where it was not said."""
    return None if most is None else counted(most, context.settings.evaluation.max_output, "max_output", context)


def capped_timeout(timeout: float | None, context: Context) -> float | None:
    """A session's idle timeout, bounded."""
    if timeout is None:
        return None
    return capped(timeout, MAX_SESSION_TIMEOUT, "parameters.timeout", context)


def capped_evaluation(timeout: float | None, context: Context) -> float:
    """An evaluation's time limit, bounded; the default where none was given."""
    bounds = context.settings.evaluation
    if timeout is None:
        return bounds.timeout
    return capped(timeout, bounds.max_timeout, "parameters.timeout", context)


def capped_wait(wait: float, context: Context) -> float:
    """How long a request may wait, bounded; zero is allowed."""
    check_not_negative(wait)
    return 0.0 if wait == 0 else capped(wait, MAX_WAIT, "parameters.wait", context)


def check_wait(wait: float | None, context: Context) -> None:
    """Raise InvalidRequest for a time below zero, and for a request that ``get_result`` could not name."""
    if wait is None:
        return
    check_not_negative(wait)
    if context.request.id is None:
        raise InvalidRequest("With `parameters.wait` the request needs an `id`: `get_result` asks for it.", path="id")


def check_not_negative(wait: float) -> None:
    """Raise InvalidRequest for a time to wait that is below zero."""
    if wait < 0:
        raise InvalidRequest(f"`parameters.wait` must be at least 0, not {wait:.15g}.", path="parameters.wait")


def session_name(name: str) -> str:
    """``name`` if a session may have it; raise InvalidRequest otherwise."""
    if len(name) > MAX_NAME:
        raise InvalidRequest(f"`parameters.name` has more than {MAX_NAME} characters.", path="parameters.name")
    return name


def context_name(name: str) -> str:
    """``name`` if it can name a saved context; raise InvalidRequest otherwise."""
    if CONTEXT_NAME.fullmatch(name) is None:
        raise InvalidRequest(
            "`parameters.name` must be 1 to 64 letters, digits, blanks, `.`, `_` or `-`, the first a letter or digit.",
            path="parameters.name",
        )
    return name


def capabilities_for(client_info: dict[str, Json]) -> list[Json]:
    """The server's capabilities, and those of the client's that the server knows."""
    wished = client_info.get("capabilities")
    known = [each for each in wished if each in CLIENT_CAPABILITIES] if isinstance(wished, list) else []
    return list(dict.fromkeys((*SERVER_CAPABILITIES, *known)))


def limits_of(settings: Settings) -> dict[str, Json]:
    """The limits that a client can run into, by name. Sizes in bytes, durations in seconds."""
    session, evaluation = settings.session, settings.evaluation
    return {
        "max_message_bytes": settings.server.max_message_bytes,
        "max_clients": settings.server.max_clients,
        "max_sessions_per_client": session.max_sessions_per_client,
        "max_stored_sessions": session.max_stored_sessions,
        "max_in_flight": session.max_in_flight,
        "max_session_bytes": session.max_session_bytes,
        "retention": session.retention,
        "evaluation_timeout": evaluation.timeout,
        "max_evaluation_timeout": evaluation.max_timeout,
        "max_source_bytes": evaluation.max_source_bytes,
        "max_memory": evaluation.max_memory,
        "max_depth": evaluation.max_depth,
        "max_integer_bits": evaluation.max_integer_bits,
        "max_output": evaluation.max_output,
        "max_print": evaluation.max_print,
        "max_processes": evaluation.max_processes,
        "max_objects": evaluation.max_objects,
        "max_inspectors": evaluation.max_inspectors,
    }
