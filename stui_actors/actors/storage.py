"""The storage actor: alone touches the store, from a bounded number of threads. Owns the index of stored sessions.

What concerns one session is done in the order in which it was asked; saves of one session that wait are one save.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from contextlib import aclosing
from functools import partial
from typing import Protocol, TypeVar

import trio
from attrs import define, field
from trio_util import periodic

from stui_actors.actors.expiring import Expiring
from stui_actors.actors.mailbox import RANK, Mailbox, Question, Rank, check_rank
from stui_actors.actors.session_index import SessionIndex
from stui_actors.config import SessionSettings
from stui_actors.errors import StorageError, StuiError
from stui_actors.logs import log
from stui_actors.session.facts import StoredFacts
from stui_actors.storage.expiry import TOLERANCE
from stui_actors.storage.store import LEASE, Body, Expiry, Generation, Loaded, Save, SessionKey, Store, StoredSession

R = TypeVar("R")
NOT_SWEPT = "Nothing was swept yet."
PREPARE_INTERVAL = 10.0  # seconds between two looks at what the store could do ahead, where nothing is saved
BEAT = LEASE / 4  # seconds between two words that this server is alive: three may be lost
MAX_WAITING = 100_000  # questions; each session asks one at a time, so it is never reached before other limits


@define(eq=False)
class Work(Question[object]):
    """A call of the store that waits for a thread, or a state that waits to be saved."""

    call: Callable[[], object] | None = None
    state: Save | None = None


class InThread(Protocol):
    """Runs a call where it may block. A simulation, whose calls do not block, runs it at once."""

    async def __call__(self, call: Callable[[], R], *, limiter: trio.CapacityLimiter) -> R:
        """What the call answers or raises."""


async def in_thread(call: Callable[[], R], *, limiter: trio.CapacityLimiter) -> R:
    """Run ``call`` in a thread."""
    return await trio.to_thread.run_sync(call, limiter=limiter)


def _nobody() -> Iterable[str]:
    return ()


def _nothing(key: SessionKey) -> None:
    """Nobody is told."""


@define(eq=False)
class StorageActor:
    """Drives an open store. ``present`` answers the clients that are here: a sweep spares their sessions.

    ``tell_lost`` is told the sessions of theirs that other servers took, where several share the store.
    """

    store: Store
    threads: int
    bounds: SessionSettings
    now: Callable[[], float]
    present: Callable[[], Iterable[str]] = _nobody
    tell_lost: Callable[[SessionKey], None] = _nothing
    in_thread: InThread = in_thread
    name: str = "storage"
    index: SessionIndex = field(factory=SessionIndex)
    saves: int = 0
    merged: int = 0
    last_sweep: Expiry = field(factory=lambda: Expiry(alarm=NOT_SWEPT))
    _expiring: Expiring = field(factory=Expiring)
    _offset: float = 0.0  # of the time of day from the clock that nobody sets
    _ready: Mailbox[SessionKey] = field(factory=partial(Mailbox, MAX_WAITING))
    _lanes: dict[SessionKey, deque[Work]] = field(factory=dict)
    _saving: list[SessionKey] = field(factory=list)
    _save_asked: trio.Event = field(factory=trio.Event)
    _unprepared: trio.Event = field(factory=trio.Event)
    _ended: dict[SessionKey, str] = field(factory=dict)
    _beat_asked: trio.Event = field(factory=trio.Event)
    _failed_saves: int = 0

    # What others ask

    @property
    def keeps_deltas(self) -> bool:
        """Whether a save may say only what changed since an earlier one."""
        return self.store.saves_together

    @property
    def is_shared(self) -> bool:
        """Whether other servers have the store open too."""
        return self.store.is_shared

    async def save(self, key: SessionKey, body: Body, *, version: int, reason: str, extends: int = 0) -> Generation:
        """Return once ``body``, or a later state of the session, is durable; raise StorageError, SessionNotFound.

        ``extends``: the number of the generation that ``body`` goes on from, 0 if it is the whole.
        """
        state = Save(key, body, version, reason, self.now(), extends)
        lane = self._lanes.get(key)
        if lane is not None and len(lane) > 1 and lane[-1].state is not None and not extends:
            work = lane[-1]
            work.state = state
            self.merged += 1
        else:
            work = self._queue(key, Work(state=state))
        generation: Generation = await self._answer_to(work)
        self.index.put(StoredSession(key, generation))
        return generation

    async def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        """The newest valid generation, or the one numbered ``number``; raise what the store raises."""
        await self._expiring.settled(key)
        loaded: Loaded = await self._answer_to(self._queue(key, Work(partial(self.store.load, key, number))))
        if number is None and self.store.is_shared:
            self.index.put(StoredSession(key, loaded.generation))
        return loaded

    async def glance(self, key: SessionKey) -> Loaded:
        """``load``, for who only lists the session: no sync is waited for."""
        glance = Work(partial(self.store.glance, key))
        found: Loaded | None = await self._answer_to(self._queue(key, glance))
        return await self.load(key) if found is None else found

    async def history(self, key: SessionKey) -> list[Generation]:
        """The kept generations, newest first."""
        generations: list[Generation] = await self._answer_to(self._queue(key, Work(partial(self.store.history, key))))
        return generations

    async def delete(self, key: SessionKey) -> None:
        """Remove the session whole."""
        await self._answer_to(self._queue(key, Work(partial(self.store.delete, key))))
        self.index.remove(key)

    async def was_deleted(self, client_id: str, mark: str, since: float) -> bool:
        """Whether a session of the client with this mark in its id was deleted at ``since`` or later."""
        work = Work(partial(self.store.was_deleted, client_id, mark, since))
        found: bool = await self._answer_to(self._queue(SessionKey(client_id, ""), work))
        return found

    async def sessions_of(self, client_id: str) -> list[StoredSession]:
        """What is stored of one client, in no order; if other servers store too, the store is asked."""
        if self.store.is_shared:
            work = Work(partial(self.store.sessions_of, client_id))
            found: list[StoredSession] = await self._answer_to(self._queue(SessionKey(client_id, ""), work))
            self.index.replace(client_id, found)
        return self.index.sessions_of(client_id)

    def note_facts(self, key: SessionKey, number: int, facts: StoredFacts) -> None:
        """Remember what generation ``number`` of a session says of it."""
        self.index.note(key, number, facts)

    def facts_of(self, stored: StoredSession) -> StoredFacts | None:
        """What the newest generation says of its session, if that is remembered."""
        return self.index.facts_of(stored)

    async def claim(self, key: SessionKey, mark: str) -> bool:
        """Note that the request with this mark got this session; False where another server gave it another one."""
        if not self.store.is_shared:
            return True
        is_ours: bool = await self._answer_to(self._queue(key, Work(partial(self.store.claim, key, mark))))
        return is_ours

    async def hold(self, key: SessionKey, attachment: str, *, force: bool) -> bool:
        """Note that the session is attached here, where other servers must know."""
        if not self.store.is_shared:
            return True
        ended = self._ended.pop(key, None)  # this attachment takes the place of that one
        work = Work(partial(self.store.hold, key, attachment, force=force))
        try:
            is_newest: bool = await self._answer_to(self._queue(key, work))
        except StuiError:
            if ended is not None:
                self._ended.setdefault(key, ended)
            raise
        return is_newest

    async def is_lost(self, key: SessionKey) -> bool:
        """Whether the session that was loaded here is another server's since, or deleted by one."""
        if not self.store.is_shared:
            return False
        lost: list[SessionKey] = await self._answer_to(
            self._queue(key, Work(partial(self.store.lost, [key.client_id])))
        )
        return key in lost

    def release_soon(self, key: SessionKey, attachment: str) -> None:
        """Note that an attachment has ended, where other servers must know."""
        if self.store.is_shared:
            self._ended[key] = attachment
            self._beat_asked.set()

    def owner_of(self, session_id: str) -> str | None:
        """Whose session it is; None for one that is not stored."""
        return self.index.owner_of(session_id)

    def trusts_clock(self) -> bool:
        """Whether the time of day was not set lately, so that a session may be called expired."""
        jump = self.now() - trio.current_time() - self._offset
        return not self.last_sweep.alarm and abs(jump) <= TOLERANCE

    def _queue(self, key: SessionKey, work: Work) -> Work:
        check_rank(Rank.SERVICE)
        lane = self._lanes.setdefault(key, deque())
        lane.append(work)
        if len(lane) == 1:
            self._begin(key)
        return work

    async def _answer_to(self, work: Work) -> R:
        return await work.answered()  # type: ignore[return-value]  # what the call answers; Work does not know

    # The actor

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Read the index, then do what is asked, and look for expired sessions now and then."""
        RANK.set(Rank.SERVICE)
        self._give_up_all()
        self._offset = self.now() - trio.current_time()
        limiter = trio.CapacityLimiter(self.threads)
        self.index.fill(await self.in_thread(lambda: list(self.store.index()), limiter=limiter))
        await self.in_thread(self.store.beat, limiter=limiter)
        async with trio.open_nursery() as nursery:
            for _ in range(self.threads):
                nursery.start_soon(self._work, limiter)
            nursery.start_soon(self._save_together)
            nursery.start_soon(self._sweep, limiter)
            nursery.start_soon(self._prepare)
            if self.store.is_shared:
                nursery.start_soon(self._stay_alive)
            task_status.started()

    def _give_up_all(self) -> None:
        """Answer what a failed incarnation left behind."""
        self._ready.take_all()
        self._saving.clear()
        lanes, self._lanes = self._lanes, {}
        for lane in lanes.values():
            for work in lane:
                work.fail(_failed())

    async def _work(self, limiter: trio.CapacityLimiter) -> None:
        async for key in self._ready.inbox:
            await self._do(self._lanes[key][0], limiter)
            self._next(key)

    def _begin(self, key: SessionKey) -> None:
        """Let what a session waits for be done: together with other saves, or by a thread of its own."""
        state = self._lanes[key][0].state
        if self.store.saves_together and state is not None and isinstance(state.body, str):
            self._saving.append(key)
            self._save_asked.set()
        else:
            self._ready.notify(key)

    def _next(self, key: SessionKey) -> None:
        """What a session waited for first is done; go on to the next."""
        lane = self._lanes[key]
        lane.popleft()
        if lane:
            self._begin(key)
        else:
            del self._lanes[key]

    async def _do(self, work: Work, limiter: trio.CapacityLimiter) -> None:
        """Do one call, or save one state; its errors are its asker's, others are this actor's."""
        if work.call is None:
            await self._save([work], limiter)
            return
        try:
            result = await self.in_thread(work.call, limiter=limiter)
        except StuiError as error:
            work.fail(error)
        else:
            work.answer(result)
        finally:
            work.fail(_failed())  # ignored where there is an answer

    async def _save_together(self) -> None:
        """Save all that waits, again and again; what comes meanwhile is the next batch."""
        limiter = trio.CapacityLimiter(1)
        while True:
            await self._save_asked.wait()
            self._save_asked = trio.Event()
            keys, self._saving = self._saving, []
            await self._save([self._lanes[key][0] for key in keys], limiter)
            for key in keys:
                self._next(key)

    async def _save(self, works: list[Work], limiter: trio.CapacityLimiter) -> None:
        """Save states, and answer what came of each."""
        states = [work.state for work in works if work.state is not None]
        self.saves += len(states)
        results = await self.in_thread(partial(self.store.save_all, states), limiter=limiter)
        for work, result in zip(works, results, strict=True):
            if isinstance(result, StuiError):
                work.fail(result)
                self._note_failed(result)
            else:
                work.answer(result)
                self._note_saved()
        if not self.store.is_prepared:
            self._unprepared.set()

    def _note_failed(self, error: StuiError) -> None:
        """Tell the operator when the store begins to fail; each client is told of its own."""
        if not isinstance(error, StorageError):
            return
        if not self._failed_saves:
            log.error("saving fails", error=error.message, advice=error.advice)
        self._failed_saves += 1

    def _note_saved(self) -> None:
        if self._failed_saves:
            log.warning("saving works again", failed_saves=self._failed_saves)
            self._failed_saves = 0

    async def _prepare(self) -> None:
        """Let the store do ahead what it can, in a thread of its own, so that no save waits for one."""
        limiter = trio.CapacityLimiter(1)
        while True:
            self._unprepared = trio.Event()
            if not self.store.is_prepared:
                await self.in_thread(self.store.prepare, limiter=limiter)
            with trio.move_on_after(PREPARE_INTERVAL):
                await self._unprepared.wait()

    async def _stay_alive(self) -> None:
        """Say now and then that this server is alive, and what it holds no more; see what others took."""
        limiter = trio.CapacityLimiter(1)
        while True:
            self._beat_asked = trio.Event()
            try:
                await self.in_thread(self.store.beat, limiter=limiter)
                lost = partial(self.store.lost, list(self.present()))
                for key in await self.in_thread(lost, limiter=limiter):
                    self.tell_lost(key)
                while self._ended:
                    key, attachment = next(iter(self._ended.items()))
                    await self.in_thread(partial(self.store.release, key, attachment), limiter=limiter)
                    if self._ended.get(key) == attachment:
                        del self._ended[key]
            except StorageError as error:
                log.warning("not told that this server is alive", error=error.message)
                await trio.sleep(BEAT)
            with trio.move_on_after(BEAT):
                await self._beat_asked.wait()

    async def _sweep(self, limiter: trio.CapacityLimiter) -> None:
        """Delete what has expired, of clients that are not here."""
        async with aclosing(periodic(self.bounds.cleanup_interval)) as ticks:
            async for _ in ticks:
                spare = frozenset(self.index.keys_of(self.present()))
                expire = partial(
                    self.store.expire, self.now(), self.bounds.retention, elapsed=trio.current_time(), spare=spare
                )
                try:
                    with self._expiring.among(partial(self._may_expire, spare)):
                        self.last_sweep = await self.in_thread(expire, limiter=limiter)
                except StorageError as error:
                    log.warning("sweep failed", error=error.message)
                    continue
                self._note_expired(self.last_sweep)

    def _may_expire(self, spare: Collection[SessionKey], key: SessionKey) -> bool:
        saved_at = self.index.saved_at(key)
        return saved_at is not None and self.now() - saved_at > self.bounds.retention and key not in spare

    def _note_expired(self, expiry: Expiry) -> None:
        for key in expiry.deleted:
            self.index.remove(key)
        if expiry.alarm:
            log.warning("sweep suspended", reason=expiry.alarm, due=expiry.due)
        elif expiry.deleted:
            log.info("sessions expired", deleted=len(expiry.deleted), due=expiry.due)


def _failed() -> StorageError:
    return StorageError("The storage failed before it was done.")
