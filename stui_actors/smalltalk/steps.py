"""What a source file asks for, step by step: Tonel and fileOut texts become the same steps, in an order that works."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from attrs import evolve, field, frozen

from stui_actors.errors import InvalidRequest, ParseError
from stui_actors.smalltalk.chunk import CommentChunk, DoItChunk, is_chunk_format, read_chunks
from stui_actors.smalltalk.class_expression import TRAIT, ClassSide, NoDefinitionError, read_expression
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.nodes import DoIt, Message, Return, Variable
from stui_actors.smalltalk.parser import parse_do_it
from stui_actors.smalltalk.tonel import is_tonel_format, read_definitions

Format = Literal["tonel", "chunk"]
INITIALIZE = "initialize"
_WORD = re.compile(r"\w+")


@frozen
class DefineClass:
    """Make a class or trait, or change it. ``is_whole``: all its methods come with it."""

    definition: ClassDefinition
    line: int
    is_whole: bool = False


@frozen
class SetClassSide:
    """Give a class variables of its own."""

    side: ClassSide
    line: int


@frozen
class Initialize:
    """Send ``initialize`` to a class, as its method there asks for."""

    class_name: str
    line: int


Step = DefineClass | SetClassSide | MethodDefinition | CommentChunk | Initialize | DoItChunk


@frozen
class Place:
    """Where a step stands in its file; what is not known is empty, or 0."""

    line: int = 0
    class_name: str = ""
    method_name: str = ""
    is_class_method: bool = field(default=False)

    @property
    def title(self) -> str:
        """The class or method, as people write it."""
        side = " class" if self.is_class_method else ""
        return f"{self.class_name}{side}>>{self.method_name}" if self.method_name else self.class_name


def place_of(step: Step) -> Place:
    """Where a step stands, and what it is about."""
    match step:
        case DefineClass(definition, line):
            return Place(line, definition.name)
        case SetClassSide(side, line):
            return Place(line, side.name)
        case MethodDefinition():
            return Place(step.line, step.class_name, step.selector, step.is_class_side)
        case CommentChunk():
            return Place(step.line, step.class_name)
        case Initialize(class_name, line):
            return Place(line, class_name, INITIALIZE, True)
        case DoItChunk():
            return Place(step.line)


def format_of(source: str) -> Format:
    """The format that a source is in; raise InvalidRequest where it looks like none."""
    if is_tonel_format(source):
        return "tonel"
    if is_chunk_format(source):
        return "chunk"
    raise InvalidRequest(
        "The source is neither Tonel nor a fileOut.",
        path="parameters.source",
        suggestion="A Tonel file begins with Class, Extension, Trait or Package; chunks of a fileOut end with `!`.",
    )


def read_steps(source: str, *, file_format: Format, file_name: str = "") -> tuple[Step, ...]:
    """The steps of a source; raise ParseError with line and file, InvalidRequest for classes in a circle."""
    if file_format == "tonel":
        return tuple(_tonel_steps(read_definitions(source, file_name=file_name)))
    return tuple(_chunk_step(each) for each in read_chunks(source))


def definition_step(source: str) -> DefineClass | SetClassSide:
    """The one step of an expression that defines a class; raise ParseError, or InvalidRequest for any other one."""
    try:
        found = read_expression(parse_do_it(source))
    except NoDefinitionError as error:
        raise InvalidRequest(f"{error}.", path="parameters.definition") from None
    if isinstance(found, ClassDefinition):
        return DefineClass(found, 0)
    if isinstance(found, ClassSide):
        return SetClassSide(found, 0)
    raise InvalidRequest(
        "`parameters.definition` is not the definition of a class.",
        path="parameters.definition",
        suggestion="Write one such as: Object << #Point slots: { #x. #y }; package: 'Demo'",
    )


def _tonel_steps(definitions: Iterable[ClassDefinition]) -> Iterator[Step]:
    """Traits with their methods first, then classes, then all other methods, then what classes initialize."""
    found = [each for each in definitions if each.kind != "package"]
    traits = [evolve(each, superclass=TRAIT) for each in found if each.kind == "trait"]
    for trait in _ordered(traits, lambda each: set(_WORD.findall(each.traits))):
        yield DefineClass(trait, trait.line, True)
        yield from trait.methods
    others = _ordered([each for each in found if each.kind != "trait"], lambda each: {each.superclass or ""})
    yield from (DefineClass(each, each.line, True) for each in others)
    for each in others:
        yield from each.methods
    for each in others:
        yield from (Initialize(each.name, method.line) for method in each.methods if _initializes(method))


def _initializes(method: MethodDefinition) -> bool:
    return method.is_class_side and method.selector == INITIALIZE


def _ordered(
    definitions: Iterable[ClassDefinition], needs: Callable[[ClassDefinition], set[str]]
) -> list[ClassDefinition]:
    """The definitions, each behind those that it needs; raise InvalidRequest where they need each other."""
    waiting = list(definitions)
    ordered: list[ClassDefinition] = []
    while waiting:
        missing = {each.name for each in waiting if each.kind != "extension"}
        ready = [each for each in waiting if not (needs(each) & missing)]
        if not ready:
            names = ", ".join(sorted(missing))
            raise InvalidRequest(f"These need each other to be defined first: {names[:200]}.")
        ordered += ready
        waiting = [each for each in waiting if each not in ready]
    return ordered


def _chunk_step(chunk: DoItChunk | CommentChunk | MethodDefinition) -> Step:
    """A chunk as a step: do-its that define or initialize a class are told from the others."""
    if not isinstance(chunk, DoItChunk):
        return chunk
    try:
        do_it = parse_do_it(chunk.source)
        found = read_expression(do_it)
    except (ParseError, NoDefinitionError):
        return chunk  # what is wrong with it is told when it is checked, or run
    if isinstance(found, ClassDefinition):
        return DefineClass(found, chunk.line)
    if isinstance(found, ClassSide):
        return SetClassSide(found, chunk.line)
    initialized = _initialized(do_it)
    return chunk if initialized is None else Initialize(initialized, chunk.line)


def _initialized(do_it: DoIt) -> str | None:
    """The class in ``Foo initialize``, where that is all."""
    node = do_it.statements[0] if len(do_it.statements) == 1 else None
    node = node.value if isinstance(node, Return) else node
    if isinstance(node, Message) and node.selector == INITIALIZE and isinstance(node.receiver, Variable):
        return node.receiver.name if node.receiver.name[:1].isupper() else None
    return None
