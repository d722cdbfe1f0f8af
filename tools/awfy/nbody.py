"""NBody: the sun and its four large planets."""

import math

from awfy.core import Benchmark

SOLAR_MASS = 4 * math.pi * math.pi
DAYS = 365.24
RESULTS = {1: -0.16907495402506745, 250_000: -0.1690859889909308}  # the energy after so many steps
PLANETS = (
    (
        (4.84143144246472090e00, -1.16032004402742839e00, -1.03622044471123109e-01),
        (1.66007664274403694e-03, 7.69901118419740425e-03, -6.90460016972063023e-05),
        9.54791938424326609e-04,
    ),
    (
        (8.34336671824457987e00, 4.12479856412430479e00, -4.03523417114321381e-01),
        (-2.76742510726862411e-03, 4.99852801234917238e-03, 2.30417297573763929e-05),
        2.85885980666130812e-04,
    ),
    (
        (1.28943695621391310e01, -1.51111514016986312e01, -2.23307578892655734e-01),
        (2.96460137564761618e-03, 2.37847173959480950e-03, -2.96589568540237556e-05),
        4.36624404335156298e-05,
    ),
    (
        (1.53796971148509165e01, -2.59193146099879641e01, 1.79258772950371181e-01),
        (2.68067772490389322e-03, 1.62824170038242295e-03, -9.51592254519715870e-05),
        5.15138902046611451e-05,
    ),
)
Triple = tuple[float, float, float]


class Body:
    """A body: place, speed and mass."""

    def __init__(self, place: Triple, speed: Triple, mass: float) -> None:
        self.x, self.y, self.z = place
        self.vx = speed[0] * DAYS
        self.vy = speed[1] * DAYS
        self.vz = speed[2] * DAYS
        self.mass = mass * SOLAR_MASS


class NBodySystem:
    """All bodies; their impulses sum up to nothing."""

    def __init__(self) -> None:
        sun = Body((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 1.0)
        self.bodies = [sun, *(Body(*planet) for planet in PLANETS)]
        px = py = pz = 0.0
        for body in self.bodies:
            px += body.vx * body.mass
            py += body.vy * body.mass
            pz += body.vz * body.mass
        sun.vx = 0.0 - px / SOLAR_MASS
        sun.vy = 0.0 - py / SOLAR_MASS
        sun.vz = 0.0 - pz / SOLAR_MASS

    def advance(self, step: float) -> None:
        """Let some time pass."""
        bodies = self.bodies
        for index in range(len(bodies)):
            one = bodies[index]
            for following in range(index + 1, len(bodies)):
                other = bodies[following]
                dx = one.x - other.x
                dy = one.y - other.y
                dz = one.z - other.z
                square = dx * dx + dy * dy + dz * dz
                magnitude = step / (square * math.sqrt(square))
                one.vx -= dx * other.mass * magnitude
                one.vy -= dy * other.mass * magnitude
                one.vz -= dz * other.mass * magnitude
                other.vx += dx * one.mass * magnitude
                other.vy += dy * one.mass * magnitude
                other.vz += dz * one.mass * magnitude
        for body in bodies:
            body.x += step * body.vx
            body.y += step * body.vy
            body.z += step * body.vz

    def energy(self) -> float:
        """Of motion and of place."""
        total = 0.0
        bodies = self.bodies
        for index in range(len(bodies)):
            one = bodies[index]
            total += 0.5 * one.mass * (one.vx * one.vx + one.vy * one.vy + one.vz * one.vz)
            for following in range(index + 1, len(bodies)):
                other = bodies[following]
                dx = one.x - other.x
                dy = one.y - other.y
                dz = one.z - other.z
                total -= one.mass * other.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
        return total


class NBody(Benchmark):
    """Runs so many steps."""

    def run(self, count: int) -> None:
        """Steps of a hundredth; where the energy is not known it must be kept but for rounding."""
        system = NBodySystem()
        for _ in range(count):
            system.advance(0.01)
        energy = system.energy()
        self.check(energy == RESULTS[count] if count in RESULTS else abs(energy - RESULTS[1]) < 0.0001)
