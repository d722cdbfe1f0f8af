"""``eval``: asks a running server to evaluate code, for people in a hurry and for scripts."""

import argparse
import sys
from collections.abc import Mapping
from textwrap import indent

import trio

from stui_actors.client.trio_client import NoAnswer, TrioClient, connect
from stui_actors.errors import (
    AuthenticationFailed,
    AuthenticationRequired,
    EvaluationError,
    Interrupted,
    ParseError,
    ResourceExhausted,
    StuiError,
    Timeout,
)
from stui_actors.protocol.backoff import Backoff
from stui_actors.protocol.messages import Json
from stui_actors.protocol.outgoing import to_bytes

CODE_FAILED, WRONG_USE, NO_SERVER, REFUSED = 1, 2, 3, 4  # exit statuses; they do not change
SESSION_NAME = "eval"  # the session that a client's calls share unless they name another
STOPPED_WITHIN = 2.0  # seconds: for whoever pressed Ctrl+C
QUICK = Backoff(first=0.8, factor=1.5, most=2.0, attempts=3)  # a person waits for it: two seconds, not two minutes
FAULTS_OF_TOKENS = (AuthenticationFailed, AuthenticationRequired)
HOW_TO_PROVE = "Put the client's token into STUI_TOKEN, and name the client with --client-id."
FAULTS_OF_CODE = (EvaluationError, ParseError, Interrupted, ResourceExhausted, Timeout)


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Evaluate, print the results, answer the exit status."""
    codes = chosen.code if chosen.code is not None else [_typed()]
    try:
        return trio.run(_evaluate_all, chosen, codes, environ.get("STUI_TOKEN"))
    except NoAnswer:
        print(f"error: No server answers on {chosen.endpoint}.", file=sys.stderr)
        print("  Start one with `python -m stui_actors serve`, or name its endpoint with --endpoint.", file=sys.stderr)
        return NO_SERVER
    except ValueError as error:
        if chosen.debug:
            raise
        print(f"error: {error}\n  Write --endpoint tcp://127.0.0.1:5555.", file=sys.stderr)
        return WRONG_USE


def _typed() -> str:
    """What standard input has; a person who types it is told how to end it."""
    if sys.stdin.isatty():
        print("Type Smalltalk, then Ctrl+D; or give it with -e.", file=sys.stderr)
    return sys.stdin.read()


async def _evaluate_all(chosen: argparse.Namespace, codes: list[str], token: str | None) -> int:
    async with connect(chosen.endpoint, client_id=chosen.client_id, auth_token=token, backoff=QUICK) as client:
        try:
            await client.ask("ping")
            parameters = await _session_of(client, chosen)
            for code in codes:
                _print(await _evaluate(client, code, parameters, chosen), as_json=chosen.json)
        except StuiError as error:
            if isinstance(error, NoAnswer):
                raise
            return _failed(error, as_json=chosen.json)
    return 0


async def _session_of(client: TrioClient, chosen: argparse.Namespace) -> dict[str, Json]:
    """The session to evaluate in: the named one; the client's own for this, made at need; the connection's."""
    if chosen.session is not None:
        return {"session_id": chosen.session}
    if chosen.client_id is None:
        return {}
    listing = await client.ask("list_client_sessions")
    rows = listing["sessions"]
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and row.get("name") == SESSION_NAME:
            return {"session_id": row["session_id"]}
    created = await client.ask("create_session", name=SESSION_NAME)
    return {"session_id": created["session_id"]}


async def _evaluate(
    client: TrioClient, code: str, parameters: dict[str, Json], chosen: argparse.Namespace
) -> dict[str, Json]:
    limit: dict[str, Json] = {} if chosen.timeout is None else {"timeout": chosen.timeout}
    patience = 305.0 if chosen.timeout is None else chosen.timeout + 5.0
    try:
        return await client.ask("evaluate", patience=patience, code=code, **parameters, **limit)
    except KeyboardInterrupt:
        await client.ask("interrupt", patience=STOPPED_WITHIN, **parameters)  # who leaves leaves no loop behind
        raise


def _print(result: dict[str, Json], *, as_json: bool) -> None:
    if as_json:
        print(to_bytes(result).decode(), flush=True)
        return
    transcript = str(result.get("transcript") or "")
    if transcript:
        sys.stderr.write(transcript if transcript.endswith("\n") else transcript + "\n")
    print(result["result"], flush=True)


def _row(error: StuiError) -> dict[str, Json]:
    details: dict[str, Json] = dict(error.details)  # type: ignore[arg-type]  # they came as JSON
    return {"error": error.message, "error_type": error.error_type, "details": details}


def _failed(error: StuiError, *, as_json: bool) -> int:
    if as_json:
        print(to_bytes(_row(error)).decode(), flush=True)
    else:
        print(f"{error.error_type}: {error.message}", file=sys.stderr)
        _point_at_the_fault(error)
        trace = error.details.get("stack_trace")
        if trace:
            print(trace, file=sys.stderr)
        else:
            print(f"  {HOW_TO_PROVE if isinstance(error, FAULTS_OF_TOKENS) else error.advice}", file=sys.stderr)
    return CODE_FAILED if isinstance(error, FAULTS_OF_CODE) else REFUSED


def _point_at_the_fault(error: StuiError) -> None:
    """Print the line that does not parse, and a caret below the place."""
    caret = error.details.get("caret")
    if isinstance(caret, str):
        print(indent(caret, "  "), file=sys.stderr)
