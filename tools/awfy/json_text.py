"""Json: reads a document of some 25,000 characters, one at a time.

The document is our own, in the shape of the suite's: an object with a head and 156 operations.
"""

from awfy.core import Benchmark, Vector, WrongResult

OPERATIONS = 156


class JsonValue:
    """A literal; the other kinds are subclasses."""

    def __init__(self, text: str) -> None:
        self.text = text

    def is_object(self) -> bool:
        """Whether it has members."""
        return False

    def is_array(self) -> bool:
        """Whether it has elements."""
        return False

    def count(self) -> int:
        """How many values it consists of."""
        return 1


class JsonNumber(JsonValue):
    """A number, as it was written."""


class JsonString(JsonValue):
    """A text without its quotes and escapes."""


class JsonArray(JsonValue):
    """Values in a row."""

    def __init__(self) -> None:
        super().__init__("")
        self.elements: Vector[JsonValue] = Vector()

    def is_array(self) -> bool:
        """It is."""
        return True

    def add(self, value: JsonValue) -> None:
        """One more."""
        self.elements.append(value)

    def size(self) -> int:
        """How many there are."""
        return self.elements.size()

    def count(self) -> int:
        """Itself and all inside."""
        total = 1
        for index in range(self.elements.size()):
            each = self.elements.at(index)
            total += 0 if each is None else each.count()
        return total


class JsonObject(JsonValue):
    """Values by name, found through a small table of places."""

    def __init__(self) -> None:
        super().__init__("")
        self.names: Vector[str] = Vector()
        self.members: Vector[JsonValue] = Vector()
        self.places = [0] * 32

    def is_object(self) -> bool:
        """It is."""
        return True

    def add(self, name: str, value: JsonValue) -> None:
        """A member more."""
        self.names.append(name)
        self.members.append(value)
        self.places[len(name) & 31] = self.names.size()

    def at(self, name: str) -> JsonValue | None:
        """A member; None if it has none of that name."""
        place = self.places[len(name) & 31] - 1
        if place >= 0 and self.names.at(place) == name:
            return self.members.at(place)
        for index in range(self.names.size()):
            if self.names.at(index) == name:
                return self.members.at(index)
        return None

    def count(self) -> int:
        """Itself and all inside."""
        total = 1
        for index in range(self.members.size()):
            each = self.members.at(index)
            total += 0 if each is None else each.count()
        return total


class Parser:
    """Goes through a text from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self.input = text
        self.index = -1
        self.current = ""
        self.captured = ""
        self.capture_start = -1

    def parse(self) -> JsonValue:
        """The document's value; raise WrongResult."""
        self.read()
        self.skip_blanks()
        value = self.value()
        self.skip_blanks()
        if self.index < len(self.input):
            raise WrongResult("something behind the document")
        return value

    def read(self) -> None:
        """Go to the next character."""
        self.index += 1
        self.current = self.input[self.index] if self.index < len(self.input) else ""

    def read_char(self, wanted: str) -> bool:
        """Go on if the character is the wanted one; say whether it was."""
        if self.current != wanted:
            return False
        self.read()
        return True

    def require(self, wanted: str) -> None:
        """Go over a character that must be there."""
        if not self.read_char(wanted):
            raise WrongResult(f"{wanted} expected")

    def skip_blanks(self) -> None:
        """Go over white space."""
        while self.current in (" ", "\t", "\n", "\r"):
            self.read()

    def value(self) -> JsonValue:
        """Any value."""
        current = self.current
        if current == "n":
            return self.literal("null")
        if current == "t":
            return self.literal("true")
        if current == "f":
            return self.literal("false")
        if current == '"':
            return JsonString(self.string())
        if current == "[":
            return self.array()
        if current == "{":
            return self.object()
        if current == "-" or self.is_digit():
            return self.number()
        raise WrongResult("a value expected")

    def literal(self, word: str) -> JsonValue:
        """One of three words."""
        for each in word:
            self.require(each)
        return JsonValue(word)

    def array(self) -> JsonArray:
        """Elements in brackets."""
        self.read()
        made = JsonArray()
        self.skip_blanks()
        if self.read_char("]"):
            return made
        while True:
            self.skip_blanks()
            made.add(self.value())
            self.skip_blanks()
            if not self.read_char(","):
                break
        self.require("]")
        return made

    def object(self) -> JsonObject:
        """Members in braces."""
        self.read()
        made = JsonObject()
        self.skip_blanks()
        if self.read_char("}"):
            return made
        while True:
            self.skip_blanks()
            name = self.string()
            self.skip_blanks()
            self.require(":")
            self.skip_blanks()
            made.add(name, self.value())
            self.skip_blanks()
            if not self.read_char(","):
                break
        self.require("}")
        return made

    def number(self) -> JsonNumber:
        """A number, as it is written."""
        start = self.index
        self.read_char("-")
        self.digits()
        if self.read_char("."):
            self.digits()
        if self.current in ("e", "E"):
            self.read()
            if not self.read_char("+"):
                self.read_char("-")
            self.digits()
        return JsonNumber(self.input[start : self.index])

    def digits(self) -> None:
        """One digit or more."""
        if not self.is_digit():
            raise WrongResult("a digit expected")
        while self.is_digit():
            self.read()

    def is_digit(self) -> bool:
        """Whether the character is one."""
        return self.current != "" and "0" <= self.current <= "9"

    def string(self) -> str:
        """What stands between quotes."""
        self.require('"')
        self.captured = ""
        self.capture_start = self.index
        while self.current != '"':
            if self.current == "\\":
                self.pause_capture()
                self.escape()
                self.capture_start = self.index
            else:
                self.read()
        self.pause_capture()
        self.read()
        return self.captured

    def pause_capture(self) -> None:
        """Keep what was passed since the capture began."""
        self.captured += self.input[self.capture_start : self.index]

    def escape(self) -> None:
        """A character behind a backslash."""
        self.read()
        if self.current == "n":
            self.captured += "\n"
        elif self.current == "t":
            self.captured += "\t"
        elif self.current in ('"', "\\", "/"):
            self.captured += self.current
        else:
            raise WrongResult("an escape expected")
        self.read()


def document() -> str:
    """The text that is read."""
    operations = ",".join(_operation(number) for number in range(OPERATIONS))
    return f'{{"head":{{"version":1,"request":"0.8.2","quiet":false}},"operations":[{operations}]}}'


def _operation(number: int) -> str:
    return (
        f'["create",{number}, "widget.Shell{number}", {{"parent":"w{number % 7}", "bounds":[{number},-{number},4.5e2],'
        f' "text":"line\\n\\"{number}\\"","style":["BORDER","TRIM"],"visible":true,"data":null}}]'
    )


class Json(Benchmark):
    """One document."""

    def __init__(self) -> None:
        self.text = document()

    def benchmark(self) -> tuple[bool, int, int]:
        """What the document is made of."""
        value = Parser(self.text).parse()
        if not isinstance(value, JsonObject):
            raise WrongResult("no object")
        head, operations = value.at("head"), value.at("operations")
        is_whole = head is not None and head.is_object()
        size = operations.size() if isinstance(operations, JsonArray) else 0
        return is_whole, size, value.count()

    def expected(self) -> tuple[bool, int, int]:
        """An operation has 16 values."""
        return True, OPERATIONS, OPERATIONS * 16 + 6
