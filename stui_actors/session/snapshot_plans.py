"""How instances whose variables hold values of the same kinds are written: found once, for all that are like it."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import compress
from types import CodeType, FunctionType, NoneType

from stui_actors.session.snapshot_filling import WIDEST
from stui_actors.session.snapshot_scalars import Scalars
from stui_actors.session.snapshot_shapes import COMMA, Part, Shape

PLANS = 64  # for one class: where kinds are mixed without end, keeping more would only cost memory
PATTERNS = 256  # of kinds: their code takes a tenth of a millisecond to make, so it is kept for all classes

DIGITS, TEXT, PART, SKIPPED = "dtp-"
LETTERS = {int: DIGITS, NoneType: SKIPPED}

Values = tuple[object, ...]
Plan = Callable[[Values], str | Iterable[Part]]  # raises ValueError for a number that is written another way


def plan_of(shape: Shape, labels: tuple[str, ...], kinds: tuple[type, ...], scalars: Scalars) -> Plan:
    """The plan for variables with ``labels`` and values of ``kinds``: all of the text, or parts if some are objects."""
    written = tuple(kind is not NoneType for kind in kinds)
    before = labels_shown(labels, written)
    if len(kinds) <= WIDEST:
        return _template(shape, before, kinds, scalars)
    return partial(_written, before, written)


def parts_by_label(labels: tuple[str, ...], values: Values) -> Iterable[Part]:
    """All ``values`` that are not nil as parts, whatever they are."""
    written = [value is not None for value in values]
    return _written(labels_shown(labels, written), written, values)


def labels_shown(labels: tuple[str, ...], written: Iterable[bool]) -> tuple[str, ...]:
    """The labels of what is ``written``, with commas between."""
    shown = tuple(compress(labels, written))
    return (*shown[:1], *(COMMA + label for label in shown[1:]))


def _written(before: tuple[str, ...], written: Sequence[bool], values: Values) -> Iterable[Part]:
    return zip(before, compress(values, written), strict=True)


def _template(shape: Shape, before: tuple[str, ...], kinds: tuple[type, ...], scalars: Scalars) -> Plan:
    """Formatted strings that have the labels in them: a loop over them takes three times as long."""
    letters = [LETTERS.get(kind, TEXT if kind in scalars.kinds else PART) for kind in kinds]
    if PART not in letters:
        before = (shape.opening + before[0], *before[1:], shape.closing) if before else (shape.opening + shape.closing,)
    code = _code("".join(letters))
    constants = tuple(before[int(each)] if isinstance(each, str) else each for each in code.co_consts)
    texts = {f"text{place}": scalars.texts.get(kind) for place, kind in enumerate(kinds)}
    return FunctionType(code.replace(co_consts=constants), texts)


@lru_cache(maxsize=PATTERNS)
def _code(pattern: str) -> CodeType:
    """What writes variables of this pattern, with the number of each piece of text in its place.

    A letter for each variable: DIGITS, TEXT for what the function ``text`` and its place spells, PART for an object
    and SKIPPED for nil. What stands before an object is one text with all since the last one.
    """
    shown = [place for place, letter in enumerate(pattern) if letter != SKIPPED]
    has_parts = PART in pattern
    parts, text = "", ""
    for number, place in enumerate(shown):
        text += str(number)
        if pattern[place] == PART or (has_parts and place == shown[-1]):
            parts, text = f"{parts}(f'{text}', v{place}), ", ""
        else:
            text += f"{{v{place}}}" if pattern[place] == DIGITS else f"{{text{place}(v{place})}}"
    taken = "".join(f"v{place}, " for place in range(len(pattern)))
    answer = f"({parts})" if has_parts else f"f'{text}{len(shown)}'"
    module = compile(f"def text(values):\n    ({taken}) = values\n    return {answer}\n", "<plan>", "exec")
    return next(each for each in module.co_consts if isinstance(each, CodeType))
