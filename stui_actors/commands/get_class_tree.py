"""Shows the classes as a tree."""

from typing import ClassVar, cast

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.commands.limits import counted
from stui_actors.errors import ClassNotFound
from stui_actors.protocol.messages import Json
from stui_actors.smalltalk.mirror import MAX_TREE_DEPTH


@parameters_of_command
class GetClassTreeParameters:
    """What ``get_class_tree`` takes."""

    class_name: str | None = optional("the root of the tree; else all classes, under ``nil``", None)
    depth: int | None = optional("how many levels of subclasses; at most, and else, 30", None)


@result_of_command
class GetClassTreeResult:
    """What ``get_class_tree`` answers."""

    tree: dict[str, Json] = required("name and children, which are such trees")


class GetClassTree(Command):
    """Show the classes as a tree, each with its subclasses."""

    name: ClassVar[str] = "get_class_tree"
    text: ClassVar[str] = "Show the classes as a tree, each with its subclasses."
    feature: ClassVar[str] = "browsing"
    parameters = GetClassTreeParameters
    result = GetClassTreeResult
    errors = (ClassNotFound,)

    async def run(self, context: Context, parameters: GetClassTreeParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetClassTreeResult``."""
        most = MAX_TREE_DEPTH
        depth = most if parameters.depth is None else counted(parameters.depth, most, "depth", context)
        tree = context.session.workspace.mirror().class_tree(parameters.class_name, depth=depth)
        return {"tree": cast("dict[str, Json]", tree)}
