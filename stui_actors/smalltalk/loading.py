"""Loads source into an image, as the work of a process: checked whole before anything changes, then step by step.

Whoever runs it sees to it that a load that fails in its second half is undone; what this module promises is that
``prepare`` changes nothing, and that every error tells file, line, class and method.
"""

from collections.abc import Callable

from attrs import evolve

from stui_actors.errors import ClassNotFound, ParseError, StuiError
from stui_actors.smalltalk.chunk import CommentChunk, DoItChunk
from stui_actors.smalltalk.defining import define_class, extend_class, give_class_side, inheriting_type
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.line_ends import with_image_line_ends
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.parser import parse_do_it, parse_method
from stui_actors.smalltalk.records import ClassRecord
from stui_actors.smalltalk.reflected import own_methods
from stui_actors.smalltalk.steps import (
    DefineClass,
    Format,
    Initialize,
    Place,
    SetClassSide,
    Step,
    format_of,
    place_of,
    read_steps,
)
from stui_actors.smalltalk.traits import methods_for

CLASS_BYTES = 8000  # of both sides
METHOD_BYTES = 1000
NOTHING_KEPT = "Nothing of it was kept; correct the source and load it again."


class Loading:
    """One load. ``prepare`` and ``apply`` are bodies of processes; the lists tell what was done."""

    def __init__(self, image: Image, source: str, *, file_format: Format | None = None, file_name: str = "") -> None:
        self.image = image
        self.source = source
        self.file_format = file_format
        self.file_name = file_name
        self.steps: tuple[Step, ...] = ()
        self.place = Place()
        self.classes: list[str] = []
        self.methods: list[MethodDefinition] = []
        self.initializers: list[str] = []

    @classmethod
    def of_steps(cls, image: Image, steps: tuple[Step, ...]) -> "Loading":
        """A load of steps that came from elsewhere."""
        made = cls(image, "")
        made.steps = steps
        return made

    def prepare(self) -> None:
        """Read the source and check all that can be known before anything is changed."""
        self._guarded(self._prepare)

    def apply(self) -> None:
        """Do the steps, one after another; others run meanwhile, and it can be stopped."""
        self._guarded(self._apply)

    def _guarded(self, work: Callable[[], None]) -> None:
        """Let errors end the process that runs."""
        try:
            work()
        except StuiError as error:
            raise MACHINE.process.exhausted(error) from error

    # -- before

    def _prepare(self) -> None:
        if not self.steps:
            file_format = self.file_format or format_of(self.source)
            self.steps = read_steps(self.source, file_format=file_format, file_name=self.file_name)
        known = {step.definition.name for step in self.steps if isinstance(step, DefineClass)}
        runs_code = any(isinstance(step, DoItChunk) for step in self.steps)
        for step in self.steps:
            self.place = place_of(step)
            self._check(step, known, runs_code=runs_code)
            MACHINE.process.poll_if_due()

    def _check(self, step: Step, known: set[str], *, runs_code: bool) -> None:
        """Raise what is wrong with a step, as far as that can be told; do-its may define whatever others need."""
        match step:
            case MethodDefinition():
                parse_method(step.source, max_nesting=self.image.settings.max_nesting)
                needed: str | None = step.class_name
            case DoItChunk():
                parse_do_it(step.source, max_nesting=self.image.settings.max_nesting)
                return
            case DefineClass(definition):
                needed = definition.name if definition.kind == "extension" else definition.superclass
            case SetClassSide(side):
                needed = side.name
            case CommentChunk() | Initialize():
                needed = step.class_name
        if needed is not None and needed not in known and not runs_code:
            self._record(needed)

    def _record(self, name: str) -> ClassRecord:
        record = self.image.record_named(name)
        if record is None:
            raise ClassNotFound(f"There is no class {name[:64]}.", class_name=name[:64])
        return record

    # -- doing

    def _apply(self) -> None:
        for step in self.steps:
            self.place = place_of(step)
            self._do(step)
            MACHINE.process.poll_if_due()

    def _do(self, step: Step) -> None:
        match step:
            case DefineClass():
                self._define(step)
            case SetClassSide(side):
                give_class_side(self.image, self._record(side.name), side.variables)
                self._note(side.name)
            case MethodDefinition():
                self._add(step)
            case CommentChunk():
                self.image.set_comment(self._record(step.class_name), step.comment)
            case Initialize():
                MACHINE.send(self._record(step.class_name).class_object, "initialize")
                self.initializers.append(step.class_name)
            case DoItChunk():
                self._evaluate(step.source)

    def _define(self, step: DefineClass) -> None:
        definition = step.definition
        if definition.kind == "extension":
            if self._record(definition.name).is_library:
                extend_class(self.image, definition)
            return
        found = self.image.composition(definition.traits, definition.name)
        present = self.image.own.get(definition.name)
        own = definition.methods if step.is_whole or present is None else own_methods(self.image, present)
        taken = methods_for(definition.name, found, own)
        MACHINE.charge(CLASS_BYTES + sum(2 * len(each.source) + METHOD_BYTES for each in taken))
        record = define_class(self.image, self._completed(definition, step))
        self._note(definition.name)
        self.image.recompose(record)
        for each in taken:
            self.image.check_method(each.source, record.meta if each.is_class_side else record.instance)
        self.methods += taken

    def _completed(self, definition: ClassDefinition, step: DefineClass) -> ClassDefinition:
        """The definition with what it leaves unsaid: the package's name, and what a class has that it does not name."""
        package = "-".join(part for part in (definition.package or definition.category, definition.tag) if part)
        completed = evolve(inheriting_type(self.image, definition), category=package)
        present = self.image.own.get(definition.name)
        if step.is_whole or present is None:
            return completed
        return evolve(completed, comment=present.comment, class_instance_variables=present.meta.variables)

    def _add(self, method: MethodDefinition) -> None:
        record = self._record(method.class_name)
        side = record.meta if method.is_class_side else record.instance
        MACHINE.charge(2 * len(method.source) + METHOD_BYTES)
        source = with_image_line_ends(method.source)
        selector = self.image.check_method(source, side)
        self.image.add_method(side, selector, method.category, source)
        self.methods.append(method)

    def _evaluate(self, source: str) -> None:
        self.image.function_of(self.image.compile_do_it(source, None))(None)

    def _note(self, name: str) -> None:
        if name not in self.classes:
            self.classes.append(name)

    # -- afterwards

    def placed(self, error: StuiError) -> StuiError:
        """The error that ended it, with where in the source that was."""
        place, inner = self.place, error.details.get("line")
        error.advice = NOTHING_KEPT
        error.details["file"] = self.file_name
        if place == Place():  # the reader has told where
            return error
        line = place.line
        if isinstance(error, ParseError) and isinstance(inner, int):
            line += inner - 1
        error.details |= {"line": line, "class_name": place.class_name, "method_name": place.method_name}
        error.details["is_class_method"] = place.is_class_method
        where = ", ".join(part for part in (self.file_name, f"line {line}", place.title) if part)
        error.message = f"{where}: {error.message}"
        error.args = (error.message,)
        return error
