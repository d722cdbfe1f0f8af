"""``sessions``: looks at the stored sessions, and changes them through a server (see ``cli_store``)."""

import argparse
import sys
from collections.abc import Callable, Mapping
from importlib import import_module

from stui_actors.cli import FAILED
from stui_actors.cli_folder import looked_at, only_one, settings_of
from stui_actors.protocol.messages import Json
from stui_actors.protocol.outgoing import to_bytes
from stui_actors.protocol.times import iso_time
from stui_actors.storage.store import SessionKey, Store, StoredSession


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Do what is chosen; answer the exit status."""
    settings = settings_of(chosen, environ)
    if chosen.action in CHANGES:  # loaded only when asked for: it needs the whole server
        return int(import_module("stui_actors.cli_sessions_change").run(chosen, settings, environ.get("STUI_TOKEN")))
    with looked_at(settings) as store:
        return LOOKS[chosen.action](store, chosen)


def _list(store: Store, chosen: argparse.Namespace) -> int:
    found = store.index() if chosen.client_id is None else store.sessions_of(chosen.client_id)
    rows = sorted(found, key=lambda each: (each.key.client_id, -each.newest.saved_at))
    if chosen.json:
        for each in rows:
            print(to_bytes(_row(each)).decode())
        return 0
    width = max((len(each.key.client_id) for each in rows), default=6)
    for each in rows:
        newest = each.newest
        saved = iso_time(newest.saved_at)[:19] if newest.number else "unreadable"
        print(f"{each.key.client_id:{width}}  {each.key.session_id}  {saved:19}  {newest.size:>9} bytes")
    print(f"{len(rows)} session{'' if len(rows) == 1 else 's'}")
    return 0


def _row(session: StoredSession) -> dict[str, Json]:
    return {
        "client_id": session.key.client_id,
        "session_id": session.key.session_id,
        "generation": session.newest.number,
        "saved_at": iso_time(session.newest.saved_at),
        "size": session.newest.size,
    }


def _show(store: Store, chosen: argparse.Namespace) -> int:
    session = only_one(store, chosen.session_id)
    if chosen.body:
        return _export(store, chosen)
    print(f"client   {session.key.client_id}\nsession  {session.key.session_id}")
    for each in store.history(session.key):
        saved = iso_time(each.saved_at)[:19]
        print(f"generation {each.number:>6}  version {each.version:>6}  {saved}  {each.size:>9} bytes  {each.reason}")
    return 0


def _export(store: Store, chosen: argparse.Namespace) -> int:
    loaded = store.load(only_one(store, chosen.session_id).key)
    for each in loaded.recovered_from:
        print(f"passed over: {each}", file=sys.stderr)
    print(loaded.body)
    return 0


def _verify(store: Store, chosen: argparse.Namespace) -> int:
    """Read every file; the exit status is 1 if one is not whole."""
    key = None if chosen.session_id is None else only_one(store, chosen.session_id).key
    files = damaged = 0
    for each in store.verify(key):
        files += 1
        if each.problem:
            damaged += 1
            print(f"{each.path}: {each.problem}")
    lost = _without_state(store, key)
    for missed in lost:
        remedy = "`sessions repair` looks what can be read"
        print(f"{missed.client_id}/{missed.session_id}: no saved state of it is left; {remedy}")
    print(f"{files} file{'' if files == 1 else 's'} read, {damaged} damaged")
    return FAILED if damaged or lost else 0


def _without_state(store: Store, key: SessionKey | None) -> list[SessionKey]:
    """The sessions, or the one, of which all that was saved is put aside as damaged."""
    found = [each.key for each in store.index()] if key is None else [key]
    return [each for each in found if not store.history(each)]


LOOKS: dict[str, Callable[[Store, argparse.Namespace], int]] = {
    "list": _list,
    "show": _show,
    "export": _export,
    "verify": _verify,
}
CHANGES = frozenset(("import", "rollback", "repair", "delete"))
