"""The whole server under all faults at once: no seed breaks a promise, and each goes the same way every time."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
from greenlet import greenlet

from tests.simulation.plan import hoarding_plan_of, lone_plan_of, plan_of, shared_plan_of
from tests.simulation.run import QUICK, simulate

pytestmark = pytest.mark.uncounted  # it would take four times as long

ROOT = Path(__file__).parents[2]
# Seeds that found a bug in the server, which has been mended since; what each found is planted again in ``plants``.
# 97, 393: the word of a fallback was lost when the session slept before it was told.
# 5, 43, 58: a session expired because the clock was set a year forward.
# 6163: three copies of one ``create_session``; the third waited for a session that the second could not save.
# 6083: a refusal was forgotten by a crash, and a late copy of the refused request was done.
# 2330: a bit flipped in the journal of a living server; the fallback was told, and the check at rest did not hear it.
FAILED_ONCE = (5, 43, 58, 97, 393, 2330, 6083, 6163, 10490, 10541, 305060)
# The same with work in sessions of one terminal's own.
# 18: a session whose save failed halfway was made again under another id, and both were there after a restart.
# 1185: a folder that cannot be listed, met while the history was told, ended the storage actor.
# 1204: the history did not tell of a generation that moved from the journal to its file meanwhile.
# 455: a relaxed change was lost when the server ended on a full disk; that is allowed, and the check said no.
# 708: a deletion met a failing disk: asked for again it was refused, and the session was there, closed in memory alone.
# 724: a fork that found nobody attached was forgotten; its late copy made a session that nobody knew.
# 884: a late copy of a creation made the session again after it was deleted.
# 203: a relaxed change was told before a kill and heard after it; that is allowed, and the check said no.
# 3748: a bit flipped as for 2330, where nothing was left of the session.
# 6586: a session that was deleted while it moved to files came back with the next start.
# 30406: a start that was killed had copied the journal; the next took the copies for what came after a damaged record.
# 30811: a repeat that waited behind the closing of its session was told SessionClosed, not its reply.
FAILED_ONCE_ALONE = (18, 203, 455, 708, 724, 884, 1185, 1204, 3748, 6586, 30406, 30811)
# The same with a client that holds objects.
# 82035: a bit flipped in a journal; the one that it was copied from could not be removed, and was read a start late.
# 82087: after a crash a late copy of the creation brought its attachment back, over the one that was saved since.
# 61190: a fork held a change that could not be saved, and that a power cut then took from the session.
# 107420: a fork that attached the session while that left memory ended the client's actor.
# 110069: the clock was set forward, the client taken for silent and ended, though its session could not be saved.
# 122735: a refusal that could not be saved was told to who asked again, and a late copy was done after a crash.
# 129926: a late copy of a creation met its session, closed, on the way out of memory, and was told SessionClosed.
# 131102: a version was listed that was thinned out while its session moved to files, and a rollback found no session.
# 103971, 104435: an attachment was forgotten, as a killed server or a lying disk may, and the check said no.
# 218053, 240241, 251094: a server ended while the disk took nothing, forgot an attachment, and nobody was told of that.
# 270887: the folder was made by a start that could not sync its name, nor could the next, and a power cut took it all.
FAILED_ONCE_HOARDING = (
    3911,
    4022,
    4188,
    4501,
    14145,
    17695,
    61190,
    82035,
    82087,
    103971,
    104435,
    107420,
    110069,
    122735,
    129926,
    131102,
    218053,
    240241,
    251094,
    270887,
)
# The same with all that a plan has by now.
# 125: a session that was attached, and slept, lost the events that it had kept.
# 1811, 2283: a server that was killed before it saved had given numbers of events that the next one gave again.
# 292650: a late copy of an attachment took the session over, its reader was refused, and the check did not know why.
# 302822: a late copy of a creation attached it after a kill, it was taken over, and events were said to be lost.
# 301946: the same on a full disk, where that is allowed, and the check said no.
# 313581: an attachment while the session was being saved was taken for saved, and at its takeover events were lost.
# 316370: a server that could save nothing told numbers above those of the next one, of which nothing was heard.
# 317116, 332169: a late copy of a request was refused while another content under its id waited.
# 370990: the first sweep could not list the folder, and the clock, set by a year before the second, was believed.
# 421777: states that had files moved once more, the folder's sync failed, and the files were taken away.
FAILED_ONCE_WATCHED = (125, 1811, 2283, 292650, 301946, 302822, 313581, 316370, 317116, 332169, 370990, 421777)
LONG = pytest.mark.long


FAULTS = (
    "dies at disk call",
    "dies at step",
    "dies after",
    "ended killed by a power cut",
    "ended killed\n",
    "is told to end",
    "failed with EIO",
    "failed with ENOSPC",
    "failed with EROFS",
    "lied about",
    "is stuck",
    "a bit is flipped",
    "loses a message",
    "repeats a message",
    "delays a message",
    "is parted",
    "reads slowly",
    "noticed in 40.000 s",
    "asks again over",
    "is set by -",
    "is set by 31536000 s",
)


COMMANDS = (
    "close_session",
    "export_session",
    "import_session",
    "get_result",
    "load_context",
    "poll_events",
    "rename_session",
    "restore_session",
    "rollback_session",
    "save_context",
    "session_history",
    "update_session_state",
)


@pytest.fixture(scope="module")
def hundred(library):
    """What a hundred seeds reported."""
    return [simulate(seed, library) for seed in range(1, QUICK + 1)]


def test_a_hundred_seeds_break_no_promise(hundred):
    assert {report.seed: report.violations for report in hundred if report.violations} == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_hundred_seeds_meet_every_fault(hundred, fault):
    assert any(fault in line + "\n" for report in hundred for line in report.trace)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_hundred_seeds_use_every_command_that_changes_or_watches_a_session(hundred, command):
    lines = [line for report in hundred for line in report.trace]
    asked = {line.split()[-1] for line in lines if f" asks {command} " in line}
    done = {line.split()[5] for line in lines if " is answered success " in line}

    assert len(asked & done) >= 2


def test_a_hundred_seeds_expire_sessions_and_do_not_expire_others(hundred):
    ends = {report.seed: [line for line in report.trace if "answered SessionExpired" in line] for report in hundred}
    expiring = {seed for seed in ends if plan_of(seed).expires}

    assert expiring
    assert not [seed for seed in ends if ends[seed] and seed not in expiring]


def test_in_a_hundred_seeds_most_requests_are_done(hundred):
    lines = [line for report in hundred for line in report.trace]
    answered = [line for line in lines if " is answered " in line]

    assert len(answered) > 1500
    assert sum("success" in line for line in answered) > len(answered) * 0.6
    assert sum(line.endswith(" again") for line in answered) > 50


@LONG
@pytest.mark.parametrize("first", range(101, 501, 100))
def test_another_hundred_seeds_break_no_promise(library, first):
    broken = {
        seed: report.violations for seed in range(first, first + 100) if (report := simulate(seed, library)).violations
    }

    assert broken == {}


@pytest.mark.parametrize("seed", FAILED_ONCE)
def test_a_seed_that_failed_once_fails_no_more(library, seed):
    assert simulate(seed, library, plan=shared_plan_of(seed)).violations == []


@pytest.mark.parametrize("seed", FAILED_ONCE_ALONE)
def test_a_seed_that_failed_once_with_work_alone_fails_no_more(library, seed):
    assert simulate(seed, library, plan=lone_plan_of(seed)).violations == []


@pytest.mark.parametrize("seed", FAILED_ONCE_HOARDING)
def test_a_seed_that_failed_once_with_objects_fails_no_more(library, seed):
    assert simulate(seed, library, plan=hoarding_plan_of(seed)).violations == []


@pytest.mark.parametrize("seed", FAILED_ONCE_WATCHED)
def test_a_seed_that_failed_once_with_its_whole_plan_fails_no_more(library, seed):
    assert simulate(seed, library).violations == []


def traced(seed, hash_seed):
    """What the tool prints for one seed, in a process of its own."""
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "tools" / "simulate.py"), "--seed", str(seed)]
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout


def test_a_seed_prints_the_same_trace_byte_for_byte_whatever_the_hash_seed():
    first = traced(3, hash_seed=1)

    assert first.count(b"\n") > 100
    assert traced(3, hash_seed=2) == first


def test_a_trace_is_the_same_after_other_seeds_in_the_same_process(library):
    first = simulate(7, library).trace
    simulate(8, library)

    assert simulate(7, library).trace == first


def waiting_greenlets(library):
    gc.collect()
    found = [each for each in gc.get_objects() if isinstance(each, greenlet) and each and each.parent is not None]
    return len(set(found) - set(library.carriers.spare))


def test_no_thread_and_no_smalltalk_process_is_left_behind(library):
    before = waiting_greenlets(library)
    for seed in range(1, 11):
        simulate(seed, library)

    assert waiting_greenlets(library) == before


def test_different_seeds_take_different_courses(library):
    assert simulate(1, library).trace != simulate(2, library).trace
