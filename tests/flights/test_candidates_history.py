"""Habits, the next sighting, and neighbouring flights."""

from __future__ import annotations

import numpy as np
import pytest
from made_ends import states_of, straight_flight

from waystation.flights.candidates import rank_ends
from waystation.flights.history import History, history_of
from waystation.flights.reach import ReachRules, hop_probability
from waystation.terms.geodesy import destination_point
from waystation.world.airfields import load_airfields

DAY = 86400.0


@pytest.fixture(scope="module")
def airfields():
    return load_airfields()


def towards_libya(airfields, shift_days=0.0, km=350.0):
    """An aircraft in cruise over the sea, the Libyan coast ahead: several fields are possible."""
    i = airfields.index["HLLB"]
    lat, lon = destination_point(airfields.lat[i], airfields.lon[i], 60.0, km)
    f = straight_flight(float(lat), float(lon), 240.0, alt=31000.0, kt=420.0)
    return f | {"t": f["t"] + 1.7e9 + shift_days * DAY}


def visits(airfields, where, days, *, airframe="a", operator="", type_="") -> History:
    n = len(days)
    here = np.array([airfields.index[where]] * n, dtype=np.int64)
    text = lambda x: np.array([x] * n, dtype=object)  # noqa: E731
    return history_of(
        1.7e9 + np.array(days) * DAY, here, np.full(n, -1, dtype=np.int64), np.ones(n, dtype=bool), np.ones(n),
        text(airframe), text(operator), text(type_), airfields.lat[here], airfields.lon[here],
    )  # fmt: skip


def share(ranked, airfields, ident, e=0, column="probability"):
    part = slice(ranked.start[e], ranked.start[e + 1])
    hit = ranked.airfield[part] == airfields.index[ident]
    return float(getattr(ranked, column)[part][hit].sum())


def ranked_with(airfields, history, shift_days=0.0, airframe="a", **more):
    s = states_of([towards_libya(airfields, shift_days)], [False], **more)
    return rank_ends(s, airfields, history=history, airframe=np.array([airframe], dtype=object))


def test_habits_raise_a_strip_and_the_evidence_stays_beside_them(airfields):
    r = ranked_with(airfields, visits(airfields, "HL59", [-30, -20, -10, -5, -3, -2]))
    plain = rank_ends(states_of([towards_libya(airfields)], [False]), airfields)
    assert share(r, airfields, "HL59") > 5 * share(plain, airfields, "HL59")
    assert share(r, airfields, "HL59", column="evidence_only") == pytest.approx(
        share(plain, airfields, "HL59"), abs=1e-3
    )
    assert share(r, airfields, "HLLB", column="evidence_only") == pytest.approx(
        share(plain, airfields, "HLLB"), rel=0.01
    )
    assert r.probability.sum() == pytest.approx(1.0)
    assert r.evidence_only.sum() == pytest.approx(1.0)


def test_what_comes_later_never_counts(airfields):
    r = ranked_with(airfields, visits(airfields, "HL59", [1, 2, 3, 4]))
    assert r.probability == pytest.approx(r.evidence_only)


def test_visits_are_forgotten(airfields):
    fresh = ranked_with(airfields, visits(airfields, "HL59", [-5, -4, -3]))
    stale = ranked_with(airfields, visits(airfields, "HL59", [-505, -504, -503]))
    assert share(fresh, airfields, "HL59") > 1.2 * share(stale, airfields, "HL59")


def test_another_airframe_helps_less_and_only_through_its_fleet(airfields):
    own = visits(airfields, "HL59", [-5, -4, -3], operator="RFF", type_="IL76")
    same = ranked_with(airfields, own, callsign=["RFF1"], type_=["IL76"])
    fleet = ranked_with(airfields, own, airframe="b", callsign=["RFF1"], type_=["IL76"])
    nobody = ranked_with(airfields, own, airframe="b", callsign=["XXX1"], type_=["B738"])
    assert share(same, airfields, "HL59") > share(fleet, airfields, "HL59") > share(nobody, airfields, "HL59")
    assert nobody.probability == pytest.approx(nobody.evidence_only)


def test_history_needs_to_know_whose(airfields):
    with pytest.raises(ValueError, match="airframe"):
        rank_ends(
            states_of([towards_libya(airfields)], [False]), airfields, history=visits(airfields, "HL59", [-1])
        )


def test_a_takeoff_seen_after_the_silence_is_where_it_landed(airfields):
    i = airfields.index["HL59"]
    upcoming = {
        "next_lat": np.array([airfields.lat[i]]), "next_lon": np.array([airfields.lon[i]]), "next_after_s": np.array([3 * 3600.0]),
        "next_altitude_ft": np.array([2000.0]), "next_airfield": np.array([i]), "next_probability": np.array([0.98]),
    }  # fmt: skip
    r = rank_ends(states_of([towards_libya(airfields)], [False], upcoming=upcoming), airfields)
    plain = rank_ends(states_of([towards_libya(airfields)], [False]), airfields)
    assert share(plain, airfields, "HL59") < 0.2
    odds = share(r, airfields, "HL59") / (1 - share(r, airfields, "HL59"))
    before = share(plain, airfields, "HL59") / (1 - share(plain, airfields, "HL59"))
    assert odds > 10 * before


def test_fields_that_cannot_be_reached_in_the_time_lose_their_mass(airfields):
    i = airfields.index["HLLB"]
    upcoming = {
        "next_lat": np.array([airfields.lat[i]]),
        "next_lon": np.array([airfields.lon[i]]),
        "next_after_s": np.array([90 * 60.0]),
    }
    r = rank_ends(states_of([towards_libya(airfields)], [False], upcoming=upcoming), airfields)
    plain = rank_ends(states_of([towards_libya(airfields)], [False]), airfields)
    assert share(plain, airfields, "HLLS") > 1e-3  # 600 km beyond: there and back takes longer than that
    assert share(r, airfields, "HLLS") < 0.05 * share(plain, airfields, "HLLS")


def test_an_unseen_hop_is_likelier_the_longer_the_silence():
    p = hop_probability(np.array([3600.0, 2 * DAY, 30 * DAY, np.nan]))
    assert p[0] < p[1] < p[2] == ReachRules().max_hop
    assert p[3] == pytest.approx(ReachRules().hop)


def test_landing_and_takeoff_are_decoded_together(airfields):
    """In from the north-east, out to the south: only fields that suit both keep their mass."""
    i = airfields.index["HLLB"]
    lat, lon = destination_point(airfields.lat[i], airfields.lon[i], 180.0, 200.0)
    out = straight_flight(
        float(lat), float(lon), 0.0, alt=31000.0, kt=420.0
    )  # read backwards: it leads to HLLB
    out = {k: v[::-1].copy() for k, v in out.items()}
    inbound = towards_libya(airfields, km=200.0)
    out["t"] = inbound["t"][-1] + 4 * 3600.0 + np.arange(len(out["t"])) * 20.0
    out["track"] = (out["track"] + 180.0) % 360.0
    s = states_of([inbound, out], [False, True])
    apart = rank_ends(s, airfields)
    tied = rank_ends(s, airfields, pairs=np.array([[0, 1]]))
    for e in (0, 1):
        part = slice(tied.start[e], tied.start[e + 1])
        assert tied.probability[part].sum() == pytest.approx(1.0)
        assert share(tied, airfields, "HLLB", e) > share(apart, airfields, "HLLB", e)
    best = [tied.airfield[tied.start[e]] for e in (0, 1)]
    assert best[0] == best[1]
