"""Segmentation and observed ends, on made-up tracks where the truth is what was made."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from made_flights import EPOCH_S, build, fly, join, keep, positions

HOUR = 3600.0


def rows(track, **kwargs):
    return build(positions(track, **kwargs)).flights.to_pylist()


def test_a_whole_flight_has_both_ends_seen_and_instants() -> None:
    (f,) = rows(fly("OSLK", "HL59"))
    assert (f["origin"], f["origin_ending"], f["destination"], f["destination_ending"]) == (
        "OSLK",
        "seen",
        "HL59",
        "seen",
    )
    assert abs(f["takeoff_utc"].timestamp() - EPOCH_S) <= 30
    assert f["landing_utc"] is not None
    assert f["distance_km"] == pytest.approx(1400, rel=0.1)


def test_without_ground_positions_an_end_is_an_approach_and_no_instant() -> None:
    track = fly("OSLK", "HL59", ground_s=0.0, ground_flag=False)
    (f,) = rows(track)
    assert f["destination"] == "HL59"
    assert f["destination_ending"] in ("approach", "seen")
    assert f["landing_utc"] is None or f["destination_ending"] == "seen"


def test_an_end_in_cruise_is_not_named() -> None:
    track = fly("OSLK", "HL59")
    (f,) = rows(keep(track, track["t"] < EPOCH_S + 1.2 * HOUR))
    assert f["origin"] == "OSLK"
    assert (f["destination"], f["destination_ending"], f["landing_utc"]) == (None, "unknown", None)


def test_a_cruise_gap_of_two_hours_is_flown_through() -> None:
    track = fly("UUMU", "GABS")
    dark = (track["t"] > EPOCH_S + 2 * HOUR) & (track["t"] < EPOCH_S + 4 * HOUR)
    (f,) = rows(keep(track, ~dark))
    assert (f["origin"], f["destination"]) == ("UUMU", "GABS")
    assert f["longest_gap_s"] == pytest.approx(2 * HOUR, abs=60)


def test_a_dark_turn_round_of_two_hours_is_a_landing() -> None:
    out = fly("OSLK", "HL59")
    gone = out["t"].max() + 2 * HOUR
    back = fly("HL59", "OSLK", start_s=gone)
    both = join(keep(out, out["t"] < out["t"].max() - 1200), keep(back, back["t"] > gone + 1200))
    first, second = rows(both)
    assert first["origin"] == second["destination"] == "OSLK"
    assert first["destination_ending"] == second["origin_ending"] == "unknown"


def test_a_day_later_somewhere_else_is_no_direct_flight() -> None:
    out = fly("OSLK", "HL59")
    later = fly("HLLB", "GABS", start_s=EPOCH_S + 20 * HOUR)
    both = join(keep(out, out["t"] < EPOCH_S + HOUR), keep(later, later["t"] > EPOCH_S + 22 * HOUR))
    first, second = rows(both)
    assert first["destination"] is None
    assert second["origin"] is None
    assert second["destination"] == "GABS"


def test_one_flipped_ground_bit_is_no_landing() -> None:
    track = fly("OSLK", "HL59")
    k = len(track["t"]) // 2
    track["ground"] = track["ground"].astype(float)
    track["ground"][k] = 1.0
    assert len(rows(track)) == 1


def test_midnight_cuts_nothing() -> None:
    midnight = np.ceil(EPOCH_S / 86400) * 86400
    (f,) = rows(fly("OSLK", "HL59", start_s=midnight - HOUR))
    assert (f["origin"], f["destination"]) == ("OSLK", "HL59")


def test_an_out_and_back_with_a_stay_is_two_flights_and_a_short_stop_is_one() -> None:
    out = fly("OSLK", "HL59", ground_s=0.0)
    for stay, n in ((3 * HOUR, 2), (120.0, 1)):
        start = out["t"].max() + stay
        back = fly("HL59", "OSLK", start_s=start, ground_s=60.0)
        assert len(rows(join(out, back))) == n


def test_ground_traffic_is_no_flight() -> None:
    track = fly("OSLK", "HL59", ground_s=1200.0)
    assert rows(keep(track, track["t"] < EPOCH_S)) == []


def test_callsigns_are_listed_in_order_and_ids_do_not_depend_on_later_days() -> None:
    out = fly("OSLK", "HL59")
    back = fly("HL59", "OSLK", start_s=out["t"].max() + 3 * HOUR)
    alone = rows(out)
    together = build(
        positions(out, callsign="RFF7001"), positions(back, callsign="RFF7002")
    ).flights.to_pylist()
    assert alone[0]["flight_id"] == together[0]["flight_id"]
    assert [f["callsigns"] for f in together] == ["RFF7001", "RFF7002"]


def test_ends_bound_the_unseen_takeoff_in_time() -> None:
    track = fly("OSLK", "HL59")
    tables = build(positions(keep(track, (track["t"] <= EPOCH_S) | (track["t"] > EPOCH_S + 900))))
    end = next(e for e in tables.ends.to_pylist() if e["end"] == "origin")
    assert end["airfield"] == "OSLK"
    assert end["latest_utc"].timestamp() - end["earliest_utc"].timestamp() == pytest.approx(900, abs=30)
    assert tables.flights.to_pylist()[0]["takeoff_utc"] is None


def test_gaps_belong_to_their_flight_and_say_that_reception_was_not_measured() -> None:
    track = fly("UUMU", "GABS")
    dark = (track["t"] > EPOCH_S + 2 * HOUR) & (track["t"] < EPOCH_S + 4 * HOUR)
    tables = build(positions(keep(track, ~dark)))
    (gap,) = tables.gaps.to_pylist()
    assert gap["flight_id"] == tables.flights["flight_id"][0].as_py()
    assert gap["label"] == "unknown"
    assert "not measured" in gap["reason"]


def test_no_positions_make_no_flights() -> None:
    from waystation.terms.schema import empty

    assert build(empty("positions")).flights.num_rows == 0


def test_aircraft_do_not_touch_each_other() -> None:
    a, b = positions(fly("OSLK", "HL59"), icao24="140001"), positions(fly("HLLB", "GABS"), icao24="140002")
    both = build(a, b).flights
    parts = pa.concat_tables([build(a).flights, build(b).flights])
    assert both.equals(parts)


def test_a_flight_does_not_own_ground_positions_of_another_month() -> None:
    out = fly("OSLK", "HL59", ground_s=0.0)
    cut = keep(out, out["t"] < out["t"].max() - 1200)
    parked = fly("HL59", "OSLK", start_s=EPOCH_S + 60 * 86400)
    flights = rows(join(cut, keep(parked, parked["t"] <= EPOCH_S + 60 * 86400)))
    assert len(flights) == 1
    assert flights[0]["last_seen_utc"].timestamp() < EPOCH_S + 3 * HOUR
    assert flights[0]["destination"] is None
