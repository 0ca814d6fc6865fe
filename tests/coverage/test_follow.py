"""The short cut across a map lands in the square of the great circle."""

import numpy as np

from waystation.coverage.follow import _square_between
from waystation.terms.cells import squares_of
from waystation.terms.geodesy import destination_point, distance_km, unit_vectors


def test_the_square_between_two_positions_is_that_of_the_great_circle():
    rng = np.random.default_rng(3)
    n = 3000
    lat, lon = rng.uniform(-80, 80, n), rng.uniform(-180, 180, n)
    far = np.exp(rng.uniform(np.log(5.0), np.log(300.0), n))
    lat2, lon2 = destination_point(lat, lon, rng.uniform(0, 360, n), far)
    f = rng.uniform(0.05, 0.95, n)
    chord = unit_vectors(lat, lon) * (1 - f)[:, None] + unit_vectors(lat2, lon2) * f[:, None]
    chord /= np.linalg.norm(chord, axis=1)[:, None]
    wanted = squares_of(np.degrees(np.arcsin(chord[:, 2])), np.degrees(np.arctan2(chord[:, 1], chord[:, 0])))
    apart = distance_km(lat, lon, lat2, lon2)
    got = [_square_between(lat[i], lon[i], lat2[i], lon2[i], f[i], apart[i]) for i in range(n)]
    assert np.array_equal(got, wanted)
