"""Changes of shares whose labels are doubtful."""

from __future__ import annotations

import time

import numpy as np
import pytest
from bench.patterns.worlds import NEW, OLD, ShareWorld, case, share_tables
from scipy.integrate import quad
from scipy.stats import beta

from waystation.patterns import changes
from waystation.patterns.asked import share_questions
from waystation.patterns.doubtful_shares import doubtful_share_changes
from waystation.patterns.mixture import MixtureRules, bounds, drawn_shares, slack, soft_units
from waystation.patterns.rivals import Rivals
from waystation.patterns.share_change import log_evidence, share_changes
from waystation.patterns.units import drawn, gathered
from waystation.terms.case_view import Question

SHARES = case(Question("q1", "hub-shift"))


def asked(world, rng):
    return next(share_questions(share_tables(world, rng), SHARES, {}))


def found(world, rng):
    return len({r["date_utc"] for r in changes.share_rows(asked(world, rng), Rivals()).rows})


def whole(weights):
    soft, n = soft_units(weights), np.array([len(weights)])
    log_m, counts = bounds(soft, np.zeros_like(n), n, MixtureRules(max_rounds=500, tolerance_nats=1e-9))
    return soft, float(log_m[0]), counts[0]


def doubted(labels, right, rng, k=2):
    said = np.where(rng.random(len(labels)) < right, labels, rng.integers(0, k, len(labels)))
    return np.eye(k)[said] * right + (1 - right) / k


def test_certain_labels_have_their_exact_evidence():
    labels = np.array([0, 0, 1, 2, 1, 1, 0])
    _, log_m, counts = whole(np.eye(3)[labels])
    assert log_m == pytest.approx(float(log_evidence(np.bincount(labels))))
    assert counts == pytest.approx(np.bincount(labels))


def test_certain_labels_never_come_here(monkeypatch):
    units = asked(ShareWorld(3, (150.0,)), np.random.default_rng(1))
    assert units.drawn.weights is None
    monkeypatch.setattr(changes, "doubtful_share_changes", None)
    rows = changes.share_rows(units, Rivals()).rows
    d = units.drawn
    (exact,) = share_changes(d.times, d.labels, len(d.names), groups=d.group).changes
    assert {r["log10_bayes_factor"] for r in rows} == {exact.log10_bayes_factor}


def test_the_bound_is_below_the_evidence_and_sampling_tells_by_how_much():
    weights = np.array([[0.8, 0.2], [0.7, 0.3], [0.1, 0.9], [0.6, 0.4], [0.95, 0.05], [0.8, 0.2]])
    exact = np.log(quad(lambda x: np.prod(weights @ [x, 1 - x]) * beta.pdf(x, 0.5, 0.5), 0, 1)[0])
    soft, log_m, counts = whole(weights)
    assert log_m < exact
    assert log_m + slack(soft, counts, log_m, MixtureRules()) == pytest.approx(exact, abs=0.05)


def test_shares_are_drawn_from_their_posterior():
    weights = np.array([[0.9, 0.1]] * 9 + [[0.2, 0.8]] * 3)
    log_p = lambda x: np.log(weights @ [x, 1 - x]).sum() + beta.logpdf(x, 0.5, 0.5)  # noqa: E731 - a formula
    grid = np.linspace(0.0005, 0.9995, 1000)
    mass = np.exp([log_p(x) for x in grid])
    mean = (mass * grid).sum() / mass.sum()
    sd = np.sqrt((mass * (grid - mean) ** 2).sum() / mass.sum())
    shares = drawn_shares(weights, 4000, np.random.default_rng(1))[:, 0]
    assert shares.mean() == pytest.approx(mean, abs=0.02)
    assert shares.std() == pytest.approx(sd, rel=0.1)


def test_units_that_tell_nothing_change_nothing():
    rng = np.random.default_rng(2)
    times = np.sort(rng.uniform(0, 360, 80))
    weights = doubted((times > 180).astype(int), 0.9, rng)
    plain = doubtful_share_changes(times, weights)
    flat = np.concatenate([weights, np.full((80, 2), 0.5)])
    when = np.concatenate([times, times + 1e-6])
    order = np.argsort(when, kind="stable")
    with_flat = doubtful_share_changes(when[order], flat[order])
    (a,), (b,) = plain.changes, with_flat.changes
    assert b.log10_bayes_factor == pytest.approx(a.log10_bayes_factor, abs=0.2)
    assert b.date.median == pytest.approx(a.date.median, abs=1.0)
    assert b.counts_before == pytest.approx(a.counts_before, abs=0.1)


@pytest.mark.parametrize(("right", "least"), [(0.95, 9), (0.8, 8), (0.6, 3)])
def test_a_move_behind_doubtful_labels_is_found(right, least):
    rng = np.random.default_rng(3)
    world = ShareWorld(2, (180.0,), known_right=right, doubt="even")
    assert sum(found(world, rng) > 0 for _ in range(10)) >= least


@pytest.mark.parametrize("doubt", ["even", "sharper", "usual", "usual, sharper", "two places"])
def test_labels_that_get_sharper_or_hold_the_usual_shares_are_no_move(doubt):
    rng = np.random.default_rng(4)
    worlds = [ShareWorld(3, known_right=right, doubt=doubt) for right in (0.9, 0.7)]
    assert sum(found(world, rng) for world in worlds for _ in range(6)) == 0


def test_a_hub_that_comes_back_behind_doubtful_labels_makes_two_changes():
    rng = np.random.default_rng(5)
    world = ShareWorld(5, (120.0, 240.0), known_right=0.85, doubt="even")
    assert [found(world, rng) for _ in range(3)] == [2, 2, 2]


def test_an_itinerary_counts_an_airfield_once_with_probabilities_too():
    rows = [({OLD: 0.6, NEW: 0.4}, "a"), ({OLD: 0.5, NEW: 0.5}, "a"), ({OLD: 0.9}, None)]
    seen = drawn(gathered((float(i), str(i), g, p) for i, (p, g) in enumerate(rows)), 1)
    weights = seen.weights[:, [seen.names.index(OLD), seen.names.index(NEW)]]
    assert weights == pytest.approx(np.array([[0.6, 0.4], [0.5 * 0.4, 0.5 * 0.6], [0.9, 0.0]]))
    assert weights.sum(axis=0) == pytest.approx(seen.expected()[[1, 0]], abs=0.12)


def test_shares_before_and_after_hold_the_truth():
    rng, held = np.random.default_rng(6), []
    for _ in range(12):
        times = np.sort(rng.uniform(0, 360, 100))
        labels = (rng.random(100) < np.where(times < 180, 0.15, 0.8)).astype(int)
        for c in doubtful_share_changes(times, doubted(labels, 0.7, rng)).changes[:1]:
            held += [c.before_interval[0, 1] <= 0.15 <= c.before_interval[1, 1]]
            held += [c.after_interval[0, 1] <= 0.8 <= c.after_interval[1, 1]]
    assert len(held) >= 16
    assert np.mean(held) >= 0.75


def test_a_thousand_doubtful_units_take_a_second():
    rng = np.random.default_rng(7)
    times = np.sort(rng.uniform(0, 700, 1000))
    weights = doubted(rng.integers(0, 10, 1000), 0.6, rng, k=10)
    began = time.process_time()
    assert not doubtful_share_changes(times, weights).changes
    assert time.process_time() - began < 60  # a slip of order, not a benchmark
