"""How instances whose variables hold values of the same kinds are written: found once, for all that are like it."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import compress
from types import NoneType

from stui_actors.session.snapshot_scalars import Scalars
from stui_actors.session.snapshot_shapes import COMMA, Part

PLANS = 64  # for one class: where kinds are mixed without end, keeping more would only cost memory
INTEGERS = frozenset((int, NoneType))
UNSEEN = "%.0s"  # takes a value and shows none of it

Values = tuple[object, ...]
Plan = Callable[[Values], str | Iterable[Part]]  # raises ValueError for a number that is written another way


def plan_of(labels: tuple[str, ...], kinds: tuple[type, ...], scalars: Scalars) -> Plan:
    """The plan for variables with ``labels`` and values of ``kinds``: their text, or parts if some are objects."""
    if INTEGERS.issuperset(kinds):
        return _template(labels, kinds).__mod__
    written = tuple(kind is not NoneType for kind in kinds)
    before = labels_shown(labels, written)
    if not scalars.kinds.issuperset(kinds):
        return partial(zip, before) if all(written) else partial(_written, before, written)
    texts = tuple(scalars.texts[kind] for kind in compress(kinds, written))

    def text(values: Values) -> str:
        found = zip(before, texts, compress(values, written), strict=True)
        return "".join([f"{label}{text_of(value)}" for label, text_of, value in found])

    return text


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


def _template(labels: tuple[str, ...], kinds: tuple[type, ...]) -> str:
    before = iter(labels_shown(labels, [kind is int for kind in kinds]))
    return "".join(next(before).replace("%", "%%") + "%d" if kind is int else UNSEEN for kind in kinds)
