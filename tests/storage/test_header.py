import pytest

from stui_actors.storage.header import PIECE, encode, pack, read_body, read_header, seal
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
