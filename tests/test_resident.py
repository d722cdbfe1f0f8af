import mmap

from stui_actors import resident
from stui_actors.resident import Resident

PIECE = 32 << 20


def filled():
    piece = mmap.mmap(-1, PIECE)
    for start in range(0, PIECE, mmap.PAGESIZE):
        piece[start] = 1
    return piece


def test_growth_is_what_was_gained_since_it_was_last_asked_for():
    meter = Resident()
    with filled():
        assert 0.9 * PIECE < meter.growth() < 1.5 * PIECE
        assert meter.growth() < PIECE // 4


def test_what_shrinks_has_no_growth():
    with filled():
        meter = Resident()

    assert meter.growth() == 0


def test_a_system_without_proc_tells_its_peak(monkeypatch, tmp_path):
    monkeypatch.setattr(resident, "STATM", tmp_path / "statm")
    meter = Resident()

    assert meter.size() >= Resident().size() > 0
    assert meter.growth() < PIECE
