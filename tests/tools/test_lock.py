import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import lock

ROOT = Path(__file__).parents[2]


def pinned():
    lines = lock.LOCK_FILE.read_text().splitlines()
    found = (re.match(r"([\w.-]+)==([^\s;]+)", line) for line in lines)
    return {canonical(match[1]): match[2] for match in found if match}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_requirement_of_the_project_is_pinned_to_a_version_that_it_allows():
    here, elsewhere = lock.requirements()

    for requirement in map(Requirement, here + elsewhere):
        assert pinned()[canonical(requirement.name)] in requirement.specifier, requirement.name


def test_the_lock_holds_versions_and_hashes_and_nothing_else():
    text = lock.LOCK_FILE.read_text()

    assert text == lock.HEADER + lock.cleaned(text)
    assert len(re.findall(r"--hash=sha256:", text)) > len(pinned())


@pytest.mark.parametrize(
    "line",
    ["--index-url https://example.org/simple", "a @ file:///tmp/a.whl", "a>=1", "-e .", "a==1 --hash=md5:0", "../a"],
)
def test_a_line_that_names_a_place_or_no_version_does_not_get_into_the_lock(line):
    if line.startswith("--"):
        assert lock.cleaned(f"{line}\na==1\n") == "a==1\n"
    else:
        with pytest.raises(lock.UncleanLockError):
            lock.cleaned(line)


def test_what_another_platform_needs_carries_its_marker():
    assert lock.marked("a==1 \\\n    --hash=sha256:0\n", "sys_platform == 'darwin'").startswith(
        "a==1 ; sys_platform == 'darwin' \\\n"
    )


def test_development_runs_what_the_project_declares():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    here, elsewhere = lock.requirements()

    assert set(project["project"]["dependencies"]) <= set(here)
    assert set(project["build-system"]["requires"]) <= set(here)
    assert all(";" in requirement for requirement in elsewhere)
