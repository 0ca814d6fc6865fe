"""Hubs by their measures; who took over from a lost one."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from made_network import T0, fly, tables

from waystation import network
from waystation.network.flows import draw
from waystation.network.higher_order import betweenness, rules_of
from waystation.terms.case_view import CaseView, Event
from waystation.terms.schema import TABLES
from waystation.world.airfields import load_airfields

CHANGE = (T0 + timedelta(days=100)).date()


def journeys(*ways, every_h=48):
    """Each way is flown by an aircraft of its own kind, 4 h a flight, 3 h on the ground."""
    flown, n = [], 0
    for k, way in enumerate(ways):
        for i, (a, b) in enumerate(itertools.pairwise(way)):
            start = k * every_h + 7 * i
            flown.append(fly(n, a, b, start, start + 4, icao24=f"{k % 7:06x}"))
            n += 1
    return flown


def play(flown, *, lost=(), events=(), **more):
    built = network.build(*tables(*flown), airfields=load_airfields())
    return network.roles(built, CaseView("made up", events=events), lost=lost, **more)


def measured(made, measure, period="whole"):
    rows = [r for r in made["hubs"].to_pylist() if (r["measure"], r["period"]) == (measure, period)]
    return {r["airfield"]: (round(r["value"], 3), r["rank"]) for r in rows}


def shifted(before, after, n=50):
    """Half of the time through one hub, then half through another; two demands."""
    ways = []
    for k in range(2 * n):
        hub = before if k < n else after
        ways.append(("UUMU", hub, "GABS") if k % 2 else ("UMMS", hub, "DRRN"))
    return journeys(*ways)


def test_through_flow_counts_what_leads_on_and_not_what_turns_back():
    made = play(journeys(("UUMU", "OSLK", "GABS"), ("UUMU", "OSLK", "UUMU"), ("UUMU", "HL59", "DRRN")))
    assert measured(made, "through-flow") == {"OSLK": (1.0, 1), "HL59": (1.0, 1)}
    assert measured(made, "transit ratio") == {"HL59": (1.0, 1), "OSLK": (0.5, 2)}
    assert measured(made, "dependence") == {"OSLK": (0.5, 1), "HL59": (0.5, 1)}
    assert made["hubs"].schema == TABLES["hubs"]


def test_local_sorties_make_no_hub_of_their_home():
    flown = [fly(k, "KRNM", "KRNM", 5 * k, 5 * k + 2) for k in range(40)]
    assert play(flown)["hubs"].num_rows == 0


def test_periods_are_cut_at_events_and_at_lost_dates():
    made = play(
        shifted("OSLK", "HL59"), lost=(("OSLK", CHANGE),), events=(Event("falls", CHANGE - timedelta(20)),)
    )
    periods = set(made["hubs"].column("period").to_pylist())
    assert periods == {"whole", "before falls", "after falls", f"before {CHANGE}", f"after {CHANGE}"}
    assert measured(made, "through-flow", f"before {CHANGE}") == {"OSLK": (50.0, 1)}
    assert measured(made, "through-flow", f"after {CHANGE}") == {"HL59": (50.0, 1)}


def test_intervals_come_from_doubtful_ends_and_close_where_there_is_no_doubt():
    sure = journeys(*[("UUMU", "OSLK", "GABS")] * 10)
    row = next(r for r in play(sure)["hubs"].to_pylist() if r["measure"] == "through-flow")
    assert (row["low"], row["value"], row["high"]) == (10.0, 10.0, 10.0)
    dark = journeys(*[("UUMU", {"OSLK": 0.6, "HL59": 0.3}, "GABS")] * 10)
    row = next(r for r in play(dark)["hubs"].to_pylist() if r["measure"] == "through-flow")
    assert row["airfield"] == "OSLK"
    assert row["value"] == pytest.approx(6.0)
    assert 2 <= row["low"] < 6 < row["high"] <= 10


def test_a_draw_takes_each_row_as_often_as_its_probability():
    group, p = np.array([0, 0, 1, 2, 2]), np.array([0.5, 0.3, 1.0, 0.2, 0.2])
    rows = draw(group, p, 20_000, np.random.default_rng(1))
    assert (rows == 0).mean(axis=0)[0] == pytest.approx(0.5, abs=0.02)
    assert (rows[:, 0] == -1).mean() == pytest.approx(0.2, abs=0.02)
    assert (rows[:, 1] == 2).all()
    assert (rows[:, 2] == -1).mean() == pytest.approx(0.6, abs=0.02)


def test_memory_grows_where_what_follows_hangs_on_where_it_came_from():
    ways = [(0, 2, 3)] * 20 + [(1, 2, 4)] * 20
    kept = rules_of(ways)
    assert kept[0, 2] == {3: 20}
    assert kept[1, 2] == {4: 20}
    mixed = [(a, 2, b) for a in (0, 1) for b in (3, 4)] * 10
    assert (0, 2) not in rules_of(mixed)
    assert rules_of([(0, 2, 3)] * 4) == {}


def test_betweenness_is_that_of_networkx_where_no_memory_is_needed():
    rng = np.random.default_rng(3)
    ways = [tuple(w) for w in rng.integers(0, 6, (300, 2)).tolist() if w[0] != w[1]] * 5
    found = betweenness(ways)
    known = nx.betweenness_centrality(nx.DiGraph(ways))
    assert found == {k: pytest.approx(v) for k, v in known.items() if k in found}


def test_betweenness_of_a_period_adds_up_to_one():
    ways = [("UUMU", "OSLK", "GABS"), ("UMMS", "OSLK", "DRRN"), ("UUMU", "HL59", "DRRN")] * 20
    found = measured(play(journeys(*ways)), "betweenness")
    assert sum(value for value, _ in found.values()) == pytest.approx(1.0, abs=0.01)
    assert found["OSLK"][1] == 1


def test_ways_that_nobody_flew_lend_no_betweenness():
    apart = [(0, 2, 3)] * 20 + [(1, 2, 4)] * 20
    mixed = [(a, 2, b) for a in (0, 1) for b in (3, 4)] * 10
    assert betweenness(apart)[2] < betweenness(mixed)[2]


def test_the_hub_that_took_over_is_named_with_its_share():
    made = play(shifted("OSLK", "HL59"), lost=(("OSLK", CHANGE),))
    (row,) = made["substitutions"].to_pylist()
    assert (row["lost_hub"], row["substitute"]) == ("OSLK", "HL59")
    assert row["share"] == pytest.approx(1.0, abs=0.01)
    assert row["low"] <= row["share"] <= row["high"] <= 1.0 + 1e-9
    assert row["residual"] == pytest.approx(0.0, abs=0.01)
    assert row["placebo_rank"] == pytest.approx(1 / 27, abs=0.03)
    assert made["substitutions"].schema == TABLES["substitutions"]


def test_what_nobody_took_over_is_the_residual():
    ways = [("UUMU", "OSLK", "GABS")] * 50 + [
        ("UUMU", "HL59", "GABS") if k % 2 else ("UUMU", "GABS") for k in range(50)
    ]
    (row,) = play(journeys(*ways), lost=(("OSLK", CHANGE),))["substitutions"].to_pylist()
    assert row["share"] == pytest.approx(0.5, abs=0.05)
    assert row["residual"] == pytest.approx(0.5, abs=0.05)


def test_growth_of_another_demand_is_no_substitution():
    ways = [("UUMU", "OSLK", "GABS")] * 50 + [("UMMS", "HL59", "DRRN")] * 50
    rows = play(journeys(*ways), lost=(("OSLK", CHANGE),))["substitutions"].to_pylist()
    assert [(r["substitute"], r["share"], r["residual"]) for r in rows] == [(None, 0.0, 1.0)]


def test_a_hub_that_lost_nothing_has_no_heir():
    rows = play(shifted("OSLK", "OSLK"), lost=(("OSLK", CHANGE),))["substitutions"].to_pylist()
    assert [(r["substitute"], r["share"], r["residual"]) for r in rows] == [(None, 0.0, 1.0)]


def test_an_airfield_that_nothing_went_through_has_no_heir_either():
    rows = play(shifted("OSLK", "HL59"), lost=(("LFPG", CHANGE),))["substitutions"].to_pylist()
    assert [(r["lost_hub"], r["substitute"], r["share"]) for r in rows] == [("LFPG", None, 0.0)]


def test_exposure_corrects_what_the_heir_lost_to_bad_reception():
    ways = [("UUMU", "OSLK", "GABS")] * 50
    ways += [("UUMU", "HL59", "GABS") if k % 4 == 0 else ("UMMS", "GABS") for k in range(50)]
    stop = T0 + timedelta(days=201)
    cut = datetime(CHANGE.year, CHANGE.month, CHANGE.day, tzinfo=UTC)
    exposures = pa.Table.from_pylist(
        [
            {
                "subject": h,
                "from_utc": a,
                "to_utc": b,
                "days": (b - a).days,
                "exposure_days": (b - a).days * q,
            }
            for h, q in (("OSLK", 1.0), ("HL59", 0.5))
            for a, b in ((T0, cut), (cut, stop))
        ],
        schema=TABLES["exposures"],
    )
    plain = play(journeys(*ways), lost=(("OSLK", CHANGE),))["substitutions"].to_pylist()[0]
    better = play(journeys(*ways), lost=(("OSLK", CHANGE),), exposures=exposures)[
        "substitutions"
    ].to_pylist()[0]
    assert plain["share"] == pytest.approx(0.26, abs=0.03)
    assert better["share"] > 0.9


def test_same_flights_in_any_order_give_the_same_bytes():
    flown = shifted("OSLK", "HL59", n=20)
    a, b = (play(f, lost=(("OSLK", T0.date() + timedelta(40)),)) for f in (flown, flown[::-1]))
    assert a["hubs"].equals(b["hubs"])
    assert a["substitutions"].equals(b["substitutions"])


def test_no_flights_no_roles():
    assert {k: t.num_rows for k, t in play([]).items()} == {"hubs": 0, "substitutions": 0}


def test_an_heir_behind_the_old_hub_is_found_though_the_hub_is_busier_than_ever():
    ways = [("UUMU", "OSLK", "GABS")] * 30 + [("UUMU", "OSLK", "HL59", "GABS")] * 30
    more = [("UUMU", "OSLK", "UMMS")] * 10
    (row,) = play(journeys(*ways, *more, every_h=80), lost=(("OSLK", CHANGE),))["substitutions"].to_pylist()
    assert (row["lost_hub"], row["substitute"]) == ("OSLK", "HL59")
    assert row["share"] > 0.8
    assert row["low"] <= row["share"] <= row["high"]


def test_no_demand_that_fell_no_heir():
    ways = [("UUMU", "OSLK", "GABS"), ("UUMU", "HL59", "DRRN")] * 40
    (row,) = play(journeys(*ways), lost=(("OSLK", CHANGE),))["substitutions"].to_pylist()
    assert row["substitute"] is None


def test_a_hub_that_comes_back_had_an_heir_all_the_same():
    there, away = ("UUMU", "OSLK", "GABS"), ("UUMU", "HL59", "GABS")
    flown = journeys(*[there] * 30, *[away] * 30, *[there] * 30)
    days = [(T0 + timedelta(days=60 * k)).date() for k in (1, 2)]
    rows = play(flown, lost=(("OSLK", days[0]), ("HL59", days[1])))["substitutions"].to_pylist()
    assert {(r["lost_hub"], r["substitute"]) for r in rows} == {("OSLK", "HL59"), ("HL59", "OSLK")}
    assert min(r["share"] for r in rows) > 0.9
