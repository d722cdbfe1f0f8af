import multiprocessing
import subprocess
import sys
import time
from pathlib import Path

import pytest

from awfy.programs import PROGRAMS
from awfy.workspace import workspace
from bench_suite import counting, engine, millions, neighbours
from bench_suite.disk import appended_at, appended_together, bare_save
from bench_suite.driving import Echo, WrongReplyError, drive
from bench_suite.engine import longest_turn, percentile
from bench_suite.figures import as_markdown, as_rst, at_least_times, at_most, at_most_times
from bench_suite.footprint import connect_seconds
from bench_suite.plain import RefusedError
from bench_suite.processes import NotStartedError, Server, echo_server, free_endpoint
from bench_suite.programs import figure, geometric_mean
from bench_suite.returning import prepare, resume_seconds
from bench_suite.throughput import processor_time_per_request
from load_runner.operations import Ping
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from tests.tools.small_server import SmallServer

BENCH = Path(__file__).parents[2] / "tools" / "bench.py"


@pytest.mark.parametrize(
    ("figure", "met", "ratio"),
    [
        (at_most("a", "what", 150, "KB", 150), True, None),
        (at_most("a", "what", 151, "KB", 150), False, None),
        (at_most_times("a", "what", 5, 2, "ms", "bare", 2.5), True, 2.5),
        (at_most_times("a", "what", 5.1, 2, "ms", "bare", 2.5), False, 2.55),
        (at_least_times("a", "what", 20, 2, "/s", "bare", 10), True, 10),
        (at_least_times("a", "what", 19, 2, "/s", "bare", 10), False, 9.5),
    ],
)
def test_a_goal_is_met_exactly_within_its_bound(figure, met, ratio):
    assert figure.met is met
    assert figure.ratio == (ratio if ratio is None else pytest.approx(ratio))
    assert figure.cells()[-1] == ("met" if met else "NOT MET")


def test_the_tables_hold_every_figure_with_its_counterpart():
    figures = [at_most_times("a", "a ping", 5, 2, "ms", "bare loop", 2.5), at_most("b", "a file", 1234, "KB", 200)]

    for text in (as_rst(figures), as_markdown(figures)):
        assert "2 ms (bare loop)" in text
        assert "2.50" in text
        assert "1,234 KB" in text
        assert text.count("NOT MET") == 1


def test_the_echo_loop_is_driven_and_its_process_looked_at():
    with echo_server() as echo:
        measurements = drive(echo.endpoint, 3, Echo(), seconds=0.1, warm_up=0)

        assert measurements.figures()["ping"]["count"] > 0
        assert processor_time_per_request(echo, Echo(), 0.2) > 0
        assert connect_seconds(echo, Echo()) > 0
        assert echo.memory() > 1_000_000


def test_a_server_that_answers_wrongly_has_no_figures():
    lying = SmallServer(lambda _, reply: {**reply, "result": {"message": "eve"}})

    with lying as server, pytest.raises(WrongReplyError, match="'eve' came"):
        drive(server.endpoint, 2, Ping(), seconds=0.1, warm_up=0)


def test_a_server_that_does_not_start_says_its_last_words():
    with pytest.raises(NotStartedError, match="no port for me"):
        Server(["-c", "raise SystemExit('no port for me')"], free_endpoint())


def test_a_bare_save_leaves_a_whole_file_under_its_name(tmp_path):
    assert bare_save(tmp_path, b"body", 7) > 0
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("bare-7", b"body")]


def test_each_fsync_leaves_a_note_and_is_done(tmp_path):
    done = []
    with (tmp_path / "notes").open("wb") as notes:
        sync = counting.noted(notes.fileno(), done.append)
        sync(5)
        sync(6)

    assert (tmp_path / "notes").read_bytes() == b".."
    assert done == [5, 6]


def test_a_geometric_mean_is_that_of_ratios():
    assert geometric_mean([1, 4, 16]) == pytest.approx(4)


def test_a_program_is_measured_in_both_languages():
    program = next(each for each in PROGRAMS if each.name == "Bounce")
    found = figure(workspace(Library()), program)

    assert found.name == "awfy_Bounce"
    assert found.ours > 0
    assert found.bare > 0


def test_the_longest_turn_is_that_of_the_longest_slice():
    image = Image(Library())

    assert 0 < longest_turn(image, "3 + 4") < longest_turn(image, "(3 raisedTo: 100000) printString size")


def test_a_program_that_does_not_end_is_stopped():
    assert longest_turn(Image(Library()), "[ true ] whileTrue", patience=0.01) > 0


def test_the_engines_first_steps_are_measured():
    first, median, most = *engine.cold(0), *engine.compiling(0)

    assert first.ours > 0
    assert 0 < median.ours <= most.ours


def test_the_bench_of_browsing_finds_senders():
    (figure,) = engine.browsing(0)

    assert figure.ours > 0
    assert int(figure.what.split()[1]) > 100


def test_the_bench_of_neighbours_asks_both_clients_by_turns(monkeypatch):
    monkeypatch.setattr(neighbours, "NEIGHBOURS", 2)
    monkeypatch.setattr(neighbours, "ROUNDS", 3)

    (figure,) = neighbours.neighbours(0)

    assert 0 < figure.bare < 60
    assert 0.1 < figure.ratio < 10
    assert not multiprocessing.active_children()


def test_who_holds_a_million_objects_changes_twenty_of_them_far_apart():
    image = Image(Library())
    for code in (millions.MAKE, millions.WORK, "changed := (1 to: x size) asArray select: [ :i | (x at: i) y ~= 1 ]"):
        image.evaluate(code.replace(str(millions.OBJECTS), "20000"))

    changed = image.variables["changed"]

    assert len(changed) == 20
    assert changed[-1] - changed[0] > 10_000


def test_a_percentile_is_what_so_many_do_not_exceed():
    assert percentile(range(1, 100), 95) == 95


NAMES = "ping evaluate beside_checkpoint idle_memory fsyncs start_full disk awfy interrupts neighbours browsing"


def test_help_names_every_bench():
    words = subprocess.run([sys.executable, str(BENCH), "--help"], capture_output=True, text=True, check=True).stdout

    assert [name for name in NAMES.split() if name not in words] == []


def test_a_crowd_that_comes_back_is_timed():
    with SmallServer() as server:
        clients = prepare(server.endpoint, 20)

        assert 0 < resume_seconds(server.endpoint, clients) < 60
        assert server.served["restore_session"] >= 0.99 * 20


def test_a_session_that_comes_back_as_another_ones_ends_the_bench():
    def swap(request, reply):
        if request["command"] == "restore_session":
            reply["result"]["client_id"] = "eve"
        return reply

    with SmallServer(swap) as server, pytest.raises(RefusedError, match="eve"):
        resume_seconds(server.endpoint, prepare(server.endpoint, 3))


def test_writers_that_append_together_lose_nothing_and_each_writes(tmp_path):
    journal = tmp_path / "journal"

    times = appended_together(journal, b"12345678", threads=4, seconds=0.0)

    assert len(times) == 4
    assert all(each > 0 for each in times)
    assert journal.read_bytes() == b"12345678" * 4


def test_a_paced_writer_appends_once_for_each_start_and_not_before_it(tmp_path):
    journal = tmp_path / "journal"
    began = time.perf_counter()

    times = appended_at(journal, b"12345678", [0.0, 0.0, 0.02])

    whole = time.perf_counter() - began
    assert len(times) == 3
    assert all(each > 0 for each in times)
    assert whole >= 0.02
    assert sum(times) <= whole  # what waits for its start, or for an earlier append, does not count
    assert journal.read_bytes() == b"12345678" * 3
