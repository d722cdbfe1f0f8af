"""Sessions in a journal and in files, whatever is done, whenever it stops, and whatever fails meanwhile."""

import errno
from math import inf

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from stui_actors.errors import SessionCorrupt, StorageError
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.store import Generation, Save, SessionKey
from tests.conformance.store_suite import NOW, SMALL, save
from tests.doubles.disk import PowerCutError, SimulatedDisk
from tests.storage.journal_world import BODY, KEYS, crashed, extend, loaded_or_none, opened

Known = dict[SessionKey, set[str | None]]  # what each session may hold
STEPS = (*("save", "extend", "move", "fail") * 2, "extend", "both", "load", "delete", "cut", "kill", "restart")
FAULTS = {"cut": None, "fail": errno.EIO}
FEW = evolve(SMALL, keep_generations=2, keep_hourly=0, keep_daily=0)  # what others rest on is soon thinned out
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(KEYS)), min_size=5, max_size=40)


@pytest.mark.parametrize("chosen", [SMALL, FEW], ids=["many", "few"])
@settings(max_examples=300, deadline=None, derandomize=True)
@given(plan=steps, seed=st.integers(0, 10**6), calls=st.lists(st.integers(1, 40), max_size=6))
def test_what_was_acknowledged_is_there(
    chosen, plan: list[tuple[str, SessionKey]], seed: int, calls: list[int]
) -> None:
    disk = SimulatedDisk(seed)
    store = opened(disk, chosen)
    known: Known = {key: {None} for key in KEYS}
    gone: set[SessionKey] = set()
    waiting, was_cut = list(calls), False
    for number, (step, key) in enumerate(plan):
        if step in FAULTS and waiting:
            disk.faults = {disk.calls + waiting.pop(): FAULTS[step]}
        try:
            _do(store, step, key, f"{number} {BODY}", known, gone)
            if step in ("kill", "restart"):
                if step == "restart":
                    store.close()
                store = opened(crashed(disk), chosen)
        except StorageError:
            store = _as_it_goes_on(disk, store, step, chosen)
        except PowerCutError:
            was_cut = True
            disk.cut_power()
            store = opened(disk, chosen)
        seen = {each: _seen(store, each, is_torn=was_cut and None in known[each]) for each in KEYS if not disk.faults}
        for each, found in seen.items():
            assert found in known[each], (each, plan[: number + 1])
            assert was_cut or not found or store.load(each).recovered_from == ()
            known[each] = {found}


def _seen(store: JournaledStore, key: SessionKey, *, is_torn: bool) -> str | None:
    """What a session holds; nothing where its first save, never acknowledged, may be torn by a power cut."""
    try:
        return loaded_or_none(store, key)
    except SessionCorrupt:
        if not is_torn:
            raise
        return None


def _as_it_goes_on(disk, store, step, chosen) -> JournaledStore:
    """After a refusal: the same server, or the next one where this one did not end or begin."""
    if step not in ("kill", "restart"):
        return store
    disk.faults = {}
    return opened(crashed(disk), chosen)


def _do(store: JournaledStore, step: str, key: SessionKey, body: str, known: Known, gone: set[SessionKey]) -> None:
    match step:
        case "save" if key not in gone:
            known[key] = known[key] | {body}
            save(store, key, body)
            known[key] = {body}
        case "extend" if None not in known[key] and len(known[key]) == 1:
            (old,) = known[key]
            base = store.load(key).generation.number
            known[key] = {old, f"{old}{body}"}
            extend(store, key, body, base)
            known[key] = {f"{old}{body}"}
        case "both":
            _save_all(store, [each for each in KEYS if each not in gone], body, known)
        case "load":
            assert loaded_or_none(store, key) in known[key]
        case "delete" if None not in known[key]:
            known[key] = known[key] | {None}
            gone.add(key)
            store.delete(key)
            known[key] = {None}
        case "move":
            store._move(inf)


def _save_all(store: JournaledStore, keys: list[SessionKey], body: str, known: Known) -> None:
    for each in keys:
        known[each] = known[each] | {body}
    for each, saved in zip(keys, store.save_all([Save(each, body, 1, "evaluate", NOW) for each in keys]), strict=True):
        if isinstance(saved, Generation):
            known[each] = {body}
