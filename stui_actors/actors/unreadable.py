"""What is done to a session of which no state can be read: it can be deleted, and nothing else."""

from collections.abc import Callable

import trio

from stui_actors.actors.job import Job
from stui_actors.actors.marks import Item
from stui_actors.actors.session_files import SessionFiles
from stui_actors.commands.close_session import CloseSessionParameters
from stui_actors.errors import SessionCorrupt, SessionNotFound, StuiError
from stui_actors.protocol.messages import Json, Reply
from stui_actors.session.session import NOT_FOUND


async def serve_unreadable(
    failure: SessionCorrupt,
    waiting: "trio.MemoryReceiveChannel[Item]",
    files: SessionFiles,
    finish: Callable[[Job, Reply], None],
) -> StuiError:
    """Delete the session if one of those in line asks for that; answer what the others are told."""
    while waiting.statistics().current_buffer_used:
        item = waiting.receive_nowait()
        if not isinstance(item, Job):
            continue
        if not _deletes(item):
            finish(item, Reply(error=failure))
            continue
        reply = await _deletion(item, files)
        finish(item, reply)
        if reply.error is None:
            return SessionNotFound(NOT_FOUND)
    return failure


def _deletes(job: Job) -> bool:
    """Whether it asks for the deletion, under no attachment: whose that is stood in what cannot be read."""
    told = job.parameters
    return isinstance(told, CloseSessionParameters) and told.delete and job.request.session_epoch is None


async def _deletion(job: Job, files: SessionFiles) -> Reply:
    """The damaged files stay where they were put aside."""
    assert job.session_id is not None, "it was started for a session"
    job.started = True
    try:
        await files.delete(job.session_id)
    except StuiError as error:
        return Reply(error=error, warnings=tuple(job.warnings))
    released: dict[str, Json] = {"objects": 0, "processes": 0, "bytes": 0}
    result: dict[str, Json] = {"session_id": job.session_id, "closed": True, "released": released}
    return Reply(result=result, warnings=tuple(job.warnings))
