from __future__ import annotations

import numpy as np
import pytest

from waystation.world.airfields import load_airfields
from waystation.world.performance import performance_of
from waystation.world.runway_need import RunwayRules, needed_m, runway_answers

FIELDS = b"""ident,name,lat,lon,elevation_ft,longest_runway_ft,runway_status,surface
X-LONG,Long,10,10,0,9000,yes,hard
X-MIDDLE,Middle,10,11,0,5600,yes,hard
X-SHORT,Short,10,12,0,3000,yes,hard
X-SAND,Sand,10,13,0,12000,yes,soft
X-BARE,Bare,10,14,0,12000,yes,unknown
X-HIGH,High,10,15,12000,7000,yes,hard
X-NOWHERE,Nowhere,10,16,,7000,yes,hard
X-EMPTY,Empty,10,17,0,,unknown,unknown
"""


@pytest.fixture(scope="module")
def fields():
    return load_airfields(FIELDS)


def answer(fields, ident, aircraft, **how):
    found = runway_answers(fields, np.array([fields.index[ident]]), performance_of(aircraft), **how)
    return found.answer[0], found.reason[0]


@pytest.mark.parametrize(
    ("ident", "aircraft", "expected"),
    [
        ("X-LONG", "IL76", "yes"),
        ("X-MIDDLE", "IL76", "unknown"),  # 1707 m of 1955 m: lighter it may do
        ("X-SHORT", "IL76", "no"),
        ("X-SAND", "IL76", "yes"),  # it flies from sand
        ("X-SAND", "A124", "no"),
        ("X-BARE", "A124", "unknown"),
        ("X-HIGH", "IL76", "no"),  # long enough at sea level, not at 3,658 m
        ("X-NOWHERE", "IL76", "unknown"),  # enough at sea level; nobody says how high it lies
        ("X-EMPTY", "IL76", "unknown"),
        ("HL59", "IL76", "yes"),  # al-Khadim: 3,608 m
        ("HL59", "A124", "unknown"),  # 38 m less than a full An-124 needs on a warm day
        ("LY-BCQ", "IL76", "unknown"),  # Brak al-Shati: no runway on record, which is not "no runway"
        ("GABS", "A124", "unknown"),  # 3,200 m of 3,780 m
    ],
)
def test_yes_no_and_unknown(fields, ident, aircraft, expected):
    found, reason = answer(fields, ident, aircraft)
    assert found == expected, reason
    assert reason


def test_a_landing_needs_less(fields):
    assert answer(fields, "X-SHORT", "C17")[0] == "no"
    assert answer(fields, "X-SHORT", "C17", landing_only=True)[0] == "unknown"


def test_height_and_heat_lengthen_the_need():
    cold = RunwayRules(above_standard_c=0.0)
    assert float(needed_m(1700.0, 0.0, cold)) == pytest.approx(1700.0)
    assert float(needed_m(1700.0, 300.0, cold)) == pytest.approx(1700.0 * 1.07)
    assert float(needed_m(1700.0, 300.0)) == pytest.approx(1700.0 * 1.07 * 1.15)
    assert float(needed_m(1700.0, -20.0, cold)) == pytest.approx(1700.0)


def test_a_lighter_aircraft_needs_less_and_its_landing_need_stays(fields):
    assert answer(fields, "HL59", "A124", weight_share=0.9)[0] == "yes"
    assert answer(fields, "X-MIDDLE", "IL76", weight_share=0.9)[0] == "yes"
    assert answer(fields, "X-SHORT", "IL76", weight_share=0.9)[0] == "no"
    a, b = (answer(fields, "X-SHORT", "C17", landing_only=True, weight_share=w) for w in (1.0, 0.5))
    assert a == b
