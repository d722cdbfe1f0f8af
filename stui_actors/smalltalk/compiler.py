"""Compiles methods and do-its to Python code objects, by way of Python's syntax tree and never of its text."""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from types import CodeType

from stui_actors.smalltalk.bindings import Info, Names
from stui_actors.smalltalk.captures import let_go
from stui_actors.smalltalk.emission import LOAD
from stui_actors.smalltalk.generator import Generator
from stui_actors.smalltalk.nodes import Block, DoIt, Method, Node
from stui_actors.smalltalk.parser import at_once, parse_do_it, parse_method
from stui_actors.smalltalk.portions import COMPILE_DEPTH, PORTION, python_code
from stui_actors.smalltalk.purity import assigned_names
from stui_actors.smalltalk.tokens import parse_error

LONG = 2000  # characters of a do-it that is parsed and compiled in its process, while others run

Primitives = Mapping[str, object]


def compile_method(
    source: str,
    owner: str,
    names: Names,
    *,
    primitives: Primitives | None = None,
    pause: Callable[[], None] = at_once,
) -> CodeType:
    """The code of a method of ``owner`` (the printed name of a class); raise ParseError.

    ``primitives`` are those that its pragma may name, None where pragmas of primitives mean nothing. ``pause`` is
    called now and then, to let others run.
    """
    return compile_parsed(parse_method(source, pause=pause), owner, names, primitives=primitives, pause=pause)


def compile_parsed(
    method: Method,
    owner: str,
    names: Names,
    *,
    primitives: Primitives | None = None,
    pause: Callable[[], None] = at_once,
) -> CodeType:
    """The code of a method that has been parsed."""
    generator = Generator(method.source, names, pause, is_do_it=False)
    if primitives is not None:
        generator.primitive = _primitive_of(method, primitives)
    code = _compiled(generator, method)
    info = Info(owner, method.selector, method.source, 0, len(method.source), 0, len(method.parameters))
    return _finished(code, info, generator.blocks)


def compile_source(
    source: str, names: Names, max_nesting: int, pause: Callable[[], None]
) -> tuple[CodeType, frozenset[str] | None]:
    """The code of a do-it, and which names it assigns if that is all it does (see ``purity``); raise ParseError."""
    parsed = parse_do_it(source, max_nesting=max_nesting, pause=pause)
    assigned = assigned_names(parsed) if len(source) <= LONG else None
    code = compile_do_it(parsed, names, marked=assigned is not None, pause=pause)
    nodes: list[Node] = [parsed]
    del parsed
    if len(source) > LONG:
        let_go(nodes, pause)
    return code, assigned


def compile_do_it(do_it: DoIt, names: Names, *, marked: bool, pause: Callable[[], None] = at_once) -> CodeType:
    """The code of a do-it, a function of its receiver. ``marked``: the slow way of arithmetic calls MARKED first."""
    generator = Generator(do_it.source, names, pause, is_do_it=True, marked=marked)
    code = _compiled(generator, do_it)
    info = Info("", "DoIt", do_it.source, 0, len(do_it.source), 0, 0, is_do_it=True)
    portions = []
    for each in generator.portions:
        pause()
        portions.append(_finished(each, info, generator.blocks))
    return _finished(code, info, generator.blocks, iter(portions))


def _compiled(generator: Generator, node: Method | DoIt) -> CodeType:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, COMPILE_DEPTH))
    try:
        return python_code(_module(generator, node))
    except RecursionError:
        raise parse_error(node.source, 0, "The source is nested too deep", expected="") from None
    finally:
        sys.setrecursionlimit(limit)


def _primitive_of(method: Method, primitives: Primitives) -> str | None:
    """The name of the method's primitive; raise ParseError for one that nobody has, unless statements stand for it."""
    for pragma in method.pragmas:
        if pragma.selector == "primitive:":
            name = pragma.arguments[0].value
            if name not in primitives and method.statements:
                return None
            if not isinstance(name, str) or name not in primitives:
                raise parse_error(method.source, pragma.start, f"There is no primitive {name}", expected="")
            return name
    return None


def _module(generator: Generator, node: Method | DoIt) -> ast.Module:
    parameters = node.parameters if isinstance(node, Method) else ()
    with generator.capture() as body:
        names = generator.function_body(parameters, node.temporaries, node.statements, answers=isinstance(node, DoIt))
    if generator.needs_home:
        body = _with_home(generator, body)
    generator.at(node.start)
    return ast.Module([generator.function_definition("method", ["self", *names], body)], [])


def _with_home(generator: Generator, body: list[ast.stmt]) -> list[ast.stmt]:
    """The body of a method to which blocks return."""
    place, home, caught = generator.place, generator.load("home"), generator.load("r:return")
    is_mine = generator.compare(generator.attribute(caught, "home"), [ast.Is()], [home])
    answer = ast.Return(generator.attribute(caught, "value"), **place)
    again = ast.Raise(None, None, **place)
    handler = ast.ExceptHandler(
        ast.Name("NON_LOCAL_RETURN", LOAD, **place), "r:return", [generator.branch(is_mine, [answer], [again])], **place
    )
    dead = ast.Attribute(home, "alive", ast.Store(), **place)
    ending = ast.Assign([dead], generator.constant(False), **place)
    return [
        generator.assignment("home", generator.call("HOME")),
        ast.Try(body, [handler], [], [ending], **place),
    ]


def _finished(code: CodeType, info: Info, blocks: list[Block], portions: Iterator[CodeType] | None = None) -> CodeType:
    """The code with its names in Smalltalk's form, and what it was made from as its last constant.

    The functions that stand for portions have the portions there.
    """
    constants = tuple(
        each
        if not isinstance(each, CodeType)
        else each.replace(co_consts=(*each.co_consts, next(portions)))
        if portions is not None and each.co_name.startswith(PORTION)
        else _finished(each, _block_info(each, info, blocks), blocks)
        for each in code.co_consts
    )
    name = f"[ ] in {info.title}" if info.is_block else info.title
    return code.replace(co_consts=(*constants, info), co_name=name, co_qualname=name)


def _block_info(code: CodeType, info: Info, blocks: list[Block]) -> Info:
    index = int(code.co_name.removeprefix("b:"))
    block = blocks[index - 1]
    return Info(
        info.owner,
        info.selector,
        info.source,
        block.start,
        block.stop,
        index,
        len(block.parameters),
        is_do_it=info.is_do_it,
    )


def block_code(code: CodeType, index: int) -> CodeType | None:
    """The code of the block with this index within the code of a method or do-it."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            info = each.co_consts[-1]
            found = each if isinstance(info, Info) and info.index == index else block_code(each, index)
            if found is not None:
                return found
    return None
