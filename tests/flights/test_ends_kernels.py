"""Silence, ties, counts at edges and numbers in words: the quick forms against the plain ones."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from made_ends import states_of, straight_flight
from made_flights import EPOCH_S, fly, positions

from waystation import coverage, flights, tracks
from waystation.flights.edge_counts import edge_counts
from waystation.flights.quiet import BIN_S, QuietRules
from waystation.flights.reach import hop_probability
from waystation.flights.sequence import tie_pairs
from waystation.flights.worded import scattered, signed, whole
from waystation.terms.geodesy import bearing_deg, destination_point, distance_km
from waystation.terms.reception import edge_traffic, reception_of
from waystation.terms.reception_ways import silence_log_probability
from waystation.terms.units import HOUR_S, KT_KMH
from waystation.world.airfields import load_airfields


@pytest.fixture(scope="module")
def reception():
    others = [
        positions(fly("EDDF", "EPWA", start_s=EPOCH_S + 300.0 * k), icao24=f"3c00{k:02x}") for k in range(8)
    ]
    return reception_of(coverage.build(tracks.build(pa.concat_tables(others)).positions))


@pytest.fixture(scope="module")
def states():
    made = [
        straight_flight(50.0 + k / 7, 9.0 + k, 80.0, end_alt=9000.0 * (k % 3), alt=30000.0) for k in range(9)
    ]
    later = [f | {"t": f["t"] + EPOCH_S + 300.0} for f in made]
    return states_of(later, [k % 2 == 1 for k in range(9)])


def plain_silence(reception, fields, busy, states, airfield):
    rules = QuietRules()
    end, column = np.nonzero(airfield >= 0)
    field = airfield[end, column]
    lat, lon = states.lat[end], states.lon[end]
    way = distance_km(lat, lon, fields.lat[field], fields.lon[field])
    course = bearing_deg(lat, lon, fields.lat[field], fields.lon[field])
    looked = np.minimum(way, rules.reach_km)
    run = looked[:, None] * ((np.arange(rules.samples) + 0.5) / rules.samples)
    at_lat, at_lon = destination_point(lat[:, None], lon[:, None], course[:, None], run)
    now = np.where(np.isfinite(states.altitude_ft), states.altitude_ft, rules.usual_ft)[end]
    ground = np.nan_to_num(fields.elevation_ft[field], nan=0.0)
    height = np.minimum(now[:, None], ground[:, None] + rules.glide_ft_per_km * (way[:, None] - run))
    speed = np.where(states.ground_speed_kt > 0, states.ground_speed_kt, rules.usual_kt)[end] * KT_KMH
    sign = np.where(states.is_origin[end], -1.0, 1.0)
    time_s = states.time_s[end, None] + (sign / speed * HOUR_S)[:, None] * run
    recorded = np.isin(np.floor(time_s / BIN_S).astype(np.int64), busy)
    seconds = np.repeat((looked / speed * HOUR_S / rules.samples)[:, None], rules.samples, axis=1)
    out = np.zeros(airfield.shape)
    out[end, column] = silence_log_probability(
        reception, np.where(recorded, at_lat, np.nan), at_lon, height, time_s / HOUR_S % 24.0, seconds
    )
    return out


def test_silence_is_that_of_sampling_every_way_by_hand(reception, states):
    fields = load_airfields()
    airfield = np.random.default_rng(3).integers(-1, len(fields), (len(states), 40))
    airfield[:, 0], airfield[:, 1] = fields.index["EPWA"], fields.index["EDDF"]
    first = int(EPOCH_S // BIN_S)
    busy = np.array([first + k for k in range(18) if k != 3])
    got = flights.silence_of(reception, fields, busy)(states, airfield)
    assert (got < 0).sum() > 20
    assert np.allclose(got, plain_silence(reception, fields, busy, states, airfield), rtol=1e-12, atol=0)


def test_edges_are_counted_as_one_place_at_a_time(reception):
    lat, lon = np.repeat(np.arange(48.0, 54.0, 0.4), 20), np.tile(np.arange(6.0, 24.0, 0.9), 15)
    ends, bodies = edge_counts(reception, lat, lon)
    want = [edge_traffic(reception, p, q) for p, q in zip(lat, lon, strict=True)]
    assert [*zip(ends.tolist(), bodies.tolist(), strict=True)] == want
    assert bodies.max() > 0


def plain_ties(p, airfield, looks, pairs, hop):
    def prior(e):
        s = np.where(airfield[e] >= 0, looks[e], -np.inf)
        return np.exp(s - s.max()) / np.exp(s - s.max()).sum()

    out = p.copy()
    for e, f in pairs:
        both, ce, cf = np.intersect1d(airfield[e], airfield[f], return_indices=True)
        ce, cf = ce[both >= 0], cf[both >= 0]
        if not len(ce):
            continue
        liked = 0.5 * (prior(e)[ce] + prior(f)[cf])
        joint = (p[e, ce] / p[e].sum()) * (p[f, cf] / p[f].sum()) / np.maximum(liked, 1e-12)
        z = joint.sum()
        same = (1.0 - hop[e]) * z / ((1.0 - hop[e]) * z + hop[e])
        for end, columns in ((e, ce), (f, cf)):
            out[end] = (1.0 - same) * p[end]
            out[end, columns] += same * p[end].sum() * joint / z
    return out


def test_ties_are_those_of_one_pair_at_a_time(states):
    rng = np.random.default_rng(5)
    n, width = len(states), 30
    airfield = np.array([rng.permutation(60)[:width] for _ in range(n)])
    airfield[:, -4:] = -1
    airfield[5] += np.where(airfield[5] >= 0, 100, 0)  # nothing in common with the fourth
    p = np.where(airfield >= 0, rng.random((n, width)), 0.0)
    looks, pairs = rng.normal(size=(n, width)), np.array([[0, 1], [2, 3], [4, 5]])
    got = tie_pairs(p, airfield, looks, pairs, states)
    want = plain_ties(p, airfield, looks, pairs, hop_probability(states.next_after_s))
    assert np.allclose(got, want, rtol=1e-12, atol=0)
    assert (got[4:] == p[4:]).all()
    assert (got[0] != p[0]).any()
    assert got[:4].sum(axis=1) == pytest.approx(p[:4].sum(axis=1))


def test_numbers_read_as_python_writes_them():
    values = np.array([0.4, -0.4, 0.5, 1.5, 2.5, 999.5, 1e3, 123456.7, -1234.5, 7.0, 0.5])
    assert whole(values).to_pylist() == [f"{v:,.0f}" for v in values]
    more = np.r_[np.arange(-400, 400) / 20.0 + 1e-9, 0.05, 0.15, 0.25, 0.35, -0.05, -0.45, -0.04, 12.25]
    assert signed(more).to_pylist() == [f"{v:+.1f}" for v in more]
    assert scattered(pa.array(["a", "b"]), np.array([3, 1]), 4).to_pylist() == ["", "b", "", "a"]
