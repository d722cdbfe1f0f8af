"""Bodies that go on from others: in the journal, as they move to files, and without what they go on from."""

import pytest
from attrs import evolve

from stui_actors.storage.files import FileStore
from tests.conformance.store_suite import ADA, NOW, SMALL, save
from tests.doubles.disk import SimulatedDisk
from tests.storage.journal_world import BODY, content, crashed, extend, journal_files, move, opened


@pytest.fixture
def disk() -> SimulatedDisk:
    return SimulatedDisk()


def test_a_body_may_go_on_from_an_earlier_one(disk: SimulatedDisk) -> None:
    store = opened(disk)
    base = save(store, ADA, "a")
    second = extend(store, ADA, "b", base)
    third = extend(store, ADA, "c", second)
    assert store.load(ADA).body == "abc"
    assert store.load(ADA, second).body == "ab"
    store = opened(crashed(disk))
    assert store.load(ADA).body == "abc"
    move(store)
    assert [store.load(ADA, number).body for number in (third, second, base)] == ["abc", "ab", "a"]
    for text in "defgh":
        third = extend(store, ADA, text, third)
    assert store.load(ADA).body == "abcdefgh"
    move(store)
    store = opened(crashed(disk))
    assert store.load(ADA).body == "abcdefgh"


def test_without_what_it_goes_on_from_a_body_is_passed_over_with_its_word(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "good")
    move(store)
    base = save(store, ADA, "base " + BODY)
    extend(store, ADA, "more", base)
    (path,) = journal_files(disk)
    disk.flip(path, content(disk, path).index(b"base xxx") * 8)
    store = opened(crashed(disk))
    loaded = store.load(ADA)

    assert loaded.body == "good"
    assert any("generation 3" in each or "generation 2" in each for each in loaded.recovered_from)
    assert store.load(ADA).recovered_from == loaded.recovered_from
    assert save(store, ADA, "after") > 3
    assert store.load(ADA).recovered_from == ()


@pytest.mark.parametrize("compress_above", [0, 1 << 20])
def test_generations_that_go_on_from_one_file_are_moved_with_one_reading_of_it(
    compress_above: int, monkeypatch: pytest.MonkeyPatch, disk: SimulatedDisk
) -> None:
    chosen = evolve(SMALL, keep_generations=5, compress_above=compress_above)
    store = opened(disk, chosen)
    number = store.save(ADA, BODY, version=1, reason="evaluate", saved_at=NOW).number
    move(store)
    for text in "123456":
        number = extend(store, ADA, text, number)
    read: list[str] = []
    load = FileStore.load
    monkeypatch.setattr(FileStore, "load", lambda self, key, number: [read.append(key), load(self, key, number)][1])

    move(store)

    assert read == [ADA]
    assert [store.load(ADA, each).body for each in range(3, number + 1)] == [
        BODY + "123456"[: each - 1] for each in range(3, number + 1)
    ]


def test_a_whole_state_between_changes_begins_the_files_anew(disk: SimulatedDisk) -> None:
    store = opened(disk, evolve(SMALL, keep_generations=6))
    number = store.save(ADA, "a", version=1, reason="evaluate", saved_at=NOW).number
    number = extend(store, ADA, "1", number)
    number = store.save(ADA, "b", version=1, reason="evaluate", saved_at=NOW).number
    number = extend(store, ADA, "2", extend(store, ADA, "1", number))

    move(store)

    assert [store.load(ADA, each).body for each in range(1, number + 1)] == ["a", "a1", "b", "b1", "b12"]
