"""A workspace with the Smalltalk programs in it."""

from pathlib import Path

from stui_actors.config import EvaluationSettings
from stui_actors.smalltalk.definitions import ClassDefinition
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.preemption import Preemption
from stui_actors.smalltalk.tonel import read_class_file

SOURCES = Path(__file__).parents[2] / "tests" / "smalltalk" / "awfy"


def definitions() -> list[ClassDefinition]:
    """All classes of the programs, superclasses first."""
    read = [read_class_file(each.read_text("utf-8")) for each in sorted(SOURCES.glob("*.class.st"))]
    ordered: list[ClassDefinition] = []
    while len(ordered) < len(read):
        done = {each.name for each in ordered}
        ready = [each for each in read if each.name not in done and each.superclass in done | {"Object"}]
        if not ready:
            raise ValueError("a superclass is missing")
        ordered += ready
    return ordered


def load(image: Image) -> None:
    """Define the programs' classes as a client would."""
    for each in definitions():
        superclass = image.record_named(each.superclass or "Object")
        assert superclass is not None, "superclasses come first"
        record = image.define(
            each.name,
            superclass,
            kind=each.type,
            variables=each.instance_variables,
            class_variables=each.class_variables,
        )
        for method in each.methods:
            side = record.meta if method.is_class_side else record.instance
            image.add_method(side, method.selector, method.category, method.source)


def workspace(library: Library, preemption: Preemption | None = None) -> Image:
    """An image with the programs."""
    image = Image(library, EvaluationSettings(), preemption=preemption)
    load(image)
    return image
