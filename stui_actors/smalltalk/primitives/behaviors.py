"""Primitives of Behavior, Class, Metaclass, the global names and the compiler."""

from collections.abc import Callable
from types import FunctionType
from typing import cast

from stui_actors.errors import ClassNotFound, ParseError
from stui_actors.smalltalk.hosts import CLOSED
from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import StString, symbol
from stui_actors.smalltalk.parser import parse_do_it, parse_method
from stui_actors.smalltalk.records import ClassRecord, Side, side_of

POINTER = 8  # bytes of an indexed variable


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | StString) else None


def _record(value: object) -> ClassRecord:
    return side_of(value).record


def _words(value: object) -> tuple[str, ...]:
    """The names in a String, or in an Array of them."""
    if isinstance(value, list):
        return tuple(str(each) for each in value if isinstance(each, str | StString))
    return tuple((_text(value) or "").split())


# Instances


def basic_new(behavior: object) -> object:
    """A new instance; fails for classes whose instances are not made so."""
    return MACHINE.image.new_instance(behavior, 0)


def basic_new_size(behavior: object, size: object) -> object:
    """A new instance with indexed variables; fails for classes without, and for what is no size."""
    side = side_of(behavior)
    if size.__class__ is not int or size < 0 or side.record.type == "normal" or side.is_meta:
        return FAIL
    MACHINE.charge(size * (1 if side.record.type == "bytes" else POINTER))
    return MACHINE.image.new_instance(behavior, size)


# Reading


def name_of(behavior: object) -> object:
    """Its name, a Symbol."""
    return symbol(side_of(behavior).name)


def superclass_of(behavior: object) -> object:
    """The class above; nil for the root."""
    above = MACHINE.image.superside(side_of(behavior))
    return None if above is None else above.object


def inherits_from(behavior: object, other: object) -> object:
    """Whether ``other`` is above; fails where that is no class."""
    if not getattr(other.__class__, "is_class_object", False):
        return FAIL
    image, wanted = MACHINE.image, side_of(other)
    each = image.superside(side_of(behavior))
    while each is not None and each is not wanted:
        each = image.superside(each)
    return each is not None


def subclasses_of(behavior: object) -> object:
    """The direct ones."""
    side = side_of(behavior)
    found = MACHINE.image.subclasses(side.record)
    return [each.metaclass_object if side.is_meta else each.class_object for each in found]


def selectors_of(behavior: object) -> object:
    """The selectors of its own methods."""
    return [symbol(each) for each in MACHINE.image.methods(side_of(behavior))]


def includes_selector(behavior: object, selector: object) -> object:
    """Whether it has a method of its own."""
    return MACHINE.image.method(side_of(behavior), _text(selector) or "") is not None


def can_understand(behavior: object, selector: object) -> object:
    """Whether it or a class above has a method."""
    return MACHINE.image.lookup(side_of(behavior), _text(selector) or "") is not None


def method_source(behavior: object, selector: object) -> object:
    """The source of a method of its own; nil without."""
    method = MACHINE.image.method(side_of(behavior), _text(selector) or "")
    return None if method is None else StString(method.source)


def method_comment(behavior: object, selector: object) -> object:
    """The first comment in a method; nil without."""
    method = MACHINE.image.method(side_of(behavior), _text(selector) or "")
    comment = None if method is None else parse_method(method.source).comment
    return None if comment is None else StString(comment)


def protocol_of(behavior: object, selector: object) -> object:
    """The protocol of a method; fails without such a method."""
    method = MACHINE.image.method(side_of(behavior), _text(selector) or "")
    return FAIL if method is None else symbol(method.category or "as yet unclassified")


def comment_of(behavior: object) -> object:
    """The class's comment."""
    record = _record(behavior)
    return StString(MACHINE.image.comment_of(record))


def set_comment(behavior: object, text: object) -> object:
    """Set the comment; fails for what is no text."""
    comment = _text(text)
    if comment is None:
        return FAIL
    MACHINE.image.set_comment(_record(behavior), comment)
    return behavior


def all_instances(behavior: object) -> object:
    """Its direct instances that the image holds."""
    image = MACHINE.image
    side = side_of(behavior)
    kind = side.instance_type
    found = [each for each in image.memory.reachable() if each.__class__ is kind]
    MACHINE.charge(len(found) * POINTER)
    return found


# Changing


def compile_source(behavior: object, source: object, protocol: object) -> object:
    """Make the source a method; answer its selector. Fails for what does not compile."""
    text, image, side = _text(source), MACHINE.image, side_of(behavior)
    if text is None or len(text) > image.settings.max_source_bytes:
        return FAIL
    try:
        selector = image.check_method(text, side)
    except ParseError:
        return FAIL
    MACHINE.charge(2 * len(text) + 1000)
    image.add_method(side, selector, _text(protocol) or "", text)
    return selector


def method_error(behavior: object, source: object) -> object:
    """What is wrong with the source of a method; fails where it is no text."""
    text, image, side = _text(source), MACHINE.image, side_of(behavior)
    if text is None:
        return FAIL
    try:
        image.check_method(text, side)
    except ParseError as error:
        return StString(error.message)
    return StString("")


def remove_selector(behavior: object, selector: object) -> object:
    """Remove a method; fails where there is none."""
    side = side_of(behavior)
    removed = MACHINE.image.remove_method(side.record.name, _text(selector) or "", class_side=side.is_meta)
    return behavior if removed else FAIL


def add_variable(behavior: object, name: object) -> object:
    """Add an instance variable; fails for what is no name, or is there already."""
    image, side, text = MACHINE.image, side_of(behavior), _text(name) or ""
    if side.record.name in CLOSED or not text.isidentifier() or text in image.all_variables(side):
        return FAIL
    if side.record.is_library:
        image.add_variable(side, text)
    else:
        image.change_variables(side, (*side.variables, text))
    return behavior


def remove_variable(behavior: object, name: object) -> object:
    """Remove an instance variable of a class of the client's own; fails otherwise."""
    side, text = side_of(behavior), _text(name) or ""
    if side.record.is_library or text not in side.variables:
        return FAIL
    MACHINE.image.change_variables(side, tuple(each for each in side.variables if each != text))
    return behavior


def set_class_side_variables(metaclass: object, names: object) -> object:
    """Give a class variables of its own; fails for what are no names."""
    words = _words(names)
    if not all(each.isidentifier() for each in words):
        return FAIL
    MACHINE.image.define_class_side(_record(metaclass), words)
    return metaclass


def set_superclass(behavior: object, above: object) -> object:
    """Move a class of the client's own below another one; fails otherwise."""
    record = _record(behavior)
    if record.is_library or not getattr(above.__class__, "is_class_object", False):
        return FAIL
    new = _record(above)
    if new is record or new.inherits_from(record) or new.name in CLOSED:
        return FAIL
    MACHINE.image.define(
        record.name,
        new,
        kind=record.type,
        variables=record.instance.variables,
        class_variables=record.class_variables,
        category=record.category,
    )
    return behavior


def why_not_define(_: object, name: object, superclass: object, slots: object) -> object:
    """Why a class cannot be defined so; nil if it can."""
    why = MACHINE.image.why_not(_text(name) or "", superclass, _words(slots))
    return None if why is None else StString(why)


def define(
    _: object,
    name: object,
    superclass: object,
    kind: object,
    slots: object,
    class_variables: object,
    pools: object,
    package: object,
) -> object:
    """Define a class; fails where ``why_not_define`` says why."""
    image, text = MACHINE.image, _text(name) or ""
    if image.why_not(text, superclass, _words(slots)) is not None:
        return FAIL
    MACHINE.charge(4000)
    record = image.define(
        symbol(text),
        _record(superclass),
        kind=_text(kind) or "normal",
        variables=_words(slots),
        class_variables=_words(class_variables),
        category=_text(package) or "",
    )
    return record.class_object


def remove_class(behavior: object) -> object:
    """Take a class of the client's own away; fails otherwise."""
    try:
        MACHINE.image.remove_class(_record(behavior).name)
    except ClassNotFound:
        return FAIL
    return behavior


def rename(behavior: object, name: object) -> object:
    """Give a class of the client's own another name; fails otherwise."""
    record, text = _record(behavior), _text(name) or ""
    if record.is_library or MACHINE.image.has_global(text) or not (text[:1].isupper() and text.isidentifier()):
        return FAIL
    MACHINE.image.rename_class(record, symbol(text))
    return behavior


# Class variables


def _class_variable(behavior: object, name: object) -> str | None:
    text = _text(name)
    for record in _record(behavior).chain():
        if f"{record.name}.{text}" in MACHINE.image.class_variables:
            return f"{record.name}.{text}"
    return None


def class_variable_names(behavior: object) -> object:
    """The names of its own class variables."""
    prefix = f"{_record(behavior).name}."
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
    text = _text(name) or ""
    if not text.isidentifier():
        return FAIL
    MACHINE.image.add_class_variable(_record(behavior), text)
    return behavior


def remove_class_variable(behavior: object, name: object) -> object:
    """Remove a class variable of a class of the client's own; fails otherwise."""
    record, text = _record(behavior), _text(name) or ""
    if record.is_library or text not in record.class_variables:
        return FAIL
    MACHINE.image.set_class_variables(record, tuple(each for each in record.class_variables if each != text))
    return behavior


def category_of(behavior: object) -> object:
    """The name of its package."""
    record = _record(behavior)
    return symbol(MACHINE.image.category_of(record))


def set_category(behavior: object, name: object) -> object:
    """Set it; fails for what is no text."""
    text = _text(name)
    if text is None:
        return FAIL
    MACHINE.image.set_category(_record(behavior), text)
    return behavior


def tonel(behavior: object) -> object:
    """The class's Tonel file."""
    return StString(MACHINE.image.tonel_text(_record(behavior)))


def definition(behavior: object) -> object:
    """The expression that defines the class."""
    return StString(MACHINE.image.definition_text(_record(behavior)))


# Globals and the compiler


def global_at(_: object, name: object) -> object:
    """The value of a global; fails without."""
    text = _text(name) or ""
    return MACHINE.image.global_value(text) if MACHINE.image.has_global(text) else FAIL


def global_at_put(_: object, name: object, value: object) -> object:
    """Set a global; fails for what is no name, and for classes."""
    text = _text(name)
    if text is None or text in MACHINE.image.library.globals or text in MACHINE.image.own:
        return FAIL
    MACHINE.image.put_global(text, value)
    return value


def remove_global(_: object, name: object) -> object:
    """Remove a global; fails for those of the library."""
    image, text = MACHINE.image, _text(name) or ""
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
    text, image = _text(source), MACHINE.image
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
    text = _text(source)
    if text is None:
        return FAIL
    try:
        parse_do_it(text, max_nesting=MACHINE.image.settings.max_nesting)
    except ParseError as error:
        return StString(error.message)
    return StString("")


def _names(read: Callable[[Side], object]) -> Callable[[object], object]:
    return lambda behavior: [symbol(each) for each in cast("list[str]", read(side_of(behavior)))]


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Behavior.basicNew": basic_new,
    "Behavior.basicNew:": basic_new_size,
    "Behavior.name": name_of,
    "Behavior.superclass": superclass_of,
    "Behavior.superclass:": set_superclass,
    "Behavior.inheritsFrom:": inherits_from,
    "Behavior.subclasses": subclasses_of,
    "Behavior.selectors": selectors_of,
    "Behavior.includesSelector:": includes_selector,
    "Behavior.canUnderstand:": can_understand,
    "Behavior.methodSourceAt:": method_source,
    "Behavior.methodCommentAt:": method_comment,
    "Behavior.protocolOfSelector:": protocol_of,
    "Behavior.comment": comment_of,
    "Behavior.comment:": set_comment,
    "Behavior.allInstances": all_instances,
    "Behavior.instVarNames": _names(lambda side: list(MACHINE.image.variables_of(side))),
    "Behavior.allInstVarNames": _names(lambda side: MACHINE.image.all_variables(side)),
    "Behavior.typeOfClass": lambda behavior: symbol("normal" if side_of(behavior).is_meta else _record(behavior).type),
    "Behavior.isShared": lambda behavior: _record(behavior).is_library,
    "Behavior.compile:classified:": compile_source,
    "Behavior.syntaxErrorIn:": method_error,
    "Behavior.removeSelector:": remove_selector,
    "Behavior.addInstVarNamed:": add_variable,
    "Behavior.removeInstVarNamed:": remove_variable,
    "Behavior.definitionString": definition,
    "Metaclass.soleInstance": lambda metaclass: _record(metaclass).class_object,
    "Metaclass.instanceVariableNames:": set_class_side_variables,
    "Class class.whyNotDefine:superclass:slots:": why_not_define,
    "Class class.define:superclass:type:slots:classVariables:pools:package:": define,
    "Class.removeFromSystem": remove_class,
    "Class.rename:": rename,
    "Class.classVarNames": class_variable_names,
    "Class.classVariableAt:": class_variable_at,
    "Class.classVariableAt:put:": class_variable_at_put,
    "Class.addClassVarNamed:": add_class_variable,
    "Class.removeClassVarNamed:": remove_class_variable,
    "Class.category": category_of,
    "Class.category:": set_category,
    "Class.fileOut": tonel,
    "SystemDictionary.allClasses": lambda _: [record.class_object for record in MACHINE.image.records()],
    "SystemDictionary.globalAt:": global_at,
    "SystemDictionary.at:put:": global_at_put,
    "SystemDictionary.removeKey:": remove_global,
    "SystemDictionary.includesKey:": lambda _, name: MACHINE.image.has_global(_text(name) or ""),
    "SystemDictionary.keys": global_names,
    "OpalCompiler.evaluate:for:": evaluate,
    "OpalCompiler.syntaxErrorIn:": do_it_error,
}
