"""Primitives of Behavior, Class, Metaclass, the global names and the compiler."""

from collections.abc import Callable
from typing import cast

from stui_actors.errors import ClassNotFound, ParseError
from stui_actors.smalltalk.hosts import CLOSED
from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import StString, symbol
from stui_actors.smalltalk.parser import is_variable_name, parse_method
from stui_actors.smalltalk.records import ClassRecord, Side, side_of
from stui_actors.smalltalk.references import variables_in

POINTER = 8  # bytes of an indexed variable


def text_of(value: object) -> str | None:
    """The text of a String or Symbol; None for anything else."""
    return str(value) if isinstance(value, str | StString) else None


def record_of(value: object) -> ClassRecord:
    """What is known of a class or metaclass."""
    return side_of(value).record


def _words(value: object) -> tuple[str, ...]:
    """The names in a String, or in an Array of them."""
    if isinstance(value, list):
        return tuple(str(each) for each in value if isinstance(each, str | StString))
    return tuple((text_of(value) or "").split())


# Instances


def basic_new(behavior: object) -> object:
    """A new instance; fails for classes whose instances are not made so."""
    try:
        make = behavior.make  # type: ignore[attr-defined]  # that is what is tried
    except AttributeError:
        return MACHINE.image.first_instance(behavior)
    return make()


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
    return MACHINE.image.method(side_of(behavior), text_of(selector) or "") is not None


def can_understand(behavior: object, selector: object) -> object:
    """Whether it or a class above has a method."""
    return MACHINE.image.lookup(side_of(behavior), text_of(selector) or "") is not None


def method_source(behavior: object, selector: object) -> object:
    """The source of a method of its own; nil without."""
    method = MACHINE.image.method(side_of(behavior), text_of(selector) or "")
    return None if method is None else StString(method.source)


def method_comment(behavior: object, selector: object) -> object:
    """The first comment in a method; nil without."""
    method = MACHINE.image.method(side_of(behavior), text_of(selector) or "")
    comment = None if method is None else parse_method(method.source).comment
    return None if comment is None else StString(comment)


def reads_variable(behavior: object, selector: object, name: object) -> object:
    """Whether a method of its own reads a variable; false without such a method."""
    return (text_of(name) or "") in _variables_of(behavior, selector)[0]


def writes_variable(behavior: object, selector: object, name: object) -> object:
    """Whether a method of its own assigns to a variable; false without such a method."""
    return (text_of(name) or "") in _variables_of(behavior, selector)[1]


def _variables_of(behavior: object, selector: object) -> tuple[set[str], set[str]]:
    method = MACHINE.image.method(side_of(behavior), text_of(selector) or "")
    return (set(), set()) if method is None else variables_in(parse_method(method.source))


def protocol_of(behavior: object, selector: object) -> object:
    """The protocol of a method; fails without such a method."""
    method = MACHINE.image.method(side_of(behavior), text_of(selector) or "")
    return FAIL if method is None else symbol(method.category or "as yet unclassified")


def comment_of(behavior: object) -> object:
    """The class's comment."""
    record = record_of(behavior)
    return StString(MACHINE.image.comment_of(record))


def set_comment(behavior: object, text: object) -> object:
    """Set the comment; fails for what is no text."""
    comment = text_of(text)
    if comment is None:
        return FAIL
    MACHINE.image.set_comment(record_of(behavior), comment)
    return behavior


def all_instances(behavior: object) -> object:
    """Its direct instances that the image holds."""
    image = MACHINE.image
    side = side_of(behavior)
    if side.is_meta:
        return [side.record.class_object]
    kind = side.instance_type
    found = [each for each in image.memory.reachable() if each.__class__ is kind]
    MACHINE.charge(len(found) * POINTER)
    return found


# Changing


def compile_source(behavior: object, source: object, protocol: object) -> object:
    """Make the source a method; answer its selector. Fails for what does not compile."""
    text, image, side = text_of(source), MACHINE.image, side_of(behavior)
    if text is None or len(text) > image.settings.max_source_bytes:
        return FAIL
    try:
        selector = image.check_method(text, side)
    except ParseError:
        return FAIL
    MACHINE.charge(2 * len(text) + 1000)
    image.add_method(side, selector, text_of(protocol) or "", text)
    return selector


def method_error(behavior: object, source: object) -> object:
    """What is wrong with the source of a method; fails where it is no text."""
    text, image, side = text_of(source), MACHINE.image, side_of(behavior)
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
    removed = MACHINE.image.remove_method(side.record.name, text_of(selector) or "", class_side=side.is_meta)
    return behavior if removed else FAIL


def add_variable(behavior: object, name: object) -> object:
    """Add an instance variable; fails for what is no name, or is there already."""
    image, side, text = MACHINE.image, side_of(behavior), text_of(name) or ""
    if side.record.name in CLOSED or not is_variable_name(text) or text in image.all_variables(side):
        return FAIL
    if side.record.is_library:
        image.add_variable(side, text)
    else:
        image.change_variables(side, (*side.variables, text))
    return behavior


def remove_variable(behavior: object, name: object) -> object:
    """Remove an instance variable of a class of the client's own; fails otherwise."""
    side, text = side_of(behavior), text_of(name) or ""
    if side.record.is_library or text not in side.variables:
        return FAIL
    MACHINE.image.change_variables(side, tuple(each for each in side.variables if each != text))
    return behavior


def set_class_side_variables(metaclass: object, names: object) -> object:
    """Give a class variables of its own; fails for what are no names."""
    words = _words(names)
    if not all(map(is_variable_name, words)):
        return FAIL
    MACHINE.image.define_class_side(record_of(metaclass), words)
    return metaclass


def set_superclass(behavior: object, above: object) -> object:
    """Move a class of the client's own below another one; fails otherwise."""
    record = record_of(behavior)
    if record.is_library or not getattr(above.__class__, "is_class_object", False):
        return FAIL
    new = record_of(above)
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
    why = MACHINE.image.why_not(text_of(name) or "", superclass, _words(slots))
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
    image, text, shared = MACHINE.image, text_of(name) or "", _words(class_variables)
    if image.why_not(text, superclass, _words(slots)) is not None or not all(map(is_variable_name, shared)):
        return FAIL
    MACHINE.charge(4000)
    record = image.define(
        symbol(text),
        None if superclass is None else record_of(superclass),
        kind=text_of(kind) or "normal",
        variables=_words(slots),
        class_variables=shared,
        category=text_of(package) or "",
    )
    record.pools = _words(pools)
    return record.class_object


def pool_names(behavior: object) -> object:
    """The names of the classes whose class variables its methods share."""
    return [symbol(name) for name in record_of(behavior).pools]


def remove_class(behavior: object) -> object:
    """Take a class of the client's own away; fails otherwise."""
    try:
        MACHINE.image.remove_class(record_of(behavior).name)
    except ClassNotFound:
        return FAIL
    return behavior


def rename(behavior: object, name: object) -> object:
    """Give a class of the client's own another name; fails otherwise."""
    record, text = record_of(behavior), text_of(name) or ""
    if record.is_library or MACHINE.image.has_global(text) or not (text[:1].isupper() and text.isidentifier()):
        return FAIL
    MACHINE.image.rename_class(record, symbol(text))
    return behavior


def category_of(behavior: object) -> object:
    """The name of its package."""
    record = record_of(behavior)
    return symbol(MACHINE.image.category_of(record))


def set_category(behavior: object, name: object) -> object:
    """Set it; fails for what is no text."""
    text = text_of(name)
    if text is None:
        return FAIL
    MACHINE.image.set_category(record_of(behavior), text)
    return behavior


def tonel(behavior: object) -> object:
    """The class's Tonel file."""
    return StString(MACHINE.image.tonel_text(record_of(behavior)))


def definition(behavior: object) -> object:
    """The expression that defines the class."""
    return StString(MACHINE.image.definition_text(record_of(behavior)))


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
    "Behavior.method:reads:": reads_variable,
    "Behavior.method:writes:": writes_variable,
    "Behavior.protocolOfSelector:": protocol_of,
    "Behavior.comment": comment_of,
    "Behavior.comment:": set_comment,
    "Behavior.allInstances": all_instances,
    "Behavior.instVarNames": _names(lambda side: list(MACHINE.image.variables_of(side))),
    "Behavior.allInstVarNames": _names(lambda side: MACHINE.image.all_variables(side)),
    "Behavior.typeOfClass": lambda behavior: symbol(
        "normal" if side_of(behavior).is_meta else record_of(behavior).type
    ),
    "Behavior.isShared": lambda behavior: record_of(behavior).is_library,
    "Behavior.compile:classified:": compile_source,
    "Behavior.syntaxErrorIn:": method_error,
    "Behavior.removeSelector:": remove_selector,
    "Behavior.addInstVarNamed:": add_variable,
    "Behavior.removeInstVarNamed:": remove_variable,
    "Behavior.definitionString": definition,
    "Metaclass.soleInstance": lambda metaclass: record_of(metaclass).class_object,
    "Metaclass.instanceVariableNames:": set_class_side_variables,
    "Class class.whyNotDefine:superclass:slots:": why_not_define,
    "Class.sharedPoolNames": pool_names,
    "Class class.define:superclass:type:slots:classVariables:pools:package:": define,
    "Class.removeFromSystem": remove_class,
    "Class.rename:": rename,
    "Class.category": category_of,
    "Class.category:": set_category,
    "Class.fileOut": tonel,
}
