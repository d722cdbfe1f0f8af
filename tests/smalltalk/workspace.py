"""A workspace for tests of the library: evaluates sources and answers what they print."""

from attrs import define, field

from stui_actors.config import EvaluationSettings
from stui_actors.errors import StuiError
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library

SLICES = 20_000  # of which a test needs a few


@define
class Workspace:
    """One image; ``print`` answers the printString of a source's value, or the text of its error."""

    library: Library
    settings: EvaluationSettings = field(factory=EvaluationSettings)
    image: Image = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.image = Image(self.library, self.settings)

    def process(self, source: str) -> object:
        process = self.image.start(source)
        for _ in range(SLICES):
            if process.run_slice():
                return process
        raise AssertionError("the program does not end")

    def print(self, source: str) -> str:
        outcome = self.process(f"[ {source} ] on: Error do: [ :error | error ]").outcome
        if outcome.error is not None:
            raise outcome.error
        return outcome.text

    def fault(self, source: str) -> StuiError:
        return self.process(source).outcome.error
