"""``sessions``: looks at the stored sessions, read only; a server may have the folder open."""

import argparse
from collections.abc import Mapping

from stui_actors.cli import config_path, overrides_of
from stui_actors.config import load_settings
from stui_actors.errors import ConfigError, SessionNotFound
from stui_actors.protocol.messages import Json
from stui_actors.protocol.outgoing import to_bytes
from stui_actors.protocol.times import iso_time
from stui_actors.storage.files import FileStore
from stui_actors.storage.store import StoredSession


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Do what is chosen; answer the exit status."""
    settings = load_settings(
        config_path(chosen, environ), environ, {"server.data_dir": overrides_of(chosen)["server.data_dir"]}
    )
    folder = settings.server.data_dir
    if not folder.is_dir():
        raise ConfigError(
            f"There is no folder {folder}.", suggestion="Name the data folder with --data-dir.", path="server.data_dir"
        )
    store = FileStore(folder, settings.storage, read_only=True)
    if chosen.action == "list":
        _list(store, chosen.client_id, as_json=chosen.json)
    else:
        _show(store, chosen.session_id, body=chosen.body)
    return 0


def _list(store: FileStore, client_id: str | None, *, as_json: bool) -> None:
    found = store.index() if client_id is None else store.sessions_of(client_id)
    rows = sorted(found, key=lambda each: (each.key.client_id, -each.newest.saved_at))
    if as_json:
        for each in rows:
            print(to_bytes(_row(each)).decode())
        return
    width = max((len(each.key.client_id) for each in rows), default=6)
    for each in rows:
        newest = each.newest
        saved = iso_time(newest.saved_at)[:19] if newest.number else "unreadable"
        print(f"{each.key.client_id:{width}}  {each.key.session_id}  {saved:19}  {newest.size:>9} bytes")
    print(f"{len(rows)} session{'' if len(rows) == 1 else 's'}")


def _row(session: StoredSession) -> dict[str, Json]:
    return {
        "client_id": session.key.client_id,
        "session_id": session.key.session_id,
        "generation": session.newest.number,
        "saved_at": iso_time(session.newest.saved_at),
        "size": session.newest.size,
    }


def _show(store: FileStore, begin: str, *, body: bool) -> None:
    session = _only_one(store, begin)
    if body:
        print(store.load(session.key).body)
        return
    print(f"client   {session.key.client_id}\nsession  {session.key.session_id}")
    for each in store.history(session.key):
        saved = iso_time(each.saved_at)[:19]
        print(f"generation {each.number:>6}  version {each.version:>6}  {saved}  {each.size:>9} bytes  {each.reason}")


def _only_one(store: FileStore, begin: str) -> StoredSession:
    found = [each for each in store.index() if each.key.session_id.startswith(begin)]
    exact = [each for each in found if each.key.session_id == begin]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise SessionNotFound(f"No stored session begins with {begin[:64]!r}.", suggestion="`sessions list` shows all.")
    raise SessionNotFound(f"{len(found)} sessions begin with {begin[:64]!r}.", suggestion="Give more of the id.")
