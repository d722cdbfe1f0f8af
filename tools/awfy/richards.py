"""Richards: the tasks of an operating system, passing packets to each other."""

from awfy.core import Benchmark, WrongResult

IDLER, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)
DEVICE_PACKET, WORK_PACKET = range(2)
DATA_SIZE = 4


class Packet:
    """Work for a task, in a queue."""

    def __init__(self, link: "Packet | None", identity: int, kind: int) -> None:
        self.link = link
        self.identity = identity
        self.kind = kind
        self.datum = 0
        self.data = [0] * DATA_SIZE

    def after(self, queue: "Packet | None") -> "Packet":
        """The queue with this packet at its end."""
        self.link = None
        if queue is None:
            return self
        last = queue
        while last.link is not None:
            last = last.link
        last.link = self
        return queue


class Task:
    """What the scheduler runs; subclasses say what for."""

    def __init__(self, scheduler: "Scheduler", identity: int, priority: int, queue: Packet | None) -> None:
        self.scheduler = scheduler
        self.identity = identity
        self.priority = priority
        self.input = queue
        self.link = scheduler.tasks
        self.pending = queue is not None
        self.waiting = True
        self.holding = False
        scheduler.add(self)

    def is_stopped(self) -> bool:
        """Whether it is not its turn."""
        return self.holding or (not self.pending and self.waiting)

    def add_input(self, packet: Packet, running: "Task") -> "Task":
        """Queue a packet; answer who goes on."""
        if self.input is None:
            self.input = packet
            self.pending = True
            if self.priority > running.priority:
                return self
        else:
            self.input = packet.after(self.input)
        return running

    def step(self) -> "Task | None":
        """Take a packet if there is one, and work."""
        packet = None
        if self.pending and self.waiting and not self.holding:
            packet = self.input
            assert packet is not None, "pending without a packet"
            self.input = packet.link
            self.waiting = self.holding = False
            self.pending = self.input is not None
        return self.work(packet)

    def work(self, packet: Packet | None) -> "Task | None":
        """One step; answers who goes on."""
        raise NotImplementedError


class Idler(Task):
    """Wakes the devices in a random order."""

    def __init__(self, scheduler: "Scheduler", identity: int, priority: int, queue: Packet | None) -> None:
        super().__init__(scheduler, identity, priority, queue)
        self.waiting = False
        self.control = 1
        self.count = 10_000

    def work(self, packet: Packet | None) -> Task | None:
        """One step."""
        self.count -= 1
        if self.count == 0:
            return self.scheduler.hold_current()
        if self.control & 1 == 0:
            self.control //= 2
            return self.scheduler.release(DEVICE_A)
        self.control = (self.control // 2) ^ 53256
        return self.scheduler.release(DEVICE_B)


class Worker(Task):
    """Sends letters to the handlers in turn."""

    def __init__(self, scheduler: "Scheduler", identity: int, priority: int, queue: Packet | None) -> None:
        super().__init__(scheduler, identity, priority, queue)
        self.destination = HANDLER_A
        self.count = 0

    def work(self, packet: Packet | None) -> Task | None:
        """One step."""
        if packet is None:
            return self.scheduler.wait_current()
        self.destination = HANDLER_B if self.destination == HANDLER_A else HANDLER_A
        packet.identity = self.destination
        packet.datum = 0
        for index in range(DATA_SIZE):
            self.count += 1
            if self.count > 26:
                self.count = 1
            packet.data[index] = 65 + self.count - 1
        return self.scheduler.send(packet)


class Handler(Task):
    """Gives each datum of its work to a device's packet."""

    def __init__(self, scheduler: "Scheduler", identity: int, priority: int, queue: Packet | None) -> None:
        super().__init__(scheduler, identity, priority, queue)
        self.work_in: Packet | None = None
        self.device_in: Packet | None = None

    def work(self, packet: Packet | None) -> Task | None:
        """One step."""
        if packet is not None:
            if packet.kind == WORK_PACKET:
                self.work_in = packet.after(self.work_in)
            else:
                self.device_in = packet.after(self.device_in)
        work = self.work_in
        if work is None:
            return self.scheduler.wait_current()
        count = work.datum
        if count >= DATA_SIZE:
            self.work_in = work.link
            return self.scheduler.send(work)
        device = self.device_in
        if device is None:
            return self.scheduler.wait_current()
        self.device_in = device.link
        device.datum = work.data[count]
        work.datum = count + 1
        return self.scheduler.send(device)


class Device(Task):
    """Holds each packet for a while."""

    def __init__(self, scheduler: "Scheduler", identity: int, priority: int, queue: Packet | None) -> None:
        super().__init__(scheduler, identity, priority, queue)
        self.held: Packet | None = None

    def work(self, packet: Packet | None) -> Task | None:
        """One step."""
        if packet is not None:
            self.held = packet
            return self.scheduler.hold_current()
        held = self.held
        if held is None:
            return self.scheduler.wait_current()
        self.held = None
        return self.scheduler.send(held)


class Scheduler:
    """Runs the tasks in turn and counts what they do."""

    def __init__(self) -> None:
        self.tasks: Task | None = None
        self.current: Task | None = None
        self.table: list[Task | None] = [None] * 6
        self.sent = 0
        self.held = 0

    def add(self, task: Task) -> None:
        """A new task comes first."""
        self.tasks = task
        self.table[task.identity] = task

    def find(self, identity: int) -> Task:
        """A task by its number; raise WrongResult if there is none."""
        task = self.table[identity]
        if task is None:
            raise WrongResult("no task")
        return task

    def running(self) -> Task:
        """The current task."""
        assert self.current is not None, "no task runs"
        return self.current

    def hold_current(self) -> Task | None:
        """The current task holds; the next one goes on."""
        self.held += 1
        current = self.running()
        current.holding = True
        return current.link

    def wait_current(self) -> Task:
        """The current task waits."""
        current = self.running()
        current.waiting = True
        return current

    def release(self, identity: int) -> Task:
        """Let a task go on, if it comes before the current one."""
        task = self.find(identity)
        task.holding = False
        current = self.running()
        return task if task.priority > current.priority else current

    def send(self, packet: Packet) -> Task:
        """Give a packet to its task."""
        task = self.find(packet.identity)
        self.sent += 1
        packet.link = None
        current = self.running()
        packet.identity = current.identity
        return task.add_input(packet, current)

    def schedule(self) -> None:
        """Run until no task is left."""
        self.current = self.tasks
        while self.current is not None:
            if self.current.is_stopped():
                self.current = self.current.link
            else:
                self.current = self.current.step()


class Richards(Benchmark):
    """Six tasks."""

    def benchmark(self) -> tuple[int, int]:
        """How many packets were sent, and how often a task held."""
        scheduler = Scheduler()
        Idler(scheduler, IDLER, 0, None)
        Worker(scheduler, WORKER, 1000, self.packets(2, WORKER, WORK_PACKET))
        Handler(scheduler, HANDLER_A, 2000, self.packets(3, DEVICE_A, DEVICE_PACKET))
        Handler(scheduler, HANDLER_B, 3000, self.packets(3, DEVICE_B, DEVICE_PACKET))
        Device(scheduler, DEVICE_A, 4000, None)
        Device(scheduler, DEVICE_B, 5000, None)
        scheduler.schedule()
        return scheduler.sent, scheduler.held

    def expected(self) -> tuple[int, int]:
        """The suite's numbers."""
        return 23246, 9297

    def packets(self, count: int, identity: int, kind: int) -> Packet | None:
        """A queue of new packets."""
        queue: Packet | None = None
        for _ in range(count):
            queue = Packet(queue, identity, kind)
        return queue
