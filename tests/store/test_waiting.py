"""Rows that wait between two looks at a file: folded and unfolded they are the same; memory decides how many."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from waystation.store import waiting
from waystation.store.row_kernels import fold, folded_room, unfold
from waystation.store.waiting import Block, Folded, Plain, Wanted

LEAST, MOST = np.iinfo(np.int32).min, np.iinfo(np.int32).max


def block(n: int, seed: int) -> Block:
    """Columns of every width, with and without values, and times that rise."""
    dice = np.random.default_rng(seed)
    spans = ((0, 1), (-5, 250), (-1000, 60_000), (LEAST, MOST), (MOST - 1, MOST), (LEAST, LEAST + 256))
    values = np.array([dice.integers(a, b, n) for a, b in spans], dtype=np.int32)
    there = (dice.random((len(spans) + 1, n)) < np.array([0, 0.5, 0.999, 1, 0.001, 0.9, 1])[:, None]).astype(
        np.uint8
    )
    step = 10 ** (seed % 12)
    return Block(np.cumsum(dice.integers(0, step + 1, n)) - 10**9, values, there, 0)


def widths(octets):
    return octets, octets.view(np.uint16), octets.view(np.uint32), octets.view(np.uint64)


@pytest.mark.parametrize("seed", range(24))
def test_what_is_folded_unfolds_to_the_same(seed):
    n, c = 1 + seed * 37, 6
    rows = block(n, seed)
    if seed == 11:
        rows.instant[[0, n // 2]] = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    octets, about = np.empty(folded_room(n, c), np.uint8), np.empty((2 * c + 2, 3), np.int64)
    first = seed % 5 % n
    used = fold(rows.instant, rows.values, rows.there, first, n, *widths(octets), about)
    assert 0 < used <= len(octets)
    assert used % 8 == 0
    kept, have = octets[:used].copy(), n - first
    a, b = have // 3, have
    out = Block(np.empty(n, np.int64), np.empty((c, n), np.int32), np.empty((c + 1, n), np.uint8))
    assert unfold(*widths(kept), about, have, a, b, out.instant, out.values, out.there)
    assert np.array_equal(out.instant[: b - a], rows.instant[first + a : first + b])
    assert np.array_equal(out.values[:, : b - a], rows.values[:, first + a : first + b])
    assert np.array_equal(out.there[:, : b - a], rows.there[:, first + a : first + b])
    assert used < n * (8 + 5 * c) or n < 200


def test_what_does_not_fit_is_neither_written_nor_read():
    n, c = 100, 6
    rows = block(n, 3)
    about = np.empty((2 * c + 2, 3), np.int64)
    octets = np.empty(folded_room(n, c), np.uint8)
    told = rows.instant, rows.values, rows.there
    assert fold(*told, 0, n + 1, *widths(octets), about) == -1
    assert fold(*told, -1, n, *widths(octets), about) == -1
    assert fold(*told, 5, 5, *widths(octets), about) == -1
    assert fold(*told, 0, n, *widths(octets[:800]), about) == -1
    assert fold(*told, 0, n, *widths(octets), about[:-1]) == -1
    used = fold(*told, 0, n, *widths(octets), about)
    assert not unfold(*widths(octets[:used]), about, n, 0, n + 1, *told)
    assert not unfold(*widths(octets[:used]), about, n, -1, n, *told)
    assert not unfold(*widths(octets[: used // 2 // 8 * 8]), about, n, 0, n, *told)
    short = tuple(t[..., : n - 1] for t in told)
    assert not unfold(*widths(octets[:used]), about, n, 0, n, *short)


@pytest.mark.parametrize("kind", ["plain", "folded", "tight", "none"])
def test_rows_wait_as_far_as_there_is_room(kind, monkeypatch):
    n, c, files, step = 16_384, 6, 9, 700
    room = {"tight": 700_000, "none": 0}.get(kind, waiting.WAITING_BYTES)
    monkeypatch.setattr(waiting, "WAITING_BYTES", room)
    held = Plain(n, c) if kind == "plain" else Folded(n, c)
    whole = [block(n, 7 + f) for f in range(files)]
    decoded = []

    def decode(f: int, into: Block, size: int) -> None:
        decoded.append(size)
        for to, of in zip((into.instant, into.values, into.there), told(whole[f]), strict=True):
            to[..., :size] = of[..., :size]
            to[..., size:] = 99

    def told(b: Block):
        return b.instant, b.values, b.there

    for first in range(0, n, step):
        last = min(n, first + step)
        for f in range(files):
            wanted = Wanted(f, 0, n, first, last, last if last < n else -1)
            got, size = held.rows(wanted, partial(decode, f))
            assert last - got.begin <= size
            for a, b in zip(told(got), told(whole[f]), strict=True):
                assert np.array_equal(a[..., first - got.begin : last - got.begin], b[..., first:last])
            held.leave(wanted, got)
    looks = files * -(-n // step)
    if kind in {"plain", "folded"}:
        assert len(decoded) == files
    elif kind == "tight":
        assert files < len(decoded) < 0.8 * looks
        assert held._room == room
    else:
        assert len(decoded) == looks
