"""How Smalltalk's values look from Python, as far as Python's own types do not serve."""

import sys
import weakref


class StString:
    """A String. ``s`` is its text; after the first store ``l`` is the list of its characters, and ``s`` is void.

    ``fixed`` is set for one that must not change, like a literal.
    """

    __slots__ = ("__weakref__", "fixed", "l", "s")
    fixed: bool

    def __init__(self, s: str, l: list[str] | None = None) -> None:  # noqa: E741 - the names of the two forms
        self.s = s
        self.l = l

    def __str__(self) -> str:
        return self.s if self.l is None else "".join(self.l)

    def __repr__(self) -> str:
        return f"StString({str(self)!r})"

    def __len__(self) -> int:
        return len(self.s) if self.l is None else len(self.l)

    def chars(self) -> list[str]:
        """The characters as a list that stores may change; from now on it is the text."""
        if self.l is None:
            self.l = list(self.s)
            self.s = ""
        return self.l


def fixed_string(text: str) -> StString:
    """A String that must not change."""
    made = StString(text)
    made.fixed = True
    return made


class FixedArray(list[object]):
    """An Array that must not change. Only the primitives that store need to know it from others."""

    __slots__ = ()


class FixedBytes(bytearray):
    """A ByteArray that must not change."""

    __slots__ = ()


def is_fixed(value: object) -> bool:
    """Whether a String, an Array or a ByteArray must not change."""
    if isinstance(value, StString):
        return hasattr(value, "fixed")
    return isinstance(value, FixedArray | FixedBytes)


class Character:
    """A Character, made by ``character`` only: there is one for each code."""

    __slots__ = ("__weakref__", "code")

    def __init__(self, code: int) -> None:
        self.code = code

    def __repr__(self) -> str:
        return f"Character({self.code})"


CHARACTERS = tuple(Character(code) for code in range(256))  # never forgotten, found by index
_RARE: "weakref.WeakValueDictionary[int, Character]" = weakref.WeakValueDictionary()  # identity while one is held


def character(code: int) -> Character:
    """The Character with this code point."""
    if 0 <= code < 256:
        return CHARACTERS[code]
    found = _RARE.get(code)
    if found is None:
        found = _RARE[code] = Character(code)
    return found


def symbol(text: str) -> str:
    """The Symbol with this text."""
    return sys.intern(text)


class Root:
    """What instances of library classes have in common; ``_x`` holds variables that a client added to the class."""

    __slots__ = ("__weakref__", "_x")
    is_class_object = False


class Instance:
    """What instances of clients' classes have in common: they can gain variables and change class at any time."""

    __slots__ = ("__dict__", "__weakref__")
    is_class_object = False
