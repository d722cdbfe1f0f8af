"""Loads for the bench, made of the load runner's parts."""

import secrets
from collections.abc import Sequence

from attrs import define

from load_runner.connections import Connections
from load_runner.generator import Generator, Plan
from load_runner.measurements import Measurements
from load_runner.operations import LoadClient, Message, Operation


class WrongReplyError(Exception):
    """A server under measurement answered wrongly; its figures are worth nothing."""


@define
class Echo:
    """The same bytes as a ping, to a server that sends them back; the generator has compared the id already."""

    name: str = "ping"
    command: str = "ping"

    def parameters(self, client: LoadClient) -> Message:
        """As a ping's."""
        return {"message": client.name}

    def fault(self, client: LoadClient, result: Message) -> str | None:
        """None: an echo has no result."""
        return None


def drive(
    endpoint: str,
    clients: int,
    operation: Operation,
    *,
    seconds: float,
    rate: float | None = None,
    poisson: bool = False,
    opening: Sequence[Operation] = (),
    warm_up: float = 0.5,
) -> Measurements:
    """Run ``clients`` against ``endpoint``; raise WrongReplyError if any reply was wrong, late or refused."""
    run = secrets.token_hex(6)
    callers = [LoadClient(f"bench-{run}-{number}") for number in range(clients)]
    plan = Plan(
        (operation,), (1.0,), duration=seconds, warm_up=warm_up, rate=rate, poisson=poisson, opening=tuple(opening)
    )
    with Connections(endpoint, clients) as connections:
        measurements = Generator(plan, connections, callers).run()
    if measurements.failure_count or measurements.refusals:
        raise WrongReplyError(f"{measurements.failures[:3]} {dict(measurements.refusals)}")
    return measurements


def p99(measurements: Measurements) -> float:
    """The 99th percentile of all, in milliseconds."""
    return measurements.figures()["all"]["p99"]


def rate(measurements: Measurements) -> float:
    """Replies per second."""
    return measurements.figures()["all"]["rate"]
