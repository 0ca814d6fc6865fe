from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from waystation.world.airfields import load_airfields
from waystation.world.airspace import closed_areas
from waystation.world.closed_shapes import ShapeRules, close
from waystation.world.ways import shortest_way
from waystation.world.ways_many import ways_around, ways_from

L = [(0.0, 0.0), (0.0, 10.0), (4.0, 10.0), (4.0, 4.0), (10.0, 4.0), (10.0, 0.0)]  # concave
BOX = [(12.0, 14.0), (12.0, 18.0), (16.0, 18.0), (16.0, 14.0)]


@pytest.fixture(scope="module")
def toys():
    return close([("ell", L), ("box", BOX)], ShapeRules())


@pytest.mark.parametrize("start", [(-5.0, 5.0), (7.0, 7.0), (20.0, 20.0), (5.0, 4.1)])
def test_the_same_ways_as_one_by_one(toys, start):
    rng = np.random.default_rng(7)
    lats, lons = rng.uniform(-8, 20, 80), rng.uniform(-8, 25, 80)
    km, reasons = ways_around(*start, lats, lons, toys)
    one = np.array([shortest_way(*start, a, o, toys).distance_km for a, o in zip(lats, lons, strict=True)])
    np.testing.assert_array_equal(np.isnan(km), np.isnan(one))
    np.testing.assert_allclose(km, one, rtol=1e-9)
    assert np.isnan(one).any()
    assert all(reasons)


def test_a_start_inside_has_no_ways(toys):
    km, reasons = ways_around(2.0, 2.0, np.array([30.0]), np.array([30.0]), toys)
    assert np.isnan(km).all()
    assert "start" in reasons[0]


def test_each_country_has_its_own_closures():
    fields = load_airfields()
    idents = ["OSLK", "HL59", "LIRF"]
    index = [fields.index[i] for i in idents]
    o = fields.index["UUMU"]
    km, reasons = ways_from(
        float(fields.lat[o]),
        float(fields.lon[o]),
        "RU",
        fields.lat[index],
        fields.lon[index],
        fields.iso_country[index],
        on=date(2024, 12, 15),
        operator_class="russian-state",
    )
    for k, i in enumerate(index):
        closed = closed_areas(date(2024, 12, 15), "russian-state", to=("RU", str(fields.iso_country[i])))
        way = shortest_way(fields.lat[o], fields.lon[o], fields.lat[i], fields.lon[i], closed)
        np.testing.assert_allclose(km[k], way.distance_km, rtol=1e-9)
    assert km[0] > 2_900  # around Turkey: 2,283 km as the crow flies
    assert 3_300 < km[1] < 3_400  # across Turkey
    assert np.isnan(km[2])
    assert "closed" in reasons[2]
