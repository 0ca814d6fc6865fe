"""The airspace of a case: closed, opened again, for whom, when, and in which scenario."""

from __future__ import annotations

from datetime import date

import pytest

from waystation.terms.case_view import Airspace
from waystation.world.airspace import closed_areas, rules_in_force
from waystation.world.airspace_case import case_rules
from waystation.world.area_files import AreaError, rings_of_geojson

ON = date(2024, 12, 8)
BOX = ((30.0, 20.0), (30.0, 25.0), (25.0, 25.0))


def areas(*given: Airspace, operator_class: str = "russian-state", scenario: str | None = None, to=None):
    rules = rules_in_force(ON, operator_class, to=to, more=case_rules(given, scenario))
    return {r.name: r.area for r in rules}


def test_a_country_is_closed_on_its_days_to_its_class() -> None:
    egypt = Airspace("shut", closed=("EG",), since=date(2024, 12, 1), until=date(2024, 12, 31))
    assert areas(egypt)["shut"] == "EG"
    assert "shut" not in areas(Airspace("shut", closed=("EG",), until=date(2024, 12, 7)))
    others = Airspace("shut", closed=("EG",), operator_class="other")
    assert "shut" not in areas(others)
    assert areas(others, operator_class="other") == {"Ukraine": "UA", "shut": "EG"}


def test_what_was_closed_opens_by_country_and_by_name_and_the_last_row_speaks() -> None:
    before = areas()
    assert "FI" in before["European Union"].split()
    opened = areas(Airspace("open", open=("FI", "Norway")))
    assert "FI" not in opened["European Union"].split()
    assert "SE" in opened["European Union"].split()
    assert "Norway" not in opened
    assert "open" not in opened
    again = areas(Airspace("open", open=("NO",)), Airspace("shut", closed=("NO",)))
    assert "Norway" not in again
    assert again["shut"] == "NO"


def test_opened_on_the_way_to_one_country_stays_closed_for_who_does_not_say_where() -> None:
    row = Airspace("open", open=("Turkey",), only_to=("SY",))
    assert "Turkey" in areas(row)
    assert "Turkey" not in areas(row, to=("RU", "SY"))


def test_a_row_of_a_scenario_holds_in_that_scenario_alone() -> None:
    row = Airspace("what if", closed=("EG",), scenario="shut")
    assert "what if" not in areas(row)
    assert "what if" in areas(row, scenario="shut")
    assert "what if" not in areas(row, scenario="other")


def test_a_drawn_area_is_an_obstacle() -> None:
    rules = case_rules([Airspace("box", rings=(BOX,))])
    assert "box" in closed_areas(ON, "other", more=rules).names


def test_geojson_gives_the_outer_rings_with_latitude_first() -> None:
    ring = "[[20,30],[25,30],[25,25],[20,30]]"
    hole = "[[21,29],[22,29],[22,28],[21,29]]"
    polygon = f'{{"type":"Polygon","coordinates":[{ring},{hole}]}}'
    both = f'{{"type":"FeatureCollection","features":[{{"type":"Feature","geometry":{polygon}}}]}}'
    assert rings_of_geojson(polygon.encode()) == (BOX,)
    assert rings_of_geojson(both.encode()) == rings_of_geojson(polygon.encode())
    many = f'{{"type":"MultiPolygon","coordinates":[[{ring}],[{hole}]]}}'
    assert len(rings_of_geojson(many.encode())) == 2


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{", "no JSON"),
        ('{"type":"Point","coordinates":[1,2]}', "no polygon"),
        ('{"type":"Polygon","coordinates":[[[10,95],[1,2],[3,4],[10,95]]]}', "longitude first"),
        ('{"type":"Polygon","coordinates":[[[1,2],[3,4],[1,2]]]}', "2 corners"),
        ('{"type":"Polygon","coordinates":[[["a",2],[3,4],[5,6]]]}', "no pair of numbers"),
        ("[1, 2]", "no polygon"),
    ],
)
def test_a_bad_file_is_told_what_is_wrong(text: str, hint: str) -> None:
    with pytest.raises(AreaError, match=hint):
        rings_of_geojson(text.encode())
