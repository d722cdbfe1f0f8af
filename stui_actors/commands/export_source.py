"""Writes classes as Tonel."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import ClassNotFound, InvalidRequest
from stui_actors.protocol.messages import Json
from stui_actors.smalltalk.exporting import exported


@parameters_of_command
class ExportSourceParameters:
    """What ``export_source`` takes."""

    class_name: str | None = optional("one class, of one's own or of the library", None)
    package: str | None = optional("the classes of this package, and its extensions of others", None)


@result_of_command
class ExportSourceResult:
    """What ``export_source`` answers."""

    source: str = required("Tonel, one file behind the other; without parameters all of one's own")
    classes: list[str] = required("the classes that it defines or extends")


class ExportSource(Command):
    """Write classes as Tonel, which Pharo reads and ``load_source`` reads back."""

    name: ClassVar[str] = "export_source"
    text: ClassVar[str] = "Write classes as Tonel, which Pharo reads and ``load_source`` reads back."
    feature: ClassVar[str] = "browsing"
    parameters = ExportSourceParameters
    result = ExportSourceResult
    errors = (ClassNotFound, InvalidRequest)

    async def run(self, context: Context, parameters: ExportSourceParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``ExportSourceResult``."""
        found = exported(context.session.workspace.image, parameters.class_name, parameters.package)
        context.warnings.extend(f"{each}; Tonel cannot tell that." for each in found.untold)
        return {"source": found.source, "classes": list(found.classes)}
