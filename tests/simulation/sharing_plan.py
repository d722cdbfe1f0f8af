"""What a seed of servers that share a database decides beforehand."""

from random import Random

from attrs import evolve, frozen

from tests.simulation.database import DatabasePlan
from tests.simulation.plan import DiskPlan, Life, Plan, chance_of, shared_plan_of
from tests.simulation.run import RESTART


@frozen
class SharedPlan:
    """What a seed decides. ``lives``, and how long a server is away after each: one row per server.

    ``freezes``: which server stands still, when, and for how many seconds.
    """

    base: Plan
    servers: int
    database: DatabasePlan
    lives: tuple[tuple[tuple[Life, float], ...], ...]
    freezes: tuple[tuple[int, float, float], ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing stands still, and every statement is done within a time."""
        return self.database.is_sound and not self.freezes


def plan_of(seed: int) -> SharedPlan:
    """What seed number ``seed`` decides."""
    chance, base = chance_of(seed, "shared plan"), shared_plan_of(seed)
    expires = chance.random() < 0.1  # by clocks that nobody sets
    base = evolve(
        base,
        disk=DiskPlan(),
        lives=(),
        clients=chance.choice((1, 1, 2)),
        terminals=chance.choice((1, 2, 2)),
        lone=chance.choice((0, 5, 10)),
        hoard=chance.choice((0, 0, 6)),
        watch=chance.choice((0, 0, 6)),
        is_relaxed=chance.random() < 0.3,
        expires=expires,
        jumps=() if expires else base.jumps,
    )
    servers, database = chance.choice((2, 2, 3)), _database(chance)
    lives = tuple(_lives(chance) for _ in range(servers))
    return SharedPlan(base, servers, database, lives, _freezes(chance, servers))


def _database(chance: Random) -> DatabasePlan:
    begin = chance.uniform(0, 15)
    away = ((begin, begin + chance.uniform(0.5, 8), chance.choice((None, 0, 1))),) if chance.random() < 0.2 else ()
    return DatabasePlan(
        slowness=chance.choice((0.001, 0.001, 0.05)),
        breaks=chance.choice((0.0, 0.0, 0.02, 0.1)),
        stalls=chance.choice((0.0, 0.0, 0.002)),
        away=away,
    )


def _lives(chance: Random) -> tuple[tuple[Life, float], ...]:
    return tuple((_life(chance), _rest(chance)) for _ in range(chance.choice((0, 1, 1, 2, 3))))


def _rest(chance: Random) -> float:
    return chance.choice((RESTART, RESTART, chance.uniform(1, 30)))


def _life(chance: Random) -> Life:
    kind = chance.random()
    if kind < 0.45:
        return Life(disk_call=chance.choice((chance.randint(1, 60), chance.randint(20, 300))))
    if kind < 0.75:
        return Life(step=chance.randint(1, 800))
    return Life(after=chance.uniform(0.1, 10), polite=kind > 0.88)


def _freezes(chance: Random, servers: int) -> tuple[tuple[int, float, float], ...]:
    count = chance.choice((0, 0, 0, 1, 2))
    return tuple((chance.randrange(servers), chance.uniform(0, 15), chance.uniform(0.5, 28)) for _ in range(count))
