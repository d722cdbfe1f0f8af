"""Primitives of String and Symbol: a text is a Python str, whichever of the two holds it."""

from collections.abc import Callable, Iterator

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import Character, StString, character, is_fixed
from stui_actors.smalltalk.primitives.long_texts import backwards, by_parts, checksum, replaced

SEPARATORS = " \t\n\r\f"
LONGEST = 1 << 40
WORK_FROM = 1 << 16  # characters: below, C is through in some microseconds
CHARACTER_BYTES = 4
PIECE = 4096  # characters that Python goes through one by one in less than a millisecond

LAST_LATIN = "\xff"


def text_of(value: object) -> str | None:
    """The characters of a String or Symbol; None for other things."""
    if value.__class__ is StString:
        return value.s if value.l is None else "".join(value.l)
    return value if value.__class__ is str else None


def made(text: str) -> StString:
    """A new String, charged."""
    size = len(text)
    if size > 256:
        MACHINE.charge(size if text.isascii() else size * CHARACTER_BYTES)
        if size > WORK_FROM:
            MACHINE.charge_work(size >> 10)
    return StString(text)


def pieces(text: str) -> Iterator[str]:
    """A text in pieces, for what is done to each character; others run between them."""
    for start in range(0, len(text), PIECE):
        MACHINE.tick_if_due()
        yield text[start : start + PIECE]


def foresee(size: int) -> None:
    """Charge before a text of ``size`` characters is made; what ``made`` charges comes on top."""
    if size > WORK_FROM:
        MACHINE.charge(size)


def string_new(_: object, size: object) -> object:
    """``size`` characters with the code 0."""
    if size.__class__ is not int or not 0 <= size <= LONGEST:
        return FAIL
    MACHINE.charge(size)
    return StString("\0" * size)


def string_with_all(_: object, elements: object) -> object:
    """A String of another one's characters, or of an Array of Characters."""
    text = text_of(elements)
    if text is not None:
        return made(text)
    if not isinstance(elements, list):
        return FAIL
    parts: list[str] = []
    for start in range(0, len(elements), PIECE):
        MACHINE.tick_if_due()
        piece = elements[start : start + PIECE]
        if any(each.__class__ is not Character for each in piece):
            return FAIL
        parts.append("".join([chr(each.code) for each in piece]))
    return made("".join(parts))


def at(string: object, index: object) -> object:
    """The Character at ``index``, from 1."""
    chars: str | list[str] | None = None
    if string.__class__ is StString:
        chars = string.s if string.l is None else string.l
    elif string.__class__ is str:
        chars = string
    if chars is not None and index.__class__ is int and 0 < index <= len(chars):
        return character(ord(chars[index - 1]))
    return FAIL


def writable(string: StString) -> list[str]:
    """The characters as a list that stores may change, charged when it is made."""
    if string.l is None:
        MACHINE.charge(8 * len(string.s))
    return string.chars()


def at_put(string: object, index: object, value: object) -> object:
    """Store a Character at ``index``."""
    if string.__class__ is not StString or value.__class__ is not Character or index.__class__ is not int:
        return FAIL
    if is_fixed(string) or not 0 < index <= len(string):
        return FAIL
    writable(string)[index - 1] = chr(value.code)
    return value


def size(string: object) -> object:
    """How many characters there are."""
    if string.__class__ is StString:
        return len(string.s if string.l is None else string.l)
    return len(string) if string.__class__ is str else FAIL


def replace(string: object, start: object, stop: object, source: object, first: object) -> object:
    """Put ``source``'s characters from ``first`` on in the place of those from ``start`` to ``stop``."""
    if string.__class__ is not StString or start.__class__ is not int or stop.__class__ is not int:
        return FAIL
    text = text_of(source)
    count = stop - start + 1
    if is_fixed(string) or text is None or first.__class__ is not int or start < 1 or stop > len(string):
        return FAIL
    if count <= 0:
        return string
    if first < 1 or first + count - 1 > len(text):
        return FAIL
    writable(string)[start - 1 : stop] = text[first - 1 : first - 1 + count]
    return string


def fill(string: object, value: object) -> object:
    """Store one Character everywhere."""
    if string.__class__ is not StString or value.__class__ is not Character or is_fixed(string):
        return FAIL
    string.s, string.l = made(chr(value.code) * len(string)).s, None
    return string


def equal(string: object, other: object) -> bool:
    """Whether ``other`` is a String or Symbol of the same characters."""
    if string is other:
        return True
    theirs = text_of(other)
    return theirs is not None and text_of(string) == theirs


def text_hash(string: object) -> object:
    """A number that equal texts share, in every process."""
    text = text_of(string)
    if text is None:
        return FAIL
    return checksum(text) & 0x0FFFFFFF


def _comparison(test: Callable[[str, str], bool]) -> Callable[[object, object], object]:
    def compare(string: object, other: object) -> object:
        mine, theirs = text_of(string), text_of(other)
        return FAIL if mine is None or theirs is None else test(mine, theirs)

    return compare


def folded(text: str) -> str:
    """``text`` with the letters of Latin-1 in lower case; others keep their case."""
    if text.isascii():
        return by_parts(str.lower)(text)
    return "".join(
        ["".join([each.lower() if each <= LAST_LATIN else each for each in piece]) for piece in pieces(text)]
    )


def compare_case(string: object, other: object, case_sensitive: object) -> object:
    """1, 2 or 3: ``string`` stands before, with or after ``other``."""
    mine, theirs = text_of(string), text_of(other)
    if mine is None or theirs is None:
        return FAIL
    if case_sensitive is not True:
        mine, theirs = folded(mine), folded(theirs)
    return 2 if mine == theirs else 1 if mine < theirs else 3


def begins_with(string: object, prefix: object) -> object:
    """Whether ``prefix`` stands at the beginning."""
    mine, theirs = text_of(string), text_of(prefix)
    return FAIL if mine is None or theirs is None else mine.startswith(theirs)


def ends_with(string: object, suffix: object) -> object:
    """Whether ``suffix`` stands at the end."""
    mine, theirs = text_of(string), text_of(suffix)
    return FAIL if mine is None or theirs is None else mine.endswith(theirs)


def concatenate(string: object, other: object) -> object:
    """Two texts in one."""
    mine, theirs = text_of(string), text_of(other)
    if mine is None or theirs is None:
        return FAIL
    foresee(len(mine) + len(theirs))
    return made(mine + theirs)


def copy_from_to(string: object, start: object, stop: object) -> object:
    """The characters from ``start`` to ``stop``, both included."""
    text = text_of(string)
    if text is None or start.__class__ is not int or stop.__class__ is not int:
        return FAIL
    if start < 1 or stop > len(text):
        return FAIL
    return made(text[start - 1 : max(stop, 0)])


def copy_replace_all(string: object, old: object, new: object) -> object:
    """A String with ``new`` wherever ``old`` stood."""
    text, before, after = text_of(string), text_of(old), text_of(new)
    if text is None or before is None or after is None:
        return FAIL
    return made(replaced(text, before, after) if before else text)


def repeat(string: object, count: object) -> object:
    """``count`` copies in one."""
    text = text_of(string)
    if text is None or count.__class__ is not int or not 0 <= count <= LONGEST:
        return FAIL
    MACHINE.charge(len(text) * count)
    return StString(text * count)


def mapped(function: Callable[[str], str]) -> Callable[[object], object]:
    """A primitive that answers a new String, what ``function`` makes of the text."""

    def apply(string: object) -> object:
        text = text_of(string)
        return FAIL if text is None else made(function(text))

    return apply


def upper(text: str) -> str:
    """Each character's capital, where that is one character."""
    if text.isascii():
        return by_parts(str.upper)(text)
    return "".join(["".join([upper_character(each) for each in piece]) for piece in pieces(text)])


def upper_character(each: str) -> str:
    """The capital of one character, or itself."""
    if each == "ß":
        return "ẞ"
    capital = each.upper()
    return capital if len(capital) == 1 else each


def lower(text: str) -> str:
    """Each character in lower case, where that is one character."""
    if text.isascii():
        return by_parts(str.lower)(text)
    return "".join(["".join([lower_character(each) for each in piece]) for piece in pieces(text)])


def lower_character(each: str) -> str:
    """One character in lower case, or itself."""
    small = each.lower()
    return small if len(small) == 1 else each


def index_of(string: object, wanted: object, start: object) -> object:
    """Where a Character stands first from ``start`` on; 0 if nowhere."""
    text = text_of(string)
    if text is None or start.__class__ is not int:
        return FAIL
    if wanted.__class__ is not Character or start > len(text):
        return 0
    return text.find(chr(wanted.code), max(start - 1, 0)) + 1


def find_string(string: object, wanted: object, start: object) -> object:
    """Where ``wanted`` stands first from ``start`` on; 0 if nowhere or empty."""
    text, part = text_of(string), text_of(wanted)
    if text is None or part is None or start.__class__ is not int:
        return FAIL
    if not part or start > len(text):
        return 0
    if len(text) > WORK_FROM:
        MACHINE.charge_work(len(text) >> 10)
    return text.find(part, max(start - 1, 0)) + 1


def is_ascii(string: object) -> object:
    """Whether all codes are below 128."""
    text = text_of(string)
    return FAIL if text is None else text.isascii()


PRIMITIVES: dict[str, Callable[..., object]] = {
    "String class.new:": string_new,
    "String class.withAll:": string_with_all,
    "String.at:": at,
    "String.at:put:": at_put,
    "String.size": size,
    "String.replaceFrom:to:with:startingAt:": replace,
    "String.atAllPut:": fill,
    "String.=": equal,
    "String.hash": text_hash,
    "String.<": _comparison(lambda a, b: a < b),
    "String.<=": _comparison(lambda a, b: a <= b),
    "String.>": _comparison(lambda a, b: a > b),
    "String.>=": _comparison(lambda a, b: a >= b),
    "String.compare:caseSensitive:": compare_case,
    "String.beginsWith:": begins_with,
    "String.endsWith:": ends_with,
    "String.,": concatenate,
    "String.copyFrom:to:": copy_from_to,
    "String.shallowCopy": mapped(lambda text: text),
    "String.copyReplaceAll:with:": copy_replace_all,
    "String.reversed": mapped(backwards),
    "String.repeat:": repeat,
    "String.indexOfCharacter:from:": index_of,
    "String.findString:startingAt:": find_string,
    "String.isAsciiString": is_ascii,
    "String.asLowercase": mapped(lower),
    "String.asUppercase": mapped(upper),
}
