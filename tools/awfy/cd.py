"""CD: finds collisions of aircraft, after Kalibera et al., "CDx: a family of real-time Java benchmarks"."""

import math

from awfy.cd_tree import RedBlackTree
from awfy.core import Benchmark, Vector

SIDE = 1000.0
HEIGHT = 10.0
RADIUS = 1.0
VOXEL = 2.0
FRAMES = 200
RESULTS = {2: 42, 10: 390, 100: 4305, 200: 8655, 250: 10830, 500: 14484, 1000: 14484}  # by number of aircraft


class Vector2D:
    """A place on the ground."""

    def __init__(self, x: float, y: float) -> None:
        self.x = x
        self.y = y

    def plus(self, other: "Vector2D") -> "Vector2D":
        """Sum."""
        return Vector2D(self.x + other.x, self.y + other.y)

    def minus(self, other: "Vector2D") -> "Vector2D":
        """Difference."""
        return Vector2D(self.x - other.x, self.y - other.y)

    def compare(self, other: "Vector2D") -> int:
        """By the first coordinate that differs."""
        order = self.order(self.x, other.x)
        return order if order != 0 else self.order(self.y, other.y)

    def order(self, one: float, other: float) -> int:
        """Of two numbers."""
        if one == other:
            return 0
        return -1 if one < other else 1


class Vector3D:
    """A place in the air."""

    def __init__(self, x: float, y: float, z: float) -> None:
        self.x = x
        self.y = y
        self.z = z

    def plus(self, other: "Vector3D") -> "Vector3D":
        """Sum."""
        return Vector3D(self.x + other.x, self.y + other.y, self.z + other.z)

    def minus(self, other: "Vector3D") -> "Vector3D":
        """Difference."""
        return Vector3D(self.x - other.x, self.y - other.y, self.z - other.z)

    def times(self, factor: float) -> "Vector3D":
        """Multiple."""
        return Vector3D(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other: "Vector3D") -> float:
        """Product."""
        return self.x * other.x + self.y * other.y + self.z * other.z

    def square(self) -> float:
        """Of its length."""
        return self.dot(self)


class CallSign:
    """The name of an aircraft."""

    def __init__(self, value: int) -> None:
        self.value = value

    def compare(self, other: "CallSign") -> int:
        """By number."""
        if self.value == other.value:
            return 0
        return -1 if self.value < other.value else 1


class Aircraft:
    """An aircraft in a frame."""

    def __init__(self, call_sign: CallSign, position: Vector3D) -> None:
        self.call_sign = call_sign
        self.position = position


class Motion:
    """How an aircraft moved from one frame to the next."""

    def __init__(self, call_sign: CallSign, start: Vector3D, end: Vector3D) -> None:
        self.call_sign = call_sign
        self.start = start
        self.end = end

    def way(self) -> Vector3D:
        """From start to end."""
        return self.end.minus(self.start)

    def collision(self, other: "Motion") -> Vector3D | None:
        """Where two come closer than RADIUS, both at a constant speed; None where they do not."""
        one_way, other_way = self.way(), other.way()
        a = other_way.minus(one_way).square()
        if a == 0.0:
            return self.parallel_collision(other)
        b = 2.0 * self.start.minus(other.start).dot(one_way.minus(other_way))
        c = other.start.minus(self.start).square() - RADIUS * RADIUS
        discriminant = b * b - 4.0 * a * c
        if discriminant < 0.0:
            return None
        root = math.sqrt(discriminant)
        first = (0.0 - b - root) / (2.0 * a)
        second = (root - b) / (2.0 * a)
        if not (
            first <= second
            and (
                (first <= 1.0 and second >= 1.0) or (first <= 0.0 and second >= 0.0) or (first >= 0.0 and second <= 1.0)
            )
        ):
            return None
        time = 0.0 if first <= 0.0 else first
        here = self.start.plus(one_way.times(time))
        there = other.start.plus(other_way.times(time))
        return self.in_bounds(here.plus(there).times(0.5))

    def parallel_collision(self, other: "Motion") -> Vector3D | None:
        """Two that keep their distance."""
        if math.sqrt(other.start.minus(self.start).square()) > RADIUS:
            return None
        return self.start.plus(other.start).times(0.5)

    def in_bounds(self, place: Vector3D) -> Vector3D | None:
        """The place, unless it is outside of the air space."""
        inside = 0.0 <= place.x <= SIDE and 0.0 <= place.y <= SIDE and 0.0 <= place.z <= HEIGHT
        return place if inside else None


class Voxels:
    """Which motions go through which squares of the ground."""

    def __init__(self) -> None:
        self.map: RedBlackTree[Vector2D, Vector[Motion]] = RedBlackTree()
        self.across = Vector2D(VOXEL, 0.0)
        self.up = Vector2D(0.0, VOXEL)

    def crowded(self) -> Vector[Vector[Motion]]:
        """The motions of each square that has more than one."""
        found: Vector[Vector[Motion]] = Vector()

        def consider(_: Vector2D, motions: Vector[Motion]) -> None:
            if motions.size() > 1:
                found.append(motions)

        self.map.for_each(consider)
        return found

    def add(self, motion: Motion) -> None:
        """Draw a motion on all squares that it touches."""
        self.draw(motion, self.square_of(motion.start), RedBlackTree())

    def square_of(self, position: Vector3D) -> Vector2D:
        """The corner of the square where a place lies."""
        x = VOXEL * (position.x // VOXEL)
        y = VOXEL * (position.y // VOXEL)
        return Vector2D(x - VOXEL if position.x < 0.0 else x, y - VOXEL if position.y < 0.0 else y)

    def draw(self, motion: Motion, square: Vector2D, seen: RedBlackTree[Vector2D, bool]) -> None:
        """Draw on a square and on its neighbours."""
        if not self.touches(square, motion) or seen.put(square, True) is not None:
            return
        motions = self.map.get(square)
        if motions is None:
            motions = Vector()
            self.map.put(square, motions)
        motions.append(motion)
        self.draw(motion, square.minus(self.across), seen)
        self.draw(motion, square.plus(self.across), seen)
        self.draw(motion, square.minus(self.up), seen)
        self.draw(motion, square.plus(self.up), seen)
        self.draw(motion, square.minus(self.across).minus(self.up), seen)
        self.draw(motion, square.minus(self.across).plus(self.up), seen)
        self.draw(motion, square.plus(self.across).minus(self.up), seen)
        self.draw(motion, square.plus(self.across).plus(self.up), seen)

    def touches(self, square: Vector2D, motion: Motion) -> bool:
        """Whether a motion comes near a square."""
        if square.x > SIDE or square.x < 0.0 or square.y > SIDE or square.y < 0.0:
            return False
        x0, xv = motion.start.x, motion.end.x - motion.start.x
        y0, yv = motion.start.y, motion.end.y - motion.start.y
        low_x, high_x = self.entry(square.x, x0, xv), self.exit(square.x, x0, xv)
        if xv < 0.0:
            low_x, high_x = high_x, low_x
        low_y, high_y = self.entry(square.y, y0, yv), self.exit(square.y, y0, yv)
        if yv < 0.0:
            low_y, high_y = high_y, low_y
        return (
            self.passes(square.x, x0, xv, low_x, high_x)
            and self.passes(square.y, y0, yv, low_y, high_y)
            and (
                xv == 0.0
                or yv == 0.0
                or (low_y <= high_x and high_x <= high_y)
                or (low_y <= low_x and low_x <= high_y)
                or (low_x <= low_y and high_y <= high_x)
            )
        )

    def entry(self, corner: float, start: float, speed: float) -> float:
        """When a square's near side is reached."""
        distance = corner - RADIUS / 2.0 - start
        if speed == 0.0:
            return -math.inf if distance < 0.0 else math.inf
        return distance / speed

    def exit(self, corner: float, start: float, speed: float) -> float:
        """When a square's far side is reached."""
        distance = corner + VOXEL + RADIUS / 2.0 - start
        if speed == 0.0:
            return -math.inf if distance < 0.0 else math.inf
        return distance / speed

    def passes(self, corner: float, start: float, speed: float, low: float, high: float) -> bool:
        """Whether one coordinate is within the square during the frame."""
        radius = RADIUS / 2.0
        if speed == 0.0 and corner <= start + radius and start - radius <= corner + VOXEL:
            return True
        return (low <= 1.0 and high >= 1.0) or (low <= 0.0 and high >= 0.0) or (low >= 0.0 and high <= 1.0)


class Detector:
    """Remembers where each aircraft was."""

    def __init__(self) -> None:
        self.state: RedBlackTree[CallSign, Vector3D] = RedBlackTree()

    def collisions(self, frame: Vector[Aircraft]) -> int:
        """How many pairs collide on the way to this frame."""
        voxels = Voxels()
        self.motions(frame).for_each(voxels.add)
        count = 0

        def search(motions: Vector[Motion]) -> None:
            nonlocal count
            count += self.pairs(motions)

        voxels.crowded().for_each(search)
        return count

    def motions(self, frame: Vector[Aircraft]) -> Vector[Motion]:
        """What moved; what is not in the frame is forgotten."""
        found: Vector[Motion] = Vector()
        seen: RedBlackTree[CallSign, bool] = RedBlackTree()

        def move(aircraft: Aircraft) -> None:
            before = self.state.put(aircraft.call_sign, aircraft.position)
            seen.put(aircraft.call_sign, True)
            start = aircraft.position if before is None else before
            found.append(Motion(aircraft.call_sign, start, aircraft.position))

        frame.for_each(move)
        gone: Vector[CallSign] = Vector()

        def consider(call_sign: CallSign, _: Vector3D) -> None:
            if seen.get(call_sign) is None:
                gone.append(call_sign)

        self.state.for_each(consider)
        gone.for_each(self.state.remove)
        return found

    def pairs(self, motions: Vector[Motion]) -> int:
        """How many of some motions collide with each other."""
        count = 0
        for index in range(motions.size()):
            one = motions.at(index)
            for following in range(index + 1, motions.size()):
                other = motions.at(following)
                if one is not None and other is not None and one.collision(other) is not None:
                    count += 1
        return count


class Simulator:
    """Aircraft in two rows that sway."""

    def __init__(self, count: int) -> None:
        self.call_signs: Vector[CallSign] = Vector()
        for number in range(count):
            self.call_signs.append(CallSign(number))

    def frame(self, time: float) -> Vector[Aircraft]:
        """Where all are at a time."""
        made: Vector[Aircraft] = Vector()
        for index in range(0, self.call_signs.size(), 2):
            self.put(made, index, Vector3D(time, math.cos(time) * 2.0 + index * 3.0, 10.0))
            self.put(made, index + 1, Vector3D(time, math.sin(time) * 2.0 + index * 3.0, 10.0))
        return made

    def put(self, frame: Vector[Aircraft], index: int, position: Vector3D) -> None:
        """Add an aircraft."""
        call_sign = self.call_signs.at(index)
        assert call_sign is not None, "as many as there are"
        frame.append(Aircraft(call_sign, position))


class CD(Benchmark):
    """So many aircraft, two hundred frames."""

    def run(self, count: int) -> None:
        """Fly; raise WrongResult."""
        simulator, detector = Simulator(count), Detector()
        found = 0
        for number in range(FRAMES):
            found += detector.collisions(simulator.frame(number / 10.0))
        self.check(found == RESULTS[count])
