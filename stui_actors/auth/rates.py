"""How often something may happen: token buckets, many of them, none of them for ever."""

from collections import OrderedDict

from attrs import define, field

MAX_KEPT = 10_000  # buckets: beyond that the one unused for longest goes, which by then is full again


@define
class Bucket:
    """What is left, as of ``at``."""

    level: float
    at: float


@define(eq=False)
class Buckets:
    """A bucket per key: it holds ``size``, is filled by ``rate`` a second, and starts full."""

    rate: float
    size: float
    _buckets: OrderedDict[object, Bucket] = field(factory=OrderedDict)

    def take(self, key: object, now: float) -> float:
        """Take one; answer 0.0, or how many seconds later one will be there, and nothing is taken."""
        bucket = self._filled(key, now)
        if bucket.level >= 1.0:
            bucket.level -= 1.0
            return 0.0
        return (1.0 - bucket.level) / self.rate

    def spill(self, key: object, now: float) -> float:
        """Take one even if none is left; answer how many were taken beyond what was there."""
        bucket = self._filled(key, now)
        bucket.level = max(bucket.level - 1.0, -self.size)
        return max(0.0, -bucket.level)

    def _filled(self, key: object, now: float) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self.size, now)
            if len(self._buckets) > MAX_KEPT:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(key)
        elapsed = max(0.0, now - bucket.at)  # a clock that jumps back fills nothing, and empties nothing
        bucket.level = min(self.size, bucket.level + elapsed * self.rate)
        bucket.at = now
        return bucket

    def __len__(self) -> int:
        return len(self._buckets)
