"""Every row of the fault table has a test, and that test names the error type of the row."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from stui_actors.errors import WIRE_ERRORS

from .rows import NOT_BUILT, ROWS

ROOT = Path(__file__).resolve().parents[2]
TABLE = next(
    (each / "shared/design/faults.md" for each in ROOT.parents if (each / "shared/design/faults.md").exists()), None
)
ALL_ROWS = [pytest.param(each, id=each.test.partition("::")[2]) for rows in ROWS.values() for each in rows]


@cache
def functions(path):
    """The source of each test of a file, its decorators and the module's constants included."""
    text = (ROOT / path).read_text(encoding="utf-8")
    tree = ast.parse(text)
    named = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return {name: (ast.get_source_segment(text, node), text) for name, node in named.items()}


@pytest.mark.parametrize("row", ALL_ROWS)
def test_the_test_of_a_row_is_there_and_asserts_its_error_type(row):
    path, _, name = row.test.partition("::")

    source, whole = functions(path)[name]

    assert re.search(r"\bassert|raises", source + helpers_of(source, whole)), "it asserts nothing"
    if row.error:
        assert row.error in {each.error_type for each in WIRE_ERRORS}
        assert row.error in source + helpers_of(source, whole)


def helpers_of(source, whole):
    """The source of the functions in the same file that a test calls."""
    called = set(re.findall(r"(\w+)\(", source))
    return "\n".join(
        ast.get_source_segment(whole, node) or ""
        for node in ast.walk(ast.parse(whole))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in called
    )


def sections():
    """Each section of the table with its clauses."""
    parts = re.split(r"^\*\*(\w+)\*\*", TABLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        name: [" ".join(clause.split()) for clause in re.split(r"[;→]|,(?!\d)|\. ", body) if re.search(r"\w", clause)]
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.mark.skipif(TABLE is None, reason="the table of faults stands beside the repository, and is not there")
@pytest.mark.parametrize("section", ROWS)
def test_every_clause_of_the_table_has_a_row(section):
    known = [words for row in ROWS[section] for words in row.words] + list(NOT_BUILT.get(section, ()))

    assert [clause for clause in sections()[section] if not any(words in clause for words in known)] == []


@pytest.mark.skipif(TABLE is None, reason="the table of faults stands beside the repository, and is not there")
def test_no_row_is_left_of_what_the_table_does_not_have():
    body = {name: " ".join(clauses) for name, clauses in sections().items()}
    stale = [
        (name, words) for name, rows in ROWS.items() for row in rows for words in row.words if words not in body[name]
    ]

    assert stale == []
    assert set(sections()) == set(ROWS)
