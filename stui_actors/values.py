"""Bases of values of which thousands stay, out of the garbage collector's sight.

It would look at each of them again and again. They hold texts, numbers and values like themselves, so they are part of
no cycle, and are freed like all others. Whatever may refer back, an exception above all, must not be held.
"""

import msgspec


class Value(msgspec.Struct, frozen=True, gc=False):
    """Equal to what has the same fields, and never changed."""


class Note(msgspec.Struct, eq=False, gc=False):
    """Equal to itself alone; its fields may be filled in later."""
