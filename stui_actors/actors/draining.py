"""How the sessions of a client come to their end with its actor: what runs is ended, and what is not saved is saved."""

import trio

from stui_actors.actors.desk import Desk
from stui_actors.actors.session_worker import SessionWorker
from stui_actors.errors import Interrupted, ShuttingDown, StorageError
from stui_actors.logs import log

PAUSES = (0.2, 0.4, 0.8)  # seconds before each further try: what a disk refused once it may take then
ROUNDS = 3  # in which what came beside the saving is saved: attachments, what was read only then; mostly one is enough


async def drain(desk: Desk) -> None:
    """Let what runs come to its end for a while, stop the rest, and save what is not saved.

    What the store does not take, tried again, is lost; the log names the sessions, since nobody else can be told.
    """
    await _come_to_rest(desk, list(desk.workers.values()))
    unsaved = await _save([each for each in desk.workers.values() if each.session is not None])
    for pause in PAUSES:
        if unsaved:
            await trio.sleep(pause)
            unsaved = await _save(list(unsaved))
    for _ in range(ROUNDS):
        loaded = [each for each in desk.workers.values() if each.session is not None]
        unsaved |= await _save([each for each in loaded if each not in unsaved and each.opened.is_owed_a_save])
    if unsaved:
        _tell_lost(desk.client_id, unsaved)


def _tell_lost(client_id: str, unsaved: dict[SessionWorker, StorageError]) -> None:
    """Log whose changes are lost, and where it is history, events or the last attachment alone."""
    changed = sorted(worker.session_id[:8] for worker in unsaved if worker.opened.unsaved)
    lagging = sorted(worker.session_id[:8] for worker in unsaved if not worker.opened.unsaved)
    error = next(iter(unsaved.values()))
    log.error("not saved", client=client_id, changed=changed, lagging=lagging, error=error.message)


async def _come_to_rest(desk: Desk, workers: list[SessionWorker]) -> None:
    settings = desk.services.settings.server
    if desk.services.facts.status() == "draining":
        for worker in workers:
            if worker.session is not None and worker.session.events.is_reserved:  # of the others nobody hears
                worker.tell("server_draining", {"seconds": settings.drain_timeout})
    for worker in workers:
        await worker.stream.end()
    for worker in workers:
        worker.refuse_waiting(ShuttingDown("The server is shutting down."))
    with trio.move_on_after(settings.drain_timeout / 2):
        for worker in workers:
            await worker.idle()
    for worker in workers:
        worker.stop_running(Interrupted("The server is shutting down.", reason="shutting_down"))


async def _save(workers: list[SessionWorker]) -> dict[SessionWorker, StorageError]:
    """Save them one after another; answer those that the store did not take, with the reason."""
    failures: dict[SessionWorker, StorageError] = {}
    for worker in workers:
        await worker.idle()
        failure = await worker.drain()
        if isinstance(failure, StorageError):
            failures[worker] = failure
    return failures
