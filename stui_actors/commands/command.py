"""What a command is: its parameters, result, errors, gate and text, and how it runs. No I/O, no Trio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from stui_actors.errors import StuiError

if TYPE_CHECKING:
    from attrs import AttrsInstance

    from stui_actors.commands.context import Context
    from stui_actors.protocol.messages import Json


class Command:
    """One operation. A subclass says all that ``describe`` tells of it, and ``run`` does it.

    ``parameters`` and ``result`` are attrs classes whose fields carry ``metadata={"text": ...}``. ``feature`` names the
    gate (see ``conf/features.toml``). ``scope`` is "server" (answered at once), "client" (in the order of the client)
    or "session" (in the order of its session). ``changes_state``: the reply waits until the session is durable.
    ``evaluates``: it runs Smalltalk, and ``interrupt`` stops it. ``steers``: it changes what others asked for.
    ``attaches``: it makes a connection the session's, and waits for no evaluation of others. ``is_built``: else it
    keeps its name and its gate, refuses everybody, and ``describe`` does not tell of it.
    """

    name: ClassVar[str]
    text: ClassVar[str]
    feature: ClassVar[str]
    scope: ClassVar[str] = "session"
    changes_state: ClassVar[bool] = False
    overtakes: ClassVar[bool] = False
    evaluates: ClassVar[bool] = False
    steers: ClassVar[bool] = False
    attaches: ClassVar[bool] = False
    is_built: ClassVar[bool] = True
    parameters: ClassVar[type[Any]]
    result: ClassVar[type[Any]]
    errors: ClassVar[tuple[type[StuiError], ...]] = ()

    @property
    def writes(self) -> bool:
        """Whether only the one who holds the session may ask for it."""
        return self.changes_state or self.evaluates or self.steers

    async def run(self, context: Context, parameters: AttrsInstance) -> dict[str, Json]:
        """Do it and return the result's fields; raise a StuiError to refuse."""
        raise NotImplementedError
