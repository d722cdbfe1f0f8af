"""Defines a class."""

from typing import ClassVar, cast

from stui_actors.commands.changing import check_length, stepped
from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import parameters_of_command, required, result_of_command
from stui_actors.errors import ClassNotFound, Interrupted, InvalidRequest, ParseError, ResourceExhausted, Timeout
from stui_actors.protocol.messages import Json
from stui_actors.smalltalk.steps import definition_step


@parameters_of_command
class DefineClassParameters:
    """What ``define_class`` takes."""

    definition: str = required("an expression such as ``Object << #Point slots: { #x. #y }; package: 'Demo'``")


@result_of_command
class DefineClassResult:
    """What ``define_class`` answers."""

    class_info: dict[str, Json] = required("name, superclass, comment, package, is_system, category and definition")


class DefineClass(Command):
    """Define a class, or define it anew: then it keeps its methods and its instances."""

    name: ClassVar[str] = "define_class"
    text: ClassVar[str] = "Define a class, or define it anew: then it keeps its methods and its instances."
    feature: ClassVar[str] = "development"
    changes_state: ClassVar[bool] = True
    evaluates: ClassVar[bool] = True
    parameters = DefineClassParameters
    result = DefineClassResult
    errors = (ClassNotFound, Interrupted, InvalidRequest, ParseError, ResourceExhausted, Timeout)

    async def run(self, context: Context, parameters: DefineClassParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``DefineClassResult``."""
        check_length(parameters.definition, "parameters.definition", context)
        loading = await stepped(context, definition_step(parameters.definition))
        info = context.session.workspace.mirror().class_info(loading.classes[0])
        return {"class_info": cast("dict[str, Json]", info)}
