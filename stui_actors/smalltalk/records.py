"""What the engine knows about classes and methods. Records of the library never change after it was read."""

from collections.abc import Callable

from attrs import define, field

from stui_actors.smalltalk.objects import Instance, Root

Function = Callable[..., object]


@define(eq=False)
class MethodRecord:
    """A method: its source, and the function that runs it, which compiles itself when it is first called."""

    class_name: str
    is_class_side: bool
    selector: str
    category: str
    source: str
    function: Function | None = None
    origin: str = ""  # the trait that it came from

    @property
    def owner(self) -> str:
        """The printed name of the class that it stands in."""
        return f"{self.class_name} class" if self.is_class_side else self.class_name


@define(eq=False)
class Side:
    """The instance side or the class side of a class.

    ``instance_type`` is the Python type of what behaves so; ``lookup`` is where messages to it are looked up in an
    image that changed nothing. ``variables`` are those that this class adds.
    """

    record: "ClassRecord" = field(repr=False)
    is_meta: bool
    variables: tuple[str, ...]
    methods: dict[str, MethodRecord] = field(factory=dict, repr=False)
    instance_type: type = object
    lookup: type = object

    @property
    def name(self) -> str:
        """The printed name."""
        return f"{self.record.name} class" if self.is_meta else self.record.name

    @property
    def object(self) -> object:
        """The Smalltalk object that stands for this side: the class, or its metaclass."""
        return self.record.metaclass_object if self.is_meta else self.record.class_object

    @property
    def superside(self) -> "Side | None":
        """Where lookup goes on, as the record has it; beyond the root of class sides comes Class, which images know."""
        above = self.record.superclass
        if above is None:
            return None
        return above.meta if self.is_meta else above.instance


@define(eq=False)
class ClassRecord:
    """A class: both its sides, and what it is told to be."""

    name: str
    superclass: "ClassRecord | None"
    type: str = "normal"
    class_variables: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    category: str = ""
    comment: str = ""
    traits: str = ""  # the composition that a client's class uses
    class_traits: str = ""
    trait_variables: tuple[str, ...] = ()  # those of the instance's variables that came from there
    is_library: bool = True
    instance: Side = field(init=False)
    meta: Side = field(init=False)
    class_object: "ClassObject | OwnClassObject" = field(init=False, repr=False)
    metaclass_object: object = field(init=False, repr=False, default=None)

    def inherits_from(self, other: "ClassRecord") -> bool:
        """Whether ``other`` is above."""
        above = self.superclass
        while above is not None and above is not other:
            above = above.superclass
        return above is not None

    def chain(self) -> "list[ClassRecord]":
        """The class itself and those above it, from below."""
        found: list[ClassRecord] = []
        each: ClassRecord | None = self
        while each is not None:
            found.append(each)
            each = each.superclass
        return found

    def all_variables(self) -> list[str]:
        """The names of an instance's variables, inherited ones first."""
        return [name for each in reversed(self.chain()) for name in each.instance.variables]

    def all_class_side_variables(self) -> list[str]:
        """The names of the class's own variables, inherited ones first."""
        return [name for each in reversed(self.chain()) for name in each.meta.variables]


class ClassObject(Root):
    """A class of the library, as a Smalltalk object. ``make`` makes its instances, once one has been made."""

    __slots__ = ("make", "record")
    is_class_object = True
    record: ClassRecord
    make: Callable[[], object]


class OwnClassObject(Instance):
    """A class that a client made, as a Smalltalk object. ``make`` makes its instances, once one has been made."""

    __slots__ = ("make", "record")
    is_class_object = True
    record: ClassRecord
    make: Callable[[], object]


class MetaclassObject(Root):
    """A metaclass, as a Smalltalk object."""

    __slots__ = ("record",)
    is_class_object = True
    record: ClassRecord


def side_of(behavior: object) -> Side:
    """The side that a class or metaclass stands for; raise TypeError for anything else."""
    if isinstance(behavior, MetaclassObject):
        return behavior.record.meta
    if isinstance(behavior, ClassObject | OwnClassObject):
        return behavior.record.instance
    raise TypeError("not a class")
