"""What an inspector asks Smalltalk, and how the answers are read.

Whatever a client made of the library, a wrong answer is an EvaluationError and no fault of the server.
"""

from stui_actors.errors import EvaluationError
from stui_actors.session.parts import Elements, Part
from stui_actors.smalltalk.objects import StString

MAX_DEPTH = 5  # levels of instance variables
MAX_PAGE = 500  # lines per answer: it must stay below the largest message, and leave all its object ids valid
LINE = 1000  # characters of an object's text on a line
TEXT_SECONDS = 0.25  # for the text of one object, whose printOn: may be anything
VIEW_SECONDS = 2.0  # for all texts of a view, and again for its elements: a person waits
NO_TIME = "<not printed: the time for this view was over>"


def texts_code(limit: int) -> str:
    """The do-it that answers the texts of all objects in ``self``, an Array."""
    each, total = f"{TEXT_SECONDS:g}", f"{VIEW_SECONDS:g}"
    return f"ObjectView textsOf: self limitedTo: {limit} each: {each} within: {total}"


def elements_code(start: int, count: int) -> str:
    """The do-it that answers a page of the elements of the one object in ``self``."""
    return f"ObjectView elementsOf: (self at: 1) from: {max(1, start)} count: {max(0, count)}"


KEYED_CODE = f"ObjectView elementOf: (self at: 1) keyed: (self at: 2) within: {LINE}"


def page_size(count: int) -> int:
    """How many lines of a page are answered where ``count`` were asked for."""
    return max(0, min(count, MAX_PAGE))


def texts_in(answer: object, count: int) -> list[str]:
    """The texts that ``texts_code`` answered for so many objects."""
    if not isinstance(answer, list) or len(answer) != count:
        raise _changed()
    return [str(each) if isinstance(each, str | StString) else "<not printed>" for each in answer]


def elements_in(answer: object) -> Elements:
    """What ``elements_code`` answered."""
    match answer:
        case [int(total), list(rows)]:
            return Elements(total, [_part_in(row) for row in rows[:MAX_PAGE]])
    raise _changed()


def _part_in(row: object) -> Part:
    match row:
        case [key, value, True]:
            return Part(0, value, key, is_keyed=True)
        case [int(index), value, False]:
            return Part(index, value)
    raise _changed()


def found_in(answer: object) -> list[object]:
    """What ``KEYED_CODE`` answered: one object or none."""
    if not isinstance(answer, list) or len(answer) > 1:
        raise _changed()
    return answer


def _changed() -> EvaluationError:
    return EvaluationError(
        "ObjectView does not answer what it should: was it changed?",
        exception_class="Error",
        message_text="",
        receiver="ObjectView",
        stack_trace="",
    )
