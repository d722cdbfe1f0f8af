"""The actor of one client: takes its messages, and hands each to whoever does it. Owns all of the client."""

import trio
from attrs import define, field

from stui_actors.actors.desk import Desk
from stui_actors.actors.draining import drain
from stui_actors.actors.job import Ledger
from stui_actors.actors.mailbox import Inbox
from stui_actors.actors.messages import ClientMessage, Drain, Services
from stui_actors.errors import StuiError
from stui_actors.protocol.messages import Reply


@define(eq=False)
class ClientActor:
    """One client. ``mailbox`` and ``ledger`` outlive a crash; everything else is made anew by each ``run``."""

    client_id: str
    mailbox: Inbox[ClientMessage]
    services: Services
    is_anonymous: bool = False
    ledger: Ledger = field(factory=Ledger)

    async def run(self) -> None:
        """Serve until a Drain arrives; then save what is not saved."""
        desk = Desk(self.client_id, self.services, self.ledger, self.is_anonymous)
        async with trio.open_nursery() as nursery:
            desk.recover(self.ledger.take_all(), nursery)
            while not isinstance(message := await self.mailbox.receive(), Drain):
                await desk.handle(message, nursery)
            await drain(desk)
            nursery.cancel_scope.cancel()

    @property
    def is_awaited(self) -> bool:
        """Whether something that it took is not answered yet."""
        return len(self.ledger) > 0

    def give_up(self, error: StuiError) -> None:
        """Answer all that was taken and not answered with ``error``: the actor will not run again."""
        desk = Desk(self.client_id, self.services, self.ledger, self.is_anonymous)
        looked_at, self.ledger.looked_at = self.ledger.looked_at, None
        if looked_at is not None:
            desk.refuse(looked_at, error)
        for job in self.ledger.take_all():
            desk.answer(job, Reply(error=error))
