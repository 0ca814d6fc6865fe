from __future__ import annotations

from datetime import date

import pytest

from waystation.terms.errors import InputError
from waystation.world.access import ACCESS, access_of, load_access, parse_access
from waystation.world.airfields import load_airfields
from waystation.world.airspace import OPERATOR_CLASSES

HEAD = "ident,country,operator_class,only_to,from,to,status,control,grade,source,says\n"
TWO = HEAD + (
    "XA,XX,all,,2020-01-01,2020-12-31,open,someone,B2,https://example.org/a,seen\n"
    ",XX,all,YY,2021-01-01,,closed,the state,A1,https://example.org/b,closed to flights to YY\n"
)


def test_every_fact_is_dated_sourced_graded_and_about_an_airfield_of_the_table():
    fields = load_airfields()
    for f in load_access():
        assert f.status in ACCESS
        assert f.source.startswith("https://"), f
        assert f.grade[0] in "ABCDEF", f
        assert f.says, f
        assert f.control, f
        assert f.operator_class in {*OPERATOR_CLASSES, "all"}, f
        if f.ident:
            assert fields.iso_country[fields.index[f.ident]] == f.country, f
        if f.until:
            assert f.until >= f.since, f


def test_hmeimim_is_open_before_and_doubtful_after():
    before = access_of("OSLK", "SY", date(2024, 12, 7), "russian-state")
    after = access_of("OSLK", "SY", date(2024, 12, 8), "russian-state")
    assert (before[0], after[0]) == ("open", "doubtful")
    assert "https://" in after[1]


def test_a_fact_that_came_later_does_not_count():
    assert access_of("HLLB", "LY", date(2024, 12, 8), "russian-state")[0] == "unknown"
    assert access_of("HLLB", "LY", date(2024, 12, 12), "russian-state")[0] == "open"


def test_who_is_not_meant_gets_unknown():
    assert access_of("HL59", "LY", date(2024, 12, 20), "other")[0] == "unknown"
    assert access_of("KJFK", "US", date(2024, 12, 20), "other") == (
        "unknown",
        "no source of ours says who may use it",
    )


def test_a_country_closed_to_flights_to_another_is_closed_for_these_only():
    day = date(2025, 4, 7)
    assert access_of("DAAG", "DZ", day, "russian-state", ends=("RU", "ML"))[0] == "closed"
    assert access_of("DAAG", "DZ", day, "russian-state", ends=("RU", "NE"))[0] == "unknown"
    assert access_of("DAAG", "DZ", date(2024, 12, 15), "russian-state", ends=("RU", "ML"))[0] == "unknown"


def test_a_closed_country_beats_an_open_airfield_and_days_end():
    facts = parse_access(TWO, "two.csv")
    assert access_of("XA", "XX", date(2020, 12, 31), "other", facts=facts)[0] == "open"
    assert access_of("XA", "XX", date(2021, 1, 1), "other", facts=facts)[0] == "unknown"
    assert access_of("XA", "XX", date(2021, 1, 1), "other", ends=("YY",), facts=facts)[0] == "closed"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ident,country\n", "no column operator_class"),
        (TWO.replace("open", "ajar"), "line 2: status = 'ajar'"),
        (TWO.replace("2021-01-01,,", "1.1.2021,,"), "line 3: '1.1.2021' is not a date"),
        (TWO.replace("2021-01-01,,", ",,"), "line 3: a fact needs the date"),
    ],
)
def test_a_broken_table_says_where(text, says):
    with pytest.raises(InputError, match=says):
        parse_access(text, "two.csv")


def test_at_home_nobody_has_to_ask():
    day = date(2024, 12, 8)
    assert access_of("URRP", "RU", day, "russian-state", facts=())[0] == "own"
    assert access_of("URRP", "RU", day, "other", facts=())[0] == "unknown"
    assert access_of("UMMS", "BY", day, "russian-state", facts=())[0] == "unknown"
