"""Settings say which store there is, and what is missing is told in words."""

import sys
from pathlib import Path

import attrs
import pytest

from stui_actors.config import Settings
from stui_actors.errors import ConfigError, SessionCorrupt, StorageError
from stui_actors.storage.files import MAX_BODY, FileStore
from stui_actors.storage.kinds import KINDS, store_of
from stui_actors.storage.memory import MemoryStore
from stui_actors.storage.postgres import PostgresStore
from tests.conformance.store_suite import ADA, save


def settings_of(kind: str, dsn: str = "", folder: Path = Path("sessions")) -> Settings:
    settings = Settings()
    return attrs.evolve(
        settings,
        storage=attrs.evolve(settings.storage, kind=kind, dsn=dsn, keep_generations=7),
        server=attrs.evolve(settings.server, data_dir=folder),
    )


@pytest.mark.parametrize(("kind", "made"), [("files", FileStore), ("memory", MemoryStore), ("postgres", PostgresStore)])
def test_each_kind_is_made_with_its_settings(kind: str, made: type) -> None:
    store = store_of(settings_of(kind, "dbname=stui", Path("/data")))
    assert isinstance(store, made)
    assert store.settings.keep_generations == 7
    assert store.place == {"files": "/data", "postgres": "the database stui on this machine"}.get(kind, store.place)


def test_what_a_setting_lets_a_session_take_can_be_read_back(tmp_path: Path) -> None:
    settings = settings_of("files", folder=tmp_path)
    roomy = attrs.evolve(settings, session=attrs.evolve(settings.session, max_session_bytes=MAX_BODY))
    body = "x" * (MAX_BODY + 1)

    for each, can_read in ((roomy, True), (settings, False)):
        store = store_of(each)
        store.open()
        if can_read:
            save(store, ADA, body)
            assert store.load(ADA).body == body
        else:
            with pytest.raises(SessionCorrupt):
                store.load(ADA)
        store.close()


def test_there_is_a_store_for_every_kind_that_a_setting_may_name() -> None:
    assert set(KINDS) == {"files", "memory", "postgres"}
    assert Settings().storage.kind == "files"


def test_a_reader_of_files_writes_nothing(tmp_path: Path) -> None:
    store = store_of(settings_of("files", folder=tmp_path), read_only=True)
    store.open()
    with pytest.raises(StorageError):
        save(store, ADA, "x")


def test_a_database_must_be_named() -> None:
    with pytest.raises(ConfigError, match="which database") as caught:
        store_of(settings_of("postgres"))
    assert caught.value.details["path"] == "storage.dsn"


@pytest.mark.parametrize("dsn", ["dbname=stui password=sesame", "postgresql://ada:sesame@localhost/stui"])
def test_a_password_among_the_settings_is_refused_and_not_repeated(dsn: str) -> None:
    with pytest.raises(ConfigError, match="holds a password") as caught:
        store_of(settings_of("postgres", dsn))
    assert "sesame" not in f"{caught.value} {caught.value.details}"


def test_without_the_extra_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "stui_actors.storage.postgres", raising=False)
    monkeypatch.delitem(sys.modules, "stui_actors.storage.database", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match="psycopg is not installed") as caught:
        store_of(settings_of("postgres", "dbname=stui"))
    assert "stui-actors[postgres]" in caught.value.advice
