"""Plain values to attrs classes, without coercion: "7" is not 7, true is not an integer, 1.0 is not an integer.

An integer does where a number is wanted; null does where a field may be left out. Unknown fields are reported.
"""

import math
from collections.abc import Callable
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, ForwardRef, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs
from cattrs import Converter

from stui_actors.protocol.common_fields import unknown_fields
from stui_actors.protocol.incoming import MAX_INTEGER, MIN_INTEGER
from stui_actors.protocol.messages import Dialect, Json, Request
from stui_actors.protocol.outgoing import is_readable
from stui_actors.protocol.refusal import invalid, mistyped

T = TypeVar("T", bound=attrs.AttrsInstance)
Hook = Callable[[Any, Any], Any]
COMMAND_PREFIX, ENVELOPE_PREFIX = "parameters.", "payload.data.params."


class Mismatch(Exception):
    """A value that is not what its field wants, or MISSING. ``path`` grows from the inside out."""

    def __init__(self, expected: str, value: object, path: str = "") -> None:
        super().__init__(expected)
        self.expected = expected
        self.value = value
        self.path = path

    def inside(self, step: str) -> "Mismatch":
        """The same, seen from one level further out."""
        separator = "." if self.path and not self.path.startswith("[") else ""
        return Mismatch(self.expected, self.value, f"{step}{separator}{self.path}")


MISSING = object()


def structure_parameters(cls: type[T], request: Request) -> tuple[T, tuple[str, ...]]:
    """An instance of ``cls`` from the request's parameters, and warnings; raise InvalidRequest that names the field.

    A class that declares ``client_id`` or ``session_id`` is given the request's.
    """
    parameters = request.parameters
    names = _shape_of(cls)[1]
    if request.client_id is not None and "client_id" in names:
        parameters = {**parameters, "client_id": request.client_id}
    if request.session_id is not None and "session_id" in names:
        parameters = {**parameters, "session_id": request.session_id}
    prefix = COMMAND_PREFIX if request.dialect is Dialect.COMMAND else ENVELOPE_PREFIX
    return structure(cls, parameters, prefix)


def structure(cls: type[T], fields: dict[str, Json], prefix: str) -> tuple[T, tuple[str, ...]]:
    """An instance of ``cls`` from ``fields``, and a warning for each unknown one; raise InvalidRequest."""
    hook, names = _shape_of(cls)
    try:
        value: T = hook(fields, cls)
    except Mismatch as mismatch:
        raise _refusal(mismatch, prefix) from None
    for name in fields:
        if name not in names:
            break
    else:
        return value, ()
    return value, unknown_fields([name for name in fields if name not in names], prefix)


def _refusal(mismatch: Mismatch, prefix: str) -> Exception:
    path = prefix + mismatch.path
    if mismatch.value is MISSING:
        return invalid(path, "is missing")
    return mistyped(path, mismatch.expected, mismatch.value)  # type: ignore[arg-type]  # it came from JSON


@cache  # as many as the source has classes
def _shape_of(cls: type[attrs.AttrsInstance]) -> tuple[Hook, frozenset[str]]:
    """How an instance is made, and the names of its fields."""
    return _converter.get_structure_hook(cls), frozenset(attrs.fields_dict(cls))


# One hook per kind of type


def _text(value: Any, _: Any) -> str:
    if type(value) is not str:
        raise Mismatch("a text", value)
    return value


def _truth(value: Any, _: Any) -> bool:
    if type(value) is not bool:
        raise Mismatch("true or false", value)
    return value


def _integer(value: Any, _: Any) -> int:
    if type(value) is not int:
        raise Mismatch("an integer", value)
    if not MIN_INTEGER <= value <= MAX_INTEGER:
        raise Mismatch("an integer of 64 bits", value)
    return value


def _number(value: Any, _: Any) -> float:
    if type(value) is int and MIN_INTEGER <= value <= MAX_INTEGER:
        return float(value)
    if type(value) is not float or not math.isfinite(value):
        raise Mismatch("a number", value)
    return value


def _null(value: Any, _: Any) -> None:
    if value is not None:
        raise Mismatch("null", value)


def _json(value: Any, _: Any) -> Any:
    """Any JSON, as it came; integers beyond 64 bits could not be given back as they came, so they are refused."""
    kind = type(value)
    if kind is int:
        return _integer(value, int)
    if kind is dict:
        for name, part in value.items():
            _check_part(part, name[:64])
    elif kind is list:
        for index, part in enumerate(value):
            _check_part(part, f"[{index}]")
    return value


def _check_part(part: Any, step: str) -> None:
    if type(part) is str:
        return
    try:
        _json(part, None)
    except Mismatch as mismatch:
        raise mismatch.inside(step) from None


def _object(value: Any, _: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise Mismatch("an object", value)
    if not is_readable(value, 1):
        _json(value, None)  # slower: finds the path of what is wrong
    return value


def _list_hook(kind: Any) -> Hook:
    element = get_args(kind)[0]
    hook = _converter.get_structure_hook(element)

    def structure_list(value: Any, _: Any) -> list[Any]:
        if type(value) is not list:
            raise Mismatch("a list", value)
        return [_inside(hook, part, element, f"[{index}]") for index, part in enumerate(value)]

    return structure_list


def _inside(hook: Hook, value: Any, kind: Any, step: str) -> Any:
    try:
        return hook(value, kind)
    except Mismatch as mismatch:
        raise mismatch.inside(step) from None


def _literal_hook(kind: Any) -> Hook:
    choices = {(type(each), each): each for each in get_args(kind)}
    return _choice_hook(choices)


def _enum_hook(kind: Any) -> Hook:
    return _choice_hook({(type(each.value), each.value): each for each in kind})


def _choice_hook(choices: dict[tuple[type, Any], Any]) -> Hook:
    expected = "one of " + ", ".join(repr(value) for _, value in choices)

    def structure_choice(value: Any, _: Any) -> Any:
        if type(value) not in (str, int, bool, float) or (type(value), value) not in choices:
            raise Mismatch(expected, value)
        return choices[type(value), value]

    return structure_choice


def _union_hook(kind: Any) -> Hook:
    """The member that the value fits; the message names all of them."""
    members = [(each, _converter.get_structure_hook(each)) for each in get_args(kind) if each is not NoneType]
    has_null = NoneType in get_args(kind)
    if has_null and len(members) == 1:
        return _nullable_hook(*members[0])

    def structure_union(value: Any, _: Any) -> Any:
        if value is None and has_null:
            return None
        mismatches = []
        for member, hook in members:
            try:
                return hook(value, member)
            except Mismatch as mismatch:
                mismatches.append(mismatch)
        raise _closest(mismatches, has_null=has_null)

    return structure_union


def _nullable_hook(member: Any, hook: Hook) -> Hook:
    def structure_nullable(value: Any, _: Any) -> Any:
        if value is None:
            return None
        try:
            return hook(value, member)
        except Mismatch as mismatch:
            raise _closest([mismatch], has_null=True) from None

    return structure_nullable


def _closest(mismatches: list[Mismatch], *, has_null: bool) -> Mismatch:
    """The one that came furthest into the value; where none entered it, all of them as one."""
    deepest = max(mismatches, key=lambda mismatch: len(mismatch.path))
    if deepest.path:
        return deepest
    expected = " or ".join([mismatch.expected for mismatch in mismatches] + ["null"] * has_null)
    return Mismatch(expected, deepest.value)


def _class_hook(cls: Any) -> Hook:
    hints = get_type_hints(cls)
    own = [
        (each.name, each.default is attrs.NOTHING, Json if each.type == Json else hints[each.name])
        for each in attrs.fields(cls)
    ]
    fields = [(name, needed, kind, _converter.get_structure_hook(kind)) for name, needed, kind in own]

    def structure_class(value: Any, _: Any) -> Any:
        if type(value) is not dict:
            raise Mismatch("an object", value)
        arguments = {}
        for name, needed, kind, hook in fields:
            part = value.get(name, MISSING)
            if part is MISSING or (part is None and not needed):
                if needed:
                    raise Mismatch("", MISSING, name)
                continue
            try:
                arguments[name] = hook(part, kind)
            except Mismatch as mismatch:
                raise mismatch.inside(name) from None
        return cls(**arguments)

    return structure_class


def _has_origin(origin: Any) -> Callable[[Any], bool]:
    return lambda kind: kind is origin or get_origin(kind) is origin


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _is_json(kind: Any) -> bool:
    """The alias for any JSON value, which annotations hold as its text."""
    return kind == Json or (isinstance(kind, ForwardRef) and kind.__forward_arg__ == Json)


def _strict_converter() -> Converter:
    converter = Converter(detailed_validation=False)
    converter.register_structure_hook_factory(attrs.has, _class_hook)
    converter.register_structure_hook_factory(_is_union, _union_hook)
    converter.register_structure_hook_factory(_has_origin(list), _list_hook)
    converter.register_structure_hook_factory(_has_origin(Literal), _literal_hook)
    converter.register_structure_hook_factory(
        lambda kind: isinstance(kind, type) and issubclass(kind, Enum), _enum_hook
    )
    converter.register_structure_hook_func(_has_origin(dict), _object)
    converter.register_structure_hook_func(_is_json, _json)
    for kind, hook in ((str, _text), (bool, _truth), (int, _integer), (float, _number), (NoneType, _null)):
        converter.register_structure_hook(kind, hook)
    return converter


_converter = _strict_converter()
