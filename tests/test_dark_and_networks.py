"""Dark in an archive of one network, and what a second one has to say: from raw traces to label and ``why``."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_flights import positions
from made_traffic import MIDNIGHT_S, eastbound, straight

from waystation import pipeline
from waystation.case import read_case
from waystation.cli import main

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 86_400.0
SUBJECT = "140001"
CASE = """
title = "Silence"
period = { from = %s, to = %s }
sources = ["raw"]
"""


def crossing(at_s: float = 0.0) -> pa.Table:
    track = straight(49.5, 5.0, 90.0, 1400.0, at_s=MIDNIGHT_S + 1200.0 + at_s)
    return positions(track, icao24=SUBJECT)


def put(folder: Path, network: str, table: pa.Table, day: str) -> None:
    """Write a trace for every aircraft of ``table``, as ``fetch`` would have."""
    for (icao24,), rows in pl.DataFrame(table).sort("time_utc").group_by("icao24"):
        start = MIDNIGHT_S
        trace = [
            [t.timestamp() - start, lat, lon, alt, gs, None, 0, 0, None, "adsb_icao"]
            for t, lat, lon, alt, gs in rows.select(
                "time_utc", "lat", "lon", "altitude_ft", "ground_speed_kt"
            ).iter_rows()
        ]
        path = folder / f"raw/{network}/globe_history/{day}/traces/{icao24[-2:]}/trace_full_{icao24}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            gzip.compress(json.dumps({"icao": icao24, "timestamp": start, "trace": trace}).encode(), mtime=0)
        )


def heard(table: pa.Table, *, silent: bool) -> pa.Table:
    """The crossing without 35 of its minutes, or those with a little on both sides."""
    t = (pl.DataFrame(table)["time_utc"].dt.timestamp("ms") / 1000.0) - (MIDNIGHT_S + 1200.0)
    keep = (t <= 1500.0) | (t >= 3600.0) if silent else (t >= 1700.0) & (t <= 3400.0)
    return table.filter(pa.array(keep.to_list()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    day = f"{pl.Series([MIDNIGHT_S * 1000]).cast(pl.Datetime('ms')).dt.date()[0]:%Y/%m/%d}"
    put(tmp_path, "adsb.lol", eastbound(60), day)
    put(tmp_path, "adsb.lol", heard(crossing(), silent=True), day)
    date = day.replace("/", "-")
    (tmp_path / "case.toml").write_text(CASE % (date, date))
    (tmp_path / "day").write_text(day)
    return tmp_path


def tables(folder: Path) -> dict[str, list[dict]]:
    out = pipeline.run(read_case(folder / "case.toml"), folder / "out").out
    names = [n for n in ("gaps", "network_silences") if (out / f"{n}.parquet").is_file()]
    return {
        n: [r for r in pq.read_table(out / f"{n}.parquet").to_pylist() if r.get("icao24") in {SUBJECT, None}]
        for n in names
    }


def test_one_network_alone_calls_it_dark(folder: Path) -> None:
    found = tables(folder)
    assert [g["label"] for g in found["gaps"]] == ["dark"]
    assert "network_silences" not in found


def test_what_another_network_heard_was_coverage_down_to_why(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder, "airplanes.live", heard(crossing(), silent=False), (folder / "day").read_text())
    found = tables(folder)
    assert found["gaps"] == [], "the aircraft was not silent"
    deaf = [s for s in found["network_silences"] if s["network"] == "adsb.lol"]
    assert [(s["label"], s["filled_by"]) for s in deaf] == [("coverage", "airplanes.live")]
    assert deaf[0]["reason"].endswith("adsb.lol was deaf, the aircraft was not silent")
    assert main(["why", deaf[0]["flight_id"], "--out", str(folder / "out")]) == 0
    said = capsys.readouterr().out
    assert "adsb.lol heard nothing for 35 min from" in said
    assert ": coverage (airplanes.live heard it 57 times in between" in said


def test_dark_needs_both_to_have_listened(folder: Path) -> None:
    put(folder, "airplanes.live", eastbound(60, step_s=60.0), (folder / "day").read_text())
    (gap,) = tables(folder)["gaps"]
    assert gap["label"] == "dark"
    assert gap["reason"].endswith(
        "heard by none of adsb.lol and airplanes.live, all of which have files of the day"
    )


def test_a_day_that_one_of_them_lacks_is_not_called_dark(folder: Path) -> None:
    other = eastbound(60)
    later = pl.DataFrame(other).with_columns(pl.col("time_utc") + pl.duration(seconds=DAY_S)).to_arrow()
    put(folder, "airplanes.live", later, "2099/01/01")
    text = (folder / "case.toml").read_text()
    (folder / "case.toml").write_text(text.split("to =")[0] + 'to = 2099-01-01 }\nsources = ["raw"]\n')
    (gap,) = tables(folder)["gaps"]
    assert gap["label"] == "unknown"
    day = (folder / "day").read_text().replace("/", "-")
    assert f"but airplanes.live has no file of {day}, and reception was measured with it" in gap["reason"]
