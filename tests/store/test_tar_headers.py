"""Headers read at one look: what the library says of them, or nothing."""

from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest

from waystation.store.tar_headers import plain_member
from waystation.store.tars import tar_sources


def header(name: str = "./traces/14/trace_full_4b1814.json", size: int = 30_000, **told: object) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    for key, value in told.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.GNU_FORMAT if told.pop("gnu", True) else tarfile.USTAR_FORMAT)[-512:]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("name", ["a", "./traces/14/trace_full_4b1814.json", "x" * 99])
def test_an_ordinary_file_is_plain(form, name):
    info = tarfile.TarInfo(name)
    info.size, info.uname, info.mtime, info.uid = 123_456, "someone", 1_733_616_000, 1000
    assert plain_member(info.tobuf(form)) == (name, 123_456)


@pytest.mark.parametrize(
    "told",
    [
        {"type": tarfile.SYMTYPE, "linkname": "elsewhere"},
        {"type": tarfile.DIRTYPE},
        {"type": tarfile.AREGTYPE},
        {"linkname": "left over"},
        {"name": "é.json"},
        {"name": "y" * 100},
        {"size": 1 << 40},
    ],
)
def test_anything_else_is_left_to_the_library(told):
    assert plain_member(header(**told)) is None


def test_what_is_taken_is_what_the_library_says():
    """One byte of a good header changed, and its checksum put right or left wrong."""
    dice = np.random.default_rng(7)
    good, taken = header(uname="someone"), 0
    for _ in range(4_000):
        block = bytearray(good)
        block[int(dice.integers(512))] = int(dice.choice([0, 32, 47, 48, 55, 56, 97, 127, 128, 255]))
        if dice.random() < 0.8:
            total = sum(block) - sum(block[148:156]) + 256
            block[148:156] = b"%06o\0 " % total
        told = plain_member(bytes(block))
        if told is None:
            continue
        taken += 1
        info = tarfile.TarInfo.frombuf(bytes(block), "utf-8", "surrogateescape")
        assert info.isreg()
        assert not info.issparse()
        assert (info.name, info.size) == told
    assert 500 < taken < 4_000
    assert plain_member(good[:-1]) is None
    assert plain_member(good + b"\0") is None


@pytest.mark.parametrize("cut", [0, 700, 1_100, 1_600, 2_600])
def test_light_members_are_the_same_without_their_bytes(cut):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, size in (("a.json", 500), ("../b.json", 20), ("c.json", 512), ("d/" * 60 + "d.json", 9)):
            info = tarfile.TarInfo(name)
            info.size = size
            tar.addfile(info, io.BytesIO(bytes([size & 255]) * size))
    data = out.getvalue()[: cut or None]

    def lies(first: int, n: int) -> tuple[str, int, int]:
        return "day.tar", first, n

    whole, light = (
        list(tar_sources(io.BytesIO(data), "day.tar", 1 << 20, stretch=lies, light=x)) for x in (False, True)
    )
    strip = [(s.uri, s.sha256, s.notes, s.refused, s.stretch, s.size) for s in whole]
    assert [(s.uri, s.sha256, s.notes, s.refused, s.stretch, s.size) for s in light] == strip
    for one, other in zip(whole, light, strict=True):
        assert other.data == one.data or (other.stretch and not other.data)
        assert not other.stretch or data[other.stretch[1] :][: other.stretch[2]] == one.data
    assert any(s.stretch and not s.data for s in light) == (cut != 700)
