import pytest

from load_runner.assertions import BadAssertionError, parse_assertion
from load_runner.measurements import Measurements

FIGURES = {"all": {"p99": 40.0, "rate": 900.0}, "evaluate": {"p99.9": 120.0}}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("p99<50ms", True),
        ("p99<40", False),
        ("p99<=40ms", True),
        ("p99<0.05s", True),
        ("p99>50000us", False),
        ("evaluate.p99.9<0.1s", False),
        ("evaluate.p99.9 < 121 ms", True),
        ("rate>=1000/s", False),
        ("restore.p99<1s", False),
    ],
)
def test_an_assertion_holds_exactly_when_its_bound_is_met(text, holds):
    assert parse_assertion(text).holds(FIGURES) is holds


@pytest.mark.parametrize("text", ["", "p99", "p99<", "p98<1ms", "p99<1h", "p99<-1", "<5", "a.b.p99<1"])
def test_what_is_no_assertion_is_refused_with_what_is_possible(text):
    with pytest.raises(BadAssertionError, match="METRIC out of min, mean"):
        parse_assertion(text)


def test_a_generator_that_sends_late_or_is_busy_warns_of_itself():
    measurements = Measurements()
    measurements.late(0.02)
    measurements.generator_share = 0.9

    assert len(measurements.warnings()) == 2
    assert Measurements().warnings() == []


def test_percentiles_are_those_of_what_was_recorded():
    measurements = Measurements(seconds=10.0)
    for milliseconds in range(1, 1001):
        measurements.record("ping", milliseconds / 1000)

    figures = measurements.figures()["ping"]
    assert figures["rate"] == 100.0
    assert figures["p50"] == pytest.approx(500, rel=0.002)
    assert figures["p99"] == pytest.approx(990, rel=0.002)
    assert figures["max"] == pytest.approx(1000, rel=0.002)
