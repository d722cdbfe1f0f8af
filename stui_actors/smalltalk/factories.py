"""Makes the functions that make instances with all variables nil."""

import ast
from collections.abc import Callable
from types import CodeType, FunctionType

from stui_actors.smalltalk.objects import StString
from stui_actors.smalltalk.records import ClassRecord
from stui_actors.smalltalk.stubs import PLACE

Factory = Callable[[], object]

OF_HOSTS: dict[str, Factory] = {
    "Array": lambda: [],
    "ByteArray": bytearray,
    "String": lambda: StString(""),
    "ByteString": lambda: StString(""),
    "WideString": lambda: StString(""),
}


def factory_of(record: ClassRecord) -> Factory:
    """What makes an instance of a library class: one store for each slot, without a loop."""
    host = OF_HOSTS.get(record.name)
    if host is not None:
        return host
    names = [f"i_{name}" for name in record.all_variables()]
    made = ast.Call(ast.Name("NEW", ast.Load(), **PLACE), [ast.Name("KIND", ast.Load(), **PLACE)], [], **PLACE)
    body: list[ast.stmt] = [ast.Assign([ast.Name("made", ast.Store(), **PLACE)], made, **PLACE)]
    loaded = ast.Name("made", ast.Load(), **PLACE)
    if names:
        targets: list[ast.expr] = [ast.Attribute(loaded, name, ast.Store(), **PLACE) for name in names]
        body.append(ast.Assign(targets, ast.Constant(None, **PLACE), **PLACE))
    body.append(ast.Return(loaded, **PLACE))
    arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    module = ast.Module([ast.FunctionDef("make", arguments, body, [], **PLACE)], [])
    code = compile(module, "<factory>", "exec", dont_inherit=True)
    inner = next(each for each in code.co_consts if isinstance(each, CodeType))
    return FunctionType(inner, {"__builtins__": {}, "NEW": object.__new__, "KIND": record.instance.instance_type})
