"""What stands in a session's queue: its jobs, and marks that say what else is to be done when their turn comes."""

from attrs import field, frozen

from stui_actors.actors.job import Job
from stui_actors.actors.mailbox import Question
from stui_actors.errors import Overloaded, StuiError

MARKS = 6  # places in the queue beyond the jobs': one for each kind of mark, which is in it once at most


class Saving:
    """The mark in a worker's queue that says: what lags behind is to be saved now."""


class Sleeping:
    """The mark in a worker's queue that says: leave memory, unless something came in between."""


class Checking:
    """The mark in a worker's queue that says: see whether another server took the session."""


class Looking:
    """The mark in a worker's queue that says: see to the processes, something happened to them."""


class Errand:
    """The mark in a worker's queue that says: do what others asked of the session, a copy or a save."""


@frozen
class Draining:
    """The mark in a worker's queue that says: end the processes and save, the server goes.

    ``saved``: what kept the session from being saved, or None.
    """

    saved: Question[StuiError | None] = field(factory=Question)


Item = Job | Saving | Sleeping | Checking | Looking | Errand | Draining


def full_error(queued: int, most: int) -> Overloaded:
    """The error for a request that finds too many before it."""
    return Overloaded(f"The session has {queued} requests in flight.", limit="max_in_flight", value=most, retry_after=1)
