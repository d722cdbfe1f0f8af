"""The kinds of stores that settings may ask for."""

import socket
from collections.abc import Callable, Mapping
from importlib import import_module

from stui_actors.config import Settings
from stui_actors.errors import ConfigError
from stui_actors.storage.files import MAX_BODY
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.memory import MemoryStore
from stui_actors.storage.store import Store

BYTES_OF_A_CHARACTER = 4  # at most, in UTF-8


def store_of(settings: Settings, *, read_only: bool = False) -> Store:
    """The store of ``settings.storage.kind``, not open; raise ConfigError where it lacks something.

    ``read_only``: for looking at what is there, also while a server has it.
    """
    return KINDS[settings.storage.kind](settings, read_only)


def _files(settings: Settings, read_only: bool) -> Store:
    return JournaledStore(settings.server.data_dir, settings.storage, read_only=read_only, max_body=_max_body(settings))


def _max_body(settings: Settings) -> int:
    """The longest body that may be read back: a session's most characters, each four bytes long."""
    return max(MAX_BODY, BYTES_OF_A_CHARACTER * settings.session.max_session_bytes)


def _memory(settings: Settings, read_only: bool) -> Store:
    return MemoryStore(settings.storage)


def _postgres(settings: Settings, read_only: bool) -> Store:
    if not settings.storage.dsn:
        raise ConfigError(
            "`storage.kind` is `postgres`, and `storage.dsn` does not say which database.", path="storage.dsn"
        )
    try:
        module = import_module("stui_actors.storage.postgres")  # an extra, and slow to load
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"`storage.kind` is `postgres`, and the package {error.name} is not installed.",
            suggestion="Run `pip install 'stui-actors[postgres]'`.",
            path="storage.kind",
        ) from error
    if module.holds_password(settings.storage.dsn):
        raise ConfigError(
            "`storage.dsn` holds a password, and settings are no place for secrets.",
            suggestion="Put it into ~/.pgpass or PGPASSWORD, where libpq looks for it.",
            path="storage.dsn",
        )
    store: Store = module.PostgresStore(
        settings.storage.dsn,
        settings.storage,
        read_only=read_only,
        max_body=_max_body(settings),
        name=f"{socket.gethostname()} {settings.server.bind} {settings.server.data_dir.absolute()}",
    )
    return store


KINDS: Mapping[str, Callable[[Settings, bool], Store]] = {"files": _files, "memory": _memory, "postgres": _postgres}
