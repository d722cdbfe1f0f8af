"""Which library classes lend their methods to Python types, and which types those are."""

from types import FunctionType

from stui_actors.smalltalk.objects import Character, FixedArray, FixedBytes, StString

# Each type, and the classes whose methods its values understand, the most special first, as far as they exist.
HOSTS: tuple[tuple[type, tuple[str, ...]], ...] = (
    (int, ("SmallInteger", "LargePositiveInteger", "LargeNegativeInteger", "Integer")),
    (float, ("SmallFloat64", "BoxedFloat64", "Float")),
    (type(None), ("UndefinedObject",)),
    (str, ("ByteSymbol", "WideSymbol", "Symbol")),
    (StString, ("ByteString", "WideString", "String")),
    (Character, ("Character",)),
    (list, ("Array",)),
    (FixedArray, ("Array",)),
    (bytearray, ("ByteArray",)),
    (FixedBytes, ("ByteArray",)),
    (FunctionType, ("BlockClosure",)),
)
BOOLEANS = {True: "True", False: "False"}  # one Python type, two classes

SMALL_MOST = (1 << 60) - 1
SMALL_LEAST = -(1 << 60)

# Classes whose values are Python's own, or the engine's: nothing can be a subclass of them.
CLOSED = frozenset(
    (
        *(
            "Integer",
            "SmallInteger",
            "LargePositiveInteger",
            "LargeNegativeInteger",
            "LargeInteger",
            "Float",
            "Character",
        ),
        *("SmallFloat64", "BoxedFloat64", "Boolean", "True", "False", "UndefinedObject", "Symbol", "BlockClosure"),
        *("ByteString", "WideString", "ByteSymbol", "WideSymbol", "HashTable"),
        *("Behavior", "ClassDescription", "Class", "Metaclass"),
    )
)

# Classes whose instances are values of Python's own types: nothing is ever looked up under their own.
STOOD_FOR = CLOSED | frozenset(("String", "Array", "ByteArray"))


def integer_class(value: int) -> str:
    """The name of the class of an Integer."""
    if SMALL_LEAST <= value <= SMALL_MOST:
        return "SmallInteger"
    return "LargePositiveInteger" if value > 0 else "LargeNegativeInteger"
