"""Functions that set the variables of an instance: one for each choice of them, since a loop takes four times as long.

They differ from each other in the names in their code alone, so making one takes a few microseconds.
"""

from collections.abc import Callable
from functools import cache
from types import CodeType, FunctionType

WIDEST = 64  # variables: few have more, and code for any number of them would be kept for ever
Fill = Callable[[object, list[object]], None]  # raises ValueError for more or less values than it sets


def filling(attributes: tuple[str, ...]) -> Fill:
    """What sets these attributes of an object, without a loop."""
    return FunctionType(_filling(len(attributes)).replace(co_names=attributes), {})


@cache
def _filling(count: int) -> CodeType:
    """The code for ``count`` attributes, which are its names in their order."""
    targets = "".join(f"made.a{number}, " for number in range(count))
    module = compile(f"def fill(made, values):\n    ({targets}) = values\n", "<filling>", "exec", dont_inherit=True)
    return next(each for each in module.co_consts if isinstance(each, CodeType))
