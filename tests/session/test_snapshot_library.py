"""Objects of the library that hold blocks, methods or classes go on in another image as they were."""

from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.preemption import CountingPreemption


def after(library, *sources):
    """The image that comes back when these have been evaluated and it was saved."""
    image = Image(library, preemption=CountingPreemption())
    for source in sources:
        image.evaluate(source)
    again = Image(library, preemption=CountingPreemption())
    reader = SnapshotReader.of_image("".join(SnapshotWriter.of_image(image, {}).slices()), again)
    for _ in reader.slices():
        pass
    assert reader.not_restored == []
    return again


def test_a_regular_expression_still_matches_and_knows_its_last_match(library):
    again = after(library, "matcher := '([a-z]+)=(\\d+|x)*' asRegex. matcher search: '  width=42'. 0")

    assert again.evaluate("(matcher subexpression: 2) = 'width'") is True
    assert again.evaluate("(matcher matches: 'a=7x') and: [ (matcher matches: '=7') not ]") is True


def test_pragmas_and_a_resource_that_is_set_up_are_kept(library):
    again = after(
        library,
        "TestResource subclass: #Shelf instanceVariableNames: 'books' classVariableNames: '' package: 'My'",
        "Shelf compile: 'setUp <order: 3> books := 7'. Shelf compile: 'books ^ books'",
        "shelf := Shelf current. pragma := (Shelf >> #setUp) pragmas first. 0",
    )

    assert again.evaluate("Shelf current == shelf and: [ shelf books = 7 ]") is True
    assert again.evaluate("pragma arguments = #(3) and: [ pragma = (Shelf >> #setUp) pragmas first ]") is True
