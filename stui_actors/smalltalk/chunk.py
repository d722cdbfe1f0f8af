"""Reads fileOut sources: chunks that end with ``!``, among them the methods of ``!Foo methodsFor: 'x'!`` sections."""

import re
from collections.abc import Iterator

from attrs import frozen

from stui_actors.errors import ParseError
from stui_actors.smalltalk.definitions import MethodDefinition
from stui_actors.smalltalk.parser import parse_selector

_CHUNK = re.compile(r"\s*+((?:[^!]|!!)*+)!?")
_METHODS = re.compile(
    r"([^\W\d]\w*)(\s+class)?\s+methodsFor:\s*+(?:'((?:[^']|'')*+)'|#'((?:[^']|'')*+)'|#([\w:\-]+))[^!]*+\Z"
)
_REORGANIZE = re.compile(r"\w+(?:\s+class)?\s+reorganize\Z")
_COMMENT_STAMP = re.compile(r"([^\W\d]\w*)(\s+class)?\s+commentStamp:[^!]*+\Z")


@frozen
class DoItChunk:
    """An expression that is evaluated when the file is loaded; ``line`` is where it stands, from 1."""

    source: str
    line: int


@frozen
class CommentChunk:
    """A class comment."""

    class_name: str
    comment: str
    line: int


Chunk = DoItChunk | CommentChunk | MethodDefinition


def is_chunk_format(text: str) -> bool:
    """True for a text that looks like a fileOut, as opposed to Tonel."""
    return "!" in text and (_METHODS_ANYWHERE.search(text) is not None or text.rstrip().endswith("!"))


_METHODS_ANYWHERE = re.compile(r"![^!\n]*methodsFor:")


def read_chunks(text: str) -> tuple[Chunk, ...]:
    """Everything in a fileOut, in its order; raise ParseError for a method without a pattern."""
    return tuple(_Reader(text.replace("\r\n", "\n").replace("\r", "\n")).chunks())


class _Reader:
    """A text and the place of the next chunk in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.counted = 0
        self.line = 1

    def chunks(self) -> Iterator[Chunk]:
        """All chunks."""
        while self.place < len(self.text):
            if self.skip_to_bang():
                yield from self.section()
                continue
            source, line = self.chunk()
            if source:
                yield DoItChunk(source, line)

    def skip_to_bang(self) -> bool:
        """Go past a ``!`` if it comes next: a section begins."""
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1
        if self.text[self.place : self.place + 1] != "!":
            return False
        self.place += 1
        return True

    def section(self) -> Iterator[Chunk]:
        """What a preamble announces."""
        preamble, line = self.chunk()
        if match := _METHODS.match(preamble):
            category = (match[3] or match[4] or match[5] or "").replace("''", "'")
            yield from self.methods(match[1], match[2] is not None, category)
        elif match := _COMMENT_STAMP.match(preamble):
            comment, line = self.chunk()
            yield CommentChunk(match[1], comment, line)
        elif _REORGANIZE.match(preamble):
            self.chunk()  # which protocols there are: the methods tell theirs themselves
        elif preamble:
            yield DoItChunk(preamble, line)

    def methods(self, class_name: str, is_class_side: bool, category: str) -> Iterator[MethodDefinition]:
        """Methods up to the empty chunk."""
        while True:
            source, line = self.chunk()
            if not source:
                return
            try:
                selector = parse_selector(source)
            except ParseError as error:
                error.message = f"Line {line}: {error.message}"
                error.args = (error.message,)
                error.details["line"] = line
                raise
            yield MethodDefinition(class_name, is_class_side, selector, category, source, line)

    def chunk(self) -> tuple[str, int]:
        """The text up to the next single ``!``, in which two stand for one, and its line."""
        match = _CHUNK.match(self.text, self.place)
        if match is None:
            self.place = len(self.text)
            return "", self.line
        self.line += self.text.count("\n", self.counted, match.start(1))
        self.counted = match.start(1)
        self.place = match.end()
        return match[1].replace("!!", "!").rstrip(), self.line
