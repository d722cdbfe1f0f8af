"""What stands in a session's queue: its jobs, and marks that say what else is to be done when their turn comes."""

import trio
from attrs import field, frozen

from stui_actors.actors.job import Job

MARKS = 5  # places in the queue beyond the jobs': one for each kind of mark, which is in it once at most


class Saving:
    """The mark in a worker's queue that says: what lags behind is to be saved now."""


class Sleeping:
    """The mark in a worker's queue that says: leave memory, unless something came in between."""


class Looking:
    """The mark in a worker's queue that says: see to the processes, something happened to them."""


class Errand:
    """The mark in a worker's queue that says: do what others asked of the session, a copy or a save."""


@frozen
class Draining:
    """The mark in a worker's queue that says: end the processes and save, the server goes."""

    done: trio.Event = field(factory=trio.Event)


Item = Job | Saving | Sleeping | Looking | Errand | Draining
