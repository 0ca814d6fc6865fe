"""Bounds may say nothing, but never the wrong thing."""

import numpy as np
import pyarrow as pa
import pytest

from waystation.terms.geodesy import destination_point, distance_km
from waystation.tracks.bounds import farther, nearer
from waystation.tracks.texts import changes, starts_in_order


def test_a_bound_never_contradicts_the_distance_and_mostly_decides():
    rng = np.random.default_rng(7)
    n = 4000
    lat, lon = rng.uniform(-89, 89, n), rng.uniform(-180, 180, n)
    far = np.exp(rng.uniform(np.log(0.001), np.log(400.0), n))
    lat2, lon2 = destination_point(lat, lon, rng.uniform(0, 360, n), far)
    km = far * rng.choice([0.5, 0.999, 0.999999, 1.000001, 1.001, 2.0], n)
    true = distance_km(lat, lon, lat2, lon2)
    near = np.array([nearer(*x) for x in zip(lat, lon, lat2, lon2, km, strict=True)])
    away = np.array([farther(*x) for x in zip(lat, lon, lat2, lon2, km, strict=True)])
    assert (true[near] < km[near]).all()
    assert (true[away] > km[away]).all()
    plain = (np.abs(lat) < 70) & ((km > 1.5 * far) | (km < 0.7 * far))
    assert (near | away)[plain].mean() > 0.8


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_bound_says_nothing_of_no_place(bad):
    assert not nearer(bad, 0.0, 0.0, 0.0, 5.0)
    assert not farther(0.0, bad, 0.0, 0.0, 5.0)


def _columns(rows):
    names, times, sources, records = zip(*rows, strict=True)
    return (
        pa.chunked_array([pa.array(names, pa.string())]),
        pa.chunked_array([pa.array(times, pa.timestamp("ms", "UTC"))]),
        pa.chunked_array([pa.array(sources, pa.string())]),
        pa.chunked_array([pa.array(records, pa.int32())]),
    )


IN_ORDER = [("a1", 5, "s1", 0), ("a1", 5, "s1", 1), ("a1", 5, "s2", 0), ("a1", 9, "s1", 0), ("b", 1, "s1", 0)]


def test_order_is_seen_over_all_four_columns():
    assert starts_in_order(*_columns(IN_ORDER)).tolist() == [0, 4]
    for i in range(len(IN_ORDER) - 1):
        swapped = IN_ORDER.copy()
        swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
        assert starts_in_order(*_columns(swapped)) is None


def test_rows_alike_and_absent_values_are_left_to_the_full_sort():
    assert starts_in_order(*_columns([*IN_ORDER, IN_ORDER[-1]])) is None
    assert starts_in_order(*_columns([*IN_ORDER, ("b", 2, None, 0)])) is None


def test_changes_of_a_text_are_found_in_a_slice():
    column = pa.chunked_array([pa.array(["x", "adsb", "adsb", "mlat", "mlat_other", "mlat"]).slice(1)])
    assert changes(column).tolist() == [0, 2, 3, 4]
