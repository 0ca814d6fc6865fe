"""Contours, and the map of a demand as shapes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from waystation.stopovers import Demand, MapRules, build, map_shapes
from waystation.stopovers.contours import at_least, filled
from waystation.stopovers.map_frame import frame_of, wkt
from waystation.stopovers.reach import ReachRules, reachable_km
from waystation.terms.geodesy import distance_km
from waystation.terms.schema import empty
from waystation.world.performance import performance_of
from waystation.world.ways_many import ways_from

COARSE = MapRules(n_across=24)


def test_a_cone_has_circles() -> None:
    x = np.linspace(-10, 10, 81)
    height = 10 - np.hypot(*np.meshgrid(x, x))
    for level in (2.0, 5.0, 8.0):
        shape = at_least(height, x, x, level)
        assert shape.geom_type == "Polygon"
        assert shape.area == pytest.approx(np.pi * (10 - level) ** 2, rel=0.01)


def test_all_and_nothing() -> None:
    x = np.arange(5.0)
    assert at_least(np.ones((5, 5)), x, x, 0.5).area == pytest.approx(16.0)
    assert at_least(np.zeros((5, 5)), x, x, 0.5).is_empty


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-100, 100), min_size=36, max_size=36), st.integers(-90, 89))
def test_above_and_below_share_the_plane_and_higher_lies_within(values: list[int], half: int) -> None:
    x, field, level = np.arange(6.0), np.array(values, dtype=float).reshape(6, 6), half + 0.5
    high, low = at_least(field, x, x, level), at_least(-field, x, x, -level)
    assert high.is_valid
    assert high.area + low.area == pytest.approx(25.0, abs=1e-6)
    assert at_least(field, x, x, level + 1.0).difference(high).area < 1e-6


def test_holes_are_filled_from_beside() -> None:
    field = np.array([[1.0, 2.0, 3.0], [1.0, 9.0, 3.0]])
    holes = np.array([[False, True, False], [False, True, False]])
    assert filled(field, holes).tolist() == [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]
    assert filled(field, np.ones_like(holes)).tolist() == [[0.0] * 3] * 2


def test_shapes_across_the_date_line_are_cut_there() -> None:
    frame = frame_of([(0.0, 170.0), (0.0, -170.0)], COARSE)
    shape = shapely.from_wkt(wkt(frame.box, frame))
    west, _, east, _ = shape.bounds
    assert (west, east) == (-180.0, 180.0)
    assert len(shapely.get_parts(shape)) == 2
    assert not shape.contains(shapely.Point(0.0, 0.0))


@pytest.fixture(scope="module")
def shapes(fields):
    from datetime import date

    demand = Demand("OSLK", "GABS", "IL76", 45.0, date(2024, 12, 8), "russian-state")
    made = build([demand], empty("flights"), fields, way=ways_from, named=["LY-BCQ"])
    return map_shapes([demand], made, fields, way=ways_from, named=["LY-BCQ"], drawn=COARSE).to_pylist()


def test_the_edge_of_the_reach_is_where_the_probability_says(shapes) -> None:
    edge = next(r for r in shapes if r["feature"] == "reach" and r["level"] == 0.5)
    shape = shapely.from_wkt(edge["wkt"])
    km = reachable_km(performance_of("IL76"), 45.0, 0.5, ReachRules())
    from_oslk = [
        p for p in shapely.get_coordinates(shape) if p[0] < 15 and 0 < p[1] < 25
    ]  # the open south-west
    far = distance_km(35.4, 35.95, [p[1] for p in from_oslk], [p[0] for p in from_oslk])
    assert len(far) > 3
    assert np.median(far) == pytest.approx(km, rel=0.03)


def test_the_surer_lies_within_the_less_sure_and_outside_what_is_closed(shapes) -> None:
    for feature in ("reach", "through"):
        levels = {r["level"]: shapely.from_wkt(r["wkt"]) for r in shapes if r["feature"] == feature}
        assert levels[0.95].area < levels[0.5].area < levels[0.05].area
        assert levels[0.5].buffer(0.5).covers(levels[0.95])
    europe = next(r for r in shapes if r["feature"] == "closed" and r["name"] == "European Union")
    inside = shapely.from_wkt(europe["wkt"]).buffer(-1.0)
    reach = next(r for r in shapes if r["feature"] == "reach" and r["level"] == 0.05)
    assert shapely.from_wkt(reach["wkt"]).intersection(inside).area < 0.02 * inside.area


def test_ends_sites_ways_and_lines_of_payload_are_there(shapes) -> None:
    assert {r["ident"] for r in shapes if r["feature"] == "end"} == {"OSLK", "GABS"}
    brak = next(r for r in shapes if r["feature"] == "airfield" and r["ident"] == "LY-BCQ")
    assert (brak["used_before"], brak["name"]) == (0, "Brak Airport")
    assert brak["probability"] > 0.5
    ways = {r["ident"]: shapely.from_wkt(r["wkt"]) for r in shapes if r["feature"] == "way"}
    assert None in ways
    assert len(ways) >= 2
    loads = [r["level"] for r in shapes if r["feature"] == "through payload"]
    assert loads == sorted(loads)
    assert 50.0 in loads


def test_a_type_without_a_curve_has_no_map(fields, demand) -> None:
    from dataclasses import replace

    blank = replace(demand, type="IL62")
    made = build([blank], empty("flights"), fields)
    assert map_shapes([blank], made, fields, way=ways_from).num_rows == 0
