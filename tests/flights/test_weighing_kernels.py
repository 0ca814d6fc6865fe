"""The kernels from scores to rows and sentences, against their plain forms: the same digits, the same texts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from waystation.flights.rank_kernel import AS_RANKED, add_quiet, bend, best_of, list_rows, posteriors
from waystation.flights.word_kernel import MOST, Rows, array_of, texts_of

ENDS, WIDTH = 60, 240


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def score(rng) -> np.ndarray:
    """Scores with ties, with fewer fields than there is room for, and with none at all."""
    made = np.round(rng.normal(0.0, 4.0, (ENDS, WIDTH)), 1)
    for e, n in ((3, 7), (4, 0), (5, 1), (6, 45)):
        made[e, n:] = -np.inf
    return made


def test_the_best_are_those_of_a_stable_sort(score) -> None:
    for n in (1, 40, WIDTH):
        want = np.sort(np.argsort(-score, axis=1, kind="stable")[:, :n], axis=1)
        assert (best_of(score, n) == want).all()


def test_silence_gives_others_the_median(score, rng) -> None:
    off, best = 0.3, best_of(score, 40)
    quiet = rng.normal(-1.0, 2.0, best.shape)
    gain = rng.normal(size=score.shape)
    own = np.log(off + (1.0 - off) * np.exp(np.minimum(quiet, 0.0)))
    more = np.repeat(np.median(own, axis=1, keepdims=True), WIDTH, axis=1)
    np.put_along_axis(more, best, own, axis=1)
    want = gain + more
    add_quiet(best, quiet, off, gain)
    # with AVX-512 NumPy has a logarithm of its own, which differs in the last digit; sums near 0 show it
    np.testing.assert_allclose(gain, want, rtol=1e-14, atol=1e-14)


def test_posteriors_are_a_softmax_with_habits_bounded(score, rng) -> None:
    t, gain = rng.uniform(0.8, 2.0, ENDS), rng.normal(size=score.shape)
    odds = np.where(rng.random(score.shape) < 0.5, 1.0, np.exp(rng.normal(0.0, 9.0, score.shape)))
    odds[0, 0] = 0.0
    for told in (odds, np.ones((0, 0))):
        got = np.empty(score.shape)
        posteriors(score, t, gain, told, 6.9, 0.98, got)
        with np.errstate(divide="ignore"):
            habit = np.clip(np.log(told), -6.9, 6.9) if len(told) else 0.0
        logit = score / t[:, None] + (gain + habit)
        top = logit.max(axis=1, keepdims=True)
        weight = np.exp(logit - np.where(np.isfinite(top), top, 0.0))
        total = weight.sum(axis=1, keepdims=True)
        want = 0.98 * weight / np.where(total > 0, total, 1.0)
        np.testing.assert_allclose(got, want, rtol=1e-13, atol=0.0)
        assert got[4].sum() == 0.0


@pytest.mark.parametrize(("max_rows", "min_rows"), [(50, 3), (5, 2), (WIDTH, 1)])
def test_rows_are_those_of_sorting_everything(score, rng, max_rows, min_rows) -> None:
    p = np.exp(score - score.max(axis=1, initial=0.0, keepdims=True)) ** rng.uniform(0.2, 2.0, (ENDS, 1))
    p *= 0.98 / np.maximum(p.sum(axis=1, keepdims=True), 1e-9)
    evidence = rng.random(p.shape) / WIDTH
    airfield = np.where(np.isfinite(score), rng.integers(0, 49000, p.shape), -1)
    mass, of_set = 0.99 * 0.98, 0.9
    start, size, room = (
        np.empty(ENDS + 1, dtype=np.int64),
        np.empty(ENDS, dtype=np.int64),
        ENDS * (max_rows + 1),
    )
    field, inside = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.bool_)
    mine, own = np.empty(room), np.empty(room)
    list_rows(p, evidence, airfield, max_rows, min_rows, mass, of_set, start, field, mine, own, inside, size)
    for e in range(ENDS):
        order = np.argsort(-p[e], kind="stable")[:max_rows]
        top = p[e, order]
        before = np.cumsum(top) - top
        listed = (
            ((before < mass) | (np.arange(len(order)) < min_rows)) & (airfield[e, order] >= 0) & (top > 0)
        )
        in_set = listed & (before < of_set)
        at = slice(start[e], start[e + 1] - 1)
        last = start[e + 1] - 1
        assert (field[at] == airfield[e, order[listed]]).all()
        assert field[last] == -1
        assert (mine[at] == top[listed]).all()
        assert (own[at] == evidence[e, order[listed]]).all()
        assert (inside[at] == in_set[listed]).all()
        assert mine[last] == 1.0 - np.where(listed, top, 0.0).sum()
        assert own[last] == 1.0 - np.where(listed, evidence[e, order], 0.0).sum()
        assert inside[last] == (np.where(in_set, top, 0.0).sum() < of_set)
        assert size[e] == in_set.sum()


def test_bent_rows_hold_what_was_observed(rng) -> None:
    counts = np.array([1, 4, 30, 4, 5, 7, 3])
    start = np.concatenate([[0], np.cumsum(counts)])
    n = int(start[-1])
    field = rng.permutation(1000)[:n]
    field[start[1:] - 1] = -1
    p, q, in_set = rng.random(n), rng.random(n), rng.random(n) < 0.5
    p[start[4] : start[5]] = 0.0  # nothing to share out
    wanted = np.array([-1, field[start[1] + 2], field[start[2]], 5000, field[start[4] + 1], AS_RANKED, -1])
    mass = np.array([1.0, 0.7, 1.0, 0.6, 0.9, np.nan, 1.0])
    want = [x.copy() for x in (field, p, q, in_set)]
    keep, order = np.ones(n, dtype=bool), np.arange(n)
    for e in np.flatnonzero(wanted != AS_RANKED):
        part, last = slice(start[e], start[e + 1]), start[e + 1] - 1
        hit = want[0][part] == wanted[e]
        if not hit.any():
            want[0][part.start], hit[0] = wanted[e], True
        for values in want[1:3]:
            rest = values[part][~hit].sum()
            share = (1.0 - mass[e]) / rest if rest > 0 else 0.0
            values[part] = np.where(hit, mass[e], values[part] * share)
            values[last] += 1.0 - values[part].sum()
        want[3][part] = hit
        keep[part] = (want[1][part] > 0) | hit
        order[part] = start[e] + np.lexsort((-want[1][part], want[0][part] == -1))
    kept, stood = np.ones(n, dtype=bool), np.arange(n)
    bend(start, wanted, mass, field, p, q, in_set, kept, stood)
    for a, b in zip((field, p, q, in_set, kept, stood), (*want, keep, order), strict=True):
        assert (a == b).all()


def test_sentences_are_those_of_format(rng) -> None:
    idents = pa.array(["", "OSLK", "ZZ-0001", "Ångström", "OTHER"], pa.string()).slice(1)
    said = pa.array(["é", "", "of another kind"], pa.string())
    n = 2000
    field, leader = rng.integers(0, 4, n), rng.integers(0, 4, n)
    km, times = np.rint(10 ** rng.uniform(-1.0, 4.3, n)), np.rint(10 ** rng.uniform(0.0, 14.9, n))
    times[:3] = 0.0, 999.0, MOST - 1
    off = np.where(rng.random(n) < 0.2, np.nan, np.rint(rng.uniform(0.0, 180.0, n)))
    ahead = off <= 60.0
    told = np.where(rng.random(n) < 0.1, rng.integers(0, 3, n), ~np.arange(n))
    got = array_of(Rows(told, field, leader, km, off, ahead, times), texts_of(said), texts_of(idents))
    got.validate(full=True)
    names = idents.to_pylist()
    for r, text in enumerate(got.to_pylist()):
        if told[r] >= 0:
            assert text == said[int(told[r])].as_py()
            continue
        course = "" if np.isnan(off[r]) else f", {off[r]:,.0f}° off the course"
        way = "km ahead" if ahead[r] else "km away"
        rest = f"; {times[r]:,.0f} times less likely than {names[leader[r]]}"
        assert text == f"{names[field[r]]} is {km[r]:,.0f} {way}{course}{rest}"


def test_no_sentence_is_an_array_too() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    none = np.zeros(0)
    rows = Rows(nothing, nothing, nothing, none, none, np.zeros(0, dtype=np.bool_), none)
    assert array_of(rows, texts_of(pa.array([], pa.string())), texts_of(pa.array(["A"]))).to_pylist() == []
