"""Reads and writes Tonel files: one class, extension, trait or package a file, its methods found but not compiled.

Both spellings of headers are read, ``#name : #Foo`` and ``#name : 'Foo'``; the second is written, as Pharo 12 does.
"""

import re
from typing import NoReturn

from stui_actors.errors import ParseError
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.parser import parse_selector
from stui_actors.smalltalk.tokens import parse_error

MAX_HEADER_NESTING = 16
KINDS = {"Class": "class", "Extension": "extension", "Trait": "trait", "Package": "package"}

_BLANK = re.compile(r"\s*+")
_COMMENT = re.compile(r'"((?:[^"]|"")*+)"')
_CATEGORY = re.compile(r"""\{ ?#category : #(?:(\w++)|'([^'\\]*+)') ?\}""")
_KIND = re.compile(r"(Class|Extension|Trait|Package)\s*+(?=\{)")
_BEGINNING = re.compile(r'\s*+(?:"(?:[^"]|"")*+"\s*+)?(?:Class|Extension|Trait|Package)\s*+\{')
_METHOD = re.compile(r"([^\W\d]\w*)(\s+(?:class|classSide|class\s+side))?\s*+>>\s*+((?:[^\[\"]|\"[^\"]*+\")*+)\[")
_LANDMARK = re.compile(r"'[^']*+'|\"[^\"]*+\"|\$.|\[|\]", re.DOTALL)
_STON = re.compile(
    r"\s*+(?:([\[\]{},:])|'((?:[^'\\]|\\.)*+)'|#'((?:[^'\\]|\\.)*+)'|#([\w.\-/]+)|([\w.+\-]+))",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_OPERATOR = re.compile(r"[^\w\s:]+\Z")

Header = dict[str, object]


def read_class_file(text: str, *, file_name: str = "") -> ClassDefinition:
    """The definition in a Tonel file; raise ParseError with ``file`` and ``line`` in its details."""
    reader = _Reader(text.replace("\r\n", "\n").replace("\r", "\n"), file_name)
    definition = reader.definition()
    if reader.place < len(reader.text):
        reader.fail("Method expected")
    return definition


def read_definitions(text: str, *, file_name: str = "") -> tuple[ClassDefinition, ...]:
    """All definitions of a text that is one Tonel file or several, one behind the other; raise ParseError."""
    reader = _Reader(text.replace("\r\n", "\n").replace("\r", "\n"), file_name)
    found = [reader.definition()]
    while reader.place < len(reader.text):
        found.append(reader.definition())
    return tuple(found)


def is_tonel_format(text: str) -> bool:
    """True for a text that begins as a Tonel file does."""
    return _BEGINNING.match(text.removeprefix("\ufeff")) is not None


class _Reader:
    """A text and a place in it."""

    def __init__(self, text: str, file_name: str) -> None:
        self.text = text
        self.file_name = file_name
        self.place = 1 if text.startswith("\ufeff") else 0
        self.counted = 0  # lines are counted up to here
        self.line = 1

    def definition(self) -> ClassDefinition:
        """The whole file."""
        comment = self.comment()
        kind, line = _KIND.match(self.text, self.place), self.line_at(self.place)
        if kind is None:
            self.fail("Class, Extension, Trait or Package expected")
        self.place = kind.end()
        header = self.map(0)
        name = _word(header.get("name"))
        if not name:
            self.fail("#name expected")
        self.skip_blanks()
        superclass = _word(header.get("superclass"))
        return ClassDefinition(
            name=name,
            superclass=superclass if superclass not in ("", "nil") else None,
            kind=KINDS[kind[1]],
            comment=comment,
            methods=self.methods() if kind[1] != "Package" else (),
            type=_word(header.get("type")) or "normal",
            instance_variables=_names(header.get("instVars")),
            class_variables=_names(header.get("classVars")),
            class_instance_variables=_names(header.get("classInstVars")),
            pools=_names(header.get("pools")),
            traits=_word(header.get("traits")),
            class_traits=_word(header.get("classTraits")),
            package=_word(header.get("package")),
            category=_word(header.get("category")),
            tag=_word(header.get("tag")),
            line=line,
        )

    def comment(self) -> str:
        """The comment before the header, without the line ends at its quotes."""
        self.skip_blanks()
        match = _COMMENT.match(self.text, self.place)
        if match is None:
            return ""
        self.place = match.end()
        self.skip_blanks()
        return match[1].replace('""', '"').removeprefix("\n").removesuffix("\n")

    def methods(self) -> tuple[MethodDefinition, ...]:
        """All methods up to the end, or to where the next file begins."""
        found = []
        self.skip_blanks()
        while self.place < len(self.text) and not self.at_definition():
            category = self.category()
            self.skip_blanks()
            found.append(self.method(category))
            self.skip_blanks()
        return tuple(found)

    def category(self) -> str:
        """What the map before a method says, if there is one; the usual one is read at a glance."""
        usual = _CATEGORY.match(self.text, self.place)
        if usual is not None:
            self.place = usual.end()
            return usual[1] or usual[2]
        if self.text[self.place] != "{":
            return ""
        header = self.map(0)
        return _word(header.get("category", header.get("protocol")))

    def at_definition(self) -> bool:
        """Whether another definition begins here."""
        return _BEGINNING.match(self.text, self.place) is not None

    def method(self, category: str) -> MethodDefinition:
        """One method, whose body ends at the bracket that closes its first one."""
        match = _METHOD.match(self.text, self.place)
        if match is None:
            self.fail("Method expected")
        line = self.line_at(self.place)
        pattern = match[3].rstrip()
        stop = self.body_end(match.end())
        body = self.text[match.end() : stop].rstrip()
        self.place = stop + 1
        return MethodDefinition(
            match[1], match[2] is not None, self.selector(pattern, match.start(3)), category, pattern + body, line
        )

    def selector(self, pattern: str, start: int) -> str:
        """The selector of a pattern."""
        words = pattern.split()
        if len(words) == 1 and words[0].isidentifier():
            return words[0]
        if len(words) == 2 and _OPERATOR.match(words[0]) and words[1].isidentifier():
            return words[0]
        keywords = words[::2]
        if words and len(words) % 2 == 0 and all(each[-1] == ":" and each[:-1].isidentifier() for each in keywords):
            return "".join(keywords)
        try:
            return parse_selector(pattern)
        except ParseError as error:
            self.place = start
            self.fail(error.message)

    def body_end(self, place: int) -> int:
        """Where the bracket stands that closes the one before ``place``."""
        depth = 1
        for match in _LANDMARK.finditer(self.text, place):
            mark = match[0]
            if mark == "[":
                depth += 1
            elif mark == "]":
                depth -= 1
                if depth == 0:
                    return match.start()
        self.place = place - 1
        return self.fail("']' expected")

    # -- the header: a map of STON

    def map(self, depth: int) -> Header:
        """A map, ``#key : value`` between braces."""
        self.expect("{")
        found: Header = {}
        while not self.at("}"):
            key = _word(self.value(depth + 1))
            self.expect(":")
            found[key] = self.value(depth + 1)
            if not self.at(","):
                self.expect("}")
                return found
        return found

    def list(self, depth: int) -> list[object]:
        """A list between brackets, behind its opening one."""
        found: list[object] = []
        while not self.at("]"):
            found.append(self.value(depth + 1))
            if not self.at(","):
                self.expect("]")
                return found
        return found

    def value(self, depth: int) -> object:
        """Any value; words and symbols are strings."""
        if depth > MAX_HEADER_NESTING:
            self.fail("Header nested too deep")
        match = _STON.match(self.text, self.place)
        if match is None:
            self.fail("Value expected")
        mark, string, quoted, symbol, word = match.groups()
        if mark == "{":
            return self.map(depth)
        self.place = match.end()
        if mark == "[":
            return self.list(depth)
        if mark is not None:
            self.place = match.start(1)
            self.fail("Value expected")
        text = string if string is not None else quoted
        return _ESCAPE.sub(r"\1", text) if text is not None else symbol or word

    def at(self, mark: str) -> bool:
        """Go past ``mark`` if it comes next."""
        self.skip_blanks()
        if self.text[self.place : self.place + 1] != mark:
            return False
        self.place += 1
        return True

    def expect(self, mark: str) -> None:
        """Go past ``mark`` or raise."""
        if not self.at(mark):
            self.fail(f"'{mark}' expected")

    # -- places

    def skip_blanks(self) -> None:
        """Go to the next character that is not blank."""
        match = _BLANK.match(self.text, self.place)
        self.place = match.end() if match else self.place

    def line_at(self, place: int) -> int:
        """The line of ``place``, which is not before the place asked for last."""
        self.line += self.text.count("\n", self.counted, place)
        self.counted = place
        return self.line

    def fail(self, message: str) -> NoReturn:
        """Raise ParseError here."""
        error = parse_error(self.text, self.place, message)
        where = f"{self.file_name}, line" if self.file_name else "Line"
        error.message = f"{where} {error.details['line']}: {message}"
        error.args = (error.message,)
        error.details["file"] = self.file_name
        raise error


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _names(value: object) -> tuple[str, ...]:
    """Names in a list; a slot written as ``#name => Kind`` counts by its name."""
    if not isinstance(value, list):
        return ()
    return tuple(each.split("=>")[0].strip().lstrip("#") for each in value if isinstance(each, str))


def write_class_file(definition: ClassDefinition) -> str:
    """The Tonel file of a definition; reading it gives the definition again. What came from traits is left to them."""
    parts = [f'"\n{definition.comment.replace(chr(34), chr(34) * 2)}\n"\n'] if definition.comment else []
    spelling = {kind: word for word, kind in KINDS.items()}[definition.kind]
    entries = ",\n".join(f"\t#{key} : {value}" for key, value in _header(definition))
    parts.append(f"{spelling} {{\n{entries}\n}}\n")
    parts.extend(_method_text(method) for method in definition.methods if not method.origin)
    return "".join(parts)


def _header(definition: ClassDefinition) -> list[tuple[str, str]]:
    entries = [("name", _quoted(definition.name))]
    if definition.kind == "class":
        entries.append(("superclass", _quoted(definition.superclass or "nil")))
    if definition.type != "normal":
        entries.append(("type", f"#{definition.type}"))
    for key, text in (("traits", definition.traits), ("classTraits", definition.class_traits)):
        entries += [(key, _quoted(text))] if text else []
    variables = tuple(each for each in definition.instance_variables if each not in definition.trait_variables)
    for key, names in (
        ("instVars", variables),
        ("classVars", definition.class_variables),
        ("pools", definition.pools),
        ("classInstVars", definition.class_instance_variables),
    ):
        entries += [(key, "[\n" + ",\n".join(f"\t\t{_quoted(name)}" for name in names) + "\n\t]")] if names else []
    for key, text in (("category", definition.category), ("package", definition.package), ("tag", definition.tag)):
        entries += [(key, _quoted(text))] if text else []
    return entries


def _method_text(method: MethodDefinition) -> str:
    pattern, body = split_pattern(method.source, method.selector)
    head = f"\n{{ #category : {_quoted(method.category)} }}\n" if method.category else "\n"
    side = " class" if method.is_class_side else ""
    return f"{head}{method.class_name}{side} >> {pattern} [{body}\n]\n"


def split_pattern(source: str, selector: str) -> tuple[str, str]:
    """A method's source in two: its pattern, and all behind it with the line end before it."""
    words = [r"\s*+"]
    if selector[-1] == ":":
        words += [rf"{re.escape(part)}:\s*+\w+\s*+" for part in selector[:-1].split(":")]
    else:
        words += [re.escape(selector), "" if selector.isidentifier() else r"\s*+\w+"]
    match = re.match("".join(words), source)
    if match is None:  # a comment stands between the words
        line, mark, rest = source.partition("\n")
        return line.strip(), mark + rest.rstrip()
    pattern = match[0].strip()
    behind = source[len(match[0].rstrip()) :].rstrip()
    return pattern, behind


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
