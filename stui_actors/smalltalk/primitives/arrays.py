"""Primitives of Array, OrderedCollection and ByteArray. Instances of subclasses of Array keep their Smalltalk code."""

import base64
import zlib
from collections.abc import Callable

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import StString

POINTER_BYTES = 8
PIECE = 4096  # elements that are tested one by one in less than a millisecond
LONGEST = 1 << 40  # beyond any memory limit, within a C index
SORTED_AT_ONCE = 8192  # some milliseconds; longer Arrays are merged in Smalltalk, which can be interrupted

Elements = list[object]


def array_new(cls: object, size: object) -> object:
    """``size`` nils."""
    if size.__class__ is not int or not 0 <= size <= LONGEST or cls is not MACHINE.class_of([]):
        return FAIL
    MACHINE.charge(POINTER_BYTES * size + 56)
    return [None] * size


def array_with_all(cls: object, elements: object) -> object:
    """A new Array of an Array's elements."""
    if not isinstance(elements, list) or cls is not MACHINE.class_of([]):
        return FAIL
    return array_shallow_copy(elements)


def array_at(array: Elements, index: object) -> object:
    """The element at ``index``, from 1."""
    if isinstance(array, list) and index.__class__ is int and 0 < index <= len(array):
        return array[index - 1]
    return FAIL


def array_at_put(array: Elements, index: object, value: object) -> object:
    """Store ``value`` at ``index``; answer it."""
    if array.__class__ is list and index.__class__ is int and 0 < index <= len(array):
        array[index - 1] = value
        return value
    return FAIL


def array_size(array: Elements) -> object:
    """How many elements there are."""
    return len(array) if isinstance(array, list) else FAIL


def array_at_wrap(array: Elements, index: object) -> object:
    """The element at ``index``, counted round and round."""
    if isinstance(array, list) and array and index.__class__ is int:
        return array[(index - 1) % len(array)]
    return FAIL


def _slice(start: object, stop: object, size: int) -> slice | None:
    """The part from ``start`` to ``stop``, both included and counted from 1; None outside of ``size``."""
    if start.__class__ is int and stop.__class__ is int and start > 0 and stop <= size:
        return slice(start - 1, max(stop, start - 1))
    return None


def _replacing(start: object, stop: object, size: int, first: object, source_size: int) -> tuple[slice, slice] | None:
    """Which part of the source goes into which part of the target."""
    target = _slice(start, stop, size)
    if target is None or first.__class__ is not int:
        return None
    source = _slice(first, first - 1 + target.stop - target.start, source_size)
    return None if source is None else (target, source)


def array_copy_from_to(array: Elements, start: object, stop: object) -> object:
    """The elements from ``start`` to ``stop``, both included."""
    part = _slice(start, stop, len(array)) if isinstance(array, list) else None
    if part is None:
        return FAIL
    MACHINE.charge(POINTER_BYTES * (part.stop - part.start))
    return array[part]


def array_shallow_copy(array: Elements) -> object:
    """A new Array of the same elements."""
    if not isinstance(array, list):
        return FAIL
    MACHINE.charge(POINTER_BYTES * len(array) + 56)
    return array[:]


def array_concatenate(array: Elements, other: object) -> object:
    """Two Arrays in one."""
    if not isinstance(array, list) or not isinstance(other, list):
        return FAIL
    MACHINE.charge(POINTER_BYTES * (len(array) + len(other)) + 56)
    return [*array, *other]


def array_copy_with(array: Elements, value: object) -> object:
    """An Array with ``value`` behind the elements."""
    return array_concatenate(array, [value])


def array_reversed(array: Elements) -> object:
    """The elements in reverse order."""
    if not isinstance(array, list):
        return FAIL
    MACHINE.charge(POINTER_BYTES * len(array) + 56)
    return array[::-1]


def array_replace(array: Elements, start: object, stop: object, source: object, first: object) -> object:
    """Put ``source``'s elements from ``first`` on in the place of those from ``start`` to ``stop``."""
    if array.__class__ is not list or not isinstance(source, list):
        return FAIL
    parts = _replacing(start, stop, len(array), first, len(source))
    if parts is None:
        return FAIL
    array[parts[0]] = source[parts[1]]
    return array


def array_as_byte_array(array: Elements) -> object:
    """The bytes that an Array of Integers from 0 to 255 denotes."""
    if not isinstance(array, list):
        return FAIL
    MACHINE.charge(len(array))
    made = bytearray()
    for start in range(0, len(array), PIECE):
        MACHINE.tick_if_due()
        piece = array[start : start + PIECE]
        if any(each.__class__ is not int or not 0 <= each < 256 for each in piece):
            return FAIL
        made += bytes(piece)  # type: ignore[arg-type]  # every element was tested
    return made


def array_sorted(array: Elements) -> object:
    """A sorted Array, where all elements are real numbers or all are strings and their ``<=`` is the library's."""
    if not isinstance(array, list) or len(array) > SORTED_AT_ONCE or not MACHINE.standard_equality:
        return FAIL
    kinds = {each.__class__ for each in array}
    MACHINE.charge(POINTER_BYTES * len(array) + 56)
    if kinds <= {int, float} and all(each == each for each in array):
        return sorted(array)  # type: ignore[type-var]  # numbers only
    if kinds <= {str, StString}:
        return sorted(array, key=str)
    return FAIL


def array_grow_with(array: Elements, value: object) -> object:
    """Append ``value``."""
    if array.__class__ is not list:
        return FAIL
    _charge_growth(len(array))
    array.append(value)
    return array


def _charge_growth(size: int) -> None:
    """Charge for a Python list that grows by an eighth at a time."""
    if not size & 255:
        MACHINE.charge(POINTER_BYTES * 288)


def array_grow_with_all(array: Elements, other: object) -> object:
    """Append ``other``'s elements."""
    if array.__class__ is not list or not isinstance(other, list):
        return FAIL
    MACHINE.charge(POINTER_BYTES * len(other))
    array.extend(other)
    return array


def array_insert(array: Elements, value: object, index: object) -> object:
    """Make room for ``value`` before ``index``."""
    if array.__class__ is not list or index.__class__ is not int or not 0 < index <= len(array) + 1:
        return FAIL
    _charge_growth(len(array))
    array.insert(index - 1, value)
    return value


def array_remove(array: Elements, start: object, stop: object) -> object:
    """Lose the elements from ``start`` to ``stop``."""
    part = _slice(start, stop, len(array)) if array.__class__ is list else None
    if part is None:
        return FAIL
    del array[part]
    return array


def array_shrink(array: Elements) -> object:
    """Lose and answer the last element; fails where there is none."""
    return array.pop() if array.__class__ is list and array else FAIL


class _Ordered:
    """What these primitives read of an OrderedCollection; a program may have put anything there, so they test it."""

    i_elements: Elements


def ordered_at(ordered: _Ordered, index: object) -> object:
    """The element at ``index``."""
    return array_at(ordered.i_elements, index)


def ordered_at_put(ordered: _Ordered, index: object, value: object) -> object:
    """Store ``value`` at ``index``."""
    return array_at_put(ordered.i_elements, index, value)


def ordered_size(ordered: _Ordered) -> object:
    """How many elements there are."""
    elements = ordered.i_elements
    return len(elements) if elements.__class__ is list else FAIL


def ordered_add_last(ordered: _Ordered, value: object) -> object:
    """Append ``value``; answer it."""
    elements = ordered.i_elements
    if elements.__class__ is not list:
        return FAIL
    if not len(elements) & 255:
        MACHINE.charge(POINTER_BYTES * 288)
    elements.append(value)
    return value


def ordered_remove_last(ordered: _Ordered) -> object:
    """Lose and answer the last element."""
    return array_shrink(ordered.i_elements)


def ordered_remove_first(ordered: _Ordered) -> object:
    """Lose and answer the first element."""
    elements = ordered.i_elements
    return elements.pop(0) if elements.__class__ is list and elements else FAIL


def bytes_new(cls: object, size: object) -> object:
    """``size`` zeros."""
    if size.__class__ is not int or not 0 <= size <= LONGEST or cls is not MACHINE.class_of(bytearray()):
        return FAIL
    MACHINE.charge(size + 57)
    return bytearray(size)


def bytes_at(array: bytearray, index: object) -> object:
    """The byte at ``index``."""
    if isinstance(array, bytearray) and index.__class__ is int and 0 < index <= len(array):
        return array[index - 1]
    return FAIL


def bytes_at_put(array: bytearray, index: object, value: object) -> object:
    """Store a byte at ``index``."""
    if array.__class__ is not bytearray or index.__class__ is not int or not 0 < index <= len(array):
        return FAIL
    if value.__class__ is not int or not 0 <= value < 256:
        return FAIL
    array[index - 1] = value
    return value


def bytes_size(array: bytearray) -> object:
    """How many bytes there are."""
    return len(array) if isinstance(array, bytearray) else FAIL


def bytes_equal(array: bytearray, other: object) -> object:
    """Whether ``other`` holds the same bytes; fails where it is no ByteArray."""
    if isinstance(array, bytearray) and isinstance(other, bytearray):
        return array == other
    return FAIL


def bytes_hash(array: bytearray) -> object:
    """A number that equal ByteArrays share, in every process."""
    return zlib.crc32(array) & 0x0FFFFFFF if isinstance(array, bytearray) else FAIL


def bytes_copy(array: bytearray) -> object:
    """A new ByteArray of the same bytes."""
    if not isinstance(array, bytearray):
        return FAIL
    MACHINE.charge(len(array) + 57)
    return array[:]


def bytes_replace(array: bytearray, start: object, stop: object, source: object, first: object) -> object:
    """Put ``source``'s bytes from ``first`` on in the place of those from ``start`` to ``stop``."""
    if array.__class__ is not bytearray or not isinstance(source, bytearray):
        return FAIL
    parts = _replacing(start, stop, len(array), first, len(source))
    if parts is None:
        return FAIL
    array[parts[0]] = source[parts[1]]
    return array


def bytes_as_string(array: bytearray) -> object:
    """The String of the characters with these codes."""
    if not isinstance(array, bytearray):
        return FAIL
    MACHINE.charge(len(array))
    return StString(array.decode("latin-1"))


def bytes_hex(array: bytearray) -> object:
    """Two lower-case digits for each byte."""
    if not isinstance(array, bytearray):
        return FAIL
    MACHINE.charge(2 * len(array))
    return StString(array.hex())


def bytes_utf8_decoded(array: bytearray) -> object:
    """The String that these bytes encode; fails where they are no UTF-8."""
    if not isinstance(array, bytearray):
        return FAIL
    MACHINE.charge(4 * len(array))
    try:
        return StString(array.decode("utf-8"))
    except UnicodeDecodeError:
        return FAIL


def bytes_base64(array: bytearray) -> object:
    """The bytes in base 64."""
    if not isinstance(array, bytearray):
        return FAIL
    MACHINE.charge(2 * len(array))
    return StString(base64.b64encode(array).decode("ascii"))


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Array class.new:": array_new,
    "Array class.withAll:": array_with_all,
    "Array.at:": array_at,
    "Array.at:put:": array_at_put,
    "Array.size": array_size,
    "Array.atWrap:": array_at_wrap,
    "Array.copyFrom:to:": array_copy_from_to,
    "Array.shallowCopy": array_shallow_copy,
    "Array.,": array_concatenate,
    "Array.copyWith:": array_copy_with,
    "Array.reversed": array_reversed,
    "Array.replaceFrom:to:with:startingAt:": array_replace,
    "Array.asByteArray": array_as_byte_array,
    "Array.sorted": array_sorted,
    "Array.growWith:": array_grow_with,
    "Array.growWithAll:": array_grow_with_all,
    "Array.insert:at:": array_insert,
    "Array.removeFrom:to:": array_remove,
    "Array.shrink": array_shrink,
    "OrderedCollection.at:": ordered_at,
    "OrderedCollection.at:put:": ordered_at_put,
    "OrderedCollection.size": ordered_size,
    "OrderedCollection.addLast:": ordered_add_last,
    "OrderedCollection.removeLast": ordered_remove_last,
    "OrderedCollection.removeFirst": ordered_remove_first,
    "ByteArray class.new:": bytes_new,
    "ByteArray.at:": bytes_at,
    "ByteArray.at:put:": bytes_at_put,
    "ByteArray.size": bytes_size,
    "ByteArray.=": bytes_equal,
    "ByteArray.hash": bytes_hash,
    "ByteArray.shallowCopy": bytes_copy,
    "ByteArray.replaceFrom:to:with:startingAt:": bytes_replace,
    "ByteArray.asString": bytes_as_string,
    "ByteArray.hex": bytes_hex,
    "ByteArray.utf8Decoded": bytes_utf8_decoded,
    "ByteArray.base64Encoded": bytes_base64,
}
