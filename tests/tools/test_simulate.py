"""Many seeds at once: what the program prints, what it exits with, and how it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simulate import INTERRUPTED, VIOLATED, Found, Outcome, Runner, Search, Spread, Tally, parse, run_many

SIMULATE = Path(__file__).parents[2] / "tools" / "simulate.py"


def calm(seed):
    return Outcome(seed, (), 0.0)


def broken_by_three_and_five(seed):
    return Outcome(seed, (f"{seed} is odd",) if seed in (3, 5) else (), 0.0)


def deadly(seed):
    if seed == 2:
        os._exit(1)
    return calm(seed)


def interrupting(seed):
    if seed > 1:
        os.kill(os.getppid(), signal.SIGINT)
        signal.pause()
    return calm(seed)


def terminating(seed):
    os.kill(os.getppid(), signal.SIGTERM)
    signal.pause()


def children():
    return {int(each) for each in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


@pytest.mark.parametrize("processes", [1, 3, 20])
def test_each_task_is_done_once_however_many_processes_there_are(processes):
    results = Spread(lambda number: number * number, processes).results(range(10), lambda: None)

    assert sorted(results) == [(number, number * number) for number in range(10)]


def test_tasks_are_spread_over_processes():
    ran_in = [answer for _, answer in Spread(lambda number: os.getpid(), 2).results(range(2), lambda: None)]

    assert len({*ran_in, os.getpid()}) == 3


def test_no_process_is_left():
    before = children()
    results = Spread(calm, 2).results(range(100), lambda: None)
    next(results)
    results.close()

    assert children() == before


def test_seeds_that_break_nothing_exit_with_zero(capsys):
    assert run_many(calm, 1, 20, 2) == 0

    assert capsys.readouterr().out.startswith("20 seeds from 1 on, 0 with violations; ")


def test_seeds_that_break_promises_are_named_with_how_to_replay_them(capsys):
    assert run_many(broken_by_three_and_five, 1, 6, 2) == VIOLATED

    said = capsys.readouterr()
    assert sorted(said.err.splitlines()) == ["seed 3: 3 is odd", "seed 5: 5 is odd"]
    assert said.out.startswith("6 seeds from 1 on, 2 with violations; ")
    replays = [line for line in said.out.splitlines() if line.startswith("replay")]
    assert [line.rpartition("tools/simulate.py ")[2] for line in replays] == ["--seed 3", "--seed 5"]


def test_a_seed_that_ends_its_process_is_named_and_the_others_are_run(capsys):
    assert run_many(deadly, 1, 6, 1) == VIOLATED

    said = capsys.readouterr()
    assert said.err == "seed 2: it ended the process that ran it\n"
    assert said.out.startswith("6 seeds from 1 on, 1 with violations; ")


def test_an_exception_of_the_simulation_breaks_a_promise_and_is_shown(capfd):
    assert run_many(lambda seed: 1 / seed and calm(seed), 0, 2, 1) == VIOLATED

    said = capfd.readouterr()
    assert "ZeroDivisionError" in said.err
    assert said.out.startswith("2 seeds from 0 on, 1 with violations; ")


@pytest.mark.parametrize("asked", [interrupting, terminating])
def test_who_is_asked_to_end_tells_what_was_done_and_leaves_no_process(capsys, asked):
    before, handler = children(), signal.getsignal(signal.SIGTERM)

    assert run_many(asked, 1, 50_000, 1) == INTERRUPTED

    assert " of 50000 seeds from 1 on, 0 with violations; " in capsys.readouterr().out
    assert children() == before
    assert signal.getsignal(signal.SIGTERM) is handler


def test_a_promise_that_was_broken_before_the_end_was_asked_for_counts():
    tally = Tally(1, 100, 1, is_interrupted=True)
    tally.add(3, broken_by_three_and_five(3))

    assert tally.status == VIOLATED
    assert "interrupted before all were run" in tally.summary()


def test_progress_is_told_now_and_then(capsys):
    tally = Tally(1, 100, 2)
    tally.add(1, calm(1))
    tally.progress([2, 3])
    assert capsys.readouterr().err == ""

    tally.told -= 60
    tally.progress([3, 2])
    tally.progress([3, 2])

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("1 of 100 seeds, 0 with violations; ")
    assert line.endswith("the oldest that runs is 2")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--seed", "1", "--seeds", "0"], "less than 1"),
        (["--seed", "1", "--processes", "-2"], "less than 1"),
        (["--seed", "1", "--plants", "no such thing"], "no such bug: no such thing; there are: no file fsync, "),
        (["--seeds", "1"], "--seed"),
    ],
)
def test_options_that_make_no_sense_are_refused(capsys, arguments, word):
    with pytest.raises(SystemExit) as ended:
        parse(arguments)

    assert ended.value.code == 2
    assert word in capsys.readouterr().err


def test_by_default_a_process_for_each_core_runs_seeds():
    assert parse(["--seed", "1", "--seeds", "5"]).processes == os.cpu_count()


def test_seeds_of_the_whole_server_are_run(library, capsys):
    assert run_many(Runner(library).outcome, 1, 2, 2) == 0

    assert capsys.readouterr().out.startswith("2 seeds from 1 on, 0 with violations; ")


@pytest.mark.long
def test_the_program_runs_seeds_of_the_whole_server():
    command = [sys.executable, SIMULATE, "--seed", "1", "--seeds", "2", "--processes", "2"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("2 seeds from 1 on, 0 with violations; ")


def test_the_first_seed_that_finds_a_planted_bug_is_found(library):
    runner = Runner(library)

    assert runner.found_by(Search("missing client check", 2, 2)) == Found(2)
    assert runner.found_by(Search("generation reuse", 1, 1)) == Found(None)
