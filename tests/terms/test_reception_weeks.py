"""Reception by week: what a week says itself, what it borrows, and whether silence lasts."""

from __future__ import annotations

import numpy as np
import pytest
from made_reception import stretches, weeks_table

from waystation.terms.reception_weeks import exponents_at, week_reception_of

WAY = stretches()
N = 6


def told(looks, present=1.0, **kwargs):
    r = week_reception_of(weeks_table(N, looks, **kwargs))
    return r, exponents_at(r, WAY.cells, WAY.bands, r.mondays, np.full(N, present))


def test_many_looks_say_what_was_seen():
    _, e = told(lambda _i, _w: (2000, 1200))
    assert 1.0 - np.exp(-e.mean) == pytest.approx(0.6, abs=0.01)
    assert e.variance.max() < 0.002
    assert e.borrowed.max() < 0.01


def test_a_week_of_few_looks_borrows_and_is_less_sure():
    _, e = told(lambda _i, w: (2, 1) if w == 0 else (5, 4))
    assert e.borrowed[0, 0] > e.borrowed[0, 1] > 0.5
    assert e.variance[0, 0] > e.variance[0, 1]


def test_twenty_deaf_cells_do_not_add_up_to_a_way_that_is_heard():
    _, e = told(lambda _i, _w: (5, 0))
    assert len(WAY.cells) > 15
    assert 1.0 - np.exp(-e.mean[:, 0].sum()) < 0.1


def test_a_week_that_lost_its_looks_is_unknown_and_so_is_an_empty_archive():
    _, e = told(lambda _i, w: (0, 0) if w == 3 else (40, 40))
    assert np.isnan(e.mean[:, 3]).all()
    assert np.isfinite(np.delete(e.mean, 3, axis=1)).all()
    _, nearly_empty = told(lambda _i, _w: (4, 4), elsewhere=0)
    assert np.isnan(nearly_empty.mean).all()


def test_cells_that_nobody_crossed_are_unknown():
    _, e = told(lambda i, _w: (0, 0) if i < 4 else (40, 20))
    assert np.isnan(e.mean[:4]).all()
    assert np.isnan(e.usual[:4]).all()
    assert np.isfinite(e.usual[4:]).all()


@pytest.mark.parametrize("c", [0.2, 0.5, 0.9])
def test_how_long_silence_lasts_is_found_again(c):
    unheard = 0.4**c  # cells are heard with 0.6
    silences = (5000, round(5000 * (1.0 - unheard)))
    r, _ = told(lambda _i, _w: (2000, 1200), silences=silences)
    assert r.persistence == pytest.approx(c, abs=0.03)
    assert r.persistence_sd < 0.05
    nothing, _ = told(lambda _i, _w: (2000, 1200))
    assert nothing.persistence_sd > 0.2
