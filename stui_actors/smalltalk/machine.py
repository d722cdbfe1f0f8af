"""The running machine: the one place where primitives find the current image and process.

``MACHINE`` is the only module-level state that changes: Smalltalk runs on one thread, one slice at a time, and
``Process.run_slice`` sets it at each switch.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from stui_actors.errors import ResourceExhausted

if TYPE_CHECKING:  # these layers stand above this one
    from stui_actors.smalltalk.image import Image
    from stui_actors.smalltalk.process import Process

WORK_PER_SLICE = 1000  # microseconds of uninterruptible work after which others get a turn

SMALL_BITS = 3600  # of integers that Python counts among its small blocks


class Failure:
    """The type of FAIL."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "FAIL"


FAIL: Final = Failure()


class Machine:
    """What runs now. ``k`` is the table from Python type to the class that methods are looked up in."""

    __slots__ = ("_image", "_process", "k", "work")

    def __init__(self) -> None:
        self._image: Image | None = None
        self._process: Process | None = None
        self.k: dict[type, type] = {}
        self.work = 0

    @property
    def image(self) -> "Image":
        """The image whose code runs."""
        assert self._image is not None, "no image runs"
        return self._image

    @property
    def process(self) -> "Process":
        """The process that runs."""
        assert self._process is not None, "no process runs"
        return self._process

    @property
    def is_running(self) -> bool:
        """Whether a process runs."""
        return self._process is not None

    @property
    def standard_equality(self) -> bool:
        """Whether numbers, strings, symbols and characters still compare as in the library."""
        return self.image.standard_equality

    def enter(self, image: "Image", process: "Process | None", table: dict[type, type]) -> None:
        """From now on ``image`` and ``process`` are the current ones."""
        self._image, self._process, self.k = image, process, table

    def saved(self) -> "tuple[Image | None, Process | None, dict[type, type]]":
        """What is current, for ``restore``."""
        return self._image, self._process, self.k

    def restore(self, saved: "tuple[Image | None, Process | None, dict[type, type]]") -> None:
        """Make current again what ``saved`` answered."""
        self._image, self._process, self.k = saved

    # -- messages

    def find(self, receiver: object, name: str) -> Callable[..., object]:
        """The function for the mangled selector ``name``, or one that sends doesNotUnderstand:."""
        function = getattr(self.k[receiver.__class__], name, None)
        return function if function is not None else self.image.stub(name)

    def send(self, receiver: object, selector: str, *arguments: object) -> object:
        """The value of a message."""
        return self.find(receiver, "m:" + selector)(receiver, *arguments)

    def value(self, block: object, *arguments: object) -> object:
        """The value of a block, or of what understands ``value`` with as many arguments."""
        return self.find(block, "m:" + ("value:" * len(arguments) or "value"))(block, *arguments)

    def signal(self, class_name: str, message_text: str | None = None, **fields: object) -> object:
        """Signal a new exception; answer what it is resumed with."""
        return self.send(self.image.new_exception(class_name, message_text, fields), "signal")

    def new(self, class_name: str, **fields: object) -> object:
        """A new instance of a library class; variables that are not said are nil."""
        return self.image.library.new(class_name, fields)

    def class_of(self, value: object) -> object:
        """The Smalltalk class of a value."""
        return self.image.class_of(value)

    def class_name(self, value: object) -> str:
        """The name of the class of a value."""
        return self.image.class_name(value)

    # -- limits

    def tick(self) -> None:
        """Let others run if the slice is over; raise what stops the process."""
        self.process.poll()

    def tick_if_due(self) -> None:
        """The same for long work in Python, which no tick of code sees; nothing where no process runs."""
        if self._process is not None:
            self._process.poll_if_due()

    def charge(self, size: int) -> None:
        """Count ``size`` bytes that are about to be allocated; raise ResourceExhausted above the limit."""
        self.image.memory.charge(size)

    def charge_bits(self, bits: int) -> None:
        """Refuse an integer of ``bits`` bits where that is above the limit."""
        limit = self.image.settings.max_integer_bits
        if bits > limit:
            raise self.process.exhausted(
                ResourceExhausted(f"The integer would have more than {limit} bits.", limit="integer", value=limit)
            )
        if bits > SMALL_BITS:
            self.charge(bits >> 3)
        self.charge_work(bits >> 6)

    def charge_work(self, microseconds: int) -> None:
        """Count work that nothing can interrupt."""
        self.work += microseconds
        if self.work >= WORK_PER_SLICE:
            self.work = 0
            self.process.give_way()

    # -- the host

    def monotonic(self) -> float:
        """Seconds of the host's clock that never goes back."""
        return self.image.clock()

    def wall(self) -> float:
        """Seconds since 1970, UTC."""
        return self.image.wall_clock()

    def random_seed(self) -> int:
        """A number that nobody can predict, or in a simulation the next one of its seed."""
        return self.image.random_seed()


MACHINE: Final = Machine()
