"""What expressions answer in Pharo: one table for each part of the library, in ``answers/``.

A line is ``expression --> text``: the printString of the value, or the text of the error that is signalled.
"""

from pathlib import Path

import pytest

from .bench import Bench

ANSWERS = Path(__file__).parent / "answers"
TABLES = sorted(file.stem for file in ANSWERS.glob("*.txt"))
PROGRAM = "[ {} ] on: Error do: [ :error | error ]"


def rows(table):
    lines = (ANSWERS / f"{table}.txt").read_text("utf-8").splitlines()
    return [tuple(line.split(" --> ")) for line in lines]


@pytest.mark.parametrize("table", TABLES)
def test_expressions_answer_what_pharo_answers(table, shared_library):
    answers = [(source, Bench(shared_library).print(PROGRAM.format(source))) for source, _ in rows(table)]

    assert answers == rows(table)


def test_each_table_has_rows_and_none_asks_twice():
    asked = [source for table in TABLES for source, _ in rows(table)]

    assert len(TABLES) >= 10
    assert len(asked) == len(set(asked)) > 1800
