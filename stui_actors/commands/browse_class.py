"""Shows a class."""

from typing import ClassVar, cast

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import ClassNotFound
from stui_actors.protocol.messages import Json


@parameters_of_command
class BrowseClassParameters:
    """What ``browse_class`` takes."""

    class_name: str = required("the class")
    include_methods: bool = optional("list its methods", True)
    include_instance_vars: bool = optional("list its instance variables", True)
    include_class_vars: bool = optional("list its class variables", True)


@result_of_command
class BrowseClassResult:
    """What ``browse_class`` answers."""

    class_info: dict[str, Json] = required("name, superclass, comment, package and is_system")
    instance_methods: list[str] = required("selectors")
    class_methods: list[str] = required("selectors of the class side")
    instance_vars: list[str] = required("its own, without inherited ones")
    class_vars: list[str] = required("its own")


class BrowseClass(Command):
    """Show a class: what it is, its methods and variables."""

    name: ClassVar[str] = "browse_class"
    text: ClassVar[str] = "Show a class: what it is, its methods and variables."
    feature: ClassVar[str] = "browsing"
    parameters = BrowseClassParameters
    result = BrowseClassResult
    errors = (ClassNotFound,)

    async def run(self, context: Context, parameters: BrowseClassParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``BrowseClassResult``."""
        mirror = context.session.workspace.mirror()
        shown = cast("dict[str, Json]", mirror.browse_class(parameters.class_name))
        return {
            "class_info": shown["class_info"],
            "instance_methods": shown["instance_methods"] if parameters.include_methods else [],
            "class_methods": shown["class_methods"] if parameters.include_methods else [],
            "instance_vars": shown["instance_vars"] if parameters.include_instance_vars else [],
            "class_vars": shown["class_vars"] if parameters.include_class_vars else [],
        }
