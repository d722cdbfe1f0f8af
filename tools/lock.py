"""Writes tools/requirements.txt: every dependency of pyproject.toml pinned, with the hashes of all its wheels.

Where a package is needed on another platform only, it is pinned with that platform's marker. The file names no index,
no host and no path, so that it installs from wherever the machine's pip looks.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK_FILE = ROOT / "tools" / "requirements.txt"
HEADER = "# Written by `python3 tools/dev.py lock` from pyproject.toml; do not edit.\n"
OPTIONS = (
    "--generate-hashes",
    "--allow-unsafe",
    "--strip-extras",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--no-emit-options",
    "--quiet",
)
PINNED = re.compile(r"^[A-Za-z0-9._-]+==[^\s;/:]+( ; [^/]+)?( \\)?$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


class UncleanLockError(Exception):
    """The lock would hold something else than versions and hashes."""


def requirements() -> tuple[list[str], list[str]]:
    """What pyproject.toml asks for here (run, build and development), and what other platforms need besides."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    here = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for extra in project["project"]["optional-dependencies"].values():
        here += extra
    groups = project["dependency-groups"]
    return here + groups["lock"], groups["elsewhere"]


def compiled(wanted: list[str], pinned: str, *options: str) -> str:
    """What pip-compile makes of ``wanted``; versions in ``pinned`` stay unless they no longer fit."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "wanted.in"), Path(folder, "pinned.txt")
        source.write_text("\n".join(wanted) + "\n", encoding="utf-8")
        target.write_text(pinned, encoding="utf-8")
        command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *options]
        subprocess.run([*command, "--output-file", str(target), str(source)], check=True, cwd=folder)
        return target.read_text(encoding="utf-8")


def marked(text: str, marker: str) -> str:
    """``text`` with ``marker`` on each pinned line."""
    return re.sub(r"^(\S+==\S+) ", rf"\1 ; {marker} ", text, flags=re.MULTILINE)


def cleaned(text: str) -> str:
    """``text`` without comments and options; raise UncleanLockError where a line is no pinned version and no hash."""
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "--"))]
    for line in lines:
        if not (PINNED.match(line) or HASH.match(line)):
            raise UncleanLockError(line)
    return "\n".join(lines) + "\n"


def locked(pinned: str, *options: str) -> str:
    """The whole lock file's text."""
    here, elsewhere = requirements()
    text = compiled(here, pinned, *options)
    for requirement in elsewhere:
        package, marker = (part.strip() for part in requirement.split(";"))
        text += marked(compiled([package], "", *options), marker.replace('"', "'"))
    return HEADER + cleaned(text)


def main() -> None:
    """Write the lock file, whole or not at all."""
    parser = argparse.ArgumentParser(description="Pin the dependencies of pyproject.toml with hashes.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    chosen = parser.parse_args()
    pinned = LOCK_FILE.read_text(encoding="utf-8") if LOCK_FILE.exists() else ""
    text = locked(pinned, *(["--upgrade"] if chosen.upgrade else []))
    LOCK_FILE.write_text(text, encoding="utf-8")
    print(f"{text.count('==')} packages pinned in {LOCK_FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
