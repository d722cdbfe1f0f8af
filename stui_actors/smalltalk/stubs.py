"""Functions that stand for methods which are not there: not yet compiled, or not understood."""

import ast
from functools import lru_cache
from types import CodeType, FunctionType

from stui_actors.smalltalk.emission import Place
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.objects import symbol
from stui_actors.smalltalk.records import Function, MethodRecord

PLACE: Place = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}


def arity(selector: str) -> int:
    """How many arguments a selector takes."""
    if selector[-1:] == ":":
        return selector.count(":")
    return 0 if selector[:1].isalpha() or selector[:1] == "_" else 1


def not_understood(selector: str) -> Function:
    """The function that sends doesNotUnderstand: for ``selector``."""
    count = arity(selector)
    if count == 0:
        return lambda receiver: refuse(receiver, selector, [])
    if count == 1:
        return lambda receiver, first: refuse(receiver, selector, [first])
    if count == 2:
        return lambda receiver, first, second: refuse(receiver, selector, [first, second])
    return lambda receiver, *arguments: refuse(receiver, selector, list(arguments))


def refuse(receiver: object, selector: str, arguments: list[object]) -> object:
    """Send doesNotUnderstand:; what does not even understand that has its error signalled for it."""
    if selector == "doesNotUnderstand:":
        return MACHINE.signal("MessageNotUnderstood", None, i_message=arguments[0], i_receiver=receiver)
    message = MACHINE.new("Message", i_selector=symbol(selector), i_arguments=arguments)
    return MACHINE.find(receiver, "m:doesNotUnderstand:")(receiver, message)


def uncompiled(record: MethodRecord, code_globals: dict[str, object]) -> Function:
    """The function of a method that turns into its compiled self when it is first called.

    ``code_globals`` are those of the compiled code; ``COMPILED`` in them compiles a record and answers its function.
    """
    return FunctionType(_stub_code(arity(record.selector)), code_globals, record.selector, (record,))


def give_code(function: Function, code: CodeType) -> None:
    """Turn a stub into the function of ``code``, wherever it has been stored already."""
    assert isinstance(function, FunctionType), "not a stub"
    function.__code__ = code
    function.__defaults__ = None


@lru_cache(maxsize=64)
def _stub_code(count: int) -> CodeType:
    """``def stub(self, a1, …, record): return COMPILED(record)(self, a1, …)``."""
    names = ["self", *(f"a{index}" for index in range(count))]
    record = ast.Name("record", ast.Load(), **PLACE)
    found = ast.Call(ast.Name("COMPILED", ast.Load(), **PLACE), [record], [], **PLACE)
    call = ast.Call(found, [ast.Name(name, ast.Load(), **PLACE) for name in names], [], **PLACE)
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(name, **PLACE) for name in (*names, "record")],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[ast.Constant(None, **PLACE)],
    )
    function = ast.FunctionDef("stub", arguments, [ast.Return(call, **PLACE)], [], **PLACE)
    module = compile(ast.Module([function], []), "<stub>", "exec", dont_inherit=True)
    return next(each for each in module.co_consts if isinstance(each, CodeType))
