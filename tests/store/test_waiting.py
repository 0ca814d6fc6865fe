"""Rows that wait between two looks at a file: folded and unfolded they are the same; memory decides how many."""

from __future__ import annotations

import errno
from contextlib import closing
from functools import partial

import numpy as np
import pytest

from waystation.store import aside, waiting
from waystation.store.aside import Aside
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
    return Block(np.cumsum(dice.integers(0, step + 1, n)) - 10**9, values, there)


def full(*_args: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


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


def test_widths_that_nobody_folded_are_not_read():
    n, c = 100, 6
    rows = block(n, 3)
    about, octets = np.empty((2 * c + 2, 3), np.int64), np.empty(folded_room(n, c), np.uint8)
    told = rows.instant, rows.values, rows.there
    used = fold(*told, 0, n, *widths(octets), about)
    for row in range(2 * c + 2):
        for column, value in ((0, -8), (0, used), (0, 2**63 - 8), (1, -1), (1, 3), (1, 5), (1, 2**62)):
            other = about.copy()
            other[row, column] = value
            nothing = about[row, 1] == 0 and (column, value) == (0, used)  # no byte of it is read
            assert unfold(*widths(octets[:used]), other, n, 0, n, *told) == nothing


@pytest.mark.parametrize("step", [700, 20_000])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("kind", ["plain", "memory", "both", "disk", "none"])
def test_rows_wait_where_there_is_room(kind, gaps, step, monkeypatch, tmp_path):
    n, c, files = 16_384, 6, 9
    room = {"memory": 1 << 26, "both": 1 << 20}.get(kind, 0)
    monkeypatch.setattr(waiting, "WAITING_BYTES", room)
    folders = [tmp_path] if kind in {"both", "disk"} else []
    held = Plain(n, c) if kind == "plain" else Folded(n, c, folders)
    whole = [block(n, 7 + f) for f in range(files)]
    decoded = []

    def decode(f: int, into: Block, size: int) -> None:
        decoded.append(size)
        for to, of in zip(told(into), told(whole[f]), strict=True):
            to[..., :size] = of[..., :size]
            to[..., size:] = 99

    def told(b: Block):
        return b.instant, b.values, b.there

    turns = []
    for turn, first in enumerate(range(0, n, step)):
        last = min(n, first + step)
        edges = np.array([first, first + (last - first) // 3, last - (last - first) // 4, last])
        turns.append(Wanted(turn, *((edges[[0, 2]], edges[[1, 3]]) if gaps else (edges[:1], edges[3:]))))
    with closing(held):
        for wanted in turns:
            for f in range(files):
                got, at = held.rows(f, 0, wanted, lambda w=wanted: turns[w.turn + 1 :], partial(decode, f))
                for k, (a, b) in enumerate(zip(wanted.start, wanted.stop, strict=True)):
                    for x, y in zip(told(got), told(whole[f]), strict=True):
                        assert np.array_equal(x[..., at[k] : at[k] + b - a], y[..., a:b])
    if kind != "none":
        assert len(decoded) == files
    else:
        assert len(decoded) == files * len(turns)
        assert decoded[:files] == [min(n, step)] * files
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lost", ["written", "read", "shuffled"])
def test_rows_that_are_lost_are_decoded_again(lost, monkeypatch, tmp_path):
    n, c, files = 2_000, 6, 5
    monkeypatch.setattr(waiting, "WAITING_BYTES", 0)
    monkeypatch.setattr(aside, "SEGMENT", 4_096)
    whole, decoded = [block(n, 7 + f) for f in range(files)], []
    held = Folded(n, c, [tmp_path])
    turns = [Wanted(k, np.array([k * 100]), np.array([k * 100 + 100])) for k in range(20)]

    def decode(f: int, into: Block, _size: int) -> None:
        decoded.append(f)
        into.instant[:], into.values[:], into.there[:] = whole[f].instant, whole[f].values, whole[f].there

    with closing(held):
        for wanted in turns:
            for f in range(files):
                if (wanted.turn, f) == (0, 2) and lost == "written":
                    monkeypatch.setattr(Aside, "_write", full)
                if (wanted.turn, f) == (9, 3) and lost == "read":
                    held._aside._file.truncate(50_000)
                if (wanted.turn, f) == (9, 3) and lost == "shuffled":
                    size = held._aside._file.seek(0, 2)
                    held._aside._file.seek(0)
                    held._aside._file.write(np.random.default_rng(4).bytes(size))
                got, at = held.rows(f, 0, wanted, lambda w=wanted: turns[w.turn + 1 :], partial(decode, f))
                if lost == "shuffled" and wanted.turn > 9:
                    continue
                part = slice(int(wanted.start[0]), int(wanted.stop[0]))
                assert np.array_equal(got.instant[at[0] : at[0] + 100], whole[f].instant[part])
                assert np.array_equal(got.values[:, at[0] : at[0] + 100], whole[f].values[:, part])
    assert files < len(decoded) < 0.9 * files * len(turns) or lost == "shuffled"
    assert len(decoded) > files
