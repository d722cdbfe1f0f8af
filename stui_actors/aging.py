"""Lets what was noted of many objects grow old while it is little: long lists cost those who wait else.

Python collects what was made lately once so many objects were made, however much these hold. A few thousand lists of a
thousand elements each are looked at in one go then, and once more in the next: everybody waits for 50 ms.
"""

import gc

MIDDLE = 1  # the older one of the two generations that are collected now and then


def age() -> None:
    """Collect what was made lately, and take the rest for old: some milliseconds, fewer the sooner this comes again."""
    gc.collect(MIDDLE)
