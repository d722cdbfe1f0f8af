"""A server through which the command line changes stored sessions.

A change always goes through one, so that it is checked and saved as a client's would be. It is the one that has
the store open; if nobody has, one is started for the change alone, which nobody else can reach.
"""

import argparse
import tempfile
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import trio
from attrs import evolve

from stui_actors.auth.authority import Authority
from stui_actors.cli_serve import cause_of
from stui_actors.client.trio_client import TrioClient, connect
from stui_actors.config import AuthSettings, LogSettings, Settings
from stui_actors.errors import StorageError
from stui_actors.protocol.backoff import Backoff
from stui_actors.server import Server, serve
from stui_actors.server_log import configure_log
from stui_actors.smalltalk.library import Library
from stui_actors.storage.kinds import store_of

QUICK = Backoff(first=2.0, factor=1.5, most=4.0, attempts=2)  # a person waits for it
Act: TypeAlias = Callable[[TrioClient], Awaitable[int]]  # answers an exit status

LONGEST = 256 << 20  # bytes of a message to a server of our own: a whole session as JSON


def through_server(chosen: argparse.Namespace, settings: Settings, client_id: str, act: Act, token: str | None) -> int:
    """Let ``act`` ask the server that has the store, as ``client_id``; raise what the server refuses with."""
    try:
        return trio.run(_through_server, settings, chosen.endpoint, client_id, act, token)
    except BaseExceptionGroup as group:
        raise cause_of(group) from group


async def _through_server(settings: Settings, endpoint: str, client_id: str, act: Act, token: str | None) -> int:
    with tempfile.TemporaryDirectory(prefix="stui-") as folder:
        own = f"ipc://{folder}/door"
        async with trio.open_nursery() as nursery:
            server: Server | None = None
            try:
                server = await nursery.start(_serve_alone, settings, own)
            except* StorageError as group:
                if not _is_taken(group):
                    raise
            place, shown = (endpoint, token) if server is None else (own, None)
            async with connect(place, client_id=client_id, auth_token=shown, backoff=QUICK) as client:
                status = await act(client)
            if server is not None:
                await server.drain()
    return status


def _is_taken(group: BaseExceptionGroup[StorageError]) -> bool:
    return any(isinstance(error, StorageError) and "pid" in error.details for error in group.exceptions)


async def _serve_alone(
    settings: Settings, endpoint: str, *, task_status: trio.TaskStatus[Server] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve whoever may write the folder: who can do that needs no token to change what is in it."""
    configure_log(LogSettings(level="error"))
    auth = AuthSettings()
    server = evolve(settings.server, bind=endpoint, max_message_bytes=LONGEST)
    store = store_of(settings)
    await serve(
        evolve(settings, server=server, auth=auth),
        store=store,
        library=Library(),
        authority=Authority.load(auth),
        task_status=task_status,
    )
