"""Compiles long do-its in portions, so that Python's compiler, which nothing can interrupt, has little to do at once.

A portion is a function of its own that shares the do-it's variables, as a block would; between two of them others run.
"""

import ast
import sys
from collections.abc import Iterable, Sequence
from types import CodeType

from stui_actors.smalltalk.emission import LOAD, Place

COMPILE_DEPTH = 12_000  # frames that Python's own compiler may need for nested syntax; below what its stack bears
PORTION = "c:"  # begins the names of the functions that stand for portions


def python_code(module: ast.Module) -> CodeType:
    """The code of the one function in ``module``; raise RecursionError where it is nested too deep."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, COMPILE_DEPTH))
    try:
        code = compile(module, "<smalltalk>", "exec", dont_inherit=True, optimize=0)
    finally:
        sys.setrecursionlimit(limit)
    return _inner(code)


def portion_code(statements: Sequence[ast.stmt], lasting: Iterable[str], place: Place) -> tuple[CodeType, list[str]]:
    """The code of a function with these statements, and which of the ``lasting`` variables it shares.

    It answers GO_ON unless one of the statements returns.
    """
    used, stored = names_in(statements)
    shared = sorted(used.intersection(lasting))
    assigned = [name for name in shared if name in stored]
    body: list[ast.stmt] = [ast.Nonlocal(assigned, **place)] if assigned else []
    body += [*statements, ast.Return(ast.Name("GO_ON", LOAD, **place), **place)]
    inner = _function("portion", (), body, place)
    return _inner(python_code(ast.Module([_function("shared", shared, [inner], place)], []))), shared


def names_in(statements: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """The variables that statements use, and those of them that they assign to themselves."""
    used: set[str] = set()
    stored: set[str] = set()
    waiting = list(statements)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef):
            inner_used, inner_stored = names_in(node.body)
            outer = {name for each in node.body if isinstance(each, ast.Nonlocal) for name in each.names}
            used |= inner_used - (inner_stored - outer) - {each.arg for each in node.args.args}
            used.add(node.name)
            stored.add(node.name)
            continue
        if isinstance(node, ast.Name):
            used.add(node.id)
            if isinstance(node.ctx, ast.Store):
                stored.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name is not None:
            stored.add(node.name)
        waiting.extend(ast.iter_child_nodes(node))
    return used, stored


def _function(name: str, parameters: Iterable[str], body: list[ast.stmt], place: Place) -> ast.FunctionDef:
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(each, **place) for each in parameters], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    return ast.FunctionDef(name, arguments, body, [], **place)


def _inner(code: CodeType) -> CodeType:
    return next(each for each in code.co_consts if isinstance(each, CodeType))
