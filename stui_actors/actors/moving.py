"""How a session that another server of the same store had goes on here: its task reads what was saved there."""

from functools import partial

from stui_actors.actors.job import Job
from stui_actors.actors.session_worker import SessionWorker
from stui_actors.errors import SessionConflict


async def move_here(worker: SessionWorker, job: Job, epoch: str) -> None:
    """Let the task of a session that is held here under ``epoch`` go on with its newest state; raise SessionConflict.

    What is in memory is older, and left between two requests. ``job`` asks for it.
    """
    running = worker.running
    if running is not None and running is not job and not running.command.attaches:
        raise SessionConflict("The session was moved here while an older state of it was at work.")
    load = partial(_load_anew, worker, epoch)
    await (load() if running is job else worker.errands.do(load))


async def _load_anew(worker: SessionWorker, epoch: str) -> None:
    older, files = worker.opened, worker.files
    if await files.holding.hold(older, epoch):  # it was loaded anew for somebody else meanwhile
        return
    await worker.background.end("rollback")
    fresh = await files.load(older.id)
    files.let_go(older)
    fresh.held, fresh.attachment, fresh.former = older.held, older.attachment, older.former
    worker.session = fresh
