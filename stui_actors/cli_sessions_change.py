"""``sessions import|rollback|repair|delete``: what changes stored sessions."""

import argparse
import sys
from collections.abc import Iterator
from functools import partial

from stui_actors.cli import FAILED
from stui_actors.cli_folder import looked_at, only_one
from stui_actors.cli_store import through_server
from stui_actors.client.trio_client import TrioClient
from stui_actors.config import Settings
from stui_actors.errors import ConfigError, InvalidRequest, SessionCorrupt
from stui_actors.protocol.messages import Json
from stui_actors.storage.store import SessionKey, Store


def run(chosen: argparse.Namespace, settings: Settings, token: str | None) -> int:
    """Do what is chosen; answer the exit status."""
    with looked_at(settings) as store:
        return _change(chosen, settings, token, store)


def _change(chosen: argparse.Namespace, settings: Settings, token: str | None, store: Store) -> int:
    if chosen.action == "import":
        act = partial(_import, data=sys.stdin.read())
        return through_server(chosen, settings, chosen.client_id, act, token)
    key = only_one(store, chosen.session_id).key
    acts = {
        "rollback": partial(_roll_back, key=key, version=getattr(chosen, "version", 0)),
        "repair": partial(_repair, key=key, store=store),
        "delete": partial(_delete, key=key),
    }
    if chosen.action == "delete" and not chosen.yes:
        raise ConfigError("A deleted session is gone for good.", suggestion="Say --yes if that is what you want.")
    return through_server(chosen, settings, key.client_id, acts[chosen.action], token)


async def _import(client: TrioClient, data: str) -> int:
    print(_line(await client.ask("import_session", data=data)))
    return 0


async def _roll_back(client: TrioClient, key: SessionKey, version: int) -> int:
    print(_line(await client.ask("rollback_session", session_id=key.session_id, version=version)))
    return 0


async def _delete(client: TrioClient, key: SessionKey) -> int:
    await client.ask("close_session", session_id=key.session_id, delete=True)
    print(f"deleted  {key.session_id}")
    return 0


async def _repair(client: TrioClient, key: SessionKey, store: Store) -> int:
    """Let the server fall back to the newest whole state; where there is none, make a session of what can be read."""
    try:
        found = await client.ask("restore_session", session_id=key.session_id)
    except SessionCorrupt:
        return await _salvage(client, key, store)
    passed = found.get("recovered_from")
    if not isinstance(passed, list) or not passed:
        print(f"whole  {_line(found)}")
        return 0
    for each in passed:
        print(each)
    again = await client.ask("rollback_session", session_id=key.session_id, version=found["version"])
    print(f"repaired  {_line(again)}")
    return 0


async def _salvage(client: TrioClient, key: SessionKey, store: Store) -> int:
    for path, text in store.remains(key):
        for part, what in _parts(text):
            try:
                made = await client.ask("import_session", data=part)
            except InvalidRequest:
                continue
            name = f"salvaged from {key.session_id}"
            await client.ask("rename_session", session_id=made["session_id"], name=name)
            print(f"{what} of {path} can be read; it may differ from what was saved. It is now a session of its own:")
            print(_line(made))
            return 0
    print("Nothing can be read any more; the damaged files stay where they are.")
    return FAILED


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """All of a session's text, then without its workspace."""
    yield text, "All"
    yield text.partition("\n")[0] + "\n", "Everything but the workspace"


def _line(session: dict[str, Json]) -> str:
    return f"{session['session_id']}  version {session['version']}"
