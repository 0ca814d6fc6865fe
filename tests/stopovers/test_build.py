from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from waystation import stopovers
from waystation.stopovers import Demand, RankRules, ReachRules, StopoverRules, build
from waystation.terms.geodesy import distance_km
from waystation.terms.schema import TABLES, empty
from waystation.world.airfields import load_airfields
from waystation.world.runway_need import RunwayRules

NONE = empty("flights")


def rows(ranking, ident=None):
    table = ranking.stopovers
    for name in ranking.parts.column_names:
        if name not in table.column_names:
            table = table.append_column(name, ranking.parts.column(name))
    found = table.to_pylist()
    return found if ident is None else next((r for r in found if r["stopover"] == ident), None)


def test_the_table_is_that_of_the_schema_and_the_parts_stand_beside_it(fields, demand):
    made = build([demand], NONE, fields)
    assert made.stopovers.schema == TABLES["stopovers"]
    assert made.parts.num_rows == made.stopovers.num_rows
    for name in ("origin", "stopover", "destination", "type", "payload_t"):
        assert made.parts.column(name).equals(made.stopovers.column(name)), name


def test_the_direct_flight_has_its_own_row_and_comes_first(fields, demand):
    direct = rows(build([demand], NONE, fields))[0]
    assert direct["stopover"] is None
    assert direct["detour"] == 1.0
    assert direct["access"] is None
    assert direct["direct_km"] == pytest.approx(62 * 111.195, rel=1e-4)
    assert direct["feasible_probability"] < 0.1  # 6,894 km with 40 t
    assert direct["range_margin_km"] < 0


def test_a_stop_in_the_middle_makes_it_possible(fields, demand):
    middle = rows(build([demand], NONE, fields), "ZM")
    assert middle["feasible_probability"] > 0.95
    assert middle["payload_low_t"] > 40
    assert middle["payload_low_t"] <= middle["payload_max_t"] <= middle["payload_high_t"]
    assert middle["range_margin_km"] > 1_000
    assert middle["detour"] == pytest.approx(1.0, abs=1e-6)
    assert middle["first_leg_km"] == pytest.approx(31 * 111.195, rel=1e-4)


def test_which_airfields_get_a_row(fields, demand):
    made = build([demand], NONE, fields)
    assert rows(made, "ZU")["runway"] == "unknown"  # no record is not "no runway"
    assert rows(made, "ZS") is None  # 610 m
    assert rows(made, "ZF") is None  # too far aside
    assert rows(made, "ZB") is None  # beside the origin
    assert rows(made, "ZO") is None
    assert "runway too short" in made.notes[0]


def test_a_named_airfield_gets_a_row_whatever_comes_out(fields, demand):
    made = build([demand], NONE, fields, named=["ZS", "ZF"])
    assert rows(made, "ZS")["runway"] == "no"
    assert rows(made, "ZS")["score"] == 0.0
    assert rows(made, "ZF")["detour"] > 1.2


def test_the_score_is_the_product_of_its_parts(fields, demand, make_flights):
    flown = make_flights(("2024-11-01", "ZO", "ZM"), ("2024-11-02", "ZM", "ZD"))
    for row in rows(build([demand], flown, fields)):
        parts = [row[f"factor_{k}"] for k in ("reach", "detour", "runway", "use")]
        parts += [1.0 if row[f"factor_{k}"] is None else row[f"factor_{k}"] for k in ("access", "handling")]
        assert row["score"] == pytest.approx(np.prod(parts), rel=1e-12), row["stopover"]


def test_ranks_follow_the_score_and_unknown_runways_stand_behind_known_ones(fields, demand):
    made = [r for r in rows(build([demand], NONE, fields)) if r["stopover"]]
    assert [r["rank"] for r in made] == list(range(1, len(made) + 1))
    assert [r["score"] for r in made] == sorted((r["score"] for r in made), reverse=True)
    by = {r["stopover"]: r for r in made}
    assert by["ZM"]["rank"] < by["ZU"]["rank"]


def test_use_is_counted_before_the_day_only_and_a_flight_once_an_airfield(fields, demand, make_flights):
    flown = make_flights(
        ("2024-11-01", "ZO", "ZN"),
        ("2024-12-07", "ZN", "ZN"),
        ("2024-12-08", "ZN", "ZD"),  # on the day
        ("2025-01-01", "ZN", "ZD"),
        ("2024-11-05", "ZO", "ZD"),
    )
    made = build([demand], flown, fields)
    assert rows(made, "ZN")["used_before"] == 2
    assert rows(made)[0]["used_before"] == 1
    assert rows(made, "ZN")["rank"] == 1
    assert rows(build([demand], NONE, fields), "ZM")["rank"] == 1


def test_use_speaks_for_access_only_where_nothing_else_does(fields, demand, make_flights):
    flown = make_flights(("2024-11-01", "ZO", "ZN"))

    def factor(status):
        made = build([demand], flown, fields, access=lambda *_a, **_k: (status, "told"))
        return {i: rows(made, i)["factor_access"] for i in ("ZM", "ZN")}

    assert factor("unknown") == {"ZM": 0.5, "ZN": 0.75}
    assert factor("doubtful") == {"ZM": 0.3, "ZN": 0.3}
    assert factor("closed") == {"ZM": 0.0, "ZN": 0.0}


def test_an_airfield_taken_away_has_no_row(fields, demand):
    made = build([demand], NONE, fields, without=["ZM"], named=["ZM"])
    assert rows(made, "ZM") is None
    assert rows(made, "ZN")["rank"] == 1


def test_access_is_asked_for_the_day_and_the_ends(fields, demand):
    asked = []

    def shut(ident, country, on, operator_class, *, ends):
        asked.append((ident, country, on, operator_class, ends))
        return ("closed" if ident == "ZM" else "open"), "said so"

    made = build([demand], NONE, fields, access=shut)
    assert rows(made, "ZM")["score"] == 0.0
    assert rows(made, "ZM")["access"] == "closed"
    assert rows(made, "ZN")["access_reason"] == "said so"
    assert ("ZM", "XM", date(2024, 12, 8), "other", ("XO", "XD")) in asked


def test_a_leg_without_a_way_cannot_be_flown(fields, demand):
    def walled(lat, lon, country, lats, lons, countries, /, *, on, operator_class, more=()):
        km = distance_km(lat, lon, lats, lons)
        reasons = np.full(len(km), "open", dtype=object)
        shut = countries == "XM"
        km[shut], reasons[shut] = np.nan, "lies inside closed airspace"
        return km * 1.1, reasons

    made = build([demand], NONE, fields, way=walled, named=["ZM"])
    assert rows(made, "ZM")["feasible_probability"] == 0.0
    assert rows(made, "ZM")["payload_max_t"] is None
    assert rows(made, "ZM")["detour"] is None
    assert "closed" in rows(made, "ZM")["second_leg"]
    assert rows(made, "ZU") is None
    assert rows(made, "ZN")["first_leg_km"] == pytest.approx(
        1.1 * float(distance_km(0, -140, 2, -110)), rel=1e-9
    )


def test_a_type_that_rests_on_assumptions_cannot_tell(fields, demand):
    made = build([replace(demand, type="IL62"), replace(demand, type="ZZZZ")], NONE, fields)
    assert made.stopovers.num_rows == 2
    for row in rows(made):
        assert row["feasible_probability"] is None
        assert row["score"] is None
        assert row["reason"].startswith("cannot tell")
    assert rows(build([replace(demand, type="Il-62")], NONE, fields))[0]["feasible_probability"] is not None


def test_more_than_it_lifts_is_never_feasible(fields, demand):
    made = build([replace(demand, payload_t=60.0)], NONE, fields, named=["ZM"])
    assert rows(made, "ZM")["feasible_probability"] == 0.0
    assert rows(made, "ZM")["payload_max_t"] == 50.0


def test_no_payload_asked_means_the_greatest(fields, demand):
    made = build([replace(demand, payload_t=None)], NONE, fields)
    assert set(made.stopovers.column("payload_t").to_pylist()) == {50.0}


def test_a_headwind_costs_payload(fields, demand):
    def payload(wind):
        rules = StopoverRules(ReachRules(headwind_kt=wind), RankRules(), RunwayRules())
        return rows(build([demand], NONE, fields, rules=rules))[0]["payload_max_t"]

    assert payload(50.0) < payload(0.0) < payload(-50.0)


def test_the_same_input_gives_the_same_table_in_any_order(fields, demand, make_flights):
    flown = make_flights(("2024-11-01", "ZO", "ZN"), ("2024-11-02", "ZN", "ZD"), ("2024-11-03", "ZD", "ZM"))
    back = flown.take(pa.array([2, 0, 1]))
    a, b = (build([demand], f, fields) for f in (flown, back))
    assert a.stopovers.equals(b.stopovers)
    assert a.parts.equals(b.parts)
    two = build([demand, demand], flown, fields)  # asked twice, answered once
    assert two.stopovers.equals(a.stopovers)


def test_an_end_that_is_no_airfield_is_named(fields, demand):
    with pytest.raises(ValueError, match="NOWHERE is no airfield"):
        build([replace(demand, origin="NOWHERE")], NONE, fields)


def test_moscow_to_bamako_over_the_whole_table():
    fields = load_airfields()
    demand = Demand("UUMU", "GABS", "IL76", 40.0, date(2024, 12, 8), "russian-state")
    sites = ["OSLK", "HL59", "LY-BCQ", "HLTQ", "DAAG", "HSPN"]
    made = build([demand], NONE, fields, named=sites)
    by = {i: rows(made, i) for i in sites}
    assert all(by.values())
    assert by["HL59"]["runway"] == "yes"
    assert by["LY-BCQ"]["runway"] == "unknown"
    # great circles: 5,077 km from Hmeimim, 3,678 from al-Khadim
    assert by["HL59"]["payload_low_t"] > by["OSLK"]["payload_max_t"]
    assert by["HL59"]["rank"] < by["DAAG"]["rank"] < by["OSLK"]["rank"]
    assert rows(made)[0]["payload_max_t"] < 40


def test_a_runway_is_judged_at_the_weight_of_the_leg_onward():
    fields = load_airfields()
    full, light = (
        rows(build([Demand(o, "GABS", "A124", t, date(2024, 12, 8))], NONE, fields, named=["HL59"]), "HL59")
        for o, t in (("OSLK", 120.0), ("OSLK", 60.0))
    )
    # 3,608 m, 38 m less than a full An-124 needs there on a warm day; 3,677 km to Bamako do not fill it
    assert light["runway"] == full["runway"] == "yes"
    needs = [float(r["runway_reason"].split(" of ")[1].split()[0]) for r in (full, light)]
    assert needs[1] < needs[0] < 3646


def test_the_front_door_is_sorted_and_whole():
    assert stopovers.__all__ == sorted(stopovers.__all__)
    assert all(hasattr(stopovers, name) for name in stopovers.__all__)


def test_every_row_has_reasons(fields, demand):
    made = build([demand], NONE, fields)
    for name in ("runway_reason", "first_leg"):
        assert not pc.any(pc.is_null(made.parts.column(name))).as_py(), name
