"""Ways flown are sums of great circles."""

from __future__ import annotations

import numpy as np

from waystation.flights.lengths import steps_km
from waystation.terms.geodesy import distance_km


def test_steps_are_great_circles_over_poles_and_the_antimeridian_and_nil_where_nothing_moved():
    rng = np.random.default_rng(4)
    lat, lon = rng.uniform(-90, 90, 500), rng.uniform(-180, 180, 500)
    lat[1:50] = lat[0] + rng.normal(0, 1e-3, 49)
    lon[1:50] = lon[0]
    lat[60:62], lon[60:62] = (89.9, 89.9), (10.0, -170.0)
    lat[70:72], lon[70:72] = (5.0, 5.0), (179.9, -179.9)
    lat[80:82], lon[80:82] = 1.0, 2.0
    steps = steps_km(lat, lon)
    assert np.allclose(steps, distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:]), rtol=1e-12, atol=1e-12)
    assert steps[80] == 0.0
    assert np.array_equal(steps[::-1], steps_km(lat[::-1].copy(), lon[::-1].copy()))


def test_one_place_or_none_has_no_step():
    for n in (0, 1):
        assert len(steps_km(np.zeros(n), np.zeros(n))) == 0
