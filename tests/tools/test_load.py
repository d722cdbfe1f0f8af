import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from load_runner.generator import arrivals
from load_runner.options import parse
from load_runner.run import run_here, run_live
from tests.tools.small_server import SmallServer

LOAD = Path(__file__).parents[2] / "tools" / "load.py"
BRIEF = ["--clients", "5", "--duration", "0.3", "--warm-up", "0", "--reply-timeout", "1", "--no-live"]
EVERYTHING = ["--mix", "evaluate=4,update=2,restore=2,ping=1"]


def run_against(server, *arguments):
    return run_here(parse(["--endpoint", server.endpoint, *BRIEF, *arguments]))


@pytest.mark.parametrize("socket", ["DEALER", "REQ"])
@pytest.mark.parametrize("model", [[], ["--rate", "200"], ["--rate", "200", "--poisson"]])
def test_an_honest_server_is_found_without_fault(socket, model):
    with SmallServer() as server:
        measurements = run_against(server, "--socket", socket, *EVERYTHING, *model)

    assert measurements.failures == []
    figures = measurements.figures()
    assert set(figures) == {"evaluate", "update", "restore", "ping", "all"}
    assert figures["all"]["count"] == sum(figures[name]["count"] for name in figures if name != "all")


def test_each_client_sets_up_a_session_and_a_variable_of_its_own():
    with SmallServer() as server:
        run_against(server, "--mix", "ping")

        assert server.served["create_session"] == 5
        assert server.served["evaluate"] == 5


def test_the_open_model_sends_as_many_as_the_rate_says():
    with SmallServer() as server:
        measurements = run_against(server, "--mix", "ping", "--rate", "100")

    assert measurements.figures()["ping"]["count"] in (30, 31)


def test_arrivals_are_the_same_each_time_and_as_many_as_the_rate_says():
    even, random_ones = list(arrivals(2.0, 50)), list(arrivals(2.0, 50, poisson=True))

    assert len(even) in (100, 101)
    assert even[:3] == pytest.approx([0.0, 0.02, 0.04])
    assert random_ones == list(arrivals(2.0, 50, poisson=True))
    assert random_ones != list(arrivals(2.0, 50, poisson=True, seed=2))
    assert 70 < len(random_ones) < 130
    assert random_ones == sorted(random_ones)
    assert random_ones[-1] < 2.0


def test_the_open_model_counts_the_wait_behind_a_server_that_stalls():
    stalled = []

    def stall_once(request, reply):
        if request["command"] == "ping" and not stalled:
            stalled.append(True)
            server._done.wait(0.2)
        return reply

    with SmallServer(stall_once) as server:
        measurements = run_against(server, "--mix", "ping", "--rate", "200")

    assert measurements.figures()["ping"]["p50"] > 20  # more than half of the run lay behind the stall


def swap_results(field, value):
    def misbehave(request, reply):
        if field in reply["result"] and request["id"].endswith("5"):
            reply["result"] = {**reply["result"], field: value}
        return reply

    return misbehave


def to_a_ping(change):
    return lambda request, reply: change(reply) if request["command"] == "ping" else reply


@pytest.mark.parametrize(
    ("operation", "misbehave", "words"),
    [
        ("evaluate", swap_results("result", "4711"), "counted to"),
        ("update", swap_results("session_state", {"owner": "eve"}), "that of 'eve'"),
        ("update", swap_results("version", 0), "version 0 after"),
        ("restore", swap_results("client_id", "eve"), "of 'eve'"),
        ("restore", swap_results("session_state", {"owner": "eve"}), "the state of 'eve'"),
        ("ping", swap_results("message", "eve"), "'eve' came"),
        ("ping", to_a_ping(lambda reply: {**reply, "client_id": "eve"}), "the reply of 'eve'"),
        ("ping", to_a_ping(lambda reply: {**reply, "id": "x"}), "not asked"),
        ("ping", to_a_ping(lambda _: None), "had no reply"),
        ("ping", to_a_ping(lambda reply: {**reply, "status": "error", "error_type": "Bad"}), "ping: Bad"),
    ],
)
def test_a_wrong_foreign_or_missing_reply_is_a_failure(operation, misbehave, words):
    with SmallServer(misbehave) as server:
        measurements = run_against(server, "--mix", operation)

    assert measurements.failure_count > 0
    assert any(words in failure for failure in measurements.failures)


def test_an_update_that_was_acknowledged_and_lost_is_a_failure():
    with SmallServer(forget) as server:
        measurements = run_against(server, "--mix", "update,restore")

    assert any("was acknowledged update" in failure for failure in measurements.failures)


def forget(request, reply):
    if request["command"] == "restore_session":
        reply["result"]["session_state"] = {}
    return reply


def test_a_refusal_for_want_of_room_is_counted_and_no_failure():
    def refuse(reply):
        return {"id": reply["id"], "status": "error", "error_type": "Overloaded", "error": "full"}

    with SmallServer(to_a_ping(refuse)) as server:
        measurements = run_against(server, "--mix", "ping")

    assert measurements.failure_count == 0
    assert measurements.refusals["Overloaded"] == measurements.figures()["all"]["refused"] > 0


def test_the_live_panel_gets_the_same_figures_from_a_process_of_its_own(tmp_path):
    with SmallServer() as server:
        options = parse(["--endpoint", server.endpoint, *BRIEF, "--mix", "ping", "--duration", "1"])
        with (tmp_path / "screen").open("w") as screen:
            measurements = run_live(options, Console(file=screen, force_terminal=True))

    assert measurements.failures == []
    assert measurements.figures()["ping"]["count"] > 0


def run_program(server, *arguments):
    command = [sys.executable, str(LOAD), "--endpoint", server.endpoint, *BRIEF, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_exit_status_tells_well_wrong_and_unmet_apart():
    with SmallServer() as server:
        assert run_program(server, "--assert", "failures==0").returncode == 0
        assert run_program(server, "--assert", "p99<0.001us").returncode == 2
        assert run_program(server, "--assert", "p98<1ms").returncode == 64
        assert run_program(server, "--endpoint", "localhost").returncode == 64
    with SmallServer(swap_results("result", "4711")) as server:
        assert run_program(server, "--assert", "p99<0.001us").returncode == 1


def test_where_nobody_answers_one_sentence_says_so_and_what_to_do(tmp_path):
    command = [sys.executable, str(LOAD), *BRIEF, "--endpoint", f"ipc://{tmp_path}/nobody", "--reply-timeout", "0.3"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 1
    assert "No server answers on" in done.stdout
    assert "tools/dev.py serve" in done.stdout
    assert "FAILURE" not in done.stdout


def test_the_json_report_holds_the_figures_and_what_was_asserted(tmp_path):
    with SmallServer() as server:
        run_program(server, "--json", str(tmp_path / "run.json"), "--assert", "rate>1", "--assert", "max<1us")

    report = json.loads((tmp_path / "run.json").read_text())
    assert [each["met"] for each in report["assertions"]] == [True, False]
    assert report["operations"]["all"]["count"] > 0
    assert report["options"]["clients"] == 5
