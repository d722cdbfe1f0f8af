"""The load runner's command line as a value."""

import argparse
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from attrs import frozen

from load_runner.assertions import Assertion, BadAssertionError, parse_assertion
from load_runner.generator import Plan
from load_runner.operations import OPERATIONS

USAGE_ERROR = 64  # 1 and 2 tell what the run found
MIX_HELP = "operations and their weights (default: evaluate=80,update=15,restore=5); there is ping, too"
ASSERT_HELP = "such as p99<50ms, evaluate.p50<5ms, rate>1000, failures==0; may be repeated"
EXAMPLES = """examples:
  python3 tools/dev.py load --clients 100
  python3 tools/dev.py load --clients 1000 --rate 5000 --assert "p99<50ms" --json run.json
  python3 tools/dev.py load --mix evaluate=80,update=15,restore=5 --socket REQ --no-live

exit status: 0 all well; 1 a reply was wrong, foreign or missing; 2 an assertion was not met; 64 usage"""


@frozen
class Options:
    """What one run was asked for. ``mix`` are operation names and weights."""

    endpoint: str
    clients: int
    duration: float
    warm_up: float
    rate: float | None
    poisson: bool
    mix: tuple[tuple[str, float], ...]
    socket: str
    reply_timeout: float
    seed: int
    live: bool
    json: str | None
    assertions: tuple[Assertion, ...]

    def plan(self) -> Plan:
        """How the generator shall go about it."""
        return Plan(
            operations=tuple(OPERATIONS[name] for name, _ in self.mix),
            weights=tuple(weight for _, weight in self.mix),
            duration=self.duration,
            warm_up=self.warm_up,
            rate=self.rate,
            poisson=self.poisson,
            reply_timeout=self.reply_timeout,
            seed=self.seed,
        )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE_ERROR, f"{self.prog}: {message}\n")


def parse_mix(text: str) -> tuple[tuple[str, float], ...]:
    """Read ``evaluate=80,update=20``; a name alone weighs 1."""
    mix = []
    for part in text.split(","):
        name, _, weight = part.strip().partition("=")
        if name not in OPERATIONS:
            raise argparse.ArgumentTypeError(f"no operation {name!r}; there are {', '.join(OPERATIONS)}")
        mix.append((name, _positive(weight or "1")))
    return tuple(mix)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from error
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _endpoint(text: str) -> str:
    if not re.fullmatch(r"tcp://[^/]+:\d+|ipc://.+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no endpoint; write it as tcp://127.0.0.1:5555")
    return text


def _assertion(text: str) -> Assertion:
    try:
        return parse_assertion(text)
    except BadAssertionError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    made = _Parser(
        prog="load.py",
        description="Run many clients against a server, check every reply, and measure.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--endpoint", type=_endpoint, default="tcp://127.0.0.1:5555", help="default: %(default)s")
    made.add_argument("--clients", type=_count, default=100, help="default: %(default)s")
    made.add_argument("--duration", type=_positive, default=10.0, help="seconds measured (default: %(default)s)")
    made.add_argument("--warm-up", type=float, default=1.0, help="seconds before that (default: %(default)s)")
    made.add_argument("--rate", type=_positive, help="requests per second, all clients together: the open model")
    made.add_argument("--poisson", action="store_true", help="open model: random gaps instead of even ones")
    made.add_argument("--mix", type=parse_mix, default=parse_mix("evaluate=80,update=15,restore=5"), help=MIX_HELP)
    made.add_argument("--socket", choices=("DEALER", "REQ"), default="DEALER", help="default: %(default)s")
    made.add_argument("--reply-timeout", type=_positive, default=10.0, help="seconds (default: %(default)s)")
    made.add_argument("--seed", type=int, default=1, help="of the mix (default: %(default)s)")
    made.add_argument("--no-live", dest="live", action="store_false", help="no live panel")
    made.add_argument("--json", metavar="FILE", help="write the figures there; - is standard output")
    made.add_argument(
        "--assert", dest="assertions", type=_assertion, action="append", default=[], metavar="TEXT", help=ASSERT_HELP
    )
    return made


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; a mistake ends the program with status 64."""
    chosen = vars(parser().parse_args(arguments))
    return Options(**{**chosen, "assertions": tuple(chosen["assertions"])})
