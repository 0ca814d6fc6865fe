"""The ledger as a table: ids, grades, and links that say beside and never more."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from waystation.evidence import observations_of
from waystation.terms.case_view import CaseView, Observation
from waystation.terms.errors import CaseError
from waystation.terms.schema import TABLES


def utc(day, hour=0, month=12):
    return datetime(2024, month, day, hour, tzinfo=UTC)


def seen(says="RA-82038 landed from OSLK", day=26, site="HL59", grade="B2", source="https://a.example"):
    return Observation(
        date=date(2024, 12, day), kind="report", source=source, says=says, site=site, grade=grade
    )


ARRIVED, LEFT = utc(26, 20), utc(26, 23)


def visit(airfield="HL59", arrived=ARRIVED, left=LEFT, p=0.97, icao24="154076", visit_id="v1"):
    return {
        "visit_id": visit_id,
        "icao24": icao24,
        "airfield": airfield,
        "probability": p,
        "arrived_utc": arrived,
        "left_utc": left,
        "arrival_flight": "f1",
        "departure_flight": "f2",
    }


def tables(*visits):
    flights = [{"flight_id": "f1", "icao24": "154076", "registration": "RA-82038"}]
    return {
        "flights": pa.Table.from_pylist(flights, schema=TABLES["flights"]),
        "visits": pa.Table.from_pylist(list(visits), schema=TABLES["visits"]),
    }


def one(observation, *visits):
    table = observations_of(CaseView("t", observations=(observation,)), tables(*visits))
    assert table.schema.equals(TABLES["observations"])
    return table.to_pylist()[0]


def test_a_visit_of_the_named_aircraft_stands_beside_it():
    row = one(seen(), visit())
    assert row["supports"] == "beside flight f1 and f2: at HL59 2024-12-26, probability 0.97"
    assert row["contradicts"] is None
    assert row["sha256"] is None


@pytest.mark.parametrize("says", ["Ra-82038 came", "the An-124 (RA82038)", "tails RA-82035, RA-82038."])
def test_a_registration_is_found_however_it_is_written(says):
    assert one(seen(says), visit())["supports"]


@pytest.mark.parametrize(
    "observation",
    [seen("an An-124 landed"), seen("RA-82039 landed"), seen(day=28), seen(site="OSLK"), seen(site=None)],
)
def test_another_aircraft_day_or_place_has_no_link(observation):
    assert one(observation, visit())["supports"] is None


def test_a_day_to_both_sides_counts():
    assert one(seen(day=25), visit())["supports"]
    assert one(seen(day=27), visit())["supports"]


def test_half_known_visits_link_by_the_half_that_is_known():
    assert one(seen(), visit(arrived=None))["supports"]
    assert one(seen(), visit(left=None))["supports"]
    assert one(seen(), visit(arrived=None, left=None))["supports"] is None


def test_an_unlikely_visit_is_no_link():
    assert one(seen(), visit(p=0.01))["supports"] is None


def test_only_a_sure_visit_elsewhere_from_before_to_after_speaks_against():
    away = visit("GABS", utc(24, 1), utc(28, 5))
    assert one(seen(), away)["contradicts"].startswith(
        "beside flight f1 and f2: at GABS 2024-12-24 to 2024-12-28"
    )
    assert one(seen(), visit("GABS", utc(26, 1), utc(26, 5)))["contradicts"] is None
    assert one(seen(), visit("GABS", utc(24, 1), utc(28, 5), p=0.6))["contradicts"] is None


def test_links_never_say_prove():
    row = one(seen(), visit(), visit("GABS", utc(20), utc(30), visit_id="v2"))
    for text in (row["supports"], row["contradicts"]):
        assert text.startswith("beside")
        assert "prove" not in text


def test_ids_come_from_content_and_order_does_not_matter():
    a, b = seen(day=26), seen(day=8, source="https://b.example")
    one_way = observations_of(CaseView("t", observations=(a, b)))
    other = observations_of(CaseView("t", observations=(b, a, a)))
    assert one_way.equals(other)
    assert one_way.column("date").to_pylist() == [date(2024, 12, 8), date(2024, 12, 26)]
    changed = observations_of(CaseView("t", observations=(seen("RA-82038 landed"),)))
    assert changed.column("observation_id")[0] not in one_way.column("observation_id").to_pylist()


@pytest.mark.parametrize("grade", ["G1", "A7", "B", "b2", "B22"])
def test_a_grade_that_is_none_is_refused(grade):
    with pytest.raises(CaseError, match="source A to F"):
        observations_of(CaseView("t", observations=(seen(grade=grade),)))


def test_no_grade_is_no_grade():
    assert observations_of(CaseView("t", observations=(seen(grade=None),))).column("grade").to_pylist() == [
        None
    ]
