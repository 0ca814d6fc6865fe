"""Laws 1, 2, 3 and 5 on real flights, from positions through tracks to flights."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from waystation import flights, ingest, tracks
from waystation.terms.schema import TIME, empty
from waystation.world.airfields import load_airfields

if TYPE_CHECKING:
    from pathlib import Path

FILES = (
    "traffic/firefighting/calfire.json.gz",
    "traffic/calibration/brussels_vor.json.gz",
    "traffic/noisy/noisy_ground.json.gz",
    "readsb/PH-BXC-2022-02-01.json.gz",
    "readsb/trace_full_ac671b.json",
)
TABLES = ("flights", "ends", "candidates", "gaps", "masks")
Built = dict[str, pl.DataFrame]


@pytest.fixture(scope="session")
def positions(dev_data: Path) -> pa.Table:
    parts = []
    for n, name in enumerate(FILES):
        with (dev_data / name).open("rb") as stream:
            parts.append(ingest.build(stream, source_id=f"s{n}", uri=name).positions)
    return pa.concat_tables(parts)


def build(positions: pa.Table) -> Built:
    found = tracks.build(positions)
    made = flights.build(found.positions, found.gaps, airfields=load_airfields(), aircraft=empty("aircraft"))
    every = made._asdict() | {"masks": found.masks}
    return {name: pl.DataFrame(every[name]) for name in TABLES}


@pytest.fixture(scope="session")
def whole(positions: pa.Table) -> Built:
    return build(positions)


def same(a: Built, b: Built, names: tuple[str, ...] = TABLES) -> None:
    for name in names:
        assert a[name].equals(b[name]), f"{name}: {a[name].height} rows and {b[name].height} rows differ"


def test_there_is_something_to_test(whole: Built) -> None:
    assert whole["flights"].height > 100
    assert whole["flights"]["origin"].null_count() < 0.75 * whole["flights"].height


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_does_not_matter(positions: pa.Table, whole: Built, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(positions.num_rows)
    same(build(positions.take(pa.array(order))), whole)


def test_duplicate_rows_do_not_matter(positions: pa.Table, whole: Built) -> None:
    again = np.random.default_rng(3).random(positions.num_rows) < 0.2
    twice = build(pa.concat_tables([positions, positions.filter(pa.array(again))]))
    same(twice, whole, ("flights", "ends", "candidates", "gaps"))


def test_a_cut_by_aircraft_joined_is_the_whole(positions: pa.Table, whole: Built) -> None:
    frame = pl.DataFrame(positions)
    addresses = sorted(frame["icao24"].unique().to_list())
    rng = np.random.default_rng(4)
    cuts = [0, *sorted(rng.choice(np.arange(1, len(addresses)), 5, replace=False).tolist()), len(addresses)]
    parts = [
        build(frame.filter(pl.col("icao24").is_in(addresses[a:b])).to_arrow().cast(positions.schema))
        for a, b in itertools.pairwise(cuts)
    ]
    same({name: pl.concat([p[name] for p in parts]) for name in TABLES}, whole)


@pytest.mark.parametrize("hours", [3, 9, -6, 24 * 365])
def test_a_shift_of_time_shifts_the_times_and_nothing_else(
    positions: pa.Table, whole: Built, hours: int
) -> None:
    at = positions.schema.get_field_index("time_utc")
    moved = pa.array(positions["time_utc"].cast(pa.int64()).to_numpy() + hours * 3_600_000).cast(TIME)
    shifted = build(positions.set_column(at, positions.schema.field(at), moved))
    back = [pl.selectors.datetime() - pl.duration(hours=hours)]
    ids = pl.selectors.by_name("flight_id", "gap_id", require_all=False)  # they hold the time
    for name in ("flights", "ends", "gaps", "masks"):
        assert shifted[name].with_columns(back).drop(ids).equals(whole[name].drop(ids)), name


@pytest.mark.parametrize("turns", [1, -1])
def test_a_turn_of_longitude_changes_nothing(positions: pa.Table, whole: Built, turns: int) -> None:
    at = positions.schema.get_field_index("lon")
    turned = build(positions.set_column(at, "lon", pa.array(positions["lon"].to_numpy() + 360.0 * turns)))
    close = pl.selectors.float()  # 2.5 + 360 - 360 is not 2.5 to the last bit
    for name in TABLES:
        assert turned[name].drop(close).equals(whole[name].drop(close)), name
        for column in whole[name].select(close).columns:
            a, b = turned[name][column].to_numpy(), whole[name][column].to_numpy()
            assert np.allclose(a, b, rtol=1e-6, atol=1e-6, equal_nan=True), (name, column)


def test_flights_of_one_aircraft_never_overlap(whole: Built) -> None:
    ordered = whole["flights"].sort("icao24", "first_seen_utc")
    before = pl.col("last_seen_utc").shift(1).over("icao24")
    assert ordered.filter(pl.col("first_seen_utc") < before).height == 0
    assert ordered["flight_id"].n_unique() == ordered.height


def test_every_flight_has_its_two_ends_and_they_agree(whole: Built) -> None:
    for end in ("origin", "destination"):
        rows = whole["ends"].filter(pl.col("end") == end).select("flight_id", "airfield", "ending")
        joined = whole["flights"].join(rows, on="flight_id", how="left", validate="1:1")
        assert joined["airfield"].eq_missing(joined[end]).all()
        assert joined["ending"].eq_missing(joined[f"{end}_ending"]).all()
        assert whole["ends"].filter(pl.col("reason").is_null()).height == 0
