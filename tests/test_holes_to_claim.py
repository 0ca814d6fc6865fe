"""Days of which 122 of 256 trace folders exist: fewer flights are seen, less was watched, the rate stays.

From raw traces through the whole chain to the sentence of a claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from flown_for_tests import records, trace

from waystation import pipeline
from waystation.case import read_case

if TYPE_CHECKING:
    from pathlib import Path

DAYS = 4
HOLED = (1, 3)
FOLDERS = 122
CASE = """
title = "Holes"
period = { from = 2024-12-08, to = 2024-12-11 }
sources = ["raw"]

[[question]]
kind = "rate"
route = ["LFPG", "EBBR"]
"""


@pytest.fixture(scope="module")
def flights() -> list[list[list]]:
    """One flight an aircraft, spread over the day without regard to folders; the same every day."""
    return [records("LFPG", "EBBR", 1_800.0 + n * 101 % 256 * 300.0, step_s=60.0) for n in range(256)]


def made(folder: Path, flights: list[list[list]], *, holed: tuple[int, ...]) -> dict[str, list[dict]]:
    for day in range(DAYS):
        for n, rows in enumerate(flights):
            if day in holed and n >= FOLDERS:
                continue
            icao24 = f"4ca1{n:02x}"
            path = (
                folder
                / f"raw/adsb.lol/globe_history/2024/12/{8 + day:02d}/traces/{n:02x}/trace_full_{icao24}.json"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            moved = [[r[0] + day * 86_400, *r[1:]] for r in rows]
            path.write_bytes(trace(icao24, moved, r=f"EI-A{n:02X}", t="B738", ownOp="x"))
    (folder / "case.toml").write_text(CASE)
    out = pipeline.run(read_case(folder / "case.toml"), folder / "out").out
    return {
        n: pq.read_table(out / f"{n}.parquet").to_pylist()
        for n in ("archive_days", "exposures", "rates", "claims", "flights")
    }


def of_route(rows: list[dict], **more: object) -> dict:
    """The row of the whole period, all types."""
    wanted = {"subject": "LFPG>EBBR", **more}
    some = [r for r in rows if all(r[k] == v for k, v in wanted.items())]
    return max(some, key=lambda r: r["to_utc"] - r["from_utc"])


def corrected(claims: list[dict]) -> dict:
    return next(c for c in claims if c["sentence"].startswith("Corrected for what could not be heard"))


def test_holes_lower_exposure_and_not_the_rate(tmp_path: Path, flights: list[list[list]]) -> None:
    whole = made(tmp_path / "whole", flights, holed=())
    holes = made(tmp_path / "holes", flights, holed=HOLED)
    n_holed = 256 * (DAYS - len(HOLED)) + FOLDERS * len(HOLED)
    assert (len(whole["flights"]), len(holes["flights"])) == (256 * DAYS, n_holed)

    days = {r["day_utc"].day: (r["folders_found"], r["reason"]) for r in holes["archive_days"]}
    assert days[8] == (256, "whole")
    assert days[9] == (FOLDERS, "122 of 256 trace folders")

    left = DAYS - len(HOLED) + len(HOLED) * FOLDERS / 256
    assert of_route(whole["exposures"])["exposure_days"] == pytest.approx(DAYS, rel=0.01)
    assert of_route(holes["exposures"])["exposure_days"] == pytest.approx(left, rel=0.01)

    before, after = (of_route(t["rates"], type=None)["per_day"] for t in (whole, holes))
    assert before == pytest.approx(256, rel=0.01)
    assert after == pytest.approx(before, rel=0.01), "a quarter fewer flights were seen, not flown"

    said, now = corrected(whole["claims"]), corrected(holes["claims"])
    assert said["sentence"] == now["sentence"]
    assert (
        "256 flights a day flew from" in now["sentence"] or "255 flights a day flew from" in now["sentence"]
    )
    assert now["low"] < said["value"] < now["high"]
    assert now["high"] - now["low"] > said["high"] - said["low"], "less was watched, so less is known"
    heard = [
        next(c for c in t["claims"] if "a day without a receiver" in c["sentence"])["value"]
        for t in (whole, holes)
    ]
    assert heard == pytest.approx([256, n_holed / DAYS], rel=0.001), "what was only counted says that it was"
    page = (tmp_path / "holes/out/briefing.html").read_text()
    assert "122 of 256 trace folders" in page, "and the reader sees which days"
