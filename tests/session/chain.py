"""An image whose texts are kept, and which may sleep and wake between any two of them."""

from math import inf

from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter
from stui_actors.session.snapshot_delta import Fingerprint
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.preemption import CountingPreemption


class Chain:
    """An image and its texts: a whole one, then a delta for each save; a whole one again where that is due."""

    def __init__(self, library: Library) -> None:
        self.image = Image(library, preemption=CountingPreemption())
        self.text = ""
        self.fingerprint: Fingerprint | None = None
        self.last_was_delta = False

    def save(self, held: dict[str, object] | None = None) -> str:
        """Write what is due; answer the text that came."""
        parts = [] if self.fingerprint is None else list(self.fingerprint.slices(held or {}))
        self.last_was_delta = self.fingerprint is not None and None not in parts
        if self.last_was_delta:
            text = "".join(part for part in parts if part is not None)
            self.text += text
            return text
        *texts, self.fingerprint = SnapshotWriter.of_image(self.image, held or {}).remembering(0)
        self.text = "".join(texts)
        return self.text

    def run(self, *sources: str) -> str:
        """Evaluate, save, and prove that what was saved is what there is."""
        for source in sources:
            self.image.evaluate(source)
        text = self.save()
        again, _ = self.restored()
        assert full(again) == full(self.image)
        return text

    def restored(self, compared_from: float = inf) -> tuple[Image, SnapshotReader]:
        """Another image, read from the texts, and who read it."""
        again = Image(self.image.library, preemption=CountingPreemption())
        reader = SnapshotReader.of_image(self.text, again, compared_from)
        for _ in reader.slices():
            pass
        return again, reader

    def wake(self) -> dict[str, object]:
        """Go on in an image that was read from the texts; answer what was held."""
        self.image, reader = self.restored(0)
        self.fingerprint = reader.fingerprint
        return reader.objects


def full(image: Image) -> str:
    """The whole text of an image."""
    return "".join(SnapshotWriter.of_image(image, {}).slices())
