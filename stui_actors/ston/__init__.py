"""STON, the Smalltalk Object Notation: text to values and back, without recursion. Knows no files and no classes."""

from stui_actors.ston.reader import read
from stui_actors.ston.scalars import number_text, string_text
from stui_actors.ston.tokens import tokens
from stui_actors.ston.values import Association, ScaledDecimal, StonError, StonKey, StonObject, StonSymbol
from stui_actors.ston.writer import scalar_text, write

__all__ = [
    "Association",
    "ScaledDecimal",
    "StonError",
    "StonKey",
    "StonObject",
    "StonSymbol",
    "number_text",
    "read",
    "scalar_text",
    "string_text",
    "tokens",
    "write",
]
