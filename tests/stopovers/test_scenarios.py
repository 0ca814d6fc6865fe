"""The same demand under other closures, winds and days; each beside the rules as they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from waystation.stopovers import Conditions, build, curve, demands_of, standing
from waystation.stopovers.wind import headwinds_kt
from waystation.terms.case_view import Airspace, CaseView, Question, Scenario
from waystation.terms.schema import empty
from waystation.world.ways_many import ways_from

NONE = empty("flights")
CASE = CaseView(
    title="what if",
    period_to=date(2024, 12, 8),
    questions=(Question("q1", "stopover", route=("ZO", "ZD"), type="IL76", payload_t=40.0),),
    airspace=(
        Airspace("always", closed=("EG",), source="x"),
        Airspace("what if", closed=("LY",), scenario="shut"),
    ),
    scenarios=(
        Scenario("shut"),
        Scenario("wind", headwind_kt=30.0, wind_from_deg=90.0, wind_kt=20.0),
        Scenario("then", on=date(2021, 1, 1), operator_class="russian-civil", without=("ZM",)),
    ),
)


def rows(made, stopover, scenario=None):
    both = zip(made.stopovers.to_pylist(), made.parts.to_pylist(), strict=True)
    found = [s | p for s, p in both if s["stopover"] == stopover and s["scenario"] == scenario]
    return found[0] if found else None


def test_a_question_comes_as_the_rules_stand_and_then_under_each_scenario() -> None:
    plain, shut, wind, then = demands_of(CASE, operator_class="russian-state")
    assert [r.name for r in plain.under.closures] == ["always"]
    assert [r.name for r in shut.under.closures] == ["always", "what if"]
    assert (wind.under.headwind_kt, wind.under.wind_from_deg) == (30.0, 90.0)
    assert (then.on, then.operator_class, then.under.used_until) == (
        date(2021, 1, 1),
        "russian-civil",
        date(2024, 12, 8),
    )
    assert [d.under.scenario for d in demands_of(CASE, scenarios=["wind"])] == [None, "wind"]


def test_both_stand_side_by_side_and_only_the_conditions_differ(fields, make_flights) -> None:
    flown = make_flights(("2024-11-01", "ZO", "ZM"), ("2024-11-02", "ZM", "ZD"))
    made = build(demands_of(CASE), flown, fields)
    calm, wind = rows(made, "ZM"), rows(made, "ZM", "wind")
    assert calm["used_before"] == wind["used_before"] == 2
    assert wind["feasible_probability"] < calm["feasible_probability"]
    assert wind["payload_low_t"] < calm["payload_low_t"]
    assert calm["first_leg_km"] == wind["first_leg_km"]
    assert rows(made, "ZM", "then") is None  # taken away there
    assert rows(made, "ZN", "then") is not None
    assert any("scenario wind" in note for note in made.notes)
    told = standing(made, None, ["ZM"]).to_pylist()
    assert {(r["scenario"], r["rank"] is None) for r in told} == {
        (None, False),
        ("shut", False),
        ("wind", False),
        ("then", True),
    }


def test_the_curve_knows_the_wind_of_its_scenario(fields) -> None:
    made = build(demands_of(CASE), NONE, fields)
    points = curve(made.parts, first=0, named=["ZM"]).to_pylist()
    full = {
        r["scenario"]: r["probability"] for r in points if r["payload_t"] == 50.0 and r["stopover"] == "ZM"
    }
    assert full["wind"] < full[None]
    assert {r["scenario"] for r in points if r["stopover"] is None} == {None, "shut", "wind", "then"}


def test_a_steady_wind_counts_by_its_part_along_the_way() -> None:
    east = Conditions(wind_from_deg=90.0, wind_kt=40.0)
    lats, lons, km = (
        np.array([0.0, 0.0, 30.0]),
        np.array([30.0, -30.0, 0.0]),
        np.array([3336.0, 3336.0, 3336.0]),
    )
    out = headwinds_kt(0.0, 0.0, lats, lons, km, east)
    assert out == pytest.approx([40.0, -40.0, 0.0], abs=0.01)
    assert headwinds_kt(0.0, 0.0, lats, lons, km, east, back=True) == pytest.approx(-out, abs=1e-9)
    # along a way twice as long the same wind is spread over twice the length
    assert headwinds_kt(0.0, 0.0, lats, lons, 2 * km, east)[0] == pytest.approx(20.0, abs=0.01)
    both = headwinds_kt(0.0, 0.0, lats, lons, km, replace(east, headwind_kt=10.0))
    assert both == pytest.approx(out + 10.0)
    assert headwinds_kt(0.0, 0.0, lats, lons, km, Conditions(headwind_kt=5.0)).tolist() == [5.0] * 3


def test_a_west_wind_costs_one_way_what_it_gives_on_the_other(fields) -> None:
    out, back = (
        replace(CASE, questions=(replace(CASE.questions[0], route=way),), airspace=(), scenarios=WEST)
        for way in (("ZO", "ZD"), ("ZD", "ZO"))
    )
    east = rows(build(demands_of(out), NONE, fields), "ZM", "west")  # flown from west to east
    west = rows(build(demands_of(back), NONE, fields), "ZM", "west")
    assert east["first_headwind_kt"] == pytest.approx(-40.0, abs=0.5)
    assert west["first_headwind_kt"] == pytest.approx(40.0, abs=0.5)
    assert west["feasible_probability"] < east["feasible_probability"]


WEST = (Scenario("west", wind_from_deg=270.0, wind_kt=40.0),)


def test_a_closure_of_the_case_makes_the_way_longer(fields) -> None:
    case = replace(
        CASE,
        questions=(Question("q1", "stopover", route=("OSLK", "GABS"), type="IL76", payload_t=40.0),),
        airspace=(Airspace("what if", closed=("EG", "LY", "DZ"), scenario="shut"),),
        scenarios=(Scenario("shut"),),
    )
    made = build(demands_of(case), NONE, fields, way=ways_from)
    free, shut = rows(made, None), rows(made, None, "shut")
    assert shut["direct_km"] > free["direct_km"]
    assert shut["payload_max_t"] < free["payload_max_t"]
