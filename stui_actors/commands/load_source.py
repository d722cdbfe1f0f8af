"""Loads source."""

from typing import ClassVar, Literal

from stui_actors.commands.browsing import MAX_FOUND
from stui_actors.commands.changing import check_length, loaded
from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import (
    ClassNotFound,
    EvaluationError,
    Interrupted,
    InvalidRequest,
    ParseError,
    ResourceExhausted,
    Timeout,
)
from stui_actors.protocol.messages import Json
from stui_actors.smalltalk.definitions import MethodDefinition
from stui_actors.smalltalk.loading import Loading

MAX_FILE_NAME = 200  # characters: it stands in every error


@parameters_of_command
class LoadSourceParameters:
    """What ``load_source`` takes."""

    source: str = required("one Tonel file or several, one behind the other; or the chunks of a fileOut")
    format: Literal["tonel", "chunk"] | None = optional("which of the two it is; else that is recognised", None)
    file_name: str = optional("what errors call the source", "")


@result_of_command
class LoadSourceResult:
    """What ``load_source`` answers."""

    classes: list[str] = required("the classes and traits that were defined")
    methods: list[dict[str, Json]] = required("each with class_name, method_name and is_class_method")
    initializers: list[str] = required("the classes that were sent ``initialize``, in that order")
    transcript: str = required("what was written to the Transcript meanwhile")
    version: int = required("the session's version afterwards")


class LoadSource(Command):
    """Load classes and methods from Tonel or fileOut text: all of it, or nothing."""

    name: ClassVar[str] = "load_source"
    text: ClassVar[str] = "Load classes and methods from Tonel or fileOut text: all of it, or nothing."
    feature: ClassVar[str] = "development"
    changes_state: ClassVar[bool] = True
    evaluates: ClassVar[bool] = True
    parameters = LoadSourceParameters
    result = LoadSourceResult
    errors = (ClassNotFound, EvaluationError, Interrupted, InvalidRequest, ParseError, ResourceExhausted, Timeout)

    async def run(self, context: Context, parameters: LoadSourceParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``LoadSourceResult``."""
        check_length(parameters.source, "parameters.source", context)
        session = context.session
        loading = Loading(
            session.workspace.image,
            parameters.source,
            file_format=parameters.format,
            file_name=parameters.file_name[:MAX_FILE_NAME],
        )
        outcome = await loaded(context, loading)
        if len(loading.methods) > MAX_FOUND:
            context.warnings.append(f"{len(loading.methods)} methods were loaded; the first {MAX_FOUND} are listed.")
        return {
            "classes": list(loading.classes),
            "methods": [method_row(each) for each in loading.methods[:MAX_FOUND]],
            "initializers": list(loading.initializers),
            "transcript": outcome.transcript,
            "version": session.version,
        }


def method_row(method: MethodDefinition) -> Json:
    """A method as replies refer to it."""
    return {
        "class_name": method.class_name,
        "method_name": method.selector,
        "is_class_method": method.is_class_side,
    }
