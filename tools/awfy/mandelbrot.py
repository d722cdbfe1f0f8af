"""Mandelbrot: the set on a square of pixels, its bytes folded into one."""

from awfy.core import Benchmark

RESULTS = {1: 128, 25: 127, 500: 191, 750: 50}  # by size; that of 25 was computed by both languages


class Mandelbrot(Benchmark):
    """Runs in a size."""

    def run(self, count: int) -> None:
        """A square of ``count`` pixels a side; raise WrongResult."""
        self.check(self.mandelbrot(count) == RESULTS[count])

    def mandelbrot(self, size: int) -> int:
        """The exclusive or of all bytes of the picture."""
        total = 0
        byte = 0
        bits = 0
        y = 0
        while y < size:
            ci = 2.0 * y / size - 1.0
            x = 0
            while x < size:
                zrzr = 0.0
                zi = 0.0
                zizi = 0.0
                cr = 2.0 * x / size - 1.5
                z = 0
                inside = True
                escaped = 0
                while inside and z < 50:
                    zr = zrzr - zizi + cr
                    zi = 2.0 * zr * zi + ci
                    zrzr = zr * zr
                    zizi = zi * zi
                    if zrzr + zizi > 4.0:
                        inside = False
                        escaped = 1
                    z += 1
                byte = (byte << 1) + escaped
                bits += 1
                if bits == 8:
                    total ^= byte
                    byte = 0
                    bits = 0
                elif x == size - 1:
                    byte <<= 8 - bits
                    total ^= byte
                    byte = 0
                    bits = 0
                x += 1
            y += 1
        return total
