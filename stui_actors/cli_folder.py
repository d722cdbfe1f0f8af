"""The store that a command is about, and the session in it that it names."""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

from stui_actors.cli import config_path, overrides_of
from stui_actors.config import Settings, load_settings
from stui_actors.errors import ConfigError, SessionNotFound
from stui_actors.storage.kinds import store_of
from stui_actors.storage.store import Store, StoredSession


def settings_of(chosen: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """The settings, with the data folder that the command line names; raise ConfigError if there is none."""
    told = {"server.data_dir": overrides_of(chosen)["server.data_dir"]}
    settings = load_settings(config_path(chosen, environ), environ, told)
    folder = settings.server.data_dir
    if settings.storage.kind == "files" and not folder.is_dir():
        raise ConfigError(
            f"There is no folder {folder}.", suggestion="Name the data folder with --data-dir.", path="server.data_dir"
        )
    return settings


@contextmanager
def looked_at(settings: Settings) -> Iterator[Store]:
    """The store, open for reading alone; a server may have it open too."""
    store = store_of(settings, read_only=True)
    store.open()
    with closing(store):
        yield store


def only_one(store: Store, begin: str) -> StoredSession:
    """The stored session whose id begins so; raise SessionNotFound if there is none, or more than one."""
    found = [each for each in store.index() if each.key.session_id.startswith(begin)]
    exact = [each for each in found if each.key.session_id == begin]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise SessionNotFound(f"No stored session begins with {begin[:64]!r}.", suggestion="`sessions list` shows all.")
    raise SessionNotFound(f"{len(found)} sessions begin with {begin[:64]!r}.", suggestion="Give more of the id.")
