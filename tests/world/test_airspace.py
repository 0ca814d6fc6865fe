"""Airspace rules: dates, classes, destinations; where each comes from; what a bad row is told."""

from __future__ import annotations

from datetime import date

import pytest

from waystation.terms.errors import InputError
from waystation.world.airspace import (
    AirspaceRule,
    closed_areas,
    load_airspace_rules,
    parse_airspace_rules,
    rules_in_force,
)
from waystation.world.country_shapes import country_shape

HEAD = "name,kind,area,from,to,refused,only_to,grade,source,note\n"


def names(on, operator_class, **more):
    return {r.name for r in rules_in_force(on, operator_class, **more)}


def test_the_sky_closed_step_by_step():
    assert names(date(2022, 2, 23), "russian-state") == set()
    assert names(date(2022, 2, 24), "russian-state") == {"Ukraine"}
    assert "European Union" in names(date(2022, 2, 27), "russian-civil")
    assert "Norway" not in names(date(2022, 2, 27), "russian-civil")
    assert "Norway" in names(date(2022, 2, 28), "russian-civil")
    assert "Turkey" not in names(date(2022, 4, 22), "russian-state")
    assert "Turkey" in names(date(2022, 4, 23), "russian-state")


def test_others_are_kept_out_of_ukraine_alone():
    assert names(date(2024, 12, 15), "other") == {"Ukraine"}


def test_turkey_is_closed_to_flights_with_an_end_in_syria():
    on = date(2024, 12, 15)
    assert "Turkey" in names(on, "russian-state", to=("RU", "SY"))
    assert "Turkey" in names(on, "russian-state", to=("SY", "LY"))
    assert "Turkey" not in names(on, "russian-state", to=("RU", "LY"))


def test_every_rule_has_a_source_and_a_grade():
    for rule in load_airspace_rules():
        assert rule.source.startswith("https://"), rule.name
        assert rule.grade[0] in "ABCDEF", rule.name
        assert rule.grade[1] in "123456", rule.name
        assert rule.note, rule.name
        for code in rule.area.split():
            assert country_shape(code).rings, code


def test_a_scenario_of_the_user_is_one_more_rule():
    more = parse_airspace_rules(
        HEAD
        + "What if,polygon,30 10; 30 25; 20 25; 20 10,2024-01-01,2024-12-31,russian-state,,F6,assumed,\n",
        "case",
    )
    assert closed_areas(date(2024, 6, 1), "russian-state", more=more).names[-1] == "What if"
    assert "What if" not in closed_areas(date(2025, 1, 1), "russian-state", more=more).names
    assert "What if" not in closed_areas(date(2024, 6, 1), "russian-civil", more=more).names


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("A,country,TR,2022-02-30,,all,,A1,x,", "'2022-02-30' is not a date"),
        ("A,country,TR,,,all,,A1,x,", "needs the date"),
        ("A,region,TR,2022-02-01,,all,,A1,x,", "write country or polygon"),
        ("A,country,TR,2022-02-01,,everyone,,A1,x,", "refused = 'everyone'"),
    ],
)
def test_a_bad_rule_is_told_its_line(row, says):
    with pytest.raises(InputError, match=r"mine.csv, line 2") as caught:
        parse_airspace_rules(HEAD + row + "\n", "mine.csv")
    assert says in str(caught.value)


def test_unknown_columns_classes_countries_and_polygons():
    with pytest.raises(InputError, match="no column kind"):
        parse_airspace_rules("name,area\n", "mine.csv")
    with pytest.raises(InputError, match="operator class 'turkish'"):
        rules_in_force(date(2024, 1, 1), "turkish")
    with pytest.raises(InputError, match="no country 'XX'"):
        country_shape("XX")
    rule = AirspaceRule("A", "polygon", "1 2; 3", date(2024, 1, 1), None, "all", (), "A1", "x", "")
    with pytest.raises(InputError, match="is not a list"):
        closed_areas(date(2024, 6, 1), "other", more=(rule,))


def test_shapes_hold_their_capitals_and_meet_at_borders():
    assert country_shape("TR").name == "Turkey"
    spans = {c: country_shape(c).rings[0] for c in ("FR", "UA", "SY")}
    assert max(lat for lat, _ in spans["UA"]) == pytest.approx(52.4, abs=0.3)
    assert min(lon for _, lon in spans["SY"]) == pytest.approx(35.7, abs=0.3)
    shared = set(country_shape("SY").rings[0]) & set(country_shape("TR").rings[0])
    assert len(shared) > 20
