"""The edge of what an archive hears, measured: who is said to have left, and who is not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from made_flights import fly, keep, positions
from made_traffic import MIDNIGHT_S, eastbound, straight

from waystation import coverage, flights, tracks
from waystation.flights.build import observe
from waystation.store.archive import read_positions
from waystation.store.ingesting import ingest
from waystation.terms.schema import empty
from waystation.world.airfields import load_airfields


def boxed(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    return (lon > 8.0) & (lon < 18.0)


def ends_of(subject: dict[str, np.ndarray], traffic: pa.Table | None) -> dict[str, dict]:
    own = positions(subject)
    both = own if traffic is None else pa.concat_tables([own, traffic])
    table = coverage.build(tracks.build(both).positions)
    judged = tracks.build(own)
    made = observe(
        judged.positions, judged.gaps, airfields=load_airfields(), aircraft=empty("aircraft"), coverage=table
    )
    return {row["end"]: row for row in made.ends.to_pylist()}


def through(**kwargs: float) -> dict[str, np.ndarray]:
    track = straight(49.4, 5.0, 90.0, 1400.0, at_s=MIDNIGHT_S + 1200.0, **kwargs)
    return keep(track, boxed(track["lat"], track["lon"]))


def test_both_ends_of_a_flight_through_a_box_are_outside() -> None:
    made = ends_of(through(), eastbound(20, boxed))
    assert [made[e]["ending"] for e in ("origin", "destination")] == ["outside", "outside"]
    assert made["destination"]["airfield"] is None
    assert "nobody is heard" in made["destination"]["reason"]


def test_a_lone_track_has_no_edge() -> None:
    assert {e["ending"] for e in ends_of(through(), None).values()} == {"unknown"}


def test_the_same_aircraft_again_and_again_is_still_alone() -> None:
    days = [through() for _ in range(12)]
    for i, day in enumerate(days):
        day["t"] = day["t"] + 86400.0 * i
    joined = {k: np.concatenate([d[k] for d in days]) for k in days[0]}
    made = ends_of(joined, None)
    assert {e["ending"] for e in made.values()} == {"unknown"}


def test_going_silent_in_the_middle_is_not_outside() -> None:
    track = through()
    made = ends_of(keep(track, track["lon"] < 13.0), eastbound(20, boxed))
    assert (made["origin"]["ending"], made["destination"]["ending"]) == ("outside", "unknown")


def test_where_others_fly_on_the_edge_is_not_there() -> None:
    made = ends_of(through(), eastbound(20))
    assert {e["ending"] for e in made.values()} == {"unknown"}


def test_low_or_descending_towards_the_ground_is_not_outside() -> None:
    low = ends_of(through(altitude_ft=6000.0), eastbound(20, boxed, altitude_ft=6000.0))
    assert {e["ending"] for e in low.values()} == {"unknown"}
    track = through(altitude_ft=13000.0)
    track["vr"] = np.full(len(track["t"]), -1500.0)
    track["alt"] = 13000.0 + np.linspace(9000.0, 0.0, len(track["t"]))
    assert ends_of(track, eastbound(20, boxed))["destination"]["ending"] == "unknown"


def test_an_end_seen_at_its_airfield_stays_what_it_is() -> None:
    track = fly("EDDM", "LKPR")
    traffic = eastbound(20, boxed)
    made = ends_of(track, traffic)
    assert {e["ending"] for e in made.values()} == {"seen"}


@pytest.mark.parametrize(("name", "share"), [("quickstart", 0.6), ("switzerland_half", 0.8)])
def test_boxes_of_real_traffic(dev_data, tmp_path, name, share) -> None:
    ingest([str(dev_data / f"traffic/collections/{name}.json.gz")], tmp_path, workers=1)
    judged = tracks.build(read_positions(tmp_path))
    fields, nobody = load_airfields(), empty("aircraft")
    table = coverage.build(judged.positions)
    before = observe(judged.positions, judged.gaps, airfields=fields, aircraft=nobody)
    after = observe(judged.positions, judged.gaps, airfields=fields, aircraft=nobody, coverage=table)
    old, new = pl.from_arrow(before.ends), pl.from_arrow(after.ends)
    changed = old["ending"] != new["ending"]
    assert set(old.filter(changed)["ending"]) == {"unknown"}
    assert set(new.filter(changed)["ending"]) == {"outside"}
    assert changed.sum() >= share * (old["ending"] == "unknown").sum()
    assert new.filter(changed)["altitude_ft"].min() >= 10_000


def test_outside_never_takes_the_name_from_an_end_that_has_one() -> None:
    subject = positions(through())
    table = coverage.build(tracks.build(pa.concat_tables([subject, eastbound(20, boxed)])).positions)
    judged = tracks.build(subject)
    made = flights.build(
        judged.positions, judged.gaps, airfields=load_airfields(), aircraft=empty("aircraft"), coverage=table
    )
    named = {row["airfield"] is not None: row["ending"] for row in made.ends.to_pylist()}
    assert named.get(True, "inferred") == "inferred"
    assert named.get(False, "outside") == "outside"
    assert set(made.candidates.column("end").to_pylist()) == {"origin", "destination"}
