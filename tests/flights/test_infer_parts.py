"""Unseen ends weighed in parts, and habits counted by hand."""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pytest
from made_ends import states_of, straight_flight
from made_flights import fly, join, keep, positions

from waystation import tracks
from waystation.flights import history_from, infer
from waystation.flights.build import observe
from waystation.flights.history import history_of
from waystation.terms.schema import empty
from waystation.world.airfields import load_airfields

HOUR = 3600.0


def dark_turn_round(icao24: str, far: str) -> pa.Table:
    out = fly("OSLK", far)
    gone = out["t"].max() + 2 * HOUR
    back = fly(far, "OSLK", start_s=gone)
    dark = join(keep(out, out["t"] < out["t"].max() - 1500), keep(back, back["t"] > gone + 1500))
    return positions(dark, icao24=icao24)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_parts_of_any_size_join_to_the_whole(monkeypatch, most: int) -> None:
    fields = load_airfields()
    made = [dark_turn_round(f"14000{i}", far) for i, far in enumerate(("HL59", "HLLB", "UUMU"))]
    judged = tracks.build(pa.concat_tables(made))
    seen = observe(judged.positions, judged.gaps, airfields=fields, aircraft=empty("aircraft"))
    assert len(seen.unseen.pairs) == 3
    history = history_from(seen.flights, fields)
    whole = infer(seen.flights, seen.ends, seen.unseen, fields, history=history)
    monkeypatch.setattr(sys.modules[infer.__module__], "PART_ENDS", most)
    parts = infer(seen.flights, seen.ends, seen.unseen, fields, history=history)
    for a, b in zip(whole, parts, strict=True):
        assert a.equals(b)


def test_odds_are_those_of_counting_by_hand() -> None:
    rng = np.random.default_rng(8)
    n, m, day = 300, 40, 86400.0
    frames, types = np.array(["a", "b", "c"], dtype=object), np.array(["IL76", "A124", ""], dtype=object)
    visit = {
        "time_s": np.sort(1.7e9 + rng.uniform(0.0, 200.0, n) * day),
        "airfield": rng.integers(0, 12, n),
        "other": rng.integers(-1, 6, n),
        "landing": rng.random(n) < 0.5,
        "weight": rng.uniform(0.5, 1.0, n),
    }
    airframe, kind = frames[rng.integers(0, 3, n)], types[rng.integers(0, 3, n)]
    nowhere = np.zeros(n)
    history = history_of(*visit.values(), airframe, np.full(n, "", dtype=object), kind, nowhere, nowhere)
    track = straight_flight(10.0, 10.0, 90.0, alt=30000.0, kt=400.0)
    states = states_of(
        [track | {"t": track["t"] + rng.uniform(0.0, 200.0) * day + 1.7e9} for _ in range(m)], [False] * m
    )
    own, other = frames[rng.integers(0, 3, m)], rng.integers(-1, 6, m)
    fields, looks = np.tile(np.arange(8), (m, 1)), rng.normal(size=(m, 8))
    odds = history.odds(states, own, other, fields, looks)
    usual = history.usual(states, own)
    for e in range(m):
        before = visit["time_s"] < states.time_s[e]
        weight = visit["weight"] * 0.5 ** ((states.time_s[e] - visit["time_s"]) / (120.0 * day))
        mine = before & (airframe == own[e])
        route = mine & (visit["other"] == other[e]) & visit["landing"] & (other[e] >= 0)
        share = np.exp(looks[e]) / np.exp(looks[e]).sum()
        habit = share.copy()
        for group in (mine, route):
            if group.any():
                counts = np.bincount(visit["airfield"][group], weights=weight[group], minlength=12)
                habit = (counts[:8] + 5.0 * habit) / (counts.sum() + 5.0)
        assert odds[e] == pytest.approx(habit / share)
        counts = np.bincount(visit["airfield"][mine], weights=weight[mine], minlength=12)
        best = [k for k in np.argsort(-counts, kind="stable")[:8] if counts[k] > 0]
        assert [u for u in usual[e] if u >= 0] == best
