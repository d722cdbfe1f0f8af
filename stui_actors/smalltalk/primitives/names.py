"""Primitives of class variables, traits, global names and the compiler."""

from collections.abc import Callable
from types import FunctionType

from stui_actors.errors import ClassNotFound, InvalidRequest, ParseError
from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import StString, symbol
from stui_actors.smalltalk.parser import is_variable_name, parse_do_it
from stui_actors.smalltalk.primitives.behaviors import record_of, text_of
from stui_actors.smalltalk.records import side_of

# Class variables


def _class_variable(behavior: object, name: object) -> str | None:
    text = text_of(name)
    for record in record_of(behavior).chain():
        if f"{record.name}.{text}" in MACHINE.image.class_variables:
            return f"{record.name}.{text}"
    return None


def class_variable_names(behavior: object) -> object:
    """The names of its own class variables."""
    prefix = f"{record_of(behavior).name}."
    return [symbol(key[len(prefix) :]) for key in MACHINE.image.class_variables if key.startswith(prefix)]


def class_variable_at(behavior: object, name: object) -> object:
    """The value of a class variable; fails without."""
    key = _class_variable(behavior, name)
    return FAIL if key is None else MACHINE.image.class_variables[key]


def class_variable_at_put(behavior: object, name: object, value: object) -> object:
    """Set a class variable; fails without."""
    key = _class_variable(behavior, name)
    if key is None:
        return FAIL
    MACHINE.image.class_variables[key] = value
    return value


def add_class_variable(behavior: object, name: object) -> object:
    """Add a class variable; fails for what is no name."""
    text = text_of(name) or ""
    if not is_variable_name(text):
        return FAIL
    MACHINE.image.add_class_variable(record_of(behavior), text)
    return behavior


def remove_class_variable(behavior: object, name: object) -> object:
    """Remove a class variable of a class of the client's own; fails otherwise."""
    record, text = record_of(behavior), text_of(name) or ""
    if record.is_library or text not in record.class_variables:
        return FAIL
    MACHINE.image.remove_class_variable(record, text)
    return behavior


# Traits


def composition_error(_: object, text: object, user: object) -> object:
    """Why a composition of traits cannot be used by a class of that name; nil if it can; fails for what is no text."""
    words, name = text_of(text), text_of(user)
    if words is None or name is None:
        return FAIL
    try:
        MACHINE.image.composition(words, name)
    except (ParseError, ClassNotFound, InvalidRequest) as error:
        return StString(error.message)
    return None


def compose(behavior: object, text: object) -> object:
    """Let a class use these traits; fails where ``composition_error`` says why, and for classes of the library."""
    record, words = record_of(behavior), text_of(text)
    if record.is_library or words is None:
        return FAIL
    try:
        MACHINE.image.compose(record, words)
    except (ParseError, ClassNotFound, InvalidRequest):
        return FAIL
    return behavior


def origin_of(behavior: object, selector: object) -> object:
    """The trait that a class has a method from; the class itself for its own; nil without such a method."""
    side = side_of(behavior)
    method = MACHINE.image.method(side, text_of(selector) or "")
    if method is None:
        return None
    trait = MACHINE.image.own.get(method.origin)
    return side.object if trait is None else (trait.metaclass_object if side.is_meta else trait.class_object)


# Globals and the compiler


def global_at(_: object, name: object) -> object:
    """The value of a global; fails without."""
    text = text_of(name) or ""
    return MACHINE.image.global_value(text) if MACHINE.image.has_global(text) else FAIL


def global_at_put(_: object, name: object, value: object) -> object:
    """Set a global; fails for what is no name, and for classes."""
    text = text_of(name)
    if text is None or text in MACHINE.image.library.globals or text in MACHINE.image.own:
        return FAIL
    MACHINE.image.put_global(text, value)
    return value


def remove_global(_: object, name: object) -> object:
    """Remove a global; fails for those of the library."""
    image, text = MACHINE.image, text_of(name) or ""
    if text in image.own:
        value = image.globals[text]
        image.remove_class(text)
        return value
    return image.globals.pop(text, FAIL)


def global_names(_: object) -> object:
    """The names of all globals."""
    image = MACHINE.image
    return [symbol(each) for each in (*image.library.globals, *(name for name in image.globals))]


def evaluate(_: object, source: object, receiver: object) -> object:
    """The value of a do-it; fails for what does not parse."""
    text, image = text_of(source), MACHINE.image
    if text is None or len(text) > image.settings.max_source_bytes:
        return FAIL
    try:
        do_it = image.compile_do_it(text, receiver)
    except ParseError:
        return FAIL
    for name in do_it.declared:
        image.variables.setdefault(name, None)
    MACHINE.process.changed = True
    return FunctionType(do_it.code, image.code_globals)(receiver)


def do_it_error(_: object, source: object) -> object:
    """What is wrong with statements; fails where they are no text."""
    text = text_of(source)
    if text is None:
        return FAIL
    try:
        parse_do_it(text, max_nesting=MACHINE.image.settings.max_nesting, pause=MACHINE.tick_if_due)
    except ParseError as error:
        return StString(error.message)
    return StString("")


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Class.classVarNames": class_variable_names,
    "Class.classVariableAt:": class_variable_at,
    "Class.classVariableAt:put:": class_variable_at_put,
    "Class.addClassVarNamed:": add_class_variable,
    "Class.removeClassVarNamed:": remove_class_variable,
    "Class class.compositionError:of:": composition_error,
    "Class.composeTraits:": compose,
    "Class.traitsText": lambda behavior: StString(record_of(behavior).traits),
    "Class.traitUsers": lambda behavior: [each.class_object for each in MACHINE.image.users_of(record_of(behavior))],
    "Behavior.originOfSelector:": origin_of,
    "SystemDictionary.allClasses": lambda _: [record.class_object for record in MACHINE.image.records()],
    "SystemDictionary.globalAt:": global_at,
    "SystemDictionary.at:put:": global_at_put,
    "SystemDictionary.removeKey:": remove_global,
    "SystemDictionary.includesKey:": lambda _, name: MACHINE.image.has_global(text_of(name) or ""),
    "SystemDictionary.keys": global_names,
    "OpalCompiler.evaluate:for:": evaluate,
    "OpalCompiler.syntaxErrorIn:": do_it_error,
}
