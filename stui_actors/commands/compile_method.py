"""Compiles a method."""

from typing import ClassVar, cast

from stui_actors.commands.changing import check_length, stepped
from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import ClassNotFound, Interrupted, InvalidRequest, ParseError, ResourceExhausted, Timeout
from stui_actors.protocol.messages import Json


@parameters_of_command
class CompileMethodParameters:
    """What ``compile_method`` takes."""

    class_name: str = required("the class, of one's own or of the library")
    source: str = required("the whole method, its pattern first")
    category: str | None = optional("its protocol; else the one it has", None)
    is_class_method: bool = optional("a method of the class side", False)


@result_of_command
class CompileMethodResult:
    """What ``compile_method`` answers."""

    method: dict[str, Json] = required("name, source, category, is_class_method, arguments and comment")


class CompileMethod(Command):
    """Compile a method into a class, in place of the one that has its selector."""

    name: ClassVar[str] = "compile_method"
    text: ClassVar[str] = "Compile a method into a class, in place of the one that has its selector."
    feature: ClassVar[str] = "development"
    changes_state: ClassVar[bool] = True
    evaluates: ClassVar[bool] = True
    parameters = CompileMethodParameters
    result = CompileMethodResult
    errors = (ClassNotFound, Interrupted, InvalidRequest, ParseError, ResourceExhausted, Timeout)

    async def run(self, context: Context, parameters: CompileMethodParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``CompileMethodResult``."""
        check_length(parameters.source, "parameters.source", context)
        mirror = context.session.workspace.mirror()
        wanted = mirror.new_method(
            parameters.class_name, parameters.source, parameters.category, class_side=parameters.is_class_method
        )
        await stepped(context, wanted)
        found = mirror.get_method(wanted.class_name, wanted.selector, is_class_method=wanted.is_class_side)
        return {"method": cast("dict[str, Json]", found)}
