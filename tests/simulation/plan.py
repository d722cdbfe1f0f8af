"""What a seed decides beforehand: how many clients, which faults, and when."""

from random import Random

from attrs import evolve, frozen

YEAR = 365 * 86400.0


@frozen
class DiskPlan:
    """Chances per system call. ``fails``: with an errno. ``pauses``: others run meanwhile, for a time.

    ``survival``: the chances that unsynced names, and absences of names, outlive a power cut.
    """

    pauses: float = 0.0
    slowness: float = 0.0
    fails: float = 0.0
    sync_fails: float = 0.0
    survival: tuple[float, float] = (0.5, 0.5)
    full: tuple[tuple[float, float], ...] = ()
    read_only: tuple[tuple[float, float], ...] = ()
    stuck: tuple[float, ...] = ()
    lies: float = 0.0
    flips: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether every call succeeds, within a time."""
        return not (self.fails or self.sync_fails or self.full or self.read_only or self.stuck or self.lies)


@frozen
class NetworkPlan:
    """Chances per message, and how long things take, in seconds."""

    delay: float = 0.001
    drops: float = 0.0
    repeats: float = 0.0
    lags: float = 0.0
    partitions: tuple[tuple[float, float, int], ...] = ()
    cuts: float = 0.0
    half_open: float = 0.0
    slow_readers: float = 0.0


@frozen
class Life:
    """How one process ends: at a disk call, at a step of its tasks, or after a time, by ``SIGTERM`` if ``polite``.

    ``naming``: or so many disk calls after it changed a folder for the so manyeth time.
    """

    disk_call: int | None = None
    naming: tuple[int, int] | None = None
    step: int | None = None
    after: float | None = None
    polite: bool = False
    power: bool = False


@frozen
class Plan:
    """All of it. ``jumps``: when the clock on the wall is set, and by how much.

    ``lone``: what the first client does besides, in sessions that it shares with nobody. ``hoard``: how often it
    changes objects in one that holds many, ``watch``: how often it does something of which it watches the events.
    ``expires``: whether sessions that nobody uses expire in the end.
    """

    seed: int
    clients: int
    operations: int
    terminals: int
    disk: DiskPlan
    network: NetworkPlan
    lives: tuple[Life, ...] = ()
    jumps: tuple[tuple[float, float], ...] = ()
    lone: int = 0
    is_relaxed: bool = False
    expires: bool = False
    hoard: int = 0
    watch: int = 0


def chance_of(seed: int, purpose: str) -> Random:
    """Chance for one purpose: the same for the same seed, whatever else is drawn."""
    return Random(f"{seed} {purpose}")


def plan_of(seed: int) -> Plan:
    """What seed number ``seed`` decides."""
    return evolve(hoarding_plan_of(seed), watch=chance_of(seed, "watching").choice((0, 0, 0, 8)))


def hoarding_plan_of(seed: int) -> Plan:
    """The part of it in which no client watches events."""
    chance, plan = chance_of(seed, "hoard"), lone_plan_of(seed)
    survival = chance.choice(((0.5, 0.5), (0.1, 0.9), (0.9, 0.1)))  # a folder's blocks are written in any order
    lives = plan.lives
    if lives and chance.random() < 0.2:
        lives = (Life(naming=(chance.randint(1, 60), chance.randint(1, 4)), power=True), *lives[1:])
    hoard = chance.choice((0, 0, 0, 6, 12))
    if plan.disk.flips:  # what fell back is killed before it told, and starts again
        lives = (*lives, *(Life(after=chance.uniform(1, 6)) for _ in range(2)))
    return evolve(plan, hoard=hoard, lives=lives, disk=evolve(plan.disk, survival=survival))


def lone_plan_of(seed: int) -> Plan:
    """The part of it in which no client holds many objects, and names survive as often as not."""
    chance = chance_of(seed, "lone work")
    expires = chance.random() < 0.1  # by a clock that nobody sets: who sets it by an hour may make sessions expire
    plan = shared_plan_of(seed)
    return evolve(
        plan,
        lone=chance.choice((0, 0, 5, 10)),
        is_relaxed=chance.random() < 0.3,
        expires=expires,
        jumps=() if expires else plan.jumps,
    )


def flipped_plan_of(seed: int) -> Plan:
    """Several flipped bits, and a server that is killed soon after it fell back: rare among the others."""
    lives = (Life(after=3.0), *(Life(after=2.0) for _ in range(4)))
    disk, plan = DiskPlan(flips=4), shared_plan_of(seed)
    return evolve(plan, clients=2, operations=7, disk=disk, network=NetworkPlan(), lives=lives, jumps=())


def killed_plan_of(seed: int) -> Plan:
    """One client, at work alone and watching, whose server is killed, or told to end, again and again."""
    chance = chance_of(seed, "kills")
    lives: list[Life] = []
    for _ in range(6):
        lives.append(Life(after=chance.uniform(0.3, 4.0), polite=chance.random() < 0.3, power=chance.random() < 0.3))
        lives.append(Life(disk_call=chance.randint(60, 260)))
    return Plan(seed, 1, 2, 1, DiskPlan(), NetworkPlan(delay=0.0002), tuple(lives), lone=30, watch=12)


def shared_plan_of(seed: int) -> Plan:
    """The part of it in which all terminals of a client share its one session."""
    chance = chance_of(seed, "plan")
    disk = _disk(chance)
    return Plan(
        seed=seed,
        clients=chance.choice((1, 1, 2, 2, 3)),
        operations=chance.randint(3, 7),
        terminals=chance.choice((1, 1, 2)),
        disk=disk,
        network=_network(chance),
        lives=tuple(_life(chance) for _ in range(chance.choice((0, 1, 1, 2, 3)))),
        jumps=tuple(
            (chance.uniform(0, 20), chance.choice((-3600.0, 3600.0, -5.0, YEAR)))
            for _ in range(chance.choice((0, 0, 0, 1)))
        ),
    )


def _some(chance: Random, share: float, most: float) -> float:
    return chance.uniform(0, most) if chance.random() < share else 0.0


def _spans(chance: Random, share: float) -> tuple[tuple[float, float], ...]:
    if chance.random() >= share:
        return ()
    begin = chance.uniform(0, 15)
    return ((begin, begin + chance.uniform(0.5, 8)),)


def _disk(chance: Random) -> DiskPlan:
    return DiskPlan(
        pauses=_some(chance, 0.7, 0.3),
        slowness=chance.choice((0.0005, 0.0005, 0.02)),
        fails=_some(chance, 0.2, 0.02),
        full=_spans(chance, 0.1),
        read_only=_spans(chance, 0.08),
        stuck=tuple(chance.uniform(0, 15) for _ in range(chance.random() < 0.1)),
        lies=_some(chance, 0.05, 1.0),
        flips=int(chance.random() < 0.12),
        sync_fails=_some(chance, 0.15, 0.4),
    )


def _network(chance: Random) -> NetworkPlan:
    partitions = tuple((*span, chance.randrange(3)) for span in _spans(chance, 0.2))
    return NetworkPlan(
        delay=chance.choice((0.0002, 0.001, 0.05)),
        drops=_some(chance, 0.4, 0.2),
        repeats=_some(chance, 0.3, 0.3),
        lags=_some(chance, 0.2, 0.2),
        partitions=partitions,
        cuts=_some(chance, 0.3, 0.2),
        half_open=_some(chance, 0.5, 1.0),
        slow_readers=_some(chance, 0.1, 0.3),
    )


def _life(chance: Random) -> Life:
    power = chance.random() < 0.6
    kind = chance.random()
    if kind < 0.45:
        return Life(disk_call=chance.choice((chance.randint(1, 150), chance.randint(80, 500))), power=power)
    if kind < 0.75:
        return Life(step=chance.randint(1, 800), power=power)
    if kind < 0.88:
        return Life(after=chance.uniform(0.1, 10), power=power)
    return Life(after=chance.uniform(0.1, 10), polite=True)
