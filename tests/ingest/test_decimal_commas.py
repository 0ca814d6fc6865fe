"""A table that a spreadsheet wrote in Europe: commas in numbers, points in dates."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from waystation.ingest import Parsed, build

HEAD = "icao24;time;lat;lon;altitude_ft;ground_speed_kt\n"


def read(text: str | bytes) -> Parsed:
    data = text if isinstance(text, bytes) else text.encode()
    return build(io.BytesIO(data), source_id="0123456789abcdef", uri="list.csv")


def test_commas_in_degrees_are_points_and_points_in_heights_are_thousands() -> None:
    text = (
        HEAD
        + "3c6444;08.12.2024 14:30:05;50,0312;-8,5;35.000;1.234,5\n3c6444;8.12.2024 14:31;50;8,6;950;440,25\n"
    )
    for data in (text.encode(), b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), text.encode("utf-16")):
        rows = read(data).positions.to_pylist()
        assert [r["time_utc"] for r in rows] == [
            datetime(2024, 12, 8, 14, 30, 5, tzinfo=UTC),
            datetime(2024, 12, 8, 14, 31, tzinfo=UTC),
        ]
        assert [(float(r["lat"]), float(r["lon"])) for r in rows] == [(50.0312, -8.5), (50.0, 8.6)]
        assert [r["altitude_ft"] for r in rows] == [35_000, 950]
        assert [r["ground_speed_kt"] for r in rows] == pytest.approx([1234.5, 440.25])


def test_in_a_table_with_points_a_comma_says_nothing() -> None:
    rows = (
        "3c6444;2024-12-08 14:30:05;50.03;8,5;35,000;1,234\n3c6444;2024-12-08 14:30:15;50.04;8.512;35.5;440\n"
    )
    parsed = read(HEAD + rows)
    assert parsed.rejected["reason"].to_pylist() == ["no-position"]
    kept = parsed.positions.to_pylist()[0]
    assert (float(kept["lon"]), kept["ground_speed_kt"]) == (8.512, 440)


@pytest.mark.parametrize("time", ["8/12/2024 14:30", "31.02.2024 14:30", "8.12.24 14:30", "08.12.2024"])
def test_a_day_that_is_not_sure_is_refused(time: str) -> None:
    parsed = read(f"{HEAD}3c6444;{time};50,0;8,5;900;440\n")
    assert parsed.positions.num_rows == 0
    assert parsed.rejected["reason"].to_pylist() == ["no-time"]
