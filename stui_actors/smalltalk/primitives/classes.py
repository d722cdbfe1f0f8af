"""Primitives of Behavior, Class, Metaclass and SystemDictionary: all through the image, which owns the classes.

The image's reflection is asked with class objects (``ClassObject``) and metaclasses (``MetaclassObject``) alike, called
*behaviors* here. It answers plain Python values: names as ``str``, lists of names.
"""

from collections.abc import Callable, Iterable

from stui_actors.errors import StuiError
from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import ClassObject, MetaclassObject, StString

KINDS = {"normal", "variable", "bytes"}


def text_of(value: object) -> str | None:
    """The characters of a String or Symbol, None for anything else."""
    if isinstance(value, StString):
        return value.text()
    return value if isinstance(value, str) else None


def names_of(value: object) -> list[str] | None:
    """The names in a String, separated by blanks, or in an Array of Strings or Symbols."""
    text = text_of(value)
    if text is not None:
        return text.split()
    if not isinstance(value, list):
        return None
    names = [text_of(each) for each in value]
    return [each for each in names if each is not None] if None not in names else None


def strings(names: "list[str] | tuple[str, ...]") -> list[object]:
    """An Array of Strings."""
    return [StString(each) for each in names]


def symbols(names: Iterable[str]) -> list[object]:
    """An Array of Symbols."""
    return [MACHINE.image.symbol(each) for each in names]


# Looking


def name(behavior: object) -> object:
    """The class's name, a Symbol; of a metaclass a String."""
    if isinstance(behavior, MetaclassObject):
        return StString(behavior.instance.name + " class")
    assert isinstance(behavior, ClassObject)
    return behavior.name


def comment(behavior: object) -> StString:
    """The class comment."""
    return StString(MACHINE.image.comment_of(behavior))


def set_comment(behavior: object, text: object) -> object:
    """Replace the class comment."""
    new = text_of(text)
    if new is None:
        return FAIL
    MACHINE.image.set_comment(behavior, new)
    return behavior


def kind(behavior: object) -> str:
    """``normal``, ``variable``, ``bytes`` or ``immediate``."""
    return MACHINE.image.kind_of(behavior)


def inherits_from(behavior: object, other: object) -> bool:
    """Whether ``other`` is a superclass, near or far."""
    image = MACHINE.image
    each = image.superclass_of(behavior)
    while each is not None:
        if each is other:
            return True
        each = image.superclass_of(each)
    return False


def selectors(behavior: object) -> list[object]:
    """The selectors of the behavior's own methods."""
    return list(MACHINE.image.selectors_of(behavior))


def includes_selector(behavior: object, selector: object) -> object:
    """Whether the behavior itself has a method for ``selector``."""
    text = text_of(selector)
    return FAIL if text is None else text in MACHINE.image.selectors_of(behavior)


def can_understand(behavior: object, selector: object) -> object:
    """Whether instances have a method for ``selector``, inherited or not."""
    text = text_of(selector)
    return FAIL if text is None else MACHINE.image.understands(behavior, text)


def method_source(behavior: object, selector: object) -> object:
    """The source of a method, nil if there is none."""
    record = MACHINE.image.method_record(behavior, text_of(selector) or "")
    return None if record is None else StString(record.source)


def method_comment(behavior: object, selector: object) -> object:
    """The first comment in a method, nil if there is none."""
    found = MACHINE.image.method_comment(behavior, text_of(selector) or "")
    return None if found is None else StString(found)


def protocol_of(behavior: object, selector: object) -> object:
    """The protocol that a method stands in, nil if there is no such method."""
    record = MACHINE.image.method_record(behavior, text_of(selector) or "")
    return None if record is None else MACHINE.image.symbol(record.category)


# Changing


def compile_method(behavior: object, source: object, protocol: object) -> object:
    """Compile a method into a behavior; fails for text that is no method, whose fault ``syntaxErrorIn:`` tells."""
    text, category = text_of(source), text_of(protocol)
    if text is None or category is None:
        return FAIL
    try:
        return MACHINE.image.compile_method(behavior, text, category)
    except StuiError:
        return FAIL


def method_fault(behavior: object, source: object) -> object:
    """What forbids a text to be a method of the behavior."""
    text = text_of(source)
    if text is None:
        return FAIL
    try:
        MACHINE.image.check_method(behavior, text)
    except StuiError as error:
        return StString(error.message)
    return FAIL


def remove_selector(behavior: object, selector: object) -> object:
    """Remove a method; answers the selector, fails if there is none."""
    text = text_of(selector)
    if text is None or text not in MACHINE.image.selectors_of(behavior):
        return FAIL
    MACHINE.image.remove_method(behavior, text)
    return MACHINE.image.symbol(text)


def define_class(
    _: object,
    new_name: object,
    superclass: object,
    type_name: object,
    slots: object,
    class_variables: object,
    pools: object,
    package: object,
) -> object:
    """Make or change a class; fails where the definition is not possible, which ``whyNotDefine`` tells."""
    text, names, shared = text_of(new_name), names_of(slots), names_of(class_variables)
    if text is None or names is None or shared is None or type_name not in KINDS:
        return FAIL
    if not (superclass is None or isinstance(superclass, ClassObject)):
        return FAIL
    del pools  # classes have no pools; the old messages still name them
    try:
        return MACHINE.image.define_class(
            text, superclass, kind=str(type_name), slots=names, class_variables=shared, category=text_of(package) or ""
        )
    except StuiError:
        return FAIL


def definition_fault(_: object, new_name: object, superclass: object, slots: object) -> object:
    """What forbids such a class."""
    text, names = text_of(new_name), names_of(slots)
    if text is None or names is None:
        return FAIL
    fault = MACHINE.image.definition_fault(text, superclass, names)
    return StString(fault) if fault else FAIL


def _named(change: Callable[[object, str], object]) -> Callable[[object, object], object]:
    """A change of a class by a name; fails where the image refuses."""

    def apply(behavior: object, given: object) -> object:
        text = text_of(given)
        if text is None:
            return FAIL
        try:
            change(behavior, text)
        except StuiError:
            return FAIL
        return behavior

    return apply


def add_slot(behavior: object, text: str) -> None:
    """Add an instance variable."""
    names = list(MACHINE.image.instance_variables(behavior))
    MACHINE.image.set_slots(behavior, [*names, text])


def remove_slot(behavior: object, text: str) -> None:
    """Remove an instance variable."""
    names = list(MACHINE.image.instance_variables(behavior))
    if text not in names:
        raise StuiError(f"{text} is not a variable")
    MACHINE.image.set_slots(behavior, [each for each in names if each != text])


def set_class_slots(metaclass: object, text: str) -> None:
    """Give a class its own variables."""
    MACHINE.image.set_slots(metaclass, text.split())


def remove_class(behavior: object) -> object:
    """Take a class of the workspace out of it; fails for those of the library."""
    try:
        MACHINE.image.remove_class(behavior)
    except StuiError:
        return FAIL
    return behavior


# Variables of classes


def class_variable(behavior: object, given: object) -> object:
    """The value of a class variable; fails if the class does not declare it."""
    text = text_of(given)
    if text not in MACHINE.image.class_variables(behavior):
        return FAIL
    return MACHINE.image.class_variable(behavior, text)


def set_class_variable(behavior: object, given: object, value: object) -> object:
    """Set a class variable; fails if the class does not declare it."""
    text = text_of(given)
    if text not in MACHINE.image.class_variables(behavior):
        return FAIL
    MACHINE.image.set_class_variable(behavior, text, value)
    return value


# Instances


def basic_new(behavior: object) -> object:
    """A new instance, all variables nil; fails for classes whose instances are values."""
    made = MACHINE.image.new_instance(behavior, 0)
    return FAIL if made is None else made


def basic_new_size(behavior: object, size: object) -> object:
    """A new instance with so many indexed variables."""
    if size.__class__ is not int or size < 0 or MACHINE.image.kind_of(behavior) == "normal":
        return FAIL
    MACHINE.charge(64 + 8 * size)
    made = MACHINE.image.new_instance(behavior, size)
    return FAIL if made is None else made


# Globals


def global_at(_: object, given: object) -> object:
    """The value of a global, nil if there is none."""
    return MACHINE.image.global_value(text_of(given) or "")


def set_global(_: object, given: object, value: object) -> object:
    """Set a global of this workspace; fails for names that are not Symbols or Strings."""
    text = text_of(given)
    if not text:
        return FAIL
    MACHINE.image.set_global(text, value)
    return value


def remove_global(_: object, given: object) -> object:
    """Forget a global of this workspace and answer its value; fails for those of the library and unknown ones."""
    text = text_of(given) or ""
    if not MACHINE.image.has_own_global(text):
        return FAIL
    return MACHINE.image.remove_global(text)


def evaluate(_: object, source: object, receiver: object) -> object:
    """The value of statements, run here and now; fails for text that cannot be read."""
    text = text_of(source)
    if text is None:
        return FAIL
    try:
        function = MACHINE.image.compile_do_it(text)
    except StuiError:
        return FAIL
    return function(receiver)


def statements_fault(_: object, source: object) -> object:
    """What forbids a text to be statements."""
    text = text_of(source)
    if text is None:
        return FAIL
    try:
        MACHINE.image.compile_do_it(text)
    except StuiError as error:
        return StString(error.message)
    return FAIL


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Behavior.basicNew": basic_new,
    "Behavior.basicNew:": basic_new_size,
    "Behavior.name": name,
    "Behavior.superclass": lambda behavior: MACHINE.image.superclass_of(behavior),
    "Behavior.subclasses": lambda behavior: list(MACHINE.image.subclasses_of(behavior)),
    "Behavior.comment": comment,
    "Behavior.comment:": set_comment,
    "Behavior.typeOfClass": kind,
    "Behavior.inheritsFrom:": inherits_from,
    "Behavior.instVarNames": lambda behavior: strings(MACHINE.image.instance_variables(behavior)),
    "Behavior.allInstVarNames": lambda behavior: strings(MACHINE.image.all_instance_variables(behavior)),
    "Behavior.addInstVarNamed:": _named(add_slot),
    "Behavior.removeInstVarNamed:": _named(remove_slot),
    "Behavior.isShared": lambda behavior: MACHINE.image.is_shared(behavior),
    "Behavior.selectors": selectors,
    "Behavior.includesSelector:": includes_selector,
    "Behavior.canUnderstand:": can_understand,
    "Behavior.methodSourceAt:": method_source,
    "Behavior.methodCommentAt:": method_comment,
    "Behavior.protocolOfSelector:": protocol_of,
    "Behavior.compile:classified:": compile_method,
    "Behavior.syntaxErrorIn:": method_fault,
    "Behavior.removeSelector:": remove_selector,
    "Behavior.allInstances": lambda behavior: list(MACHINE.image.instances_of(behavior)),
    "Behavior.definitionString": lambda behavior: StString(MACHINE.image.definition_of(behavior)),
    "Class class.define:superclass:type:slots:classVariables:pools:package:": define_class,
    "Class class.whyNotDefine:superclass:slots:": definition_fault,
    "Class.category": lambda behavior: MACHINE.image.symbol(MACHINE.image.category_of(behavior)),
    "Class.category:": _named(lambda behavior, text: MACHINE.image.set_category(behavior, text)),
    "Class.classVarNames": lambda behavior: [
        MACHINE.image.symbol(each) for each in MACHINE.image.class_variables(behavior)
    ],
    "Class.classVariableAt:": class_variable,
    "Class.classVariableAt:put:": set_class_variable,
    "Class.addClassVarNamed:": _named(lambda behavior, text: MACHINE.image.add_class_variable(behavior, text)),
    "Class.removeClassVarNamed:": _named(lambda behavior, text: MACHINE.image.remove_class_variable(behavior, text)),
    "Class.rename:": _named(lambda behavior, text: MACHINE.image.rename_class(behavior, text)),
    "Class.removeFromSystem": remove_class,
    "Metaclass.soleInstance": lambda metaclass: metaclass.instance,
    "Metaclass.instanceVariableNames:": _named(set_class_slots),
    "SystemDictionary.globalAt:": global_at,
    "SystemDictionary.at:put:": set_global,
    "SystemDictionary.includesKey:": lambda _, given: MACHINE.image.has_global(text_of(given) or ""),
    "SystemDictionary.removeKey:": remove_global,
    "SystemDictionary.keys": lambda _: symbols(MACHINE.image.global_names()),
    "SystemDictionary.allClasses": lambda _: list(MACHINE.image.classes()),
    "OpalCompiler.evaluate:for:": evaluate,
    "OpalCompiler.syntaxErrorIn:": statements_fault,
}
