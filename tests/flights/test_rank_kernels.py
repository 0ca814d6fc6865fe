"""The compiled search and scoring of airfields against their plain forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_ends import reversed_flight, states_of, straight_flight

from waystation.flights.candidates import context, matrix, score_ends, score_parts
from waystation.flights.features import GROUPS, N_TERMS, PARTS, fill_terms, onward_deg
from waystation.flights.field_table import field_table
from waystation.flights.model import load_model, who_flies
from waystation.flights.prune_blocks import blocks_of
from waystation.flights.prune_kernel import BASE_APPEAL, MUST, aim_of, prune, rough_score
from waystation.terms.units import EARTH_RADIUS_KM
from waystation.world.airfields import load_airfields

REACH_KM, KEEP = 1600.0, 240


@pytest.fixture(scope="module")
def airfields():
    return load_airfields()


@pytest.fixture(scope="module")
def states():
    """Ends of all kinds: crowded and empty places, poles, the date line, high, low, slow, of no known course."""
    made, sides = [], []
    places = (
        (40.0, -98.0),
        (51.0, 0.5),
        (-25.0, 28.0),
        (84.0, 10.0),
        (-17.0, 179.9),
        (35.0, 33.0),
        (0.0, -30.0),
    )
    for n, (lat, lon) in enumerate(places):
        for kt, alt, rate in ((420.0, 36000.0, 0.0), (110.0, 3000.0, -500.0), (280.0, 9000.0, 1200.0)):
            flight = straight_flight(lat, lon, 47.0 * n, kt=kt, alt=alt, rate=rate, end_alt=alt)
            made += [flight, reversed_flight(flight)]
            sides += [False, True]
    states = states_of(made, sides, callsign=["RFF8042"] * len(made))
    states.course_deg[4], states.course_5min_deg[4], states.altitude_ft[9] = np.nan, np.nan, np.nan
    return states


def test_parts_are_the_sums_of_the_terms_that_are_fitted(airfields, states):
    model, t = load_model(), field_table(airfields)
    scores = score_ends(states, airfields, model)
    parts = score_parts(states, airfields, model, scores.rows)
    far, home, bases = context(states, airfields, t)
    of = np.empty(sum(math.prod(shape) for _, shape in GROUPS.values()), dtype=np.int64)
    for part, name in enumerate(PARTS):
        at, shape = GROUPS[name]
        of[at : at + math.prod(shape)] = part
    index, value = np.empty(N_TERMS, dtype=np.int16), np.empty(N_TERMS, dtype=np.float32)
    plain, kind = matrix(states), who_flies(states)
    for e in range(len(states)):
        for c in range(0, KEEP, 17):
            i = scores.rows[e, c]
            if i < 0:
                continue
            known = (states.is_origin[e], far[e], home[e], bool((bases[e] == i).any()))
            field = (t.lat[i], t.lon[i], t.elevation_ft[i], t.attributes[i], t.runway_deg[i], t.country[i])
            m = fill_terms(plain[e], onward_deg(plain[e]), *known, *field, index, value)
            want = np.zeros(len(PARTS), dtype=np.float32)
            for z in range(m):
                want[of[index[z]]] += value[z] * model.beta[kind[e], index[z]]
            assert (parts[e, c] == want).all()
            total = parts[e, c].sum(dtype=np.float64) - 5.0 * t.water[i]
            assert scores.score[e, c] == total
            assert scores.field_part[e, c] == want[PARTS.index("field")]


def test_the_search_by_blocks_finds_what_looking_at_every_field_finds(airfields, states):
    t, plain = field_table(airfields), matrix(states)
    _, _, bases = context(states, airfields, t)
    must = np.full((len(states), 2), -1, dtype=np.int64)
    must[::3, 0] = np.arange(len(states))[::3] * 1000  # near or far, wanted or not
    got = prune(plain, bases, must, blocks_of(t), REACH_KM, KEEP)
    for e in range(len(states)):
        aim = aim_of(plain[e])
        dot = t.unit[:, 0] * aim[0] + t.unit[:, 1] * aim[1] + t.unit[:, 2] * aim[2]
        near = np.flatnonzero(dot >= math.cos(REACH_KM / EARTH_RADIUS_KM))
        along = t.unit[:, 0] * aim[3] + t.unit[:, 1] * aim[4] + t.unit[:, 2] * aim[5]
        score = np.array([rough_score(aim, dot[i], along[i], *t.appeal[i], -math.inf) for i in near])
        for i in bases[e][bases[e] >= 0]:
            score[near == i] += BASE_APPEAL
        score[np.isin(near, must[e])] = MUST
        least = -np.partition(-score, KEEP - 1)[KEEP - 1] if len(near) > KEEP else -math.inf
        want = near[score >= least][:KEEP]
        assert (got[e, : len(want)] == want).all()
        assert (got[e, len(want) :] == -1).all()
