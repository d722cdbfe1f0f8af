"""``serve``: starts the server, says where it is, and ends with it."""

import argparse
import sys
from collections.abc import Mapping

import trio

from stui_actors.actors.supervisor import TooManyRestarts
from stui_actors.auth.authority import Authority
from stui_actors.cli import FAILED, SERVER_DEFAULT, config_path, overrides_of
from stui_actors.config import Settings, load_settings
from stui_actors.errors import StuiError
from stui_actors.server import Server, serve
from stui_actors.server_log import configure_log
from stui_actors.smalltalk.library import Library
from stui_actors.storage.kinds import store_of
from stui_actors.storage.store import Store
from stui_actors.transport.endpoints import check_endpoint


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Serve until a signal ends it; answer the exit status."""
    settings = load_settings(config_path(chosen, environ), environ, overrides_of(chosen))
    check_endpoint(settings.server.bind, insecure=settings.server.insecure)  # before anything that takes long
    configure_log(settings.log)
    try:
        trio.run(_serve, settings)
    except BaseExceptionGroup as group:
        raise cause_of(group) from group
    except TooManyRestarts as error:
        print(f"error: {error}\n  The log has the cause; start the server again.", file=sys.stderr)
        return FAILED
    return 0


async def _serve(settings: Settings) -> None:
    store = store_of(settings)
    authority = Authority.load(settings.auth)
    library = Library()
    async with trio.open_nursery() as nursery:
        server: Server = await nursery.start(_serve_until_signalled, settings, store, library, authority)
        print(_greeting(server, settings), flush=True)


async def _serve_until_signalled(
    settings: Settings,
    store: Store,
    library: Library,
    authority: Authority,
    *,
    task_status: trio.TaskStatus[Server] = trio.TASK_STATUS_IGNORED,
) -> None:
    await serve(settings, store=store, library=library, authority=authority, task_status=task_status)


def cause_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong, out of the groups that nurseries made of it: what is told in a sentence, else the first."""
    told = group.subgroup((StuiError, TooManyRestarts, KeyboardInterrupt))
    error: BaseException = told if told is not None else group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _greeting(server: Server, settings: Settings) -> str:
    sessions = len(server.storage.index)
    lines = [
        f"Listening on {server.router.endpoint}, sessions in {server.store.place} ({sessions} found).",
        f'Try:  {_credentials(settings)}python -m stui_actors eval{_options(server, settings)} -e "3 + 4"',
        "Ctrl+C stops it; everything acknowledged is saved.",
    ]
    if settings.server.insecure:
        lines.append("WARNING: insecure: whoever reaches this endpoint can run code and read what is sent.")
    return "\n".join(lines)


def _credentials(settings: Settings) -> str:
    return "" if settings.auth.token_file is None else "STUI_TOKEN=TOKEN "


def _options(server: Server, settings: Settings) -> str:
    is_default = server.router.endpoint == SERVER_DEFAULT
    endpoint = "" if is_default else f" --endpoint {server.router.endpoint}"
    return endpoint if settings.auth.token_file is None else f"{endpoint} --client-id NAME"
