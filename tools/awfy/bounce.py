"""Bounce: balls in a box of 500 by 500, counting how often they hit its sides."""

from awfy.core import Benchmark, Random

SIDE = 500


class Ball:
    """One ball with its speed."""

    def __init__(self, random: Random) -> None:
        self.x = random.next() % 500
        self.y = random.next() % 500
        self.x_speed = random.next() % 300 - 150
        self.y_speed = random.next() % 300 - 150

    def bounce(self) -> bool:
        """Move on; say whether a side was hit."""
        bounced = False
        self.x += self.x_speed
        self.y += self.y_speed
        if self.x > SIDE:
            self.x = SIDE
            self.x_speed = 0 - abs(self.x_speed)
            bounced = True
        if self.x < 0:
            self.x = 0
            self.x_speed = abs(self.x_speed)
            bounced = True
        if self.y > SIDE:
            self.y = SIDE
            self.y_speed = 0 - abs(self.y_speed)
            bounced = True
        if self.y < 0:
            self.y = 0
            self.y_speed = abs(self.y_speed)
            bounced = True
        return bounced


class Bounce(Benchmark):
    """A hundred balls, fifty steps."""

    def benchmark(self) -> int:
        """How often a side was hit."""
        random = Random()
        balls = [Ball(random) for _ in range(100)]
        bounces = 0
        for _ in range(50):
            for ball in balls:
                if ball.bounce():
                    bounces += 1
        return bounces

    def expected(self) -> int:
        """The suite's number."""
        return 1331
