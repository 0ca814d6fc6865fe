from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from waystation.stopovers import build, check_nonstop, curve, demands_of, hub_loss, standing
from waystation.stopovers.operators import operator_class_of
from waystation.terms.case_view import CaseView, Event, Question, Site
from waystation.terms.schema import TABLES, empty

NONE = empty("flights")


def test_a_lost_hub_is_replaced_by_what_was_known_before(fields, demand, make_flights):
    flown = make_flights(
        *[(f"2024-11-{d:02d}", "ZO", "ZM") for d in range(1, 20)],
        ("2024-11-20", "ZO", "ZN"),
        *[(f"2025-01-{d:02d}", "ZO", "ZU") for d in range(1, 20)],  # afterwards: must not leak in
    )
    made = hub_loss("ZM", [demand], flown, fields)
    assert "ZM" not in made.stopovers.column("stopover").to_pylist()
    found = standing(made, "ZM", ["ZN", "ZU", "ZS"]).to_pylist()
    assert [r["rank"] for r in found[:1]] == [1]
    assert found[1]["rank"] > 1
    assert found[2]["rank"] is None
    assert "no row" in found[2]["reason"]
    assert {r["lost_hub"] for r in found} == {"ZM"}
    assert all(r["n_ranked"] >= 2 for r in found)


def test_the_lost_hub_is_no_demand_of_its_own(fields, demand):
    assert hub_loss("ZD", [demand], NONE, fields).stopovers.num_rows == 0


def test_an_impossible_substitute_has_no_rank(fields, demand):
    found = standing(build([demand], NONE, fields, named=["ZS"]), None, ["ZS"]).to_pylist()
    assert found[0]["rank"] is None
    assert found[0]["score"] == 0.0


def test_a_curve_falls_with_payload_and_the_stop_lifts_it(fields, demand):
    table = curve(build([demand], NONE, fields).parts, first=2)
    through = {}
    for row in table.to_pylist():
        through.setdefault(row["stopover"], []).append((row["payload_t"], row["probability"]))
    assert set(through) >= {None, "ZM"}
    assert len(through) == 3
    for points in through.values():
        assert [p for p, _ in points] == sorted(p for p, _ in points)
        assert points[-1][0] == 50.0
        chances = [c for _, c in points]
        assert chances == sorted(chances, reverse=True)
    assert dict(through["ZM"])[40.0] > dict(through[None])[40.0]


def test_flights_within_reach_are_feasible_and_others_are_faults(fields, make_flights):
    seen = make_flights(
        ("2024-11-01", "ZO", "ZM"), ("2024-11-02", "ZD", "GABS"), ("2024-11-03", "ZO", "HKJK")
    )
    found = check_nonstop(seen, fields).to_pylist()
    assert [r["verdict"] for r in found] == ["feasible", "feasible", "violation"]  # 3,447; 7,800; 19,600 km
    assert found[0]["payload_max_t"] > 40
    assert found[2]["payload_max_t"] is None
    assert "both ends were seen" in found[2]["reason"]
    guessed = make_flights(("2024-11-03", "ZO", "HKJK"), ending="inferred")
    assert "only inferred" in check_nonstop(guessed, fields).to_pylist()[0]["reason"]


def test_a_flight_whose_type_is_not_known_cannot_be_judged(fields, make_flights):
    for kind, says in (("IL62X", "no payload and range"), ("", "type unknown")):
        row = check_nonstop(make_flights(("2024-11-01", "ZO", "ZM"), kind=kind), fields).to_pylist()[0]
        assert row["verdict"] == "cannot tell"
        assert says in row["reason"]


def test_flights_with_an_open_end_are_not_judged(fields, make_flights):
    assert check_nonstop(make_flights(("2024-11-01", "ZO", None)), fields).num_rows == 0


def test_demands_of_a_case_take_groups_and_the_latest_event():
    case = CaseView(
        title="t",
        period_to=date(2025, 2, 28),
        sites=(Site("HL59", group="Libya"), Site("HLTQ", group="Libya")),
        events=(Event("a", date(2024, 12, 8)), Event("b", date(2024, 11, 1))),
        questions=(
            Question("q1", "rate", route=("A", "B")),
            Question("q2", "stopover", route=("UUMU", "Libya"), type="IL76", payload_t=40.0),
        ),
    )
    asked = demands_of(case, operator_class="russian-state")
    assert [(d.origin, d.destination) for d in asked] == [("UUMU", "HL59"), ("UUMU", "HLTQ")]
    assert {d.on for d in asked} == {date(2024, 12, 8)}
    assert {d.question for d in asked} == {"q2"}
    assert demands_of(replace(case, events=()))[0].on == date(2025, 2, 28)
    assert demands_of(case, on=date(2020, 1, 1))[0].on == date(2020, 1, 1)
    with pytest.raises(ValueError, match="needs a day"):
        demands_of(replace(case, events=(), period_to=None))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "other"),
        ([("154076", "RA-82038", "Russian Air Force", True)], "russian-state"),
        ([("152a11", "RF-76551", None, None)], "russian-state"),
        ([("1540a1", "RA-76950", "Volga-Dnepr", False)], "russian-civil"),
        ([("15aaaa", None, None, None)], "russian-civil"),
        ([("3c6444", "D-AIXA", None, None), ("154076", "RA-82038", None, True)], "other"),
    ],
)
def test_whose_closures_count_is_told_by_the_fleet(rows, expected):
    import pyarrow as pa

    schema = TABLES["aircraft"]
    made = [dict(zip(("icao24", "registration", "operator", "military"), r, strict=True)) for r in rows]
    table = pa.Table.from_pylist([{k: r.get(k) for k in schema.names} for r in made], schema=schema)
    found, reason = operator_class_of(table)
    assert found == expected, reason
