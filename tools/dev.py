"""Sets up the development environment and runs what a developer runs; needs nothing but Python 3.11 or later.

Owns the virtual environments under ``.cache/environments``, one per lock file and Python, and lets ``.venv`` point to
the current one. Refuses older Pythons.
"""

import argparse
import fcntl
import hashlib
import os
import platform
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  # whoever starts this with an older one shall read a word, no traceback
    sys.exit("stui_actors needs Python 3.11 or later; this is Python " + platform.python_version() + ".")

ROOT = Path(__file__).resolve().parent.parent
LOCK_FILE = ROOT / "tools" / "requirements.txt"
ENVIRONMENTS = ROOT / ".cache" / "environments"
BYTECODE = ROOT / ".cache" / "bytecode"
COVERAGE_GOAL = 90  # per cent of branches; CONTRIBUTING.rst promises it
SIDE_BY_SIDE = [
    "--numprocesses=auto",
    "--dist=loadfile",  # the tests of a file share what they set up
    "--no-loadscope-reorder",  # files with few tests would come last, and those are the slow ones
    "--durations=10",
]
CHECKS = {
    "formatting": ["-m", "ruff", "format", "--check", "."],
    "lint": ["-m", "ruff", "check", "."],
    "types": ["-m", "mypy"],
    "import rules": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
}


def digest(*paths: Path) -> str:
    """A short name for the content of ``paths`` together with this Python and this folder: environments cannot move.

    It is the same whether this Python was called by its own name or through an environment that was made from it.
    """
    seen = hashlib.blake2b(digest_size=8)
    seen.update(f"{platform.python_version()} {platform.machine()} {sys.base_prefix} {ROOT}".encode())
    for path in paths:
        seen.update(path.read_bytes())
    return seen.hexdigest()


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold ``path`` as a lock among processes; a killed holder leaves it free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def environment() -> Path:
    """The folder of the virtual environment that this tree needs, made and filled if it is not there yet."""
    home = ENVIRONMENTS / digest(LOCK_FILE)
    with one_at_a_time(home.with_suffix(".lock")):
        if not (home / "complete").exists():
            fill(home)
        project = home / "project"
        wanted = digest(ROOT / "pyproject.toml")
        if not project.exists() or project.read_text() != wanted:
            pip(home, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
            project.write_text(wanted)
        point_to(home)
    return home


def point_to(home: Path) -> None:
    """Let ``.venv`` be this environment, for people and their editors, unless it is one of their own."""
    link = ROOT / ".venv"
    if link.is_symlink():
        if link.resolve() == home.resolve():
            return
        link.unlink(missing_ok=True)
    if not link.exists():
        link.symlink_to(home.relative_to(ROOT))


def fill(home: Path) -> None:
    """Make the environment anew and install every pinned dependency, each checked by its hash."""
    print(f"stui_actors: installing the pinned dependencies into {home.relative_to(ROOT)} (once)", file=sys.stderr)
    started = time.monotonic()
    try:
        venv.create(home, clear=True, with_pip=True)
    except subprocess.CalledProcessError as error:
        sys.exit(f"This Python cannot make virtual environments (on Debian: install python3-venv). {error}")
    pip(home, "--require-hashes", "--requirement", str(LOCK_FILE))
    (home / "complete").touch()
    print(f"stui_actors: installed in {time.monotonic() - started:.0f} s", file=sys.stderr)


def pip(home: Path, *arguments: str) -> None:
    """Run ``pip install``; what fails ends the program with pip's own words."""
    command = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    silent = {**os.environ, "PYTHONWARNINGS": "ignore"}  # what tools warn their own developers of
    if subprocess.run([*command, *arguments], cwd=ROOT, check=False, env=silent).returncode:
        sys.exit("stui_actors: the dependencies could not be installed; see pip's words above.")


def become(home: Path, *arguments: str) -> None:
    """Replace this process, so that signals and the exit status are the program's own."""
    python = str(home / "bin" / "python")
    sys.stdout.flush()
    os.execv(python, [python, *arguments])


def with_bytecode(variables: Mapping[str, str]) -> dict[str, str]:
    """These variables, but that Python keeps what it compiles: the tests start it a hundred times.

    Where it shall not keep that beside the sources, it does below ``.cache``.
    """
    changed = dict(variables)
    if changed.pop("PYTHONDONTWRITEBYTECODE", ""):
        changed.setdefault("PYTHONPYCACHEPREFIX", str(BYTECODE))
    return changed


def test(home: Path, arguments: list[str]) -> None:
    """Check formatting, lint, types and import rules, then run the tests; the last words are pytest's."""
    python = str(home / "bin" / "python")
    long = "--long" in arguments
    chosen = [argument for argument in arguments if argument != "--long"]
    failed = [name for name, check in CHECKS.items() if not passes(python, name, check)]
    if failed:
        print(f"FAILED: {', '.join(failed)} (the tests run all the same)", flush=True)
    command = [python, "-m", "pytest", *chosen]
    if not long:
        command += ["-m", "not long"]
    if not chosen:
        command += SIDE_BY_SIDE
    if not chosen and long:  # counting branches takes a third of the time: the quick suite goes without
        command += ["--cov", "--cov-report=term:skip-covered", f"--cov-fail-under={COVERAGE_GOAL}"]
    tests = subprocess.run(command, cwd=ROOT, check=False, env=with_bytecode(os.environ)).returncode
    sys.exit(tests or (1 if failed else 0))


def passes(python: str, name: str, check: list[str]) -> bool:
    """Whether one static check is content; it says itself what it is not content with."""
    started = time.monotonic()
    status = subprocess.run([python, *check], cwd=ROOT, check=False).returncode
    print(f"== {name}: {'FAILED' if status else 'ok'}, {time.monotonic() - started:.0f} s", flush=True)
    return status == 0


def fmt(home: Path, arguments: list[str]) -> None:
    """Format the code and mend what lint can mend by itself."""
    python = str(home / "bin" / "python")
    subprocess.run([python, "-m", "ruff", "check", "--fix", *(arguments or ["."])], cwd=ROOT, check=False)
    become(home, "-m", "ruff", "format", *(arguments or ["."]))


def serve(home: Path, arguments: list[str]) -> None:
    """Start the server."""
    become(home, "-m", "stui_actors", "serve", *arguments)


def bench(home: Path, arguments: list[str]) -> None:
    """Measure the server beside its bare counterparts."""
    become(home, str(ROOT / "tools" / "bench.py"), *arguments)


def load(home: Path, arguments: list[str]) -> None:
    """Run many clients against a server."""
    become(home, str(ROOT / "tools" / "load.py"), *arguments)


def lock(home: Path, arguments: list[str]) -> None:
    """Pin the dependencies of pyproject.toml anew (``--upgrade``: to the newest versions)."""
    become(home, str(ROOT / "tools" / "lock.py"), *arguments)


COMMANDS = {"serve": serve, "test": test, "fmt": fmt, "bench": bench, "load": load, "lock": lock}


def main() -> None:
    """Read the command line, set up, run."""
    about = "\n".join(f"  {name:<7} {(command.__doc__ or '').strip()}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="dev.py",
        description="Set up what is pinned, then run a command; its own --help follows it.\n\n" + about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="handed to the command as they are")
    chosen = parser.parse_args()
    COMMANDS[chosen.command](environment(), chosen.arguments)


if __name__ == "__main__":
    main()
