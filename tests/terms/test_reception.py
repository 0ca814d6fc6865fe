"""Cells, bands and slots; Beta distributions; what silence along a way is worth."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import betainc

from waystation.terms.cells import BANDS, band_of, cells_of_squares, slot_of_hour, squares_of
from waystation.terms.reception import (
    Reception,
    bodies_heard,
    edge_traffic,
    heard_probability,
    interval,
    posterior,
    reception_of,
)
from waystation.terms.reception_ways import Way, heard_along, silence_log_probability
from waystation.terms.schema import TABLES, empty


def cell_at(lat: float, lon: float) -> str:
    return f"{int(cells_of_squares(squares_of([lat], [lon]))[0]):x}"


def coverage(*rows: tuple) -> pa.Table:
    """Rows (lat, lon, band, hour, looks, seen, bodies, ends)."""
    names = ("cell", "altitude_band", "hour_utc", "looks", "seen", "bodies", "ends")
    columns = list(zip(*[(cell_at(a, b), *rest) for a, b, *rest in rows], strict=True))
    made = dict(zip(names, columns, strict=True)) | {"low": [None] * len(rows), "high": [None] * len(rows)}
    return pa.table({f.name: pa.array(made[f.name], f.type) for f in TABLES["coverage"]})


def test_bands_slots_and_squares() -> None:
    assert [BANDS[i] for i in band_of([0, 4999, 5000, 15000, 28000, 45000])] == [
        "0-5",
        "0-5",
        "5-15",
        "15-28",
        "28+",
        "28+",
    ]
    assert band_of([np.nan]).tolist() == [-1]
    assert slot_of_hour([0.0, 2.99, 3.0, 23.9, 25.0]).tolist() == [0, 0, 1, 7, 0]
    assert squares_of([10.0], [190.0]) == squares_of([10.0], [-170.0])
    assert squares_of([np.nan, 90.0], [0.0, 0.0])[0] == -1
    assert squares_of([90.0], [0.0])[0] == squares_of([89.99], [0.0])[0]


def test_without_surroundings_the_interval_is_that_of_jeffreys() -> None:
    a, b = posterior(20, 19, 0, 0)
    assert (float(a), float(b)) == (19.5, 1.5)
    low, high = interval(np.array([19.5]), np.array([1.5]))
    assert betainc(19.5, 1.5, low[0]) == pytest.approx(0.05, abs=1e-6)
    assert betainc(19.5, 1.5, high[0]) == pytest.approx(0.95, abs=1e-6)


def test_surroundings_count_for_ten_looks_at_most() -> None:
    a, b = posterior([0, 100], [0, 100], [1000, 1000], [0, 0])
    assert a[0] + b[0] == pytest.approx(11.0)
    assert (a / (a + b))[1] > 0.88  # its own hundred looks outweigh them


def one_way(reception: Reception, hour: float, *, own: bool = False) -> Way:
    sample = (np.array([x]) for x in (49.0, 8.0, 33000.0, hour, 600.0))
    return heard_along(reception, *sample, start=np.array([0, 1]), own=np.array([own]))


def test_many_ways_at_once_are_each_what_they_are_alone() -> None:
    reception = reception_of(
        coverage((49.0, 8.0, "28+", 0, 50, 45, 9, 0), (49.0, 10.0, "28+", 0, 9, 2, 9, 0))
    )
    lat, lon = np.full(30, 49.0), np.linspace(7.5, 10.5, 30)
    height, hour, seconds = np.full(30, 33000.0), np.full(30, 1.0), np.linspace(0.0, 90.0, 30)
    edges, own = [0, 4, 4, 15, 30], np.array([True, False, False, True])
    every = heard_along(reception, lat, lon, height, hour, seconds, start=np.array(edges), own=own)
    for i, (a, b) in enumerate(pairwise(edges)):
        part = (x[a:b] for x in (lat, lon, height, hour, seconds))
        alone = heard_along(reception, *part, start=np.array([0, b - a]), own=own[i : i + 1])
        assert np.array_equal([x[i] for x in every], [x[0] for x in alone], equal_nan=True)
    assert np.isnan(every.mean[1])


def test_an_empty_table_knows_nothing() -> None:
    reception = reception_of(empty("coverage"))
    assert np.isnan(heard_probability(reception, [49.0], [8.0], [33000.0], [0.0]).mean[0])
    assert silence_log_probability(reception, [49.0, 49.1], [8.0, 8.0], 33000.0, 0.0, 600.0) == 0.0
    assert one_way(reception, 0.0).measured == 0.0
    assert edge_traffic(reception, 49.0, 8.0) == (0, 0)
    assert bodies_heard(reception, [49.0], [8.0]).tolist() == [0]


def test_silence_costs_what_reception_promises_once_a_stretch() -> None:
    reception = reception_of(coverage((49.0, 8.0, "28+", 0, 50, 45, 9, 0)))
    p = heard_probability(reception, 49.0, 8.0, 33000.0, 1.0).mean
    one = silence_log_probability(reception, [49.0], [8.0], 33000.0, 1.0, 300.0)
    assert one == pytest.approx(np.log1p(-p))
    many = silence_log_probability(reception, [49.0] * 9, [8.0] * 9, 33000.0, 1.0, 300.0)
    assert many == pytest.approx(one)
    brief = silence_log_probability(reception, [49.0], [8.0], 33000.0, 1.0, 6.0)
    assert brief == pytest.approx(0.1 * one)
    ways = silence_log_probability(
        reception, [[49.0, np.nan], [20.0, 20.1]], [[8.0, np.nan], [0.0, 0.0]], 33000.0, 1.0, 300.0
    )
    assert ways.shape == (2,)
    assert ways.tolist() == [pytest.approx(float(one)), 0.0]


def test_a_silence_does_not_testify_against_reception_in_its_own_case() -> None:
    reception = reception_of(coverage((49.0, 8.0, "28+", 0, 5, 4, 5, 0)))
    with_own, without = one_way(reception, 1.0), one_way(reception, 1.0, own=True)
    assert without.mean > with_own.mean
    lonely = reception_of(coverage((49.0, 8.0, "28+", 0, 1, 0, 1, 0)))
    assert one_way(lonely, 1.0, own=True).measured == 0.0


def test_edge_traffic_takes_one_cell_and_band_so_that_bodies_are_distinct() -> None:
    rows = [(49.0, 8.0, band, 0, 0, 0, 4, 3) for band in ("5-15", "28+")]
    assert edge_traffic(reception_of(coverage(*rows)), 49.0, 8.0) == (3, 4)
    hours = [(49.0, 8.0, "28+", hour, 0, 0, 4, 3) for hour in (0, 3)]
    assert edge_traffic(reception_of(coverage(*hours)), 49.0, 8.0) == (6, 8)
    low = [(49.0, 8.0, "0-5", 0, 0, 0, 90, 80)]
    assert edge_traffic(reception_of(coverage(*low)), 49.0, 8.0) == (0, 0)
