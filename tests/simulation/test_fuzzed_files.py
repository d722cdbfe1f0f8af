"""Files of which chance changed some bytes: they are refused as damaged, or as no session, and nothing else happens."""

from pathlib import Path
from random import Random

import pytest

from stui_actors.config import EvaluationSettings, Settings
from stui_actors.errors import SessionCorrupt
from stui_actors.session.record import read_record, restore, write_record
from stui_actors.session.session import new_session
from stui_actors.session.surroundings import Surroundings
from stui_actors.session.workspace import Workspace
from stui_actors.smalltalk.preemption import CountingPreemption
from stui_actors.storage.files import FileStore
from stui_actors.storage.store import SessionKey
from tests.doubles.disk import SimulatedDisk

pytestmark = pytest.mark.uncounted

KEY = SessionKey("ada", "s" * 32)
MEGABYTE = 1 << 20
SIZES = [MEGABYTE, pytest.param(50 * MEGABYTE, marks=pytest.mark.long)]
CODE = (
    "x := OrderedCollection new. 1 to: 20 do: [:each | x add: each printString -> each]. y := Set with: x with: #a. "
    "z := Dictionary new. z at: 1 put: [:n | n + 1]; at: $c put: 3/4; at: 'text' put: 1.5e10. x"
)


def workspace(library):
    surroundings = Surroundings(make_preemption=CountingPreemption)
    return Workspace(KEY.session_id, library, EvaluationSettings(), "1", surroundings)


@pytest.fixture(scope="module")
def body(library):
    """A session as it is saved."""
    own = workspace(library)
    evaluation = own.start(CODE)
    while not evaluation.run_slice():
        pass
    session = new_session(KEY.session_id, KEY.client_id, own, Settings(), 1.0)
    writing = own.writing()
    while not writing.run_slice():
        pass
    return write_record(session, final=True) + writing.text


def spoilt(data, chance):
    """``data`` with some bytes changed, removed, repeated or put in."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        end = min(len(changed), at + chance.choice((1, 1, 2, 8, 200)))
        put = chance.choice(
            (b"", chance.randbytes(end - at), changed[at:end] * 2, chance.choice((b"[", b"@1", b"'", b"-9")))
        )
        changed[at:end] = put
    return bytes(changed)


@pytest.mark.parametrize("size", SIZES)
def test_a_spoilt_file_is_never_taken_for_a_whole_one(body, size):
    disk, chance = SimulatedDisk(), Random(1)
    store = FileStore(Path("/data"), disk=disk)
    store.open()
    store.save(KEY, body, version=1, reason="test", saved_at=1.0)
    folder = disk.root.entries["data"].entries["ada"].entries[KEY.session_id]
    (file,) = folder.entries.values()
    whole, read = bytes(file.content), 0
    reader = FileStore(Path("/data"), disk=disk, read_only=True)
    while read < size:
        file.content = bytearray(spoilt(whole, chance))
        read += len(file.content)
        if bytes(file.content) != whole:
            with pytest.raises(SessionCorrupt):
                reader.load(KEY)


@pytest.mark.parametrize("size", SIZES)
def test_a_spoilt_body_with_a_right_checksum_is_read_or_refused(library, body, size):
    chance, read, refused, plain = Random(2), 0, 0, body.encode("utf-8", "surrogatepass")
    while read < size:
        text = spoilt(plain, chance).decode("utf-8", "replace")
        read += len(text)
        refused += not is_read(library, text)

    assert refused > 0


def is_read(library, text):
    own = workspace(library)
    try:
        record = read_record(text)
        reading = own.reading(record.workspace)
        while not reading.run_slice():
            pass
        restore(record, own, Settings())
    except SessionCorrupt:
        return False
    return True
