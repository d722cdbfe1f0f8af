"""Damage in a journal is told to all who meet it: who loads, who looks, and who verifies."""

import pytest
from attrs import define

from stui_actors.errors import SessionCorrupt, SessionNotFound
from stui_actors.storage.frames import CUT_OFF
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.store import SessionKey
from tests.conformance.store_suite import ADA, BOB, save
from tests.doubles.disk import SimulatedDisk
from tests.doubles.disk_nodes import File
from tests.storage.journal_world import content, crashed, extend, journal_files, journal_of_two, opened

STATES = {ADA: ("one", "one two", "one two three"), BOB: ("eins", "eins zwei", "eins zwei drei")}


@define(eq=False)
class DiskOfAWriter(SimulatedDisk):
    """While it is read, somebody writes: what is ``missing`` of ``path`` is there once a file is closed."""

    path: str = ""
    missing: bytes = b""

    def close(self, descriptor: int) -> None:
        super().close(descriptor)
        if self.missing:
            node = self._node(self.path)
            assert isinstance(node, File)
            node.content += self.missing
            self.missing = b""


def test_a_record_that_is_just_being_written_is_no_damage() -> None:
    disk = DiskOfAWriter()
    disk.path = journal_of_two(disk)
    node = disk._node(disk.path)
    assert isinstance(node, File)
    end = bytes(node.content[-20:])
    del node.content[-20:]
    reader = opened(disk, read_only=True)
    assert [each.problem for each in reader.verify() if each.problem] == [CUT_OFF]
    disk.missing = end

    assert [each.problem for each in reader.verify() if each.problem] == []
    assert disk.missing == b""


def journal_of_chains(disk: SimulatedDisk) -> str:
    """A journal in which each state of two sessions, but the first, goes on from the one before; its path."""
    store = opened(disk)
    for key, (first, *_) in STATES.items():
        save(store, key, first)
    for step in (1, 2):
        for key, states in STATES.items():
            assert extend(store, key, states[step].removeprefix(states[step - 1]), step) == step + 1
    crashed(disk)
    (path,) = journal_files(disk)
    return path


def state_of(store: JournaledStore, key: SessionKey) -> tuple[str, bool]:
    """The state that a session comes back with, "" where there is none, and whether something was passed over."""
    expected = (SessionCorrupt, SessionNotFound) if store.read_only else SessionCorrupt
    try:
        loaded = store.load(key)
    except expected:
        return "", True
    return loaded.body, "generation" in "".join(loaded.recovered_from)


def hurt_by_damage(disk: SimulatedDisk) -> int:
    """How many sessions have not their last state; each of them says so, and who verifies has found it before."""
    reader = opened(disk, read_only=True)
    is_named = any(each.problem for each in reader.verify())
    looked = {key: state_of(reader, key) for key in STATES}
    store, hurt = opened(disk), 0
    for key, states in STATES.items():
        body, is_told = state_of(store, key)
        assert looked[key] == (body, is_told)
        assert body in ("", *states)
        if body != states[-1]:
            assert is_told
            assert is_named
            hurt += 1
        if body:
            assert save(store, key, "next") > 3
    return hurt


@pytest.mark.uncounted
@pytest.mark.parametrize("step", [61, pytest.param(1, marks=pytest.mark.long)])
def test_each_flipped_bit_of_a_journal_of_changes_is_told_to_who_loads_who_looks_and_who_verifies(step: int) -> None:
    disk = SimulatedDisk()
    for bit in range(0, len(content(disk, journal_of_chains(disk))) * 8, step):
        disk = SimulatedDisk()
        disk.flip(journal_of_chains(disk), bit)
        assert hurt_by_damage(disk) <= 1, bit


def test_a_record_that_rots_while_a_server_runs_is_told_to_who_looks_on() -> None:
    disk = SimulatedDisk()
    store = opened(disk)
    for text in ("old", "older", "newest"):
        save(store, ADA, text)
    (path,) = journal_files(disk)
    reader = opened(disk, read_only=True)
    disk.flip(path, content(disk, path).index(b"newest") * 8)

    loaded = reader.load(ADA)

    assert loaded.body == "older"
    assert loaded.recovered_from == ("generation 3: the body's checksum is wrong; left where it is",)
    assert reader.load(ADA) == loaded
    assert reader.tree.quarantined(ADA)[1] == []
