"""The sections of a session's record as text. Those of replies and history entries are made once and kept.

What each save tells is spelled here field by field, as ``ston.write`` would spell it: that takes a tenth of the time.
"""

from operator import is_
from typing import TYPE_CHECKING, cast

from attrs import define, field

from stui_actors import ston
from stui_actors.errors import StuiError
from stui_actors.protocol.messages import Json
from stui_actors.session.executed import Execution
from stui_actors.session.history import Entry
from stui_actors.ston import number_text, string_text

if TYPE_CHECKING:
    from stui_actors.session.session import Session, Statistics


def small_sections(session: "Session", *, final: bool) -> dict[str, str]:
    """All that is short, by name; what a listing tells comes first (``facts``).

    ``final``: nothing more will happen to the session before it is read again.
    """
    rare = session.rare.texts(session)
    return {
        "session": facts_text(session),
        "statistics": statistics_text(session.statistics),
        "client_info": rare["client_info"],
        "state": rare["state"],
        "events": events_text(session, final=final),
        "recovered_from": rare["recovered_from"],
        "history_next": str(session.history.next_index),
        "inspectors": rare["inspectors"],
    }


def always_text(session: "Session", *, final: bool) -> str:
    """Those of the ``small_sections`` that each change replaces, with their names, in one."""
    return (
        f"'session':{facts_text(session)},'statistics':{statistics_text(session.statistics)}"
        f",'events':{events_text(session, final=final)},'history_next':{session.history.next_index}"
    )


@define(eq=False)
class RareSections:
    """Those of the short ones that seldom change: their texts are made anew only where something was replaced.

    What they tell of is replaced and never changed in place; but for inspectors, which are told anew each time.
    """

    _told: tuple[object, ...] = field(default=(), init=False)
    _texts: dict[str, str] = field(factory=dict, init=False)
    _named: tuple[str, str, str, float] | None = field(default=None, init=False)
    _identity: str = field(default="", init=False)

    def identity(self, session: "Session") -> str:
        """Whose session it is, its name and its age: how ``facts_text`` begins."""
        named = session.id, session.client_id, session.name, session.created_at
        if named != self._named:
            self._named = named
            self._identity = (
                f"{{'id':{string_text(session.id)},'client_id':{string_text(session.client_id)}"
                f",'name':{string_text(session.name)},'created_at':{number_text(session.created_at)}"
            )
        return self._identity

    def texts(self, session: "Session") -> dict[str, str]:
        """The texts by name; the same map again while nothing changed."""
        inspectors, told = session.workspace.inspectors, _rarely_replaced(session)
        if len(inspectors) or len(told) != len(self._told) or not all(map(is_, told, self._told)):
            self._told = told
            self._texts = {
                "client_info": ston.write(session.client_info),
                "state": ston.write(session.state.as_json()),
                "recovered_from": ston.write(list(session.recovered_from)),
                "inspectors": ston.write(inspectors.rows()),
            }
        return self._texts


def _rarely_replaced(session: "Session") -> tuple[object, ...]:
    has_inspectors = len(session.workspace.inspectors) > 0
    return session.client_info, *session.state.parts(), session.recovered_from, has_inspectors


def events_text(session: "Session", *, final: bool) -> str:
    """Where the stream stands; and its events, if none will come before it is read again."""
    kept = ston.write(cast("list[Json]", session.events.stored())) if final else "[]"
    return f"{{'next_seq':{session.events.next_seq},'final':{_boolean(final)},'kept':{kept}}}"


def facts_text(session: "Session") -> str:
    """What a session is, beside what it holds."""
    return (
        f"{session.rare.identity(session)},'last_used':{number_text(session.last_used)}"
        f",'last_modified':{number_text(session.last_modified)},'timeout':{number_text(session.timeout)}"
        f",'durability':'{session.durability}','version':{session.version},'closed':{_boolean(session.closed)}"
        f",'epoch':{_string_or_nil(session.epoch)}}}"
    )


def statistics_text(counters: "Statistics") -> str:
    """What a session did."""
    return (
        f"{{'requests':{counters.requests},'evaluations':{counters.evaluations}"
        f",'errors':{counters.errors},'restores':{counters.restores}}}"
    )


def entry_text(entry: Entry) -> str:
    """One evaluation of the history, as text made once."""
    if entry.text is None:
        entry.text = (
            f"{{'index':{entry.index},'code':{string_text(entry.code)},'mode':{string_text(entry.mode)}"
            f",'at':{number_text(entry.started_at)},'ms':{entry.execution_time}"
            f",'result':{_string_or_nil(entry.result)},'error':{_string_or_nil(entry.error)}}}"
        )
    return entry.text


def execution_text(request_id: str, execution: Execution) -> str:
    """One executed request with its reply, as text made once."""
    if execution.text is None:
        reply = execution.reply
        warnings = ston.write(list(reply.warnings)) if reply.warnings else "[]"
        told: dict[str, Json] | None = reply.result if reply.error is None else error_json(reply.error)
        execution.text = (
            f"{{'id':{string_text(request_id)},'content':'{execution.content.hex()}'"
            f",'at':{number_text(execution.at)},'warnings':{warnings}"
            f",'{'result' if reply.error is None else 'error'}':{ston.write(told)}}}"
        )
    return execution.text


def _string_or_nil(value: str | None) -> str:
    return "nil" if value is None else string_text(value)


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def error_json(error: StuiError) -> dict[str, Json]:
    """An error as a map."""
    return {
        "type": error.error_type,
        "message": error.message,
        "suggestion": error.advice,
        "details": cast("dict[str, Json]", error.details),
    }
