"""What a source file says about classes and methods, as values."""

from attrs import field, frozen


@frozen
class MethodDefinition:
    """A method as source; ``line`` is where its pattern stands in the file, from 1, or 0 where there is none.

    ``origin`` is the trait that a class has it from, or empty.
    """

    class_name: str
    is_class_side: bool
    selector: str
    category: str
    source: str
    line: int = field(default=0, eq=False)
    origin: str = ""


@frozen(kw_only=True)
class ClassDefinition:
    """A class, an extension of one, a trait, or a package without classes, with its methods.

    ``kind`` is ``class``, ``extension``, ``trait`` or ``package``; ``type`` is ``normal``, ``variable``, ``bytes``, …
    ``line`` is where its header stands in the file, from 1, or 0.
    ``superclass`` is None for a root. ``traits`` and ``class_traits`` are composition expressions, or empty;
    ``trait_variables`` are those of ``instance_variables`` that came from there.
    """

    name: str
    superclass: str | None = None
    kind: str = "class"
    type: str = "normal"
    instance_variables: tuple[str, ...] = ()
    class_variables: tuple[str, ...] = ()
    class_instance_variables: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    traits: str = ""
    trait_variables: tuple[str, ...] = ()
    class_traits: str = ""
    package: str = ""
    category: str = ""
    tag: str = ""
    comment: str = ""
    methods: tuple[MethodDefinition, ...] = ()
    line: int = field(default=0, eq=False)
