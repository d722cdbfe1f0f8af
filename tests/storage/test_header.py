import random

import pytest

from stui_actors import ston
from stui_actors.storage.header import PIECE, DamagedError, Growing, encode, pack, read_body, read_header, seal
from stui_actors.storage.store import Generation, SessionKey

ADA, GENERATION = SessionKey("ada", "s1"), Generation(3, 1.5, 0, "evaluate", "1", 7)
LINES = tuple(f"[{number},'é\ud800']\n" for number in range(PIECE // 6))


@pytest.mark.parametrize("compress_above", [0, 1 << 30])
@pytest.mark.parametrize("pieces", [(), ("",), ("a", "b"), LINES], ids=["none", "empty", "two", "many"])
def test_a_body_in_pieces_is_packed_as_one_that_is_not(pieces, compress_above):
    packed = pack(pieces, compress_above)

    data = seal(ADA, GENERATION, packed)

    header = read_header(data)
    assert read_body(header, data, 1 << 30) == "".join(pieces)
    assert (packed.length, header.codec) == (header.length, packed.codec)
    if packed.codec == "zlib" and len(pieces) > 2:
        assert len(packed.stored) < packed.length / 3
    if packed.codec == "plain":
        assert data == encode(ADA, GENERATION, "".join(pieces), compress_above)


@pytest.mark.parametrize("compress_above", [0, 40, 1 << 30])
def test_a_growing_body_is_packed_as_one_that_was_whole_from_the_start(compress_above: int) -> None:
    chosen = random.Random(1)
    texts = ["".join(chosen.choices("ab\n{é\ud800", k=length)) for length in (0, 30, 1, 20, PIECE + 1, 7)]
    growing = Growing(compress_above)

    for count, text in enumerate(texts):
        growing.add(text)
        grown = growing.packed()

        assert grown == pack("".join(texts[: count + 1]), compress_above)
        assert growing.packed() == grown


def test_a_growing_body_may_begin_again() -> None:
    growing = Growing(4)
    growing.add("abcdef")
    growing.packed()

    growing.begin("ab")

    assert growing.packed() == pack("ab", 4)


@pytest.mark.parametrize(
    "text", ["ada", "", "a'b", "a\\b", "é €", "\ud800", "\n", "\x7f", "','generation':9,'epoch':'"]
)
@pytest.mark.parametrize(("moment", "number", "extends"), [(1.5, 3, 0), (1e22, 10**17, 2), (0.0, 10**30, 10**30 - 1)])
def test_a_header_says_what_was_written(text: str, moment: float, number: int, extends: int) -> None:
    key, generation = SessionKey(text, text + "s"), Generation(number, moment, 0, text, text, number)

    header = read_header(encode(key, generation, "body", 1 << 30, extends))

    assert header.key == key
    assert (header.generation.number, header.generation.saved_at, header.generation.version) == (number, moment, number)
    assert (header.generation.reason, header.generation.server_epoch, header.extends) == (text, text, extends)


def test_an_ordinary_header_is_read_without_the_reader_of_ston(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode(ADA, GENERATION, "body", 1 << 30, 2)
    expected = read_header(data)
    monkeypatch.setattr(ston, "read", None)

    assert read_header(data) == expected


@pytest.mark.parametrize("reason", ["evaluate", "it's"])  # as written, and read as STON
@pytest.mark.parametrize("extends", [5, 6])
def test_what_goes_on_from_itself_or_from_something_later_is_damaged(reason: str, extends: int) -> None:
    data = encode(ADA, Generation(5, 1.5, 0, reason, "1", 7), "body", 1 << 30, extends)

    with pytest.raises(DamagedError, match="goes on from what came later"):
        read_header(data)
