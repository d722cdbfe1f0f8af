"""Which sessions a sweep may delete. It trusts no clock alone, and never deletes much at once."""

from collections.abc import Callable, Collection, Iterable

from attrs import define

from stui_actors.storage.store import Expiry, SessionKey, StoredSession

MIN_BATCH = 10
SHARE = 0.05  # of all sessions; with MIN_BATCH the most that one sweep deletes
TOLERANCE = 300.0  # seconds that the two clocks may drift apart: NTP slews less, a person who sets a clock means more
LONG_PAUSE = 7 * 86400.0  # seconds since the clock was last believed after which it is doubted
PROBATION = 86400.0  # seconds that it must then run right
TOMBSTONES_LAST = 90 * 86400.0  # seconds that it is known of a session that it was deleted


@define(eq=False)
class Expirer:
    """Decides; deletes nothing itself. ``believed_at`` is when the clock was last known to be right, 0 if never."""

    believed_at: float
    first_now: float | None = None
    first_elapsed: float = 0.0
    forgot_elapsed: float | None = None

    def due(
        self,
        sessions: Callable[[], Iterable[StoredSession]],
        now: float,
        retention: float,
        *,
        elapsed: float,
        spare: Collection[SessionKey],
    ) -> Expiry:
        """What to delete, oldest first, as ``deleted``; ``due`` counts what must wait for another sweep.

        The clocks are compared from the first sweep on, also where the sessions could not be listed then.
        """
        if self.first_now is None:
            self.first_now, self.first_elapsed = now, elapsed
        found = list(sessions())
        alarm = self._alarm(found, self.first_now, now, elapsed - self.first_elapsed)
        old = [each for each in found if now - each.newest.saved_at > retention and each.key not in spare]
        if alarm:
            return Expiry((), len(old), alarm)
        old.sort(key=lambda each: each.newest.saved_at)
        most = max(MIN_BATCH, int(len(found) * SHARE))
        return Expiry(tuple(each.key for each in old[:most]), len(old[most:]))

    def may_believe(self, plan: Expiry, now: float) -> bool:
        """Whether it is time to note that the clock is right: at most daily, and never in doubt."""
        if plan.alarm or now - self.believed_at <= PROBATION:
            return False
        self.believed_at = now
        return True

    def may_forget(self, plan: Expiry, elapsed: float) -> bool:
        """Whether it is time to forget what was deleted long ago: daily, and once the clock ran right for a day."""
        last = self.first_elapsed if self.forgot_elapsed is None else self.forgot_elapsed
        if plan.alarm or elapsed - last < PROBATION:
            return False
        self.forgot_elapsed = elapsed
        return True

    def _alarm(self, sessions: list[StoredSession], first_now: float, now: float, passed: float) -> str:
        """Why the clock cannot be trusted, or nothing. ``passed``: seconds since it showed ``first_now``."""
        jump = now - first_now - passed
        if abs(jump) > TOLERANCE:
            way = "forward" if jump > 0 else "back"
            return f"The clock was set {way} by {abs(jump):.0f} s; nothing expires until a restart."
        ahead = max((each.newest.saved_at for each in sessions), default=now) - now
        if ahead > TOLERANCE:
            return f"A session was saved {ahead:.0f} s in the future; nothing expires until then."
        pause = first_now - self.believed_at
        if self.believed_at and pause > LONG_PAUSE and passed < PROBATION:
            return f"The clock was last believed {pause:.0f} s ago; nothing expires in the first {PROBATION:.0f} s."
        return ""
