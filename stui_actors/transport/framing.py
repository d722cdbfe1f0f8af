"""Which frames of a message are envelope and which is its payload. Refuses all other shapes."""

MAX_ENVELOPE = 8  # frames before the empty one: more hops than any proxy has


class MalformedError(Exception):
    """The frames have no shape that is served. ``envelope``: what a reply must repeat, None if none is possible."""

    def __init__(self, fault: str, envelope: tuple[bytes, ...] | None) -> None:
        super().__init__(fault)
        self.envelope = envelope


def split(frames: list[bytes]) -> tuple[tuple[bytes, ...], bytes]:
    """Envelope (up to and including the first empty frame, or nothing) and payload; raise MalformedError.

    ``frames`` lack the routing id, and are one at least.
    """
    if len(frames) == 1 and frames[0]:
        return NO_ENVELOPE, frames[0]
    if len(frames) == 2 and not frames[0] and frames[1]:
        return DELIMITER, frames[1]
    return _split_other(frames)


def _split_other(frames: list[bytes]) -> tuple[tuple[bytes, ...], bytes]:
    head = frames[: MAX_ENVELOPE + 1]
    if b"" not in head:
        if len(frames) > MAX_ENVELOPE:
            raise MalformedError("More than 8 frames before an empty one.", None)
        raise MalformedError("A message without an empty frame must have one frame.", NO_ENVELOPE)
    end = head.index(b"") + 1
    envelope, payloads = tuple(frames[:end]), frames[end:]
    if not payloads:
        raise MalformedError("No payload after the empty frame.", None)
    if len(payloads) > 1:
        raise MalformedError("More than one frame after the empty one.", envelope)
    if not payloads[0]:
        raise MalformedError("The payload is empty.", envelope)
    return envelope, payloads[0]


NO_ENVELOPE: tuple[bytes, ...] = ()
DELIMITER: tuple[bytes, ...] = (b"",)
